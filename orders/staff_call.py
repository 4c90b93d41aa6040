"""Ringing for the staff from a table."""

from datetime import datetime

import structlog
from django.core.cache import cache
from django.utils.translation import gettext as _

from menu.models import Table
from orders.errors import Conflict, TooOften
from orders.guest import Visitor, seat
from orders.models import Guest

log = structlog.get_logger("tableside.staff_call")

MOST_PER_MINUTE = 10


def call_staff(*, visitor: Visitor, table: Table, now: datetime) -> None:
    """Ring for the staff of the table's restaurant; a bell that rings already keeps its time. Raises Conflict, TooOften."""
    _count(visitor, now=now)
    guest = seat(visitor, table=table, now=now)
    if guest is None:
        raise Conflict(_("Your visit has ended. Please scan the code on the table again."))
    Guest.objects.filter(pk=guest.pk, called_staff_at=None).update(called_staff_at=now)


def _count(visitor: Visitor, *, now: datetime) -> None:
    """Count the rings of this browser in the minute of the clock. A courtesy, so it may forget: it is kept in the cache."""
    key = f"staff-call:{visitor.guest_id}:{now:%H%M}"
    try:
        cache.add(key, 0, timeout=60)
        rings = cache.incr(key)
    except Exception:  # it ran out in between, or the cache is down: whatever its client raises, the bell rings
        log.warning("rings not counted", exc_info=True)
        return
    if rings > MOST_PER_MINUTE:
        raise TooOften(_("We heard you: somebody is on the way. Please give us a moment."), seconds=60 - now.second)
