"""What the tests of RBI's API share: a clock, a till with a key, a member with 120 points."""

from collections.abc import Iterator

import pytest
import time_machine

from loyalty import tokens
from loyalty.models import Contact, Shop, TokenKind
from tests.loyalty.api.rbi.tills import Till
from tests.loyalty.factories import NOW, member


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """Half past seven on a Wednesday evening in Amsterdam, until a test moves on."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def shop(db: None) -> Shop:
    return Shop.objects.create(reference="demo", name="Demo")


@pytest.fixture
def rbi(shop: Shop) -> Till:
    return Till(tokens.make_token("till", kind=TokenKind.RBI, now=NOW).secret)


@pytest.fixture
def noor(db: None) -> Contact:
    return member(120)
