"""Fixtures of tests of the backend `leat`: its account behind a line that a test can spoil."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.utils import timezone, translation
from pytest_django import Settings

from loyalty import port
from loyalty.backends.leat.connection import Connection
from loyalty.backends.leat.programme import LeatLoyalty
from loyalty.port import Loyalty
from tests.loyalty.factories import NOW
from tests.loyalty.leat.running import House, LeatBench
from tests.loyalty.leat.troubled import BadLine
from tests.test_port import form


@pytest.fixture
def line(leat_house: House) -> Iterator[BadLine]:
    bad_line = BadLine(leat_house.url)
    yield bad_line
    bad_line.cut()


@pytest.fixture
def connection(leat_house: House, line: BadLine) -> Iterator[Connection]:
    """An account over the bad line."""
    made = Connection(leat_house.account(base_url=line.url))
    yield made
    made.close()


@pytest.fixture
def bench(db: None, leat_house: House, connection: Connection) -> Iterator[LeatBench]:
    with translation.override("en"):
        yield LeatBench(leat_house, connection)


@pytest.fixture
def programme(bench: LeatBench) -> Loyalty:
    return bench.programme


@pytest.fixture
def member(programme: Loyalty) -> str:
    return programme.sign_up(form(), now=NOW)


@pytest.fixture
def on_leat(settings: Settings, leat_house: House, line: BadLine) -> Iterator[LeatLoyalty]:
    """The whole app on that account, over the bad line; the house's clock shows the time of day."""
    leat_house.do("start over")
    leat_house.set_clock(timezone.now())
    cache.clear()
    settings.LOYALTY_BACKEND = "leat"
    settings.LEAT_BASE_URL = line.url
    settings.LEAT_TOKEN = leat_house.token
    settings.LEAT_SHOP_UUID = leat_house.shop_uuid
    settings.LEAT_CONNECT_TIMEOUT_SECONDS, settings.LEAT_READ_TIMEOUT_SECONDS = 2.0, 10.0
    settings.LEAT_CHANGE_TIMEOUT_SECONDS, settings.LEAT_SILENCE_SECONDS = 20.0, 10.0
    port._load.cache_clear()
    programme = port.load()
    assert isinstance(programme, LeatLoyalty)
    programme.leat.transport.breaker.pauses_seconds = (0.2,)
    yield programme
    programme.leat.close()
    port._load.cache_clear()
