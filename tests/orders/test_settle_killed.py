"""The worker killed with -9 between payment and settled: every order settled once, points and redemptions exact."""

import random

import pytest
from django.db import connection

from orders.models import Order
from tests.orders.settling import House, PaidOrder, check_settled, open_house, pay, run_worker, sweep
from tests.scale import size

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.prove(ci=True)]

ROUNDS = size(ci=4 if connection.vendor == "sqlite" else 8, full=50)
ORDERS = 2
EVERY_STATEMENT = size(ci=0, full=1)


@pytest.fixture
def house(demo_mode: None) -> House:
    return open_house()


def finish(orders: list[PaidOrder]) -> None:
    """Let the next worker sweep; what was settled before stays as it was."""
    settled_before = {paid.pk: paid.row.settled_at for paid in orders}

    sweep()

    for paid in orders:
        check_settled(paid)
        assert settled_before[paid.pk] in (None, paid.row.settled_at)


def check_the_end(house: House, orders: list[PaidOrder]) -> None:
    """Every order has one number of the kitchen's, without a gap; one more sweep finds nothing to change."""
    rows = Order.objects.order_by("number").values()
    before = list(rows.all())
    sweep()
    assert list(rows.all()) == before
    for paid in orders:
        check_settled(paid)
    house.table.restaurant.refresh_from_db()
    assert [row["number"] for row in before] == list(range(1, len(orders) + 1))
    assert house.table.restaurant.last_order_number == len(orders)


def is_cut_in_half(paid: PaidOrder) -> bool:
    """Whether something about this order was done and something not."""
    return len(set(paid.facts())) == 2


def test_killed_at_any_time_every_order_is_settled_once(house: House) -> None:
    chance = random.Random(20260603)
    orders: list[PaidOrder] = []
    undisturbed = []
    for _measurement in range(2):
        orders += (fresh := [pay(house) for _order in range(ORDERS)])
        undisturbed.append(run_worker())
        finish(fresh)
    first_commit, end = (
        min(times) for times in zip(*((run.first_commit, run.seconds) for run in undisturbed), strict=True)
    )
    rounds = killed = halves = 0

    while killed < ROUNDS and rounds < 3 * ROUNDS:
        orders += (fresh := [pay(house) for _order in range(ORDERS)])

        run = run_worker(kill_after=chance.uniform(first_commit, end))

        rounds += 1
        killed += run.was_killed
        if not run.was_killed:  # it was done already: this machine is faster now than when it was measured
            end = 0.8 * run.seconds
            first_commit = min(first_commit, end / 2)
        halves += any(is_cut_in_half(paid) for paid in fresh)
        finish(fresh)

    check_the_end(house, orders)
    print(  # noqa: T201 - a proof prints its number
        f"settling killed {connection.vendor}: {killed} kills while it worked, {first_commit * 1000:.0f} to "
        f"{end * 1000:.0f} ms after its start, {halves} with an order half done; {len(orders)} orders, each settled once, "
        "points exact"
    )
    assert killed == ROUNDS
    assert halves >= ROUNDS // 8


def test_killed_between_any_two_steps_the_order_is_settled_once(house: House) -> None:
    """In CI after each commit, which is where what is left behind differs; at full size before every statement."""
    orders = [pay(house)]
    undisturbed = run_worker()
    finish(orders)
    points = [point for point in undisturbed.after_commits if point <= undisturbed.statements]
    states = set()

    for point in range(1, undisturbed.statements + 1) if EVERY_STATEMENT else points:
        paid = pay(house)

        run = run_worker(kill_at=point)

        assert run.was_killed
        states.add(paid.facts())
        finish([paid])
        orders.append(paid)

    check_the_end(house, orders)
    print(  # noqa: T201 - a proof prints its number
        f"settling killed {connection.vendor}: at {len(orders) - 1} points of {undisturbed.statements} statements and "
        f"{len(points)} commits, leaving {len(states)} different states behind; each order settled once, points exact"
    )
    assert len(states) >= 5
