"""What is kept of Leat's answers: it is no matter where the cache is down, and nothing of a person stays after their leaving."""

from typing import Any

import pytest
from django.core.cache import cache

from loyalty.backends.leat import kept
from loyalty.backends.leat.kept import Reading
from loyalty.port import Loyalty
from tests.loyalty.factories import NOW
from tests.loyalty.leat.running import LeatBench

pytestmark = [pytest.mark.django_db, pytest.mark.once]


class BrokenCache:
    """A cache whose server is down; it counts how often it was waited for."""

    def __init__(self) -> None:
        self.tries = 0

    def __getattr__(self, name: str) -> Any:
        def fail(*_arguments: object, **_named: object) -> None:
            self.tries += 1
            raise ConnectionError(name)

        return fail


class WatchedCache:
    """The cache, remembering what was kept under which key."""

    def __init__(self) -> None:
        self.seen: dict[str, object] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(cache, name)

    def set(self, key: str, value: object, seconds: float) -> None:
        """Keep it."""
        self.seen[key] = value
        cache.set(key, value, seconds)


def test_with_the_cache_down_leat_is_asked_and_the_cache_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = BrokenCache()
    monkeypatch.setattr(kept, "cache", broken)
    monkeypatch.setattr(kept._rest, "until", 0.0)

    read = kept.read_member("somebody", {"balance": Reading(read=lambda: 7, seconds=15)}, together=_in_turn)
    kept.forget_member("somebody")
    kept.erase_member("somebody")
    told = kept.read_account("gift-cards", lambda: True, seconds=15)

    assert (read, told) == ({"balance": 7}, True)
    assert broken.tries == 1


def test_after_a_rest_the_cache_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept._rest, "until", 0.0)
    monkeypatch.setattr(kept, "REST_SECONDS", 0.0)
    monkeypatch.setattr(kept, "cache", BrokenCache())
    kept.forget_member("somebody")

    monkeypatch.setattr(kept, "cache", cache)
    first = kept.read_account("tried-again", lambda: 1, seconds=15)
    second = kept.read_account("tried-again", lambda: 2, seconds=15)

    assert (first, second) == (1, 1)


def test_nothing_kept_names_a_member_and_nothing_stays_of_one_who_left(
    bench: LeatBench, programme: Loyalty, member: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = WatchedCache()
    monkeypatch.setattr(kept, "cache", watched)
    bench.issue_voucher(member)
    assert len(programme.wallet(member, shop="demo", now=NOW).vouchers) == 1

    programme.erase(member, now=NOW)

    assert any(key.endswith(":vouchers") for key in watched.seen)
    assert "member@example.com" not in str(watched.seen)
    assert list(cache.get_many(watched.seen)) == [f"leat:era:{member}"]


def _in_turn(*reads: Any) -> list[Any]:
    return [read() for read in reads]
