"""The end of a payment nobody finishes: the window, then the long stop 30 minutes later, and never without asking (trust.md)."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from loyalty.models import Voucher
from menu.models import Product, Table
from orders import payments, settlement
from orders.guest import Visitor
from orders.models import AppliedOffer, Attempt, AttemptState, Order, Refund
from orders.payments.port import ProviderStatus
from tests.factories import NOW, ProductFactory
from tests.loyalty.factories import member
from tests.orders.conftest import AddByForm
from tests.orders.diners import Diner, seat_member, state_of, voucher
from tests.orders.fake_bank import FakeBank

pytestmark = pytest.mark.django_db

WINDOW_ENDS = NOW + timedelta(minutes=10)
LONG_STOP = WINDOW_ENDS + timedelta(minutes=30)


class StubbornBank(FakeBank):
    """A bank that will not close a payment: with some ways to pay it only ends by itself."""

    def cancel(self, attempt_uuid: object, reference: str, *, now: datetime) -> ProviderStatus | None:
        return ProviderStatus(state=AttemptState.STARTED, amount_cents=2160, currency="EUR")


@pytest.fixture
def diner(table: Table) -> Diner:
    return seat_member(table, member(0))


@pytest.fixture
def visitor(diner: Diner) -> Visitor:
    return diner.visitor


@pytest.fixture
def bank(monkeypatch: pytest.MonkeyPatch, demo_mode: None) -> Iterator[StubbornBank]:
    """Put the stubborn bank where the demo provider is loaded from."""
    monkeypatch.setitem(payments.PROVIDERS, "demo", f"{__name__}.StubbornBank")
    payments.load_provider.cache_clear()
    loaded = payments.load_provider("demo")
    assert isinstance(loaded, StubbornBank)
    yield loaded
    payments.load_provider.cache_clear()


@pytest.fixture
def treat(diner: Diner, add_by_form: AddByForm, bank: StubbornBank) -> Voucher:
    """24.00 less a tenth, at the bank since NOW."""
    made: Product = ProductFactory.create(restaurant=diner.table.restaurant, price_cents=1200)
    add_by_form(made, "quantity=2")
    tenth = voucher(diner)
    diner.redeem(tenth)
    diner.pay(method="demo")
    return tenth


def stands() -> tuple[str, str]:
    return Attempt.objects.get().state, Order.objects.get().payment_state


def test_what_the_bank_will_not_close_waits_for_it_until_the_long_stop(treat: Voucher) -> None:
    settlement.reconcile(now=WINDOW_ENDS)
    at_the_window = stands()
    settlement.reconcile(now=LONG_STOP - timedelta(seconds=1))
    just_before = stands()

    settlement.reconcile(now=LONG_STOP)

    assert (at_the_window, just_before) == (("started", "paying"), ("started", "paying"))
    assert stands() == ("expired", "unpaid")
    assert "long stop" in Attempt.objects.get().reason
    assert AppliedOffer.objects.live().count() == 1  # still on the basket; its hold ends by itself
    assert state_of(treat, minutes=41) == "ACTIVE"


def test_a_diner_who_cancels_what_the_bank_will_not_close_is_free_from_the_long_stop_on(treat: Voucher) -> None:
    order = Order.objects.get()
    settlement.cancel_payment(order, now=LONG_STOP - timedelta(seconds=1))
    just_before = stands()

    settlement.cancel_payment(order, now=LONG_STOP)

    assert just_before == ("started", "paying")
    assert stands() == ("expired", "unpaid")


def test_without_an_answer_the_long_stop_gives_nothing_up_and_holds_the_offers(
    treat: Voucher, bank: StubbornBank
) -> None:
    bank.silent = True

    for minutes in range(10, 120, 5):
        settlement.reconcile(now=NOW + timedelta(minutes=minutes))

    assert stands() == ("unknown", "unknown")
    assert state_of(treat, minutes=120) == "LOCKED"
    bank.silent = False
    bank.says(Attempt.objects.get(), AttemptState.PAID, amount_cents=2160)
    settlement.reconcile(now=NOW + timedelta(minutes=121))
    assert stands() == ("paid", "paid")
    assert state_of(treat, minutes=121) == "REDEEMED"
    assert AppliedOffer.objects.get().overrun == ""


def test_money_that_comes_after_the_long_stop_goes_back(treat: Voucher, bank: StubbornBank) -> None:
    settlement.reconcile(now=LONG_STOP)
    attempt = settlement.find_attempt(Attempt.objects.get().uuid)
    bank.says(attempt, AttemptState.PAID, amount_cents=2160)

    paid = bank.status(attempt.uuid, attempt.reference, now=LONG_STOP)
    assert paid is not None
    for _time in range(2):
        settlement.conclude(attempt, paid, now=LONG_STOP + timedelta(hours=1))

    assert stands() == ("expired", "unpaid")
    assert Refund.objects.get().amount_cents == bank.refunded_cents(attempt.uuid) == 2160


def test_money_that_comes_after_the_long_stop_is_found_without_a_notification(
    treat: Voucher, bank: StubbornBank
) -> None:
    settlement.reconcile(now=LONG_STOP)
    attempt = Attempt.objects.get()
    settlement.reconcile(now=LONG_STOP + timedelta(hours=1))
    found_before = Refund.objects.count()
    bank.says(attempt, AttemptState.PAID, amount_cents=2160)

    for _time in range(2):
        settlement.reconcile(now=LONG_STOP + timedelta(hours=23))

    assert (found_before, stands()) == (0, ("expired", "unpaid"))
    assert Refund.objects.get().attempt == attempt
    assert bank.refunded_cents(attempt.uuid) == 2160


def test_a_day_after_the_long_stop_nobody_asks_any_more(treat: Voucher, bank: StubbornBank) -> None:
    settlement.reconcile(now=LONG_STOP)
    bank.says(Attempt.objects.get(), AttemptState.PAID, amount_cents=2160)

    settlement.reconcile(now=LONG_STOP + timedelta(hours=24))

    assert not Refund.objects.exists()


def test_a_bank_that_answers_again_within_the_window_lets_the_diner_pay(treat: Voucher, bank: StubbornBank) -> None:
    bank.silent = True
    settlement.reconcile(now=NOW + timedelta(minutes=1))
    in_doubt = stands()
    bank.silent = False

    settlement.reconcile(now=NOW + timedelta(minutes=2))

    assert (in_doubt, stands()) == (("unknown", "unknown"), ("started", "paying"))


def test_a_payment_whose_address_was_lost_is_opened_again_under_its_key(treat: Voucher, bank: StubbornBank) -> None:
    """The process stopped between the bank's answer and our note of it: the diner needs the address to pay at."""
    attempt = Attempt.objects.get()
    Attempt.objects.update(reference="", redirect_url="")

    settlement.reconcile(now=NOW + timedelta(seconds=5))
    too_early = Attempt.objects.get().redirect_url
    settlement.reconcile(now=NOW + settlement.start_grace())

    assert (too_early, Attempt.objects.get().redirect_url) == ("", "https://bank.example/pay")
    assert list(bank.charges) == [attempt.idempotency_key]
