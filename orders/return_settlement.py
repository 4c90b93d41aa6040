"""Telling the programme of returns: points corrected, offers given back. What comes back and what it cost: returns."""

from datetime import datetime

import structlog
from django.db.models import Sum

from loyalty import port
from loyalty.port import RedemptionLink, ReturnDocument, ReturnedLine
from orders.earning import REDEMPTION_KINDS
from orders.models import AppliedOffer, LineItem, OfferKind, Order, OrderReturn, ReturnedItem

log = structlog.get_logger("tableside.returns")


def settle_return(made: OrderReturn, *, now: datetime) -> None:
    """Tell the programme of a return: points corrected, offers given back. Repeatable; the sweep finds what is left."""
    try:
        refusals = [_correct_points(made, now=now)]
        refusals += [_give_back(offer, made, now=now) for offer in _offers_to_give_back(made)]
    except port.ProgrammeAway:
        log.warning("programme away", order_return=str(made.uuid))
        return
    refusal = next(filter(None, refusals), "")
    OrderReturn.objects.filter(pk=made.pk, settled_at=None).update(
        settled_at=now, refusal=refusal, refusal_seen_at=None, refusal_seen_by=""
    )
    made.refresh_from_db()


def settle_due(*, now: datetime) -> int:
    """Settle every return the programme has not heard of; return how many there were."""
    due = list(OrderReturn.objects.to_settle().select_related("order"))
    for made in due:
        try:
            settle_return(made, now=now)
        except Exception:  # one return that cannot be settled must not keep the others waiting
            log.exception("return could not be settled", order_return=str(made.uuid))
    return len(due)


def returned_units(order: Order) -> dict[int, int]:
    """Return how many units of each line are back already."""
    rows = ReturnedItem.objects.filter(order_return__order=order, line__parent=None).values("line")
    return {row["line"]: row["units"] for row in rows.annotate(units=Sum("quantity"))}


def _correct_points(made: OrderReturn, *, now: datetime) -> str:
    """Have the points corrected; return the name of the programme's refusal, which staff see: the return stands."""
    order = made.order
    if not order.contact_id or order.points_earned is None or made.points is not None:
        return ""
    try:
        result = port.load().process_return(_document(made), now=now)
    except port.ProgrammeAway:
        raise
    except port.UnknownContact:
        log.info("member left before the return was settled", order_return=str(made.uuid))
    except port.LoyaltyError as error:  # repeating by itself will not change it
        log.error("programme refused the return", order_return=str(made.uuid), reason=type(error).__name__)
        return type(error).__name__
    else:
        OrderReturn.objects.filter(pk=made.pk).update(points=result.points, new_balance=result.new_balance)
    return ""


def _give_back(offer: AppliedOffer, made: OrderReturn, *, now: datetime) -> str:
    """Have an offer given back; return the name of the programme's refusal."""
    kind = REDEMPTION_KINDS[OfferKind(offer.kind)]
    try:
        port.load().reverse(RedemptionLink(kind=kind, id=offer.redemption_id, offer_id=offer.offer_id), now=now)
    except port.ProgrammeAway:
        raise
    except port.LoyaltyError as error:
        log.error("offer not given back", order_return=str(made.uuid), reason=type(error).__name__)
        return type(error).__name__
    return ""


def _offers_to_give_back(made: OrderReturn) -> list[AppliedOffer]:
    """Offers that this return gives back: all once nothing is left, a product's once all units it was on are back."""
    used = made.order.applied_offers.live().exclude(redeemed_at=None).prefetch_related("shares__line")
    if made.is_everything:
        return list(used)
    back = returned_units(made.order)
    return [
        offer
        for offer in used
        if not offer.is_order_level
        and all(
            back.get(share.line.parent_id or share.line_id, 0) >= _whole(share.line) for share in offer.shares.all()
        )
    ]


def _whole(line: LineItem) -> int:
    """The units that must be back before a discounted one is: it goes back last."""
    return line.parent.quantity if line.parent else line.quantity


def _document(made: OrderReturn) -> ReturnDocument:
    tax_is_added = made.order.tax_is_added
    return ReturnDocument(
        external_identifier=made.external_identifier,
        order_identifier=str(made.order.uuid),
        returned_at=made.returned_at,
        lines=tuple(
            ReturnedLine(
                external_identifier=str(item.line.uuid),
                quantity=item.quantity,
                net_cents=item.cents + (item.tax_cents if tax_is_added else 0),
            )
            for item in made.items.select_related("line")
        ),
        reason=made.reason,
    )
