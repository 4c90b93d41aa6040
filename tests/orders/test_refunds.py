"""Money on its way back: to the tenders it came from, once, however the provider answers."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from menu.models import Table
from orders import settlement
from orders.errors import Conflict
from orders.guest import Visitor
from orders.models import Attempt, Order, Payment, Refund
from orders.refunds import give_back_orphan, hand_out, send, send_due, try_again
from orders.returns import return_everything, return_items
from tests.factories import NOW, ProductFactory
from tests.loyalty.factories import member
from tests.orders.conftest import AddByForm
from tests.orders.crash import Crash
from tests.orders.diners import Diner, seat_member
from tests.orders.fake_bank import FakeBank

pytestmark = pytest.mark.django_db


@pytest.fixture
def diner(table: Table) -> Diner:
    return seat_member(table, member(0))


@pytest.fixture
def visitor(diner: Diner) -> Visitor:
    return diner.visitor


def paid_in_two(diner: Diner, add_by_form: AddByForm, bank: FakeBank) -> Order:
    """Have 2 x 11.70 paid: 20.00 at the counter and 3.40 at the bank."""
    dish = ProductFactory.create(restaurant=diner.table.restaurant, sku="STEW", price_cents=1170)
    add_by_form(dish, "quantity=2")
    order = diner.pay()
    Payment.objects.filter(order=order).update(amount_cents=2000)
    card = Payment.objects.create(
        order=order, method="demo", amount_cents=340, currency="EUR", created_at=NOW, paid_at=NOW
    )
    tried = Attempt.objects.create(payment=card, state="paid", idempotency_key="k", started_at=NOW, expires_at=NOW)
    bank.says(tried, "paid", amount_cents=340)
    return order


def test_money_goes_back_to_the_same_tenders_by_largest_remainder(
    diner: Diner, add_by_form: AddByForm, bank: FakeBank
) -> None:
    """Paid 20.00 and 3.40, 11.70 comes back twice: 10.00 and 1.70 each time, and never more than a tender paid."""
    order = paid_in_two(diner, add_by_form, bank)
    line = order.lines.get()

    for number in range(2):
        return_items(order, {line.pk: 1}, key=f"r{number}", by="anna", reason="cold", now=NOW)

    amounts = list(Refund.objects.order_by("pk").values_list("payment__method", "amount_cents", "state"))
    assert amounts == [("counter", 1000, "due"), ("demo", 170, "done")] * 2
    assert bank.refunded_cents(Attempt.objects.get().uuid) == 340


def test_a_refund_without_an_answer_is_asked_for_again_under_the_same_key(
    diner: Diner, add_by_form: AddByForm, bank: FakeBank
) -> None:
    order = paid_in_two(diner, add_by_form, bank)
    bank.silent = True
    return_everything(order, key="r", by="anna", reason="cold", now=NOW)
    refund = Refund.objects.get(payment__method="demo")
    before = refund.state
    bank.silent = False

    for _sweep in range(2):
        settlement.reconcile(now=NOW)

    refund.refresh_from_db()
    assert (before, refund.state, refund.finished_at) == ("pending", "done", NOW)
    assert bank.refunded_cents(Attempt.objects.get().uuid) == 340


def test_a_refund_the_provider_refuses_waits_for_staff(diner: Diner, add_by_form: AddByForm, bank: FakeBank) -> None:
    order = paid_in_two(diner, add_by_form, bank)
    bank.says(Attempt.objects.get(), "paid", amount_cents=339)
    return_everything(order, key="r", by="anna", reason="cold", now=NOW)
    refund = Refund.objects.get(payment__method="demo")

    assert refund.state == "failed"
    assert send_due(now=NOW) == 0

    bank.says(Attempt.objects.get(), "paid", amount_cents=340)
    try_again(refund, now=NOW)
    refund.refresh_from_db()
    assert (refund.state, bank.refunded_cents(Attempt.objects.get().uuid)) == ("done", 340)
    with pytest.raises(Conflict):
        try_again(refund, now=NOW)


def test_money_at_the_counter_is_handed_out_once(diner: Diner, add_by_form: AddByForm, bank: FakeBank) -> None:
    order = paid_in_two(diner, add_by_form, bank)
    return_everything(order, key="r", by="anna", reason="cold", now=NOW)
    refund = Refund.objects.get(payment__method="counter")

    hand_out(refund, by="anna", now=NOW)

    with pytest.raises(Conflict):
        hand_out(refund, by="ben", now=NOW)
    refund.refresh_from_db()
    assert (refund.state, refund.handed_out_by, refund.amount_cents) == ("done", "anna", 2000)


def test_money_that_pays_for_nothing_goes_back_once(diner: Diner, add_by_form: AddByForm, bank: FakeBank) -> None:
    order = paid_in_two(diner, add_by_form, bank)
    attempt = Attempt.objects.get(payment__order=order)

    for _time in range(2):
        give_back_orphan(attempt, amount_cents=340, currency="EUR", now=NOW)
    send_due(now=NOW)

    assert list(Refund.objects.values_list("amount_cents", "state")) == [(340, "done")]
    assert bank.refunded_cents(Attempt.objects.get().uuid) == 340


def asked_again_at(order: Order) -> datetime:
    """When the bank is asked next about the card's money."""
    refund = Refund.objects.get(payment__order=order, payment__method="demo")
    assert refund.ask_again_at is not None
    return refund.ask_again_at


