"""How long an answer is waited for: not for a Leat that is gone, however it went, but for one that is slow."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from loyalty.backends.leat.connection import Connection
from loyalty.backends.leat.outcomes import GivenUp, NotSent
from loyalty.backends.leat.programme import LeatLoyalty
from loyalty.models import LeatDeed
from loyalty.port import PointsResult, ProgrammeAway
from tests.loyalty.factories import NOW
from tests.loyalty.leat.running import House, LeatBench
from tests.loyalty.leat.test_lost_answers import wait_until_back
from tests.loyalty.leat.troubled import SLOW, SLOW_SECONDS, BadLine
from tests.test_port import order

pytestmark = [pytest.mark.django_db, pytest.mark.once]

ORDER = "/orders/create-and-process"

type Open = Callable[..., LeatLoyalty]


@pytest.fixture
def open_programme(leat_house: House, line: BadLine, bench: LeatBench) -> Iterator[Open]:
    """Return the programme as a new process has it, not patient with silence."""
    made: list[Connection] = []

    def open_one(**changes: Any) -> LeatLoyalty:
        made.append(Connection(leat_house.account(base_url=line.url, **{"silence_seconds": 0.4} | changes)))
        made[-1].transport.breaker.pauses_seconds = (0.1,)
        return LeatLoyalty(made[-1])

    yield open_one
    for connection in made:
        connection.close()


def test_a_change_that_cannot_have_reached_leat_leaves_no_doubt(
    open_programme: Open, line: BadLine, member: str
) -> None:
    programme = open_programme(connect_timeout=5.0)
    line.vanish()

    start = time.perf_counter()
    with pytest.raises(NotSent):
        programme.process_order(order(member), now=NOW)
    took = time.perf_counter() - start

    assert took < 2
    assert not LeatDeed.objects.filter(kind="order").exists()
    assert programme.leat.transport.breaker.is_open
    line.open()
    wait_until_back(programme.leat)
    assert line.count(ORDER) == 0
    assert programme.process_order(order(member), now=NOW) == PointsResult(points=39, new_balance=39)


def test_a_change_that_leat_may_do_yet_is_not_looked_for_before_its_call_has_ended(
    open_programme: Open, line: BadLine, bench: LeatBench, member: str
) -> None:
    programme = open_programme(change_timeout=2.0)
    line.fall_silent()

    start = time.perf_counter()
    with pytest.raises(GivenUp):
        programme.process_order(order(member), now=NOW)
    took = time.perf_counter() - start
    line.hold_back(ORDER, seconds=1.0)
    line.open()
    wait_until_back(programme.leat)
    with pytest.raises(ProgrammeAway):
        programme.process_order(order(member), now=NOW)

    assert took < 2
    assert line.count("/orders/find") == 0
    time.sleep(2.0)
    assert programme.process_order(order(member), now=NOW) == PointsResult(points=39, new_balance=39)
    assert line.count(ORDER) == 1
    assert bench.house.do("facts", email="member@example.com")["entries"] == [39]


def test_a_change_that_takes_long_is_waited_for_while_leat_shows_that_it_lives(
    open_programme: Open, line: BadLine, member: str
) -> None:
    programme = open_programme()
    line.let_go_wrong(SLOW, ORDER)

    start = time.perf_counter()
    told = programme.process_order(order(member), now=NOW)

    assert told == PointsResult(points=39, new_balance=39)
    assert time.perf_counter() - start > SLOW_SECONDS
    assert not programme.leat.transport.breaker.is_open


def test_a_leat_that_is_slow_in_all_it_says_is_asked_at_its_own_pace(
    open_programme: Open, line: BadLine, member: str
) -> None:
    programme = open_programme()
    line.pause_seconds = 0.8

    with pytest.raises(ProgrammeAway):
        programme.wallet(member, shop="demo", now=NOW)
    wait_until_back(programme.leat)
    wallet = programme.wallet(member, shop="demo", now=NOW)
    told = programme.process_order(order(member), now=NOW)

    assert wallet.balance == 0
    assert told == PointsResult(points=39, new_balance=39)


def test_a_leat_that_became_slow_and_then_silent_costs_its_pace_and_no_more(
    open_programme: Open, line: BadLine, member: str
) -> None:
    programme = open_programme()
    line.pause_seconds = 0.8
    assert programme.leat.transport.is_there()
    line.pause_seconds = 0.0
    line.fall_silent()

    start = time.perf_counter()
    with pytest.raises(ProgrammeAway):
        programme.wallet(member, shop="demo", now=NOW)

    assert 1.0 < time.perf_counter() - start < 2.2
