"""Gift cards and vouchers that were sold and come back: only what nobody used, closed before any money goes back."""

from collections.abc import Collection, Mapping
from datetime import datetime

import structlog
from django.db.models import Q
from django.utils.translation import gettext as _

from loyalty import port
from orders.errors import Conflict
from orders.models import LineItem, Order, OrderReturn, SoldCard
from orders.sold_cards import ISSUED_LINES, ask_for, link_of

log = structlog.get_logger("tableside.taking_back")


def count_takeable(order: Order, *, now: datetime) -> dict[int, int]:
    """Return, by line, how many of what it sold can come back: unused, or never issued. Raises ProgrammeAway."""
    counted: dict[int, int] = {}
    for sold in _takeable(order, now=now):
        counted[sold.line_id] = counted.get(sold.line_id, 0) + 1
    return counted


def read_takeable(order: Order, *, now: datetime) -> frozenset[int]:
    """Return which of what it sold can come back; all of it while the programme is away, since then nobody knows.

    Read before a return's transaction, which may not call the programme; `count_left` counts within it.
    """
    try:
        return frozenset(sold.pk for sold in _takeable(order, now=now))
    except port.ProgrammeAway:
        return frozenset(SoldCard.objects.filter(line__order=order).values_list("pk", flat=True))


def count_left(order: Order, takeable: Collection[int]) -> int:
    """Return how many of these no return has taken yet. Runs inside a return's transaction, after it took its own."""
    left = SoldCard.objects.filter(line__order=order, returned=False)
    return left.filter(Q(pk__in=takeable) | Q(taken_back_at__isnull=False)).count()


def take_back_sold(order: Order, wanted: Mapping[int, int], *, key: str, now: datetime) -> None:
    """Close so many of what each of these lines sold, before their return is written down; a repeat closes no more.

    Those closed by a try that came no further count. Raises Conflict where too many were used, or the programme is away.
    """
    lines = order.lines.filter(pk__in=list(wanted), kind__in=ISSUED_LINES, parent=None)
    if not lines:
        return
    try:
        takeable = _takeable(order, now=now)
        if OrderReturn.objects.filter(external_identifier=key).exists():
            return  # the same form was pressed twice; what the other press closed is not among these
        for line in lines:
            chosen = [sold for sold in takeable if sold.line_id == line.pk][: wanted[line.pk]]
            if len(chosen) < wanted[line.pk]:
                raise Conflict(_used_words(line, len(chosen)))
            for sold in chosen:
                _close(sold, now=now)
    except port.ProgrammeAway as away:
        raise Conflict(_("The loyalty programme cannot be reached, so nothing came back. Please try again.")) from away


def _takeable(order: Order, *, now: datetime) -> list[SoldCard]:
    """Return what can come back, what a try closed already first; what earlier returns took is not among it."""
    rows = list(
        SoldCard.objects.filter(line__order=order, returned=False).select_related("line").order_by("line", "position")
    )
    links = [link_of(sold) for sold in rows if sold.link_id and sold.taken_back_at is None]
    untouched = port.load().untouched(links, now=now) if links else frozenset()
    free = [sold for sold in rows if sold.taken_back_at or not sold.link_id or sold.link_id in untouched]
    return sorted(
        free,
        key=lambda sold: (sold.line_id, sold.taken_back_at is None, sold.closing_at is None, sold.position),
    )


def _close(sold: SoldCard, *, now: datetime) -> None:
    row = SoldCard.objects.filter(pk=sold.pk)
    if sold.issuing_at and not sold.link_id and sold.taken_back_at is None:
        ask_for(sold, sold.line.order, now=now)  # the answer got lost: issued before, or now, and closed below
        sold.refresh_from_db(fields=["link_id", "issuing_at"])
    if sold.link_id:
        row.filter(taken_back_at=None).update(closing_at=now)
        try:
            port.load().take_back(link_of(sold), now=now)
        except port.ProgrammeAway:
            raise
        except port.LoyaltyError as used:
            log.info("sold, and used meanwhile", line=str(sold.line.uuid), reason=type(used).__name__)
            row.update(closing_at=None)
            raise Conflict(_used_words(sold.line, 0)) from used
    # As it was read: one that was issued meanwhile, or is asked for, is not closed.
    as_read = row.filter(taken_back_at=None, link_id=sold.link_id, issuing_at=sold.issuing_at)
    noted = as_read.update(taken_back_at=now)
    if not noted and row.filter(taken_back_at=None).exists():
        raise Conflict(_used_words(sold.line, 0))


def mark_returned(line: LineItem, quantity: int) -> None:
    """Write down that so many of what was closed belong to a return. Runs inside its transaction. Raises Conflict."""
    closed = SoldCard.objects.closed().filter(line=line).order_by("position")
    mine = list(closed.values_list("pk", flat=True)[:quantity])
    if SoldCard.objects.filter(pk__in=mine, returned=False).update(returned=True) != quantity:
        raise Conflict(_used_words(line, len(mine)))


def _used_words(line: LineItem, count: int) -> str:
    return _("Only %(count)d of %(name)s can still come back; what was used cannot.") % {
        "count": count,
        "name": line.name,
    }