def test_a_bank_that_is_slow_is_asked_after_longer_and_longer_pauses(
    diner: Diner, add_by_form: AddByForm, bank: FakeBank
) -> None:
    """Sweeps of a whole day ask at 0, 15, 30, 60 … s, then every quarter of an hour; another return asks at once."""
    order = paid_in_two(diner, add_by_form, bank)
    bank.silent = True
    return_everything(order, key="r", by="anna", reason="cold", now=NOW)
    now, last = NOW, NOW + timedelta(days=1) - timedelta(seconds=15)
    asked: list[int] = []

    while len(asked) < 200 and (now := max(asked_again_at(order), now + timedelta(seconds=15))) <= last:
        assert not asked or send_due(now=now - timedelta(seconds=1)) == 0
        assert send_due(now=now) == 1
        asked.append(int((now - NOW).total_seconds()))

    assert asked[:8] == [15, 30, 60, 120, 240, 480, 960, 1860]
    assert {later - earlier for earlier, later in pairwise(asked[6:])} == {900}
    assert len(asked) == 101
    assert send_due(now=last, order=order) == 1
    bank.silent = False
    assert send_due(now=last + timedelta(minutes=15)) == 1
    assert Refund.objects.get(payment__method="demo").state == "done"
    assert bank.refunded_cents(Attempt.objects.get().uuid) == 340


@pytest.mark.parametrize("way", ["handed out", "tried again"])
def test_a_sweep_that_read_a_refund_before_staff_saw_to_it_does_not_ask_for_it(
    diner: Diner, add_by_form: AddByForm, bank: FakeBank, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused meanwhile, so that staff decided: what the bank would send now is not asked for under the key that was read."""
    order = paid_in_two(diner, add_by_form, bank)
    attempt = Attempt.objects.get()
    with monkeypatch.context() as patched:
        patched.setattr("orders.returns.send_due", lambda **_named: 0)
        return_everything(order, key="r", by="anna", reason="cold", now=NOW)
    as_read = Refund.objects.to_send().select_related("payment", "attempt").get()
    bank.says(attempt, "paid", amount_cents=339)
    send_due(now=NOW)
    bank.says(attempt, "paid", amount_cents=1000)
    settled = Refund.objects.get(state="failed")
    if way == "handed out":
        hand_out(settled, by="anna", now=NOW)
    else:
        try_again(settled, now=NOW)

    send(as_read, now=NOW)

    refund = Refund.objects.get(pk=as_read.pk)
    assert (as_read.state, refund.state, refund.handed_out_by) == ("due", "done", "anna" if way == "handed out" else "")
    assert bank.refunded_cents(attempt.uuid) == (0 if way == "handed out" else 340)


def test_a_refund_is_on_its_way_from_before_it_is_asked_for(
    diner: Diner, add_by_form: AddByForm, bank: FakeBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever stops while asking leaves it as asked for without an answer, and the sweep asks again."""
    order = paid_in_two(diner, add_by_form, bank)

    def crash(*_arguments: object, **_named: object) -> None:
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(bank, "refund", crash)
        with pytest.raises(Crash):
            return_everything(order, key="r", by="anna", reason="cold", now=NOW)
    stopped = list(Refund.objects.order_by("pk").values_list("payment__method", "state"))

    assert send_due(now=NOW) == 1
    assert stopped == [("counter", "due"), ("demo", "pending")]
    assert bank.refunded_cents(Attempt.objects.get().uuid) == 340
