"""What a paid order tells the programme: offers used up first, then the order itself, which earns the points.

Every call may be repeated; what was answered is kept, so that after a crash or an outage only the rest is done.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import structlog
from django.db import transaction

from loyalty import port
from loyalty.port import (
    AppliedDiscount,
    MoneyLink,
    OrderDocument,
    OrderLine,
    PaymentLink,
    PointsResult,
    RedemptionKind,
    RedemptionLink,
)
from orders.models import AppliedOffer, AppliedShare, LineItem, OfferKind, Order, OrderReturn
from orders.offers import release_due, take_off
from orders.sold_cards import issue_sold_cards, results_of
from orders.tenders import KINDS

log = structlog.get_logger("tableside.earning")

REDEMPTION_KINDS = {
    OfferKind.VOUCHER: RedemptionKind.VOUCHER,
    OfferKind.COLLECTABLE: RedemptionKind.COLLECTABLE,
}


def earn(order: Order, *, now: datetime) -> bool:
    """Redeem the order's offers and have it earn points; True once nothing is left to be said to the programme."""
    try:
        for offer in order.applied_offers.live().filter(redeemed_at=None, overrun=""):
            _use_up(offer, order, now=now)
        issue_sold_cards(order, now=now)
        if order.contact_id and order.points_earned is None:
            _keep_points(order, port.load().process_order(order_document(order), now=now))
    except port.ProgrammeAway:
        log.warning("programme away", order=str(order.uuid))
        return False
    except port.UnknownContact:
        log.info("member left before the order was settled", order=str(order.uuid))
    except port.LoyaltyError as error:  # repeating by itself will not change it: staff see it, the order stands
        log.error("programme refused the order", order=str(order.uuid), reason=type(error).__name__)
        Order.objects.filter(pk=order.pk).update(refusal=type(error).__name__, refusal_seen_at=None, refusal_seen_by="")
    release_due(now=now, orders=[order.pk])
    return True


def _keep_points(order: Order, result: PointsResult) -> None:
    """Keep what the order earned; what came back of it before it was taken is then told, too: the sweep finds it."""
    with transaction.atomic():
        first = Order.objects.filter(pk=order.pk, points_earned=None)
        if first.update(points_earned=result.points, new_balance=result.new_balance) == 1:
            OrderReturn.objects.filter(order=order, points=None).update(settled_at=None)


def _use_up(offer: AppliedOffer, order: Order, *, now: datetime) -> None:
    """Redeem or collect one offer; one that took nothing off is released, one that is gone is an overrun."""
    if not offer.cents:
        take_off(offer, now=now)
        return
    mine = AppliedOffer.objects.filter(pk=offer.pk, redeemed_at=None)
    shop = order.restaurant.slug
    programme = port.load()
    try:
        if offer.kind == OfferKind.VOUCHER:
            link = programme.redeem(
                offer.contact_id,
                offer.offer_id,
                order=str(order.uuid),
                release_key=offer.release_key,
                shop=shop,
                now=now,
            )
        else:
            link = programme.collect(
                offer.contact_id,
                offer.offer_id,
                order=str(order.uuid),
                held_at=offer.applied_at or order.created_at,
                shop=shop,
                now=now,
            )
    except port.ProgrammeAway:
        raise
    except port.LoyaltyError as gone:
        log.error("offer overrun", order=str(order.uuid), reason=type(gone).__name__)
        mine.update(overrun=type(gone).__name__)
        return
    mine.update(redeemed_at=now, redemption_id=link.id)


def order_document(order: Order) -> OrderDocument:
    """Return the paid order as the programme records it, with the redemptions its discounts came from."""
    items = list(order.lines.all())
    shares = list(AppliedShare.objects.filter(offer__order=order).order_by("pk").select_related("offer"))
    order_level = {item.pk: 0 for item in items}
    for share in shares:
        order_level[share.line_id] += share.cents if share.offer.is_order_level else 0
    tax_is_added, results = order.tax_is_added, results_of(order)
    documents = tuple(
        replace(
            _line(item, item.quantity, order_level, [sub for sub in items if sub.parent_id == item.pk]),
            tax_cents=item.tax_cents if tax_is_added else 0,
            results=results.get(item.pk, ()),
        )
        for item in items
        if item.parent_id is None
    )
    named = {item.pk: str(item.uuid) for item in items}
    return OrderDocument(
        external_identifier=str(order.uuid),
        contact_id=order.contact_id,
        shop=order.restaurant.slug,
        currency=order.currency,
        paid_at=order.paid_at or order.changed_at,
        order_amount_cents=sum(part.total_cents for document in documents for part in (document, *document.sub_lines)),
        total_discount_cents=order.total_discount_cents,
        total_cents=order.total_cents,
        lines=documents,
        discounts=tuple(
            _discount(offer, tuple(named[share.line_id] for share in shares if share.offer_id == offer.pk))
            for offer in order.applied_offers.live().exclude(cents=0)
        ),
        charges=tuple(
            port.Charge(external_identifier=str(charge.uuid), type=charge.type, cents=charge.cents)
            for charge in order.charges.all()
        ),
        payments=tuple(
            PaymentLink(link=MoneyLink(kind=KINDS[payment.method], id=payment.link_id), cents=payment.amount_cents)
            for payment in order.payments.all().taken().filter(method__in=KINDS)
        ),
        reference=str(order.number or ""),
    )


def _line(item: LineItem, quantity: int, order_level: Mapping[int, int], sub_items: Sequence[LineItem]) -> OrderLine:
    """Return a line with its sub-lines; `order_level` is what discounts on the whole order took off each, by its id."""
    return OrderLine(
        external_identifier=str(item.uuid),
        name=item.name,
        sku=item.sku,
        quantity=quantity,
        price_cents=item.unit_cents,
        total_cents=item.total_cents + order_level[item.pk],
        discount_cents=item.discount_cents - order_level[item.pk],
        order_discount_cents=order_level[item.pk],
        earns_points=item.earns_points,
        sub_lines=tuple(_line(sub, sub.quantity * quantity, order_level, ()) for sub in sub_items),
    )


def _discount(offer: AppliedOffer, line_identifiers: tuple[str, ...]) -> AppliedDiscount:
    redemption = None
    if offer.redemption_id:
        kind = REDEMPTION_KINDS[OfferKind(offer.kind)]
        redemption = RedemptionLink(kind=kind, id=offer.redemption_id, offer_id=offer.offer_id)
    return AppliedDiscount(
        external_identifier=str(offer.uuid),
        name=offer.name,
        cents=offer.cents,
        line_identifiers=() if offer.is_order_level else line_identifiers,
        redemption=redemption,
    )
