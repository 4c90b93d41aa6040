"""R6: notifications doubled, shuffled, late, before our own commit, many at once: each story ends in its one final state."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from orders import settlement
from orders.models import Attempt, Order, Payment, Refund
from orders.payments import load_provider
from orders.returns import return_everything
from tests.factories import AttemptFactory, GuestFactory, LineItemFactory, OrderFactory, PaymentFactory
from tests.loyalty.factories import ContactFactory
from tests.orders.banks import Banks, Notice
from tests.orders.proofs.books import audit, wait_for_calm
from tests.orders.proofs.guests import chance_of, in_threads
from tests.orders.proofs.serving import House, bank_settings, open_house
from tests.orders.proofs.town import Town, found_town
from tests.scale import size

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.prove(ci=True),
    pytest.mark.once("postgres"),
]

SEQUENCES = size(ci=100, full=500)
AT_ONCE = 20
TOTAL_CENTS = 1200


@pytest.fixture
def house(transactional_db: None, banks: Banks, settings: Settings) -> Iterator[House]:
    with open_house(banks, sweep_seconds=1) as opened:
        opened.web.start()
        for name, value in (bank_settings(banks) | {"SITE_URL": opened.url}).items():
            setattr(settings, name, value)
        load_provider.cache_clear()
        yield opened
    load_provider.cache_clear()


@pytest.fixture
def town(house: House) -> Town:
    return found_town(house)


@dataclass
class Sequence:
    """One order in payment, as the press of the button left it, and what happens to it."""

    banks: Banks
    attempt: Attempt

    @property
    def order(self) -> Order:
        return self.attempt.payment.order

    @property
    def page(self) -> str:
        self.attempt.refresh_from_db()
        return self.attempt.redirect_url

    def start(self) -> None:
        settlement.start_at_provider(self.attempt, now=timezone.now())

    def facts(self) -> tuple[str, str, str, int | None, int, int]:
        """How it ended: money, kitchen, try, points, receipts, cents that went back."""
        order = Order.objects.get(pk=self.order.pk)
        self.attempt.refresh_from_db()
        back = sum(Refund.objects.filter(payment__order=order).values_list("amount_cents", flat=True))
        states = (order.payment_state, order.kitchen_state, self.attempt.state)
        return (*states, order.points_earned, order.receipts.count(), back)


def pay(sequence: Sequence) -> None:
    sequence.start()
    sequence.banks.press(sequence.page, "pay")


def be_checked_and_pay(sequence: Sequence) -> None:
    sequence.start()
    sequence.banks.press(sequence.banks.press(sequence.page, "challenge"), "confirm")


def pay_before_our_answer(sequence: Sequence) -> None:
    """The bank tells of the money while the call that opens the payment still waits for its answer."""
    sequence.banks.fault("paid_before_answer", sequence.attempt.payment.method, "start")
    sequence.start()


def pay_and_be_found(sequence: Sequence) -> None:
    """The sweep is faster than the notifications, which come late."""
    pay(sequence)
    settlement.ask_provider(settlement.find_attempt(sequence.attempt.uuid), now=timezone.now())


def decline(sequence: Sequence) -> None:
    sequence.start()
    sequence.banks.press(sequence.page, "decline")


def decline_then_pay(sequence: Sequence) -> None:
    decline(sequence)
    sequence.banks.press(sequence.page, "pay")


def pay_after_giving_up(sequence: Sequence) -> None:
    """The diner gave up a payment that the bank had not heard of; the call arrives all the same, and is paid."""
    settlement.cancel_payment(sequence.order, now=timezone.now() + settlement.start_grace())
    provider = load_provider(sequence.attempt.payment.method)
    opened = {one["id"] for one in sequence.banks.ask("payments")["payments"]}
    settlement.start_at_provider(sequence.attempt, now=timezone.now())
    assert provider.code == sequence.attempt.payment.method
    (late,) = {one["id"] for one in sequence.banks.ask("payments")["payments"]} - opened
    sequence.banks.control("press", payment=late, outcome="pay")


def pay_and_take_back(sequence: Sequence) -> None:
    """Everything came back before the first notification did."""
    pay_and_be_found(sequence)
    order = Order.objects.get(pk=sequence.order.pk)
    return_everything(order, key=str(order.uuid), by="anna", reason="cold", now=timezone.now())


PAID = ("paid", "received", "paid", 12, 1, 0)
STORIES: dict[str, tuple[Callable[[Sequence], None], tuple[str, ...], tuple[str, str, str, int | None, int, int]]] = {
    "paid": (pay, ("stripe", "mollie"), PAID),
    "checked, then paid": (be_checked_and_pay, ("stripe", "mollie"), PAID),
    "paid before our answer": (pay_before_our_answer, ("stripe", "mollie"), PAID),
    "told late": (pay_and_be_found, ("stripe", "mollie"), PAID),
    "declined, then paid": (decline_then_pay, ("stripe",), PAID),
    "declined": (decline, ("mollie",), ("unpaid", "none", "declined", None, 0, 0)),
    "given up, then paid": (
        pay_after_giving_up,
        ("stripe", "mollie"),
        ("unpaid", "none", "cancelled", None, 0, TOTAL_CENTS),
    ),
    "told after a return": (
        pay_and_take_back,
        ("stripe", "mollie"),
        ("returned", "received", "paid", 12, 2, TOTAL_CENTS),
    ),
}
CASES = [(story, method) for story, (_happen, methods, _end) in STORIES.items() for method in methods]


def open_sequence(town: Town, method: str) -> Sequence:
    """Write an order in payment down as the checkout's commit leaves it."""
    now = timezone.now()
    order = OrderFactory.create(
        guest=GuestFactory.create(table=town.table),
        contact_id=str(ContactFactory.create().uuid),
        payment_state="paying",
        items_cents=TOTAL_CENTS,
        order_amount_cents=TOTAL_CENTS,
        total_cents=TOTAL_CENTS,
        created_at=now,
        changed_at=now,
    )
    LineItemFactory.create(
        order=order, product=town.pizza, unit_cents=TOTAL_CENTS, gross_cents=TOTAL_CENTS, total_cents=TOTAL_CENTS
    )
    payment: Payment = PaymentFactory.create(order=order, method=method, amount_cents=TOTAL_CENTS, created_at=now)
    attempt: Attempt = AttemptFactory.create(payment=payment, started_at=now, expires_at=now + timedelta(minutes=10))
    return Sequence(town.house.banks, attempt)


