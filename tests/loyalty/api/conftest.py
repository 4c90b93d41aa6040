"""What the tests of the APIs share: tokens, and clients that speak as Leat's and its official client do."""

from collections.abc import Iterator

import pytest
from django.utils import timezone

from loyalty import tokens
from loyalty.api import limits
from loyalty.models import TokenKind
from tests.loyalty.api.calling import Caller


@pytest.fixture(autouse=True)
def nothing_counted() -> Iterator[None]:
    """Start with every limit of this process unused: tests of one process share their tokens' ids."""
    limits.forget()
    yield
    limits.forget()


@pytest.fixture
def token(db: None) -> str:
    """A bearer token that may do everything."""
    return tokens.make_token("test", kind=TokenKind.BEARER, now=timezone.now()).secret


@pytest.fixture
def leat(token: str) -> Caller:
    """Somebody who calls Leat's API with a token that may do everything."""
    return Caller(token)
