"""What every change of a basket does to the offers on it: held for longer, or told that they have left."""

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _

from orders.applying import drop_what_no_longer_applies
from orders.models import AppliedOffer, Order
from orders.offers import drop_lapsed, renew


def tend_offers(order: Order, *, now: datetime) -> list[str]:
    """Take off what is held no longer and what lacks its minimum now, hold the rest for longer; return words for the diner.

    One query where no offer is on the basket. Raises Conflict where the order is being paid.
    """
    if not order.applied_offers.live().filter(redeemed_at=None).exists():
        return []
    words = lapsed_words(drop_lapsed(order, now=now))
    for reason in drop_what_no_longer_applies(order, now=now):
        words.append(_("%(reason)s It left your basket and is free again.") % {"reason": reason})
    renew(order, now=now)
    return words


def lapsed_words(lapsed: Iterable[AppliedOffer]) -> list[str]:
    """Say of each offer that its time ran out."""
    text = _("The time %(offer)s was held for ran out, so it left your basket. You can redeem it again.")
    return [text % {"offer": offer.name} for offer in lapsed]