def sweep() -> None:
    settlement.reconcile(now=timezone.now())


def test_in_whatever_order_and_however_often_notifications_come_the_end_is_the_same(town: Town, banks: Banks) -> None:
    chance = chance_of(6)
    banks.control("notices", mode="hold", stripe_url=f"{town.house.url}/payments/stripe/webhook/")
    ends: dict[tuple[str, str], Counter[object]] = defaultdict(Counter)
    answers: Counter[int] = Counter()
    done = 0

    with httpx.Client(trust_env=False, timeout=20) as wire:

        def deliver(notice: Notice) -> None:
            answers[wire.post(notice.url, content=notice.body, headers=notice.headers).status_code] += 1

        while done < SEQUENCES:
            cases = [CASES[number % len(CASES)] for number in range(done, min(done + AT_ONCE, SEQUENCES))]
            sequences = [open_sequence(town, method) for _story, method in cases]
            for (story, _method), sequence in zip(cases, sequences, strict=True):
                STORIES[story][0](sequence)
            notices = [copy for notice in banks.take_notices() for copy in [notice] * chance.randint(1, 3)]
            chance.shuffle(notices)
            in_threads(notices, deliver, threads=4)
            for case, sequence in zip(cases, sequences, strict=True):
                ends[case][sequence.facts()] += 1
            done += len(cases)
    wait_for_calm(banks, seconds=20, meanwhile=sweep)

    books = audit(banks)
    print(  # noqa: T201 - a proof prints its number
        f"R6 {connection.vendor}: {done} sequences of {len(STORIES)} stories at 2 banks, {answers.total()} notifications "
        f"doubled, shuffled, late and before our commit; {max(len(end) for end in ends.values())} final state each; {books}"
    )
    assert {case: set(end) for case, end in ends.items()} == {case: {STORIES[case[0]][2]} for case in CASES}
    assert set(answers) == {200}
