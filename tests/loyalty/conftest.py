"""What the tests of the programme share."""

from collections.abc import Iterator

import pytest
from django.utils import translation
from pytest_django import Settings

from loyalty.backends.embedded import EmbeddedLoyalty
from loyalty.models import Contact, Shop
from tests.loyalty.factories import ShopFactory, member
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


@pytest.fixture
def contact(db: None) -> Contact:
    return member()


@pytest.fixture
def shop(db: None) -> Shop:
    made: Shop = ShopFactory.create(reference="demo")
    return made
