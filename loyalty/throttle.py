"""Limits, counted in a table so that they hold over any number of processes (trust.md, "Identify by email code").

Every limit counts what it let through in the last stretch of time, exactly: the rows of those who are counted are taken
first, then what they did is counted, then the new hit is written.
"""

import hashlib
import hmac
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from loyalty.errors import LoyaltyError, TooOften
from loyalty.models import ThrottleHit, ThrottleKey

KEEP = timedelta(days=2)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `times` in any stretch of `period`, for what `key` names."""

    key: str
    times: int
    period: timedelta


def count(limits: Sequence[Limit], *, now: datetime) -> None:
    """Count one time against all `limits`, or against none: raises TooOften with the seconds until all would allow it."""
    _write_hits(limits, now=now)


@contextmanager
def count_only(wrong: type[LoyaltyError], limits: Sequence[Limit], *, now: datetime) -> Iterator[None]:
    """Count what is done inside against all `limits` only where it raises `wrong`. Raises TooOften before it is done.

    Counted first and given back after: of many at once no more are answered `wrong` than the limits allow.
    """
    hits = _write_hits(limits, now=now)
    try:
        yield
    except wrong:
        raise
    except LoyaltyError:
        _give_back(hits)
        raise
    else:
        _give_back(hits)


def is_reached(limit: Limit, *, now: datetime) -> bool:
    """Say whether `limit` allows no more now; counts nothing."""
    return _wait(limit, now=now) > 0


def key_of(scope: str, what: object) -> str:
    """Return the key that counts `what`; addresses of people are not readable in it."""
    digest = hmac.new(settings.SECRET_KEY.encode(), str(what).encode(), hashlib.sha256).hexdigest()
    return f"{scope}:{digest[:40]}"


def forget_old(*, now: datetime) -> int:
    """Delete what no limit counts any more; return how many hits that were."""
    deleted, _by_model = ThrottleHit.objects.filter(at__lte=now - KEEP).delete()
    ThrottleKey.objects.filter(touched_at__lte=now - KEEP, hits=None).delete()
    return deleted


def _write_hits(limits: Sequence[Limit], *, now: datetime) -> list[ThrottleHit]:
    keys = sorted({limit.key for limit in limits})
    with transaction.atomic():
        _take_rows(keys, now=now)
        waits = [_wait(limit, now=now) for limit in limits]
        if any(waits):
            raise TooOften(max(waits))
        return ThrottleHit.objects.bulk_create(ThrottleHit(counted_id=key, at=now) for key in keys)


def _give_back(hits: Sequence[ThrottleHit]) -> None:
    ThrottleHit.objects.filter(pk__in=[hit.pk for hit in hits]).delete()


def _take_rows(keys: list[str], *, now: datetime) -> None:
    """Take the rows of `keys` until the transaction ends, making those that are not there; always in the same order."""
    ThrottleKey.objects.bulk_create(
        [ThrottleKey(key=key, touched_at=now) for key in keys],
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=["touched_at"],
    )


def _wait(limit: Limit, *, now: datetime) -> int:
    """Return the whole seconds until `limit` allows one more; 0: now."""
    hits = ThrottleHit.objects.filter(counted_id=limit.key, at__gt=now - limit.period).order_by("-at")
    blocking = hits.values_list("at", flat=True)[limit.times - 1 : limit.times].first()
    if blocking is None:
        return 0
    return max(1, math.ceil((blocking + limit.period - now).total_seconds()))
