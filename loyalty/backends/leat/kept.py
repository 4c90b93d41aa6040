"""What was read from Leat lately, for a few seconds, in the cache that all processes share; our own changes end it.

Nobody depends on that cache: where it fails, Leat is asked.
"""

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from django.core.cache import cache

log = structlog.get_logger("tableside.leat")

SLOW_SECONDS = 600
"""For what hardly ever changes: names, tiers, the rate of points, whether there are gift cards."""

PARTS = ("balance", "vouchers", "locked", "collectables", "rewards", "person", "rate", "prepaid")
"""The names of all that is kept of a member."""
REST_SECONDS = 5.0
"""How long a cache that failed is left alone: each try may take its whole timeout."""

type Read = Callable[[], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One thing to be read about a member, and for how long it may be shown again."""

    read: Read
    seconds: int


def read_member(
    contact_id: str, readings: Mapping[str, Reading], *, together: Callable[..., Sequence[Any]]
) -> dict[str, Any]:
    """Return every reading by its name: those that were kept, and the others read at the same time.

    Their names are of PARTS. What was read while one of our own changes went on is not kept after it.
    """
    era_key = _era_key(contact_id)
    keys = {name: _key(contact_id, name) for name in PARTS if name in readings}
    found: dict[str, Any] = _try_cache(lambda: cache.get_many([era_key, *keys.values()]), otherwise={})
    era = found.get(era_key, "")
    kept = {name: found[key]["value"] for name, key in keys.items() if key in found and found[key]["era"] == era}
    missing = [name for name in readings if name not in kept]
    if missing:
        fresh = dict(zip(missing, together(*(readings[name].read for name in missing)), strict=True))
        for name, value in fresh.items():
            _keep(keys[name], {"era": era, "value": value}, readings[name].seconds)
        kept |= fresh
    return kept


def forget_member(contact_id: str) -> None:
    """Keep nothing of what was read of this member before now."""
    if contact_id:
        _keep(_era_key(contact_id), uuid.uuid4().hex, 2 * SLOW_SECONDS)


def erase_member(contact_id: str) -> None:
    """Keep nothing of this member at all, not even unread."""
    forget_member(contact_id)
    _try_cache(lambda: cache.delete_many([_key(contact_id, name) for name in PARTS]), otherwise=None)


def read_account(part: str, read: Read, *, seconds: int) -> Any:
    """Return what was kept about the whole account, or read it."""
    key = f"leat:account:{part}"
    kept = _try_cache(lambda: cache.get(key), otherwise=None)
    if kept is None:
        kept = {"value": read()}
        _keep(key, kept, seconds)
    return kept["value"]


@dataclass(slots=True)
class _Rest:
    """Until when, on the monotonic clock, the cache is left alone."""

    until: float = 0.0


_rest = _Rest()


def _try_cache[Found](ask: Callable[[], Found], *, otherwise: Found) -> Found:
    if time.monotonic() < _rest.until:
        return otherwise
    try:
        return ask()
    except Exception:  # whatever its client raises: a cache that is down is an empty one
        _rest.until = time.monotonic() + REST_SECONDS
        log.warning("the cache failed", exc_info=True)
        return otherwise


def _keep(key: str, value: object, seconds: int) -> None:
    _try_cache(lambda: cache.set(key, value, seconds), otherwise=None)


def _key(contact_id: str, name: str) -> str:
    return f"leat:member:{contact_id}:{name}"


def _era_key(contact_id: str) -> str:
    return f"leat:era:{contact_id}"
