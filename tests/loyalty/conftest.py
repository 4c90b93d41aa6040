"""What the tests of the programme share."""

from collections.abc import Iterator

import pytest
from django.utils import translation
from pytest_django import Settings

from loyalty.backends.embedded import EmbeddedLoyalty
from tests.loyalty.receiver import Receiver, receiving


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Read messages in English, whatever ran before."""
    with translation.override("en"):
        yield


@pytest.fixture
def programme(db: None) -> EmbeddedLoyalty:
    return EmbeddedLoyalty()


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    """Listen for webhooks, which may go to this machine meanwhile."""
    settings.WEBHOOK_PRIVATE_ADDRESSES = True
    settings.WEBHOOK_TIMEOUT_SECONDS = 2
    with receiving() as receiver:
        yield receiver
