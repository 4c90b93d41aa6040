"""After the provider's answer: paid once, closed once, found again after a crash, whoever asks first."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.core.mail import EmailMessage
from django.db import connection

from menu.models import Product, Table
from orders import receipts, settlement
from orders.checkout import PayForm, place, read_checkout
from orders.errors import Conflict
from orders.guest import Visitor
from orders.models import Attempt, AttemptState, DemoCharge, KitchenState, Order, Payment, PaymentState
from orders.payments import demo
from orders.payments.port import BadWebhook, ProviderStatus
from orders.tips import TipChoice
from tests.factories import NOW, ProductFactory
from tests.orders.conftest import AddByForm
from tests.orders.fake_bank import FakeBank

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(seconds=30)


@pytest.fixture
def basket(add_by_form: AddByForm, table: Table, demo_mode: None) -> Order:
    """Two pizzas: 24.00."""
    pizza: Product = ProductFactory.create(restaurant=table.restaurant, name="Pizza", price_cents=1200)
    return add_by_form(pizza, "quantity=2").order


def pay(order: Order, visitor: Visitor, table: Table, *, method: str = "demo", email: str = "") -> None:
    """Press the pay button of the page as it is now."""
    order.refresh_from_db()
    shown = read_checkout(order, tip=TipChoice(), now=NOW)
    form = PayForm(
        method=method,
        tip=shown.tip,
        email=email,
        checkout_key=shown.checkout_key,
        shown_total_cents=str(shown.total_cents),
        content=f"{method} {email}",
    )
    place(visitor=visitor, table=table, form=form, now=NOW)
    order.refresh_from_db()


def test_a_paid_attempt_pays_places_and_settles_the_order(
    basket: Order, visitor: Visitor, table: Table, bank: FakeBank
) -> None:
    pay(basket, visitor, table)
    attempt = Attempt.objects.get()
    bank.says(attempt, AttemptState.PAID)

    settlement.reconcile(now=LATER)

    basket.refresh_from_db()
    assert (basket.payment_state, basket.kitchen_state, basket.number) == ("paid", "received", 1)
    assert (basket.paid_at, basket.placed_at, basket.settled_at) == (LATER, LATER, LATER)
    assert (Attempt.objects.get().state, Payment.objects.get().paid_at) == ("paid", LATER)


def test_hearing_of_a_payment_again_changes_nothing(
    basket: Order, visitor: Visitor, table: Table, bank: FakeBank
) -> None:
    pay(basket, visitor, table)
    attempt = settlement.find_attempt(Attempt.objects.get().uuid)
    paid = ProviderStatus(state=AttemptState.PAID, amount_cents=2400, currency="EUR")

    settlement.conclude(attempt, paid, now=NOW)
    settlement.conclude(attempt, paid, now=LATER)
    settlement.settle(Order.objects.get(), now=LATER)

    basket.refresh_from_db()
    assert (basket.number, basket.paid_at, basket.settled_at) == (1, NOW, NOW)


@pytest.mark.parametrize("state", ["declined", "cancelled", "expired"])
def test_an_attempt_without_money_opens_the_basket_again_with_everything_in_it(
    basket: Order, visitor: Visitor, table: Table, bank: FakeBank, state: str
) -> None:
    pay(basket, visitor, table)
    bank.says(Attempt.objects.get(), state)

    settlement.reconcile(now=LATER)

    basket.refresh_from_db()
    assert (basket.payment_state, basket.kitchen_state, basket.placed_at) == ("unpaid", "none", None)
    assert basket.lines.get().quantity == 2
    assert Attempt.objects.get().state == state


def test_after_a_decline_the_diner_pays_with_a_new_try(
    basket: Order, visitor: Visitor, table: Table, bank: FakeBank
) -> None:
    pay(basket, visitor, table)
    bank.says(Attempt.objects.get(), AttemptState.DECLINED)
    settlement.reconcile(now=LATER)

    pay(basket, visitor, table)
    second = Attempt.objects.latest("pk")
    bank.says(second, AttemptState.PAID)
    settlement.reconcile(now=LATER)

    basket.refresh_from_db()
    assert (basket.payment_state, Attempt.objects.count(), len(bank.charges)) == ("paid", 2, 2)


def test_a_payment_that_the_provider_will_not_open_is_said_and_keeps_the_basket(
    basket: Order, visitor: Visitor, table: Table, bank: FakeBank
) -> None:
    bank.is_closed = True

    with pytest.raises(Conflict, match="could not be opened"):
        pay(basket, visitor, table)

    basket.refresh_from_db()
    assert (basket.payment_state, basket.placed_at, basket.lines.count()) == ("unpaid", None, 1)
    bank.is_closed = False
    pay(basket, visitor, table)
    assert basket.payment_state == "paying"


def test_no_answer_is_unknown_and_never_a_failure(
    basket: Order, visitor: Visitor, table: Table, bank: FakeBank
) -> None:
    bank.silent = True

    pay(basket, visitor, table)
    settlement.reconcile(now=LATER)

    basket.refresh_from_db()
    assert (basket.payment_state, Attempt.objects.get().state) == ("unknown", "unknown")

    bank.silent = False
    bank.says(Attempt.objects.get(), AttemptState.PAID)
    settlement.reconcile(now=LATER)

    basket.refresh_from_db()
    assert (basket.payment_state, len(bank.charges)) == ("paid", 1)


def test_a_crash_between_our_commit_and_the_call_is_made_good_under_the_same_key(
    basket: Order, visitor: Visitor, table: Table, bank: FakeBank
) -> None:
    pay(basket, visitor, table)
    bank.charges.clear()
    Attempt.objects.update(reference="", redirect_url="")

    settlement.reconcile(now=NOW + timedelta(seconds=5))
    too_early = len(bank.charges)
    settlement.reconcile(now=LATER)

    attempt = Attempt.objects.get()
    assert (too_early, list(bank.charges)) == (0, [attempt.idempotency_key])
    assert attempt.redirect_url == "https://bank.example/pay"


def test_a_window_that_ended_closes_the_attempt_at_the_provider_first(
    basket: Order, visitor: Visitor, table: Table, bank: FakeBank
) -> None:
    pay(basket, visitor, table)

    settlement.reconcile(now=NOW + timedelta(minutes=9))
    still_open = Attempt.objects.get().state
    settlement.reconcile(now=NOW + timedelta(minutes=10))

    basket.refresh_from_db()
    assert (still_open, Attempt.objects.get().state, basket.payment_state) == ("started", "cancelled", "unpaid")


def test_another_amount_than_ours_is_kept_for_staff_to_look_at(
    basket: Order, visitor: Visitor, table: Table, bank: FakeBank
) -> None:
    pay(basket, visitor, table)
    bank.says(Attempt.objects.get(), AttemptState.PAID, amount_cents=2300)

    settlement.reconcile(now=LATER)

    basket.refresh_from_db()
    assert (basket.payment_state, basket.placed_at) == ("unknown", None)
    assert "differs" in Attempt.objects.get().reason


def test_cancelling_asks_the_provider_and_a_payment_that_was_faster_counts(
    basket: Order, visitor: Visitor, table: Table, bank: FakeBank
) -> None:
    pay(basket, visitor, table)
    bank.says(Attempt.objects.get(), AttemptState.PAID)

    settlement.cancel_payment(basket, now=LATER)

    basket.refresh_from_db()
    assert (basket.payment_state, basket.kitchen_state) == ("paid", "received")


def test_cancelling_opens_the_basket_again(basket: Order, visitor: Visitor, table: Table, bank: FakeBank) -> None:
    pay(basket, visitor, table)

    settlement.cancel_payment(basket, now=LATER)

    basket.refresh_from_db()
    assert (basket.payment_state, Attempt.objects.get().state) == ("unpaid", "cancelled")


def test_a_paid_order_that_was_never_settled_is_found(basket: Order) -> None:
    Order.objects.update(payment_state=PaymentState.PAID, paid_at=NOW)

    found = settlement.settle_paid(now=LATER)
    again = settlement.settle_paid(now=LATER)

    basket.refresh_from_db()
    assert (found, again, basket.kitchen_state, basket.number) == (1, 0, "received", 1)


def test_staff_mark_a_counter_order_paid_once(basket: Order, visitor: Visitor, table: Table) -> None:
    pay(basket, visitor, table, method="counter")

    settlement.mark_paid(basket, by="anna", now=LATER)
    with pytest.raises(Conflict, match="paid or cancelled"):
        settlement.mark_paid(basket, by="ben", now=LATER)

    basket.refresh_from_db()
    payment = Payment.objects.get()
    assert (basket.payment_state, basket.settled_at) == ("paid", LATER)
    assert (payment.paid_at, payment.marked_by) == (LATER, "anna")


def test_a_basket_cannot_be_marked_paid(basket: Order) -> None:
    with pytest.raises(Conflict):
        settlement.mark_paid(basket, by="anna", now=NOW)

    basket.refresh_from_db()
    assert basket.payment_state == "unpaid"


def test_a_cancelled_order_cannot_be_marked_paid(basket: Order, visitor: Visitor, table: Table) -> None:
    pay(basket, visitor, table, method="counter")
    Order.objects.update(kitchen_state=KitchenState.CANCELLED)

    with pytest.raises(Conflict):
        settlement.mark_paid(basket, by="anna", now=NOW)

    assert Payment.objects.get().paid_at is None


def test_the_demo_provider_takes_one_choice_and_tells_it_in_its_time(
    basket: Order, visitor: Visitor, table: Table
) -> None:
    pay(basket, visitor, table)
    charge = DemoCharge.objects.get()

    first = demo.choose(charge.uuid, outcome=AttemptState.PAID, now=NOW, late=True)
    second = demo.choose(charge.uuid, outcome=AttemptState.DECLINED, now=NOW)
    settlement.reconcile(now=NOW + timedelta(seconds=4))
    basket.refresh_from_db()
    early = basket.payment_state
    settlement.reconcile(now=NOW + timedelta(seconds=5))

    basket.refresh_from_db()
    assert (first, second, early, basket.payment_state) == (True, False, "paying", "paid")


def test_a_signed_notification_settles_and_a_forged_one_does_nothing(
    basket: Order, visitor: Visitor, table: Table
) -> None:
    pay(basket, visitor, table)
    charge = DemoCharge.objects.get()
    demo.choose(charge.uuid, outcome=AttemptState.PAID, now=NOW)
    body, headers = demo.notification(charge.uuid, now=NOW)
    forged = {demo.SIGNATURE_HEADER: headers[demo.SIGNATURE_HEADER][:-1] + "x"}

    for wrong_body, wrong_headers, at in (
        (body, forged, NOW),
        (body + b" ", headers, NOW),
        (body, {}, NOW),
        (body, headers, NOW + timedelta(seconds=301)),
    ):
        with pytest.raises(BadWebhook):
            settlement.receive_notification("demo", wrong_body, wrong_headers, now=at)
    basket.refresh_from_db()
    before = basket.payment_state
    settlement.receive_notification("demo", body, headers, now=LATER)
    settlement.receive_notification("demo", body, headers, now=LATER)

    basket.refresh_from_db()
    assert (before, basket.payment_state, basket.number) == ("paying", "paid", 1)


def test_a_notification_of_an_unknown_payment_is_refused(basket: Order) -> None:
    body, headers = demo.notification(uuid.uuid4(), now=NOW)

    with pytest.raises(Attempt.DoesNotExist):
        settlement.receive_notification("demo", body, headers, now=NOW)
    with pytest.raises(LookupError):
        settlement.receive_notification("nobody", body, headers, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_many_hearing_of_one_payment_at_once_settle_it_once(basket: Order, visitor: Visitor, table: Table) -> None:
    pay(basket, visitor, table)
    demo.choose(DemoCharge.objects.get().uuid, outcome=AttemptState.PAID, now=NOW)
    failures: list[Exception] = []
    gate = threading.Barrier(8)

    def hear() -> None:
        try:
            gate.wait(timeout=10)
            settlement.reconcile(now=LATER)
        except Exception as error:  # noqa: BLE001 - the test reports whatever a thread ran into
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=hear) for _thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    basket.refresh_from_db()
    table.restaurant.refresh_from_db()
    assert failures == []
    assert (basket.payment_state, basket.number, table.restaurant.last_order_number) == ("paid", 1, 1)


def test_a_receipt_goes_out_once_to_who_asked_for_it(
    basket: Order, visitor: Visitor, table: Table, mailoutbox: list[EmailMessage]
) -> None:
    pay(basket, visitor, table, method="counter", email="guest@example.com")
    before = receipts.send_due(now=LATER)
    settlement.mark_paid(basket, by="anna", now=LATER)

    sent = receipts.send_due(now=LATER)
    again = receipts.send_due(now=LATER)

    assert (before, sent, again, len(mailoutbox)) == (0, 1, 0, 1)
    assert "Receipt 1" in mailoutbox[0].body
    assert "2 × Pizza" in mailoutbox[0].body
    assert "24.00" in mailoutbox[0].body
    name, content, kind = mailoutbox[0].attachments[0]
    assert (name, content[:5], kind) == ("1.pdf", b"%PDF-", "application/pdf")
