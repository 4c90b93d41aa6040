"""The points of one contact as a plain list, worked out from the ledger's rows alone: a second writing of the rules."""

from collections.abc import Iterable
from datetime import datetime

from loyalty.models import EntryKind, PointsEntry

Buckets = dict[datetime | None, int]


def replay(rows: Iterable[PointsEntry]) -> tuple[int, Buckets]:
    """Return balance and non-empty buckets after `rows`, oldest first."""
    balance = 0
    buckets: Buckets = {}
    taken_by: dict[int, Buckets] = {}
    for row in rows:
        debt = max(0, -balance)
        balance += row.points
        if row.kind == EntryKind.EXPIRE:
            buckets[row.expires_at] += row.points
        elif row.kind == EntryKind.UNDO:
            assert row.about_id is not None
            for expires_at, points in taken_by[row.about_id].items():
                buckets[expires_at] += points
            take(buckets, min(debt, row.points))
        elif row.points >= 0:
            buckets[row.expires_at] = buckets.get(row.expires_at, 0) + max(0, row.points - debt)
        else:
            own = [row.about.expires_at] if row.kind == EntryKind.CORRECT and row.about else []
            taken_by[row.pk] = take(buckets, -row.points, first=own)
    return balance, {expires_at: points for expires_at, points in buckets.items() if points}


def take(buckets: Buckets, points: int, *, first: Iterable[datetime | None] = ()) -> Buckets:
    """Take points from `first`, then soonest ending first; return what was taken where."""
    soonest = sorted(buckets, key=lambda expires_at: (expires_at is None, expires_at))
    taken: Buckets = {}
    for expires_at in [*first, *soonest]:
        part = min(points - sum(taken.values()), buckets.get(expires_at, 0))
        if part > 0:
            buckets[expires_at] -= part
            taken[expires_at] = taken.get(expires_at, 0) + part
    return taken
