"""Gift cards sold as a menu item: issued once the order is paid, one for each unit of the line, and never twice."""

from collections.abc import Mapping
from datetime import datetime

import structlog
from django.utils.translation import gettext as _

from loyalty import port
from loyalty.port import MoneyKind, MoneyLink
from orders.errors import Conflict
from orders.models import LineItem, Order, SoldCard

log = structlog.get_logger("tableside.sold_cards")

GIFT_CARD_LINE = "gift_card"


def issue_sold_cards(order: Order, *, now: datetime) -> None:
    """Have the programme issue every card that this paid order sold. Repeatable. Raises ProgrammeAway."""
    lines = order.lines.filter(kind=GIFT_CARD_LINE, parent=None)
    for line in lines:
        done = set(SoldCard.objects.filter(line=line).values_list("position", flat=True))
        for position in set(range(line.quantity)) - done:
            SoldCard.objects.get_or_create(
                line=line, position=position, defaults=_issue(line, position, order, now=now)
            )


def issue_again(order: Order, *, now: datetime) -> int:
    """Ask once more for the cards that the programme refused; return how many there are now.

    Raises Conflict where none were missing or it refuses them still, ProgrammeAway.
    """
    missing = list(SoldCard.objects.filter(line__order=order).exclude(problem="").select_related("line"))
    done = 0
    for sold in missing:
        found = _issue(sold.line, sold.position, order, now=now)
        if "problem" not in found:
            SoldCard.objects.filter(pk=sold.pk).exclude(problem="").update(problem="", **found)
            done += 1
    if not missing:
        raise Conflict(_("All gift cards of this order have been issued."))
    if not done:
        raise Conflict(_("The gift card is refused still. Please look at the gift card programmes first."))
    return done


def results_of(order: Order) -> Mapping[int, tuple[MoneyLink, ...]]:
    """Return, by line, the movements that put money on the cards it sold."""
    found: dict[int, tuple[MoneyLink, ...]] = {}
    for sold in SoldCard.objects.filter(line__order=order).exclude(link_id=""):
        link = MoneyLink(kind=MoneyKind.GIFT_CARD, id=sold.link_id)
        found[sold.line_id] = (*found.get(sold.line_id, ()), link)
    return found


def _issue(line: LineItem, position: int, order: Order, *, now: datetime) -> dict[str, object]:
    key = f"line:{line.uuid}:{position}"
    try:
        card = port.load().issue_gift_card(
            line.unit_cents, currency=order.currency, key=key, shop=order.restaurant.slug, now=now
        )
    except port.ProgrammeAway:
        raise
    except port.LoyaltyError as refused:  # paid for all the same: staff see it and decide
        log.error("gift card not issued", order=str(order.uuid), reason=type(refused).__name__)
        return {"problem": type(refused).__name__}
    return {"code": card.code, "link_id": card.link.id, "expires_at": card.expires_at}
