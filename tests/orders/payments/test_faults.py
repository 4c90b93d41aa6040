"""Providers that do not answer, break or tear the connection: unknown is never failed, and no money moves twice."""

import uuid

import pytest
from django.utils import timezone
from pytest_django import Settings

from orders.payments import load_provider
from orders.payments.port import PaymentRequest, ProviderRefused, ProviderTimeout
from tests.orders.banks import Banks
from tests.orders.payments.test_contract import Counterparty

BEFORE = ["timeout_before", "error_500", "reset", "rate_limit"]
AFTER = ["timeout_after", "error_500_after", "reset_after"]


@pytest.fixture(params=["stripe", "mollie"])
def hosted(request: pytest.FixtureRequest, banks: Banks, settings: Settings) -> Counterparty:
    settings.PAYMENT_TIMEOUT_SECONDS = 0.8
    return Counterparty(load_provider(request.param), banks)


def fail(hosted: Counterparty, kind: str, operation: str) -> None:
    hosted.banks.fault(kind, hosted.provider.code, operation, seconds=1.2)


@pytest.mark.parametrize("kind", BEFORE)
def test_an_opening_that_fails_before_anything_happened_is_unknown_and_nothing_is_there(
    hosted: Counterparty, kind: str
) -> None:
    request = hosted.request()
    fail(hosted, kind, "start")

    with pytest.raises(ProviderTimeout):
        hosted.start(request)

    assert hosted.facts(request, "") is None


@pytest.mark.parametrize("kind", AFTER)
def test_an_opening_whose_answer_was_lost_is_found_again(hosted: Counterparty, kind: str) -> None:
    request = hosted.request()
    fail(hosted, kind, "start")

    with pytest.raises(ProviderTimeout):
        hosted.start(request)
    again = hosted.start(request)

    assert hosted.facts(request, "") == ("started", 2450, "EUR", 0)
    assert hosted.facts(request, again.reference) == ("started", 2450, "EUR", 0)
    assert len(hosted.banks.ask("payments")["payments"]) == 1


def test_a_failure_that_stripe_keeps_under_the_key_ends_in_a_clear_no(banks: Banks) -> None:
    hosted = Counterparty(load_provider("stripe"), banks)
    request, started = hosted.paid()
    fresh = hosted.request()
    fail(hosted, "error_500", "start")
    fail(hosted, "error_500", "refund")
    with pytest.raises(ProviderTimeout):
        hosted.start(fresh)
    with pytest.raises(ProviderTimeout):
        hosted.refund(request, started, 450, key="a")

    with pytest.raises(ProviderRefused):
        hosted.start(fresh)
    with pytest.raises(ProviderRefused):
        hosted.refund(request, started, 450, key="a")

    assert hosted.refund(request, started, 450, key="b").amount_cents == 450
    assert banks.sum("refunded", "stripe EUR") == 450


@pytest.mark.parametrize("kind", [*BEFORE[1:], "timeout_after"])
def test_a_question_without_an_answer_is_unknown(hosted: Counterparty, kind: str) -> None:
    request, started = hosted.paid()
    fail(hosted, kind, "status")

    with pytest.raises(ProviderTimeout):
        hosted.facts(request, started.reference)

    assert hosted.facts(request, started.reference) == ("paid", 2450, "EUR", 0)


@pytest.mark.parametrize("kind", ["timeout_after", "reset", "error_500_after"])
def test_closing_without_an_answer_is_unknown(hosted: Counterparty, kind: str) -> None:
    request = hosted.request()
    started = hosted.start(request)
    fail(hosted, kind, "cancel")

    with pytest.raises(ProviderTimeout):
        hosted.provider.cancel(request.attempt_uuid, started.reference, now=hosted.now)

    again = hosted.provider.cancel(request.attempt_uuid, started.reference, now=hosted.now)
    assert again is not None
    assert again.state == "cancelled"


@pytest.mark.parametrize("kind", [*AFTER, "reset", "timeout_before"])
def test_a_refund_without_an_answer_happens_once_when_it_is_repeated(hosted: Counterparty, kind: str) -> None:
    request, started = hosted.paid()
    fail(hosted, kind, "refund")

    with pytest.raises(ProviderTimeout):
        hosted.refund(request, started, 450, key="a")
    hosted.refund(request, started, 450, key="a")

    assert hosted.banks.sum("refunded", f"{hosted.provider.code} EUR") == 450


def test_a_refund_repeated_after_the_provider_forgot_its_key_happens_once(hosted: Counterparty) -> None:
    request, started = hosted.paid()
    first = hosted.refund(request, started, 450, key="a")
    hosted.banks.control("keys/forget")

    again = hosted.refund(request, started, 450, key="a")

    assert again == first
    assert hosted.banks.sum("refunded", f"{hosted.provider.code} EUR") == 450


def test_a_slow_answer_is_an_answer(hosted: Counterparty) -> None:
    request = hosted.request()
    hosted.banks.fault("slow", hosted.provider.code, "start", seconds=0.1)

    started = hosted.start(request)

    assert hosted.facts(request, started.reference) == ("started", 2450, "EUR", 0)


def test_one_key_for_two_amounts_takes_no_second_payment(hosted: Counterparty) -> None:
    request = hosted.request()
    hosted.start(request)
    other = PaymentRequest(**request.__dict__ | {"amount_cents": 2500})

    with pytest.raises((ProviderTimeout, ProviderRefused)):
        hosted.start(other)

    assert [payment["units"] for payment in hosted.banks.ask("payments")["payments"]] == [2450]


@pytest.mark.parametrize(("code", "name"), [("stripe", "STRIPE_SECRET_KEY"), ("mollie", "MOLLIE_API_KEY")])
def test_a_wrong_key_opens_nothing_and_tells_nothing(banks: Banks, settings: Settings, code: str, name: str) -> None:
    request, started = Counterparty(load_provider(code), banks).paid()
    setattr(settings, name, "test_another")
    load_provider.cache_clear()
    locked_out = Counterparty(load_provider(code), banks)

    with pytest.raises(ProviderRefused):
        locked_out.start(locked_out.request())
    with pytest.raises(ProviderTimeout):
        locked_out.facts(request, started.reference)


def test_an_amount_that_stripe_cannot_charge_is_refused_before_it_is_asked(banks: Banks) -> None:
    hosted = Counterparty(load_provider("stripe"), banks)

    for cents, currency in [(1505, "KWD"), (150, "MGA")]:
        with pytest.raises(ProviderRefused):
            hosted.start(hosted.request(cents, currency))

    assert banks.ask("payments")["payments"] == []


def test_nobody_listening_is_unknown(banks: Banks, settings: Settings) -> None:
    settings.STRIPE_API_BASE = settings.MOLLIE_API_BASE = "http://127.0.0.1:9"
    load_provider.cache_clear()

    for code in ("stripe", "mollie"):
        with pytest.raises(ProviderTimeout):
            load_provider(code).status(uuid.uuid4(), "tr_x", now=timezone.now())
