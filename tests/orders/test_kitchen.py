"""The kitchen's moves: which there are, what they write, and that of two people pressing at once one wins."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from orders.errors import ChoiceRefused, Conflict
from orders.kitchen import answer_call, cancel, move
from orders.models import Guest, KitchenState, Order
from tests.factories import NOW, GuestFactory, OrderFactory

LATER = NOW + timedelta(minutes=5)


def order_in(state: str, number: int = 12) -> Order:
    made: Order = OrderFactory.create(kitchen_state=state, placed_at=NOW, number=number)
    return made


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("seen", "target", "stamp"),
    [
        ("received", "preparing", "preparing_at"),
        ("preparing", "ready", "ready_at"),
        ("ready", "served", "served_at"),
    ],
)
def test_a_move_on_is_stamped_with_its_time(seen: str, target: str, stamp: str) -> None:
    order = order_in(seen)

    move(order, seen=seen, target=target, now=LATER)

    stored = Order.objects.get()
    assert stored.kitchen_state == order.kitchen_state == target
    assert getattr(stored, stamp) == LATER
    assert stored.changed_at == LATER


@pytest.mark.django_db
def test_a_move_back_forgets_the_times_that_do_not_hold_any_more() -> None:
    order = order_in("received")
    for seen, target in [("received", "preparing"), ("preparing", "ready"), ("ready", "served")]:
        move(order, seen=seen, target=target, now=LATER)

    move(order, seen="served", target="ready", now=LATER + timedelta(minutes=1))

    stored = Order.objects.get()
    assert (stored.preparing_at, stored.ready_at, stored.served_at) == (LATER, LATER + timedelta(minutes=1), None)

    move(order, seen="ready", target="preparing", now=LATER)
    move(order, seen="preparing", target="received", now=LATER)

    stored.refresh_from_db()
    assert (stored.preparing_at, stored.ready_at, stored.served_at) == (None, None, None)


ALLOWED = {
    ("received", "preparing"),
    ("preparing", "ready"),
    ("preparing", "received"),
    ("ready", "served"),
    ("ready", "preparing"),
    ("served", "ready"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("seen", [*KitchenState.values, "", "eaten"])
@pytest.mark.parametrize("target", [*KitchenState.values, "", "eaten"])
def test_every_other_move_is_refused_and_writes_nothing(seen: str, target: str) -> None:
    order = order_in(seen if seen in KitchenState.values else "received")
    before = Order.objects.values().get()

    if (seen, target) in ALLOWED:
        move(order, seen=seen, target=target, now=LATER)
        assert Order.objects.get().kitchen_state == target
        return
    with pytest.raises(Conflict) as conflict:
        move(order, seen=seen, target=target, now=LATER)

    assert conflict.value.message == "This order cannot go there."
    assert Order.objects.values().get() == before


@pytest.mark.django_db
def test_whoever_presses_second_is_told_where_the_order_is() -> None:
    order = order_in("preparing")
    as_the_other_saw_it = Order.objects.get()
    move(order, seen="preparing", target="ready", now=NOW)
    move(order, seen="ready", target="served", now=LATER)

    # “Ready” pressed late: the table allows served -> ready, but that is not what this person saw.
    with pytest.raises(Conflict) as conflict:
        move(as_the_other_saw_it, seen="preparing", target="ready", now=LATER)

    assert conflict.value.message == "Somebody was faster: order #12 is “Served” now."
    assert Order.objects.get().kitchen_state == "served"


@pytest.mark.django_db
def test_a_basket_is_nothing_to_the_kitchen() -> None:
    basket: Order = OrderFactory.create()

    with pytest.raises(Conflict):
        move(basket, seen="none", target="received", now=LATER)
    with pytest.raises(Conflict):
        cancel(basket, by="wendy", reason="no", now=LATER)

    assert Order.objects.get().kitchen_state == "none"


# Cancelling ----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["received", "preparing", "ready"])
def test_cancelling_keeps_who_when_and_why(state: str) -> None:
    order = order_in(state)

    cancel(order, by="wendy", reason="  Guest left ", now=LATER)

    stored = Order.objects.get()
    assert stored.kitchen_state == "cancelled"
    assert (stored.cancelled_by, stored.cancelled_at, stored.cancel_reason) == ("wendy", LATER, "Guest left")


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["served", "cancelled"])
def test_what_is_over_cannot_be_cancelled(state: str) -> None:
    order = order_in(state)

    with pytest.raises(Conflict):
        cancel(order, by="wendy", reason="Too late", now=LATER)

    stored = Order.objects.get()
    assert (stored.kitchen_state, stored.cancelled_at, stored.cancel_reason) == (state, None, "")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        ("", "Please say why the order is cancelled."),
        (" \n", "Please say why the order is cancelled."),
        ("x" * 201, "The reason is too long: at most 200 characters."),
    ],
)
def test_a_cancellation_needs_a_reason(reason: str, sentence: str) -> None:
    order = order_in("received")

    with pytest.raises(ChoiceRefused, match=sentence):
        cancel(order, by="wendy", reason=reason, now=LATER)

    assert Order.objects.get().kitchen_state == "received"


# Calls ---------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_answered_call_is_gone_and_one_that_came_since_is_not() -> None:
    guest: Guest = GuestFactory.create(called_staff_at=LATER)

    with pytest.raises(Conflict):
        answer_call(guest, called_at=NOW)
    assert Guest.objects.get().called_staff_at == LATER

    answer_call(guest, called_at=LATER)
    assert Guest.objects.get().called_staff_at is None

    with pytest.raises(Conflict) as conflict:
        answer_call(guest, called_at=LATER)
    assert conflict.value.message == "This call was answered already."


# At once -------------------------------------------------------------------------------------------------------------

PRESSES = 12


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_round", range(3))
def test_of_many_people_pressing_at_once_one_wins(_round: int) -> None:
    order = order_in("preparing")
    gate = threading.Barrier(PRESSES)
    outcomes: list[str] = [""] * PRESSES

    def press(number: int) -> None:
        mine = Order.objects.get(pk=order.pk)
        gate.wait(timeout=30)
        try:
            if number % 2:
                move(mine, seen="preparing", target="ready", now=LATER)
            else:
                cancel(mine, by=f"waiter {number}", reason="Guest left", now=LATER)
        except Conflict as conflict:
            outcomes[number] = conflict.message
        else:
            outcomes[number] = "won"
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=(number,)) for number in range(PRESSES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    stored = Order.objects.get()
    # “Ready” can still be cancelled afterwards; a cancelled order goes nowhere.
    winners = [number for number, outcome in enumerate(outcomes) if outcome == "won"]
    assert len([number for number in winners if number % 2]) <= 1
    assert len([number for number in winners if number % 2 == 0]) == 1
    assert stored.kitchen_state == "cancelled"
    assert stored.cancelled_by == f"waiter {next(number for number in winners if number % 2 == 0)}"
    losers = [outcome for outcome in outcomes if outcome != "won"]
    assert set(losers) <= {
        "Somebody was faster: order #12 is “Cancelled” now.",
        "Somebody was faster: order #12 is “Ready” now.",
    }
