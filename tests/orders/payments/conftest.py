"""The made-up banks, one process for the whole run, and an installation that has keys for both."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from orders.payments import load_provider
from tests.orders.banks import MOLLIE_KEY, STRIPE_KEY, STRIPE_SECRET, Banks, running_banks


@pytest.fixture(scope="session")
def bank_process() -> Iterator[Banks]:
    """Start the banks once."""
    with running_banks() as banks:
        yield banks


@pytest.fixture
def banks(bank_process: Banks, settings: Settings) -> Iterator[Banks]:
    """Run a test with both providers on offer, their books empty, and notifications held until the test takes them."""
    bank_process.control("reset")
    bank_process.control("notices", mode="hold")
    settings.PAYMENT_PROVIDERS = ["counter", "stripe", "mollie"]
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET = STRIPE_KEY, STRIPE_SECRET
    settings.MOLLIE_API_KEY = MOLLIE_KEY
    settings.STRIPE_API_BASE = settings.MOLLIE_API_BASE = bank_process.base
    settings.PAYMENT_TIMEOUT_SECONDS = 5
    load_provider.cache_clear()
    yield bank_process
    load_provider.cache_clear()
