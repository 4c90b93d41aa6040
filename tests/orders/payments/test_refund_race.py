"""Refunds of one payment pressed many at once, each with its key or all with one: never more than was paid, at any provider."""

import uuid

import pytest

from orders.models import DemoCharge, DemoRefund
from orders.payments import load_provider
from orders.payments.port import ProviderRefused, ProviderTimeout, RefundStatus
from tests.orders.banks import Banks
from tests.orders.payments.test_contract import Counterparty
from tests.parallel import at_once

CLIENTS = 8


@pytest.mark.django_db(transaction=True)
def test_the_demo_provider_never_sends_back_more_than_was_paid(banks: Banks, demo_mode: None) -> None:
    till = Counterparty(load_provider("demo"), banks)
    request, started = till.paid(1000)

    results = at_once(CLIENTS, lambda number: till.refund(request, started, 300, key=uuid.uuid4().hex))

    assert sum(isinstance(result, RefundStatus) for result in results) == 3
    assert sum(isinstance(result, ProviderRefused) for result in results) == CLIENTS - 3
    assert (DemoCharge.objects.get().refunded_cents, DemoRefund.objects.count()) == (900, 3)


@pytest.mark.django_db(transaction=True)
def test_one_refund_asked_for_many_times_at_once_is_one_at_the_demo_provider(banks: Banks, demo_mode: None) -> None:
    till = Counterparty(load_provider("demo"), banks)
    request, started = till.paid(1000)

    results = at_once(CLIENTS, lambda number: till.refund(request, started, 1000, key="one"))

    assert len({result.reference for result in results if isinstance(result, RefundStatus)}) == 1
    assert all(isinstance(result, RefundStatus) for result in results)
    assert DemoCharge.objects.get().refunded_cents == 1000


@pytest.mark.parametrize("code", ["stripe", "mollie"])
def test_one_refund_asked_for_many_times_at_once_is_one_at_the_bank(banks: Banks, code: str) -> None:
    till = Counterparty(load_provider(code), banks)
    request, started = till.paid(1000)

    results = at_once(CLIENTS, lambda number: till.refund(request, started, 1000, key="one"))

    made = {result.reference for result in results if isinstance(result, RefundStatus)}
    assert len(made) == 1
    assert all(isinstance(result, RefundStatus | ProviderTimeout) for result in results)
    assert banks.sum("refunded", f"{code} EUR") == 1000
