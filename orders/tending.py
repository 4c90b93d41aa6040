"""What every change of a basket does to the offers on it: held for longer, or told that they have left."""

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _

from orders.applying import drop_what_no_longer_applies
from orders.models import AppliedOffer, Order
from orders.offers import drop_lapsed, renew


def tend_offers(order: Order, *, now: datetime) -> list[str]:
    """Take off what is held no longer and what lacks its minimum now, hold the rest for longer; return words for the diner.

    One query where nothing is to be done. Raises Conflict where the order is being paid.
    """
    return tend(order, order.applied_offers.live(), now=now)


def tend(order: Order, rows: Iterable[AppliedOffer], *, now: datetime) -> list[str]:
    """Do that for these offers, which are all that the basket has."""
    rows = [row for row in rows if row.redeemed_at is None]  # another tab may have placed and settled it meanwhile
    words = lapsed_words(drop_lapsed(order, rows, now=now))
    held = [offer for offer in rows if offer.held_until is None or offer.held_until > now]
    left = drop_what_no_longer_applies(order, held, now=now)
    words += [_("%(reason)s It left your basket and is free again.") % {"reason": reason} for reason in left.values()]
    renew([offer for offer in held if offer not in left], now=now)
    return words


def lapsed_words(lapsed: Iterable[AppliedOffer]) -> list[str]:
    """Say of each offer that its time ran out."""
    text = _("The time %(offer)s was held for ran out, so it left your basket. You can redeem it again.")
    return [text % {"offer": offer.name} for offer in lapsed]
