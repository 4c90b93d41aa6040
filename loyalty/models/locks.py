"""A hold on something that one basket at a time may use. Facts only: past `locked_until` it is no lock, worker or not."""

import uuid
from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _


class LockableQuerySet[Row: "Lockable"](models.QuerySet[Row]):
    """Holding and letting go, each one conditional update."""

    def locked(self, *, now: datetime) -> Self:
        """Rows that somebody holds."""
        return self.filter(locked_until__gt=now)

    def locked_by(self, holder: str, *, now: datetime) -> Self:
        """Rows that this holder holds."""
        return self.locked(now=now).filter(locked_for=holder)

    def free(self, *, now: datetime) -> Self:
        """Rows that nobody holds."""
        return self.filter(Q(locked_until=None) | Q(locked_until__lte=now))

    def hold(self, *, holder: str, until: datetime, now: datetime) -> int:
        """Hold these rows; a holder who had them last keeps the key. Returns how many rows were held.

        Also where the time had run out: whoever stops before the new key is written down can still let go with the old.
        """
        is_mine = Q(locked_for=holder, locked_until__gt=now)
        was_mine = Q(locked_for=holder, release_key__isnull=False)
        changes: dict[str, Any] = {
            "release_key": Case(When(was_mine, then=F("release_key")), default=Value(uuid.uuid4())),
            "locked_at": Case(When(is_mine, then=F("locked_at")), default=Value(now)),
        }
        return self.update(locked_for=holder, locked_until=until, **changes)

    def let_go(self, release_key: uuid.UUID) -> int:
        """End the hold with this key. The key stays, so that a second time is told from a wrong key."""
        return self.filter(release_key=release_key).update(locked_until=None, locked_for="")


class Lockable(models.Model):
    """A row with room for one hold. `locked_for` is kept when a hold lapses and emptied when it is let go."""

    locked_for = models.CharField(_("held by"), max_length=120, blank=True, editable=False)
    release_key = models.UUIDField(null=True, editable=False)
    locked_at = models.DateTimeField(_("held since"), null=True, editable=False)
    locked_until = models.DateTimeField(_("held until"), null=True, editable=False)

    class Meta:
        abstract = True
