"""What the tests of the programme share."""

from collections.abc import Iterator

import pytest
from django.utils import translation

from loyalty.backends.embedded import EmbeddedLoyalty


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Read messages in English, whatever ran before."""
    with translation.override("en"):
        yield


@pytest.fixture
def programme(db: None) -> EmbeddedLoyalty:
    return EmbeddedLoyalty()
