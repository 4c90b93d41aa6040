"""What every change of a basket does to the offers on it: held for longer, or told that they have left."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from orders.applying import missing_words
from orders.basket_pricing import has_any
from orders.basket_view import read_basket
from orders.models import AppliedOffer, Order
from orders.offers import drop_lapsed, renew, withdraw
from orders.pricing import Reason


def tend_offers(order: Order, *, now: datetime) -> list[str]:
    """Take off what is held no longer and what lacks its minimum now, hold the rest for longer; return words for the diner.

    One query where nothing is to be done. Raises Conflict where the order is being paid.
    """
    return tend_rows(order, order.applied_offers.live(), now=now)


def tend_rows(order: Order, rows: Iterable[AppliedOffer], *, now: datetime) -> list[str]:
    """Do so where the basket's offers have been read already: these are all of them."""
    rows = [row for row in rows if row.redeemed_at is None]  # another tab may have placed and settled it meanwhile
    words = lapsed_words(drop_lapsed(order, rows, now=now))
    held = [offer for offer in rows if offer.held_until is None or offer.held_until > now]
    left = drop_what_no_longer_applies(order, held, now=now)
    words += [_("%(reason)s It left your basket and is free again.") % {"reason": reason} for reason in left.values()]
    renew([offer for offer in held if offer not in left], now=now)
    return words


def drop_what_no_longer_applies(
    order: Order, rows: Sequence[AppliedOffer], *, now: datetime
) -> dict[AppliedOffer, str]:
    """After a change of the basket: of its offers, those whose minimum is not met any more leave, and their locks end.

    Returns what is missing, in words. No query where no offer has a minimum.
    """
    if not has_any(rows, order.restaurant, lambda discount: discount.minimum_cents > 0):
        return {}
    by_id = {str(row.pk): row for row in rows}
    left: dict[AppliedOffer, str] = {}
    for missing in read_basket(order, now=now).priced.not_applicable:
        row = by_id.get(missing.offer_id)
        if row is None or missing.reason is not Reason.MINIMUM_NOT_MET or missing.missing_cents is None:
            continue
        if withdraw(order, kind=row.kind, offer_id=row.offer_id, now=now):
            left[row] = missing_words(row.name, missing.missing_cents, order.restaurant)
    return left


def lapsed_words(lapsed: Iterable[AppliedOffer]) -> list[str]:
    """Say of each offer that its time ran out."""
    text = _("The time %(offer)s was held for ran out, so it left your basket. You can redeem it again.")
    return [text % {"offer": offer.name} for offer in lapsed]
