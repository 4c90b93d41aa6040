"""The breaker opens and closes again whatever happens, and while it is open nobody waits for anything."""

import threading
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from loyalty.backends.leat.breaker import Breaker
from loyalty.backends.leat.connection import Connection
from loyalty.backends.leat.programme import LeatLoyalty
from loyalty.models import LeatDeed, LeatHold, LeatVoucher
from loyalty.port import ProgrammeAway
from tests.loyalty.factories import NOW
from tests.loyalty.leat.running import House

pytestmark = pytest.mark.once

MEMBER = "11111111-1111-4111-8111-111111111111"
VOUCHER = "22222222-2222-4222-8222-222222222222"


def test_a_probe_that_fails_in_its_own_way_is_made_again() -> None:
    asked: list[int] = []

    def probe() -> bool:
        asked.append(1)
        if len(asked) == 1:
            raise ZeroDivisionError
        return True

    tripped = Breaker(probe, pauses_seconds=(0.01,))
    tripped.trip()
    deadline = time.monotonic() + 5
    while tripped.is_open and time.monotonic() < deadline:
        time.sleep(0.01)

    assert not tripped.is_open
    assert len(asked) == 2


def test_without_a_thread_to_ask_with_calls_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    class NoThread(threading.Thread):
        def start(self) -> None:
            raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading, "Thread", NoThread)
    tripped = Breaker(lambda: True)

    tripped.trip()

    assert not tripped.is_open


@pytest.mark.django_db
def test_while_it_is_open_nobody_waits_for_what_somebody_else_is_being_told(
    leat_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = Connection(leat_house.account(base_url="http://127.0.0.1:1"))
    programme = LeatLoyalty(away)
    LeatVoucher.objects.create(voucher_id=VOUCHER, code="CODE", contact_id=MEMBER)
    asked = {"kind": "redeem", "key": f"{VOUCHER}:order-1", "subject": VOUCHER, "contact_id": MEMBER}
    LeatDeed.objects.create(**asked, first_asked_at=NOW, asked_at=timezone.now())
    hour = NOW + timedelta(hours=1)
    LeatHold.objects.create(
        voucher_id=VOUCHER, holder="order-1", contact_id=MEMBER, asked_at=NOW, held_until=hour, leat_until=hour
    )
    monkeypatch.setattr(away.transport.breaker, "_is_open", True)

    start = time.perf_counter()
    with pytest.raises(ProgrammeAway):
        programme.redeem(MEMBER, VOUCHER, order="order-1", release_key="", shop="demo", now=NOW)
    with pytest.raises(ProgrammeAway):
        programme.lock(MEMBER, VOUCHER, holder="order-1", until=hour, now=NOW)
    took = time.perf_counter() - start
    away.close()

    assert took < 0.5
