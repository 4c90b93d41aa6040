"""What the payment port promises, kept by every provider; Stripe and Mollie through their own SDKs."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from orders.models import AttemptState
from orders.payments import demo, load_provider
from orders.payments.port import (
    PaymentRequest,
    Provider,
    ProviderRefused,
    RefundState,
    RefundStatus,
    StartedPayment,
)
from tests.orders.banks import Banks


@dataclass
class Counterparty:
    """A provider, and the person in front of its page."""

    provider: Provider
    banks: Banks

    @property
    def now(self) -> datetime:
        return timezone.now()

    def request(self, cents: int = 2450, currency: str = "EUR") -> PaymentRequest:
        return PaymentRequest(
            attempt_uuid=uuid.uuid4(),
            idempotency_key=uuid.uuid4().hex,
            amount_cents=cents,
            currency=currency,
            description="Order at the Firefinch & Söhne",
            return_url="http://127.0.0.1:8000/orders/1/",
            declined_url="http://127.0.0.1:8000/checkout/",
            cancel_url="http://127.0.0.1:8000/basket/",
            expires_at=self.now + timedelta(minutes=10),
        )

    def start(self, request: PaymentRequest) -> StartedPayment:
        return self.provider.start(request, now=self.now)

    def press(self, request: PaymentRequest, started: StartedPayment, outcome: str) -> None:
        """Press a button of the hosted page."""
        if self.provider.code == "demo":
            state = {"pay": AttemptState.PAID, "decline": AttemptState.DECLINED}[outcome]
            demo.choose(request.attempt_uuid, outcome=state, now=self.now)
        else:
            self.banks.press(started.redirect_url, outcome)

    def paid(self, cents: int = 2450, currency: str = "EUR") -> tuple[PaymentRequest, StartedPayment]:
        """Have a payment paid."""
        request = self.request(cents, currency)
        started = self.start(request)
        self.press(request, started, "pay")
        return request, started

    def facts(self, request: PaymentRequest, reference: str) -> tuple[str, int, str, int] | None:
        """Ask how it stands: state, amount, currency, refunded."""
        status = self.provider.status(request.attempt_uuid, reference, now=self.now)
        if status is None:
            return None
        return status.state, status.amount_cents, status.currency, status.refunded_cents

    def refund(self, request: PaymentRequest, started: StartedPayment, cents: int, *, key: str) -> RefundStatus:
        return self.provider.refund(
            request.attempt_uuid,
            started.reference,
            amount_cents=cents,
            currency=request.currency,
            idempotency_key=key,
            now=self.now,
        )


@pytest.fixture(params=["demo", "stripe", "mollie"])
def counterparty(request: pytest.FixtureRequest, banks: Banks, demo_mode: None, db: None) -> Counterparty:
    return Counterparty(load_provider(request.param), banks)


@pytest.fixture(params=["stripe", "mollie"])
def hosted(request: pytest.FixtureRequest, banks: Banks) -> Counterparty:
    return Counterparty(load_provider(request.param), banks)


def test_a_payment_opens_with_a_page_to_pay_at(counterparty: Counterparty) -> None:
    request = counterparty.request()

    started = counterparty.start(request)

    assert started.reference
    assert started.redirect_url.startswith("http://127.0.0.1:")
    assert counterparty.facts(request, started.reference) == ("started", 2450, "EUR", 0)


def test_the_same_key_opens_one_payment(counterparty: Counterparty) -> None:
    request = counterparty.request()

    assert counterparty.start(request) == counterparty.start(request)


def test_a_payment_is_paid(counterparty: Counterparty) -> None:
    request, started = counterparty.paid()

    assert counterparty.facts(request, started.reference) == ("paid", 2450, "EUR", 0)


def test_a_payment_whose_opening_was_never_answered_is_found_by_our_own_id(counterparty: Counterparty) -> None:
    counterparty.paid(1000)
    request, _started = counterparty.paid()
    counterparty.paid(2000)

    assert counterparty.facts(request, "") == ("paid", 2450, "EUR", 0)


def test_a_payment_nobody_opened_is_unknown(counterparty: Counterparty) -> None:
    counterparty.paid()

    assert counterparty.facts(counterparty.request(), "") is None
    assert counterparty.provider.cancel(uuid.uuid4(), "", now=counterparty.now) is None


def test_a_reference_of_another_payment_tells_nothing(hosted: Counterparty) -> None:
    _request, started = hosted.paid()

    assert hosted.facts(hosted.request(), started.reference) is None


def test_a_reference_the_provider_lost_tells_nothing(hosted: Counterparty) -> None:
    request, started = hosted.paid()
    hosted.banks.control("reset")

    assert hosted.facts(request, started.reference) is None


def test_closing_an_open_payment_cancels_it(counterparty: Counterparty) -> None:
    request = counterparty.request()
    started = counterparty.start(request)

    status = counterparty.provider.cancel(request.attempt_uuid, started.reference, now=counterparty.now)

    assert status is not None
    assert status.state == "cancelled"
    assert counterparty.facts(request, started.reference) != ("started", 2450, "EUR", 0)


def test_closing_a_payment_that_was_paid_says_paid(counterparty: Counterparty) -> None:
    request, started = counterparty.paid()

    status = counterparty.provider.cancel(request.attempt_uuid, started.reference, now=counterparty.now)

    assert status is not None
    assert status.state == "paid"


def test_money_goes_back_in_parts_and_then_whole_and_never_more(counterparty: Counterparty) -> None:
    request, started = counterparty.paid()

    part = counterparty.refund(request, started, 450, key="a")
    with pytest.raises(ProviderRefused):
        counterparty.refund(request, started, 2001, key="b")
    rest = counterparty.refund(request, started, 2000, key="c")
    with pytest.raises(ProviderRefused):
        counterparty.refund(request, started, 1, key="d")

    assert (part.amount_cents, part.currency, rest.amount_cents) == (450, "EUR", 2000)
    assert part.state in (RefundState.DONE, RefundState.PENDING)
    assert counterparty.facts(request, started.reference) == ("paid", 2450, "EUR", 2450)


def test_a_refund_repeated_under_its_key_is_the_same_refund(counterparty: Counterparty) -> None:
    request, started = counterparty.paid()

    first = counterparty.refund(request, started, 2450, key="a")
    again = counterparty.refund(request, started, 2450, key="a")

    assert again == first
    assert counterparty.facts(request, started.reference) == ("paid", 2450, "EUR", 2450)


def test_an_unpaid_payment_sends_nothing_back(counterparty: Counterparty) -> None:
    request = counterparty.request()
    started = counterparty.start(request)

    with pytest.raises(ProviderRefused):
        counterparty.refund(request, started, 100, key="a")

    assert counterparty.facts(request, started.reference) == ("started", 2450, "EUR", 0)


def test_a_refund_in_another_currency_is_refused(counterparty: Counterparty) -> None:
    request, started = counterparty.paid()

    with pytest.raises(ProviderRefused):
        counterparty.refund(replace(request, currency="USD"), started, 100, key="a")

    assert counterparty.facts(request, started.reference) == ("paid", 2450, "EUR", 0)


@pytest.mark.parametrize(("cents", "currency"), [(1000, "JPY"), (1500, "KWD"), (700, "ISK"), (99, "HUF")])
def test_currencies_with_none_and_three_decimals_keep_their_amounts(
    counterparty: Counterparty, cents: int, currency: str
) -> None:
    request, started = counterparty.paid(cents, currency)

    part = counterparty.refund(request, started, cents // 10 * 10 // 2 // 10 * 10, key="a")

    assert part.currency == currency
    assert counterparty.facts(request, started.reference) == ("paid", cents, currency, part.amount_cents)


def test_a_page_declined_at_takes_no_money(counterparty: Counterparty) -> None:
    request = counterparty.request()
    started = counterparty.start(request)

    counterparty.press(request, started, "decline")

    # At Stripe the diner is still on its page and may try another card.
    expected = "started" if counterparty.provider.code == "stripe" else "declined"
    assert counterparty.facts(request, started.reference) == (expected, 2450, "EUR", 0)


def test_a_check_by_the_payers_bank_leads_to_paid(hosted: Counterparty) -> None:
    request = hosted.request()
    started = hosted.start(request)

    detour = hosted.banks.press(started.redirect_url, "challenge")
    during = hosted.facts(request, started.reference)
    back = hosted.banks.press(detour, "confirm")

    assert during == ("started", 2450, "EUR", 0)
    assert back == "http://127.0.0.1:8000/orders/1/"
    assert hosted.facts(request, started.reference) == ("paid", 2450, "EUR", 0)


def test_who_fails_the_check_of_their_bank_pays_nothing(hosted: Counterparty) -> None:
    request = hosted.request()
    started = hosted.start(request)

    hosted.banks.press(hosted.banks.press(started.redirect_url, "challenge"), "refuse")

    facts = hosted.facts(request, started.reference)
    assert facts is not None
    assert facts[0] in ("started", "declined")
    assert hosted.banks.ask("ledger")["entries"] == []


def test_a_payment_in_the_middle_of_that_check_is_closed_where_the_provider_lets_us(hosted: Counterparty) -> None:
    request = hosted.request()
    started = hosted.start(request)
    hosted.banks.press(started.redirect_url, "challenge")

    status = hosted.provider.cancel(request.attempt_uuid, started.reference, now=hosted.now)

    assert status is not None
    assert status.state == {"stripe": "cancelled", "mollie": "started"}[hosted.provider.code]


def test_a_late_answer_is_open_until_it_comes(hosted: Counterparty) -> None:
    request = hosted.request()
    started = hosted.start(request)

    hosted.banks.press(started.redirect_url, "late")
    at_once = hosted.facts(request, started.reference)
    hosted.banks.take_notices(at_least={"stripe": 3, "mollie": 1}[hosted.provider.code])

    assert at_once == ("started", 2450, "EUR", 0)
    assert hosted.facts(request, started.reference) == ("paid", 2450, "EUR", 0)


def test_a_page_left_alone_expires(hosted: Counterparty) -> None:
    request = hosted.request()
    started = hosted.start(request)

    hosted.banks.control("clock", ahead=3 * 3600)

    assert hosted.facts(request, started.reference) == ("expired", 2450, "EUR", 0)


@pytest.fixture
def fresh_providers() -> Iterator[None]:
    """Load each provider anew, and forget those of this test."""
    load_provider.cache_clear()
    yield
    load_provider.cache_clear()


def test_a_provider_with_keys_that_is_offered_no_longer_is_still_there(
    settings: Settings, fresh_providers: None
) -> None:
    settings.PAYMENT_PROVIDERS = ["counter"]
    settings.MOLLIE_API_KEY = "test_1"

    assert load_provider("mollie").code == "mollie"
