"""A change whose answer gets lost happens once: it is looked for at Leat before it is asked again (docs/adr/0030)."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from loyalty.backends.leat import deeds
from loyalty.backends.leat.connection import Connection
from loyalty.backends.leat.deeds import PATIENCE
from loyalty.models import LeatDeed
from loyalty.port import (
    Asker,
    Loyalty,
    MoneyKind,
    MoneyLink,
    OfferTaken,
    PointsResult,
    ProgrammeAway,
    RedemptionLink,
)
from tests.loyalty.factories import NOW
from tests.loyalty.leat.running import House, LeatBench
from tests.loyalty.leat.troubled import (
    AFTER,
    BEFORE,
    DOWN,
    FAILED,
    FAILED_INSIDE,
    NONSENSE,
    SLOW,
    STILL_AT_IT,
    BadLine,
)
from tests.test_port import LATER, form, order, returned, voucher_of

pytestmark = [pytest.mark.django_db, pytest.mark.once]

MEMBER = "member@example.com"


@dataclass(frozen=True)
class Deed:
    """A change: how it is prepared, asked for, where that goes, and what must be true of the house after it."""

    path: str
    prepare: Callable[[LeatBench, str], Any]
    do: Callable[[Loyalty, str, Any], object]
    facts: dict[str, object]


def _nothing(_bench: LeatBench, _member: str) -> None:
    return None


def _voucher(bench: LeatBench, member: str) -> tuple[str, str]:
    voucher_id = voucher_of(bench, member)
    hold = bench.programme.lock(member, voucher_id, holder="order-1", until=LATER, now=NOW)
    return voucher_id, hold.release_key


def _many_uses(bench: LeatBench, member: str) -> tuple[str, str]:
    return voucher_of(bench, member, uses=3), ""


def _reward(bench: LeatBench, member: str) -> str:
    bench.give_points(member, 250)
    return bench.make_reward()


def _bought(bench: LeatBench, member: str) -> str:
    reward_id = _reward(bench, member)
    return bench.programme.buy(member, reward_id, purchase_key="k", shop="demo", now=NOW).collectable.id


def _ordered(bench: LeatBench, member: str) -> None:
    bench.programme.process_order(order(member), now=NOW)


def _redeemed(bench: LeatBench, member: str) -> RedemptionLink:
    voucher_id = voucher_of(bench, member)
    return bench.programme.redeem(member, voucher_id, order="order-1", release_key="", shop="demo", now=NOW)


def _card(bench: LeatBench, _member: str) -> str:
    asker = Asker(guest_id=uuid.uuid4(), ip_address="192.0.2.1")
    return bench.programme.find_gift_card(bench.make_gift_card(cents=2000), asker=asker, now=NOW).id


def _spent(bench: LeatBench, member: str) -> MoneyLink:
    return _spend(bench.programme, member, _card(bench, member))


def _redeem(programme: Loyalty, member: str, locked: tuple[str, str]) -> object:
    voucher_id, key = locked
    return programme.redeem(member, voucher_id, order="order-1", release_key=key, shop="demo", now=NOW)


def _spend(programme: Loyalty, _member: str, card_id: str) -> MoneyLink:
    return programme.spend_money(MoneyKind.GIFT_CARD, card_id, 1500, currency="EUR", source="p1", shop="demo", now=NOW)


def _spend_prepaid(programme: Loyalty, member: str, _given: None) -> MoneyLink:
    return programme.spend_money(MoneyKind.PREPAID, member, 700, currency="EUR", source="p1", shop="demo", now=NOW)


def _prepaid(bench: LeatBench, member: str) -> None:
    bench.give_money(member, 1000)


def _collect(programme: Loyalty, member: str, collectable_id: str) -> object:
    return programme.collect(member, collectable_id, order="order-1", held_at=NOW, shop="demo", now=NOW)


DEEDS = {
    "order": Deed(
        "/orders/create-and-process",
        _nothing,
        lambda programme, member, _given: programme.process_order(order(member), now=NOW),
        {"balance": 39, "orders": 1, "entries": [39]},
    ),
    "return": Deed(
        "/order-returns/create-and-process",
        _ordered,
        lambda programme, _member, _given: programme.process_return(returned(1, 1950), now=NOW),
        {"balance": 19, "entries": [39, -20]},
    ),
    "redeem": Deed("/vouchers/redeem", _voucher, _redeem, {"redemptions": 1, "held": 0}),
    "redeem one of three uses": Deed("/vouchers/redeem", _many_uses, _redeem, {"redemptions": 1}),
    "collect": Deed("/collectable-rewards/collect/", _bought, _collect, {"redemptions": 1, "balance": 150}),
    "reverse": Deed(
        "/reverse",
        _redeemed,
        lambda programme, _member, link: programme.reverse(link, now=NOW),
        {"redemptions": 0},
    ),
    "buy": Deed(
        "/reward-receptions",
        _reward,
        lambda programme, member, reward_id: programme.buy(member, reward_id, purchase_key="k", shop="demo", now=NOW),
        {"balance": 150, "receptions": 1},
    ),
    "undo": Deed(
        "/reverse",
        _bought,
        lambda programme, member, collectable_id: programme.undo_purchase(member, collectable_id, now=NOW),
        {"balance": 250, "receptions": 0},
    ),
    "pay with a card": Deed("/giftcard-transactions", _card, _spend, {"cards": [500]}),
    "pay prepaid": Deed("/prepaid-transactions", _prepaid, _spend_prepaid, {"prepaid": 300}),
    "give back": Deed(
        "/giftcard-transactions",
        _spent,
        lambda programme, _member, link: programme.give_money_back(link, 600, source="r1", now=NOW),
        {"cards": [1100]},
    ),
    "give all back": Deed(
        "/reverse",
        _spent,
        lambda programme, _member, link: programme.give_money_back(link, 1500, source="r1", now=NOW),
        {"cards": [2000]},
    ),
    "sell a card": Deed(
        "/giftcard-transactions",
        lambda bench, member: bench.make_gift_card(cents=1),
        lambda programme, _member, _given: programme.issue_gift_card(
            2500, currency="EUR", key="line:1", shop="demo", now=NOW
        ),
        {"cards": [1, 2500]},
    ),
}


LOSSES = [
    *((name, AFTER) for name in DEEDS),
    ("order", FAILED),
    ("order", NONSENSE),
    ("pay with a card", FAILED_INSIDE),
    ("pay with a card", STILL_AT_IT),
]


def facts(bench: LeatBench, deed: Deed) -> dict[str, object]:
    found = bench.house.do("facts", email=MEMBER)
    return {name: found[name] for name in deed.facts}


@pytest.mark.parametrize(("name", "loss"), LOSSES)
def test_what_leat_did_without_our_hearing_of_it_is_found_there(
    bench: LeatBench, line: BadLine, member: str, name: str, loss: str
) -> None:
    deed = DEEDS[name]
    given = deed.prepare(bench, member)
    line.let_go_wrong(loss, deed.path)

    with pytest.raises(ProgrammeAway):
        deed.do(bench.programme, member, given)
    first, again = (deed.do(bench.programme, member, given) for _time in range(2))

    assert first == again
    assert facts(bench, deed) == deed.facts


@pytest.mark.parametrize(("name", "trouble"), [*((name, BEFORE) for name in DEEDS), ("order", DOWN)])
def test_what_leat_never_heard_of_is_asked_again(
    bench: LeatBench, line: BadLine, connection: Connection, member: str, name: str, trouble: str
) -> None:
    deed = DEEDS[name]
    given = deed.prepare(bench, member)
    line.let_go_wrong(trouble, deed.path)

    with pytest.raises(ProgrammeAway):
        deed.do(bench.programme, member, given)
    wait_until_back(connection)
    deed.do(bench.programme, member, given)

    assert facts(bench, deed) == deed.facts


def test_an_order_that_took_too_long_earns_once(
    leat_house: House, line: BadLine, bench: LeatBench, member: str
) -> None:
    impatient = Connection(leat_house.account(base_url=line.url, change_timeout=1.0))
    bench = LeatBench.going_on(leat_house, impatient)
    line.let_go_wrong(SLOW, "/orders/create-and-process")

    with pytest.raises(ProgrammeAway):
        bench.programme.process_order(order(member), now=NOW)
    wait_until_back(impatient)

    assert bench.programme.process_order(order(member), now=NOW) == PointsResult(points=39, new_balance=39)
    assert facts(bench, DEEDS["order"]) == DEEDS["order"].facts
    impatient.close()


def test_an_order_that_was_made_but_not_processed_is_processed(bench: LeatBench, line: BadLine, member: str) -> None:
    line.let_go_wrong(AFTER, "/orders/create-and-process")
    with pytest.raises(ProgrammeAway):
        bench.programme.process_order(order(member, 10), now=NOW)  # 0.20: it earns nothing, so nothing shows

    again = bench.programme.process_order(order(member, 10), now=NOW)

    assert again == PointsResult(points=0, new_balance=0)
    assert line.count("/process") == 1
    assert bench.house.do("facts", email=MEMBER)["orders"] == 1


def test_what_a_process_asked_before_it_was_killed_is_looked_for(
    bench: LeatBench, line: BadLine, member: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deeds, "WAIT_SECONDS", 0.1)
    bench.programme.process_order(order(member), now=NOW)
    killed = LeatDeed.objects.filter(kind="order")
    killed.update(answered_at=None, answer={}, answer_id="", asked_at=timezone.now() - PATIENCE / 2)

    with pytest.raises(ProgrammeAway):
        bench.programme.process_order(order(member), now=NOW)
    killed.update(asked_at=timezone.now() - PATIENCE)
    again = bench.programme.process_order(order(member), now=NOW)

    assert again == PointsResult(points=39, new_balance=39)
    assert line.count("/orders/create-and-process") == 1
    assert facts(bench, DEEDS["order"]) == DEEDS["order"].facts


def test_a_lock_whose_key_got_lost_says_when_it_ends_by_itself(bench: LeatBench, line: BadLine, member: str) -> None:
    voucher_id = voucher_of(bench, member)
    line.let_go_wrong(AFTER, "/lock")
    with pytest.raises(ProgrammeAway):
        bench.programme.lock(member, voucher_id, holder="order-1", until=LATER, now=NOW)

    soon = NOW + timedelta(minutes=1)
    with pytest.raises(OfferTaken) as taken:
        bench.programme.lock(member, voucher_id, holder="order-1", until=LATER, now=soon)
    over = NOW + timedelta(minutes=61)
    hold = bench.programme.lock(member, voucher_id, holder="order-1", until=over + timedelta(minutes=5), now=over)

    assert taken.value.until == NOW + timedelta(hours=1)
    assert hold.release_key


def test_joining_goes_on_where_the_answer_got_lost(bench: LeatBench, line: BadLine) -> None:
    newcomer = replace(form("new@example.com"), last_name="Bakker")
    line.let_go_wrong(AFTER, "/contacts")
    with pytest.raises(ProgrammeAway):
        bench.programme.sign_up(newcomer, now=NOW)

    contact_id = bench.programme.sign_up(newcomer, now=NOW)

    details = bench.programme.details(contact_id)
    assert (details.first_name, details.last_name, details.consents) == ("Noor", "Bakker", {"terms": True})


def wait_until_back(connection: Connection) -> None:
    deadline = time.monotonic() + 10
    while connection.transport.breaker.is_open and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not connection.transport.breaker.is_open
