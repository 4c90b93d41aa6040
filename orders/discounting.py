"""Which offers count on a basket: eligible lines, minimums, exclusive offers, and the reason where one does not.

Pure. What a discount takes from which line is `open_bill`; charges, tax, points and totals are `pricing`.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from loyalty.domain import Discount, DiscountType, InvalidDiscount
from orders.allocation import id_rank
from orders.open_bill import OpenBill, Row, Usable
from orders.pricing_values import AppliedOffer, Line, NotApplicable, Offer, PricedLine, Reason


class Discounted(NamedTuple):
    """Lines with what is taken off each, offers that take something, offers that do not; each list by id."""

    lines: tuple[PricedLine, ...]
    applied: tuple[AppliedOffer, ...]
    not_applicable: tuple[NotApplicable, ...]


def discount_lines(lines: Iterable[Line], offers: Iterable[Offer]) -> Discounted:
    """Return what all offers together take off these lines, whatever order either comes in."""
    rows = [Row.of(line) for line in sorted(lines, key=lambda line: id_rank(line.id))]
    discountable_cents = sum(row.gross_cents for row in rows if row.line.discountable)
    not_applicable: dict[str, NotApplicable] = {}
    usable: list[Usable] = []
    for offer in sorted(offers, key=lambda offer: id_rank(offer.id)):
        found = _examine(offer, rows, discountable_cents)
        if isinstance(found, NotApplicable):
            not_applicable[offer.id] = found
        else:
            usable.append(found)
    chosen, would_take = _choose(usable, rows)
    applied = []
    for offer, discount, _ in usable:
        if cents := chosen.taken.get(offer.id):
            applied.append(
                AppliedOffer(offer_id=offer.id, name=offer.name, cents=cents, is_order_level=discount.is_order_level)
            )
        else:
            reason = Reason.REPLACED_BY_EXCLUSIVE if offer.id in would_take else Reason.NOTHING_LEFT
            not_applicable[offer.id] = _not_applicable(offer, reason)
    refused = sorted(not_applicable.values(), key=lambda refusal: id_rank(refusal.offer_id))
    return Discounted(tuple(line.priced() for line in chosen.lines), tuple(applied), tuple(refused))


# Which offers count --------------------------------------------------------------------------------------------------

_LAST_OF_DAYS = datetime.max.replace(tzinfo=UTC)


def _examine(offer: Offer, rows: Sequence[Row], discountable_cents: int) -> Usable | NotApplicable:
    """Return the offer with its eligible lines, or the first reason that no other offer has to do with."""
    discount = offer.discount
    if isinstance(discount, InvalidDiscount):
        return _not_applicable(offer, Reason.INVALID_OFFER)
    eligible = frozenset(row.line.id for row in rows if row.line.discountable and _matches(discount, row.line))
    if not eligible:
        names_a_stranger = discount.discount_type is DiscountType.FREE_ITEM and discount.product_codes
        if names_a_stranger and not any(_is_named(discount, row.line) for row in rows):
            return _not_applicable(offer, Reason.UNKNOWN_PRODUCT)
        return _not_applicable(offer, Reason.NO_ELIGIBLE_LINE)
    missing_cents = discount.minimum_cents - discountable_cents
    if missing_cents > 0:
        return _not_applicable(offer, Reason.MINIMUM_NOT_MET, missing_cents)
    return Usable(offer, discount, eligible)


def _not_applicable(offer: Offer, reason: Reason, missing_cents: int | None = None) -> NotApplicable:
    return NotApplicable(offer_id=offer.id, name=offer.name, reason=reason, missing_cents=missing_cents)


def _matches(discount: Discount, line: Line) -> bool:
    if discount.is_order_level or _is_named(discount, line):
        return True
    return bool(discount.category) and discount.category in line.categories


def _is_named(discount: Discount, line: Line) -> bool:
    return line.sku in discount.product_codes or line.parent_sku in discount.product_codes


def _choose(usable: Sequence[Usable], rows: Sequence[Row]) -> tuple[OpenBill, set[str]]:
    """Return the bill best for the diner, and all offers that take something on it or would on one that lost.

    Each exclusive offer stands alone against all others together; on equal money the exclusive one wins, of equal
    exclusive ones the one that ends sooner, then the one with the lowest id.
    """
    together = OpenBill(rows, [candidate for candidate in usable if not candidate.discount.exclusive])
    exclusive = [candidate for candidate in usable if candidate.discount.exclusive]
    alone = {candidate.offer.id: OpenBill(rows, [candidate]) for candidate in exclusive}
    best = together
    if exclusive:
        strongest = min(
            (candidate.offer for candidate in exclusive),
            key=lambda offer: (-alone[offer.id].taken_cents, offer.expires_at or _LAST_OF_DAYS),
        )
        if alone[strongest.id].taken_cents >= together.taken_cents:
            best = alone[strongest.id]
    bills = (together, *alone.values())
    return best, {offer_id for bill in bills for offer_id, cents in bill.taken.items() if cents}
