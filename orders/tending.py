"""What every change of a basket does to the offers on it: held for longer, or told that they have left."""

from datetime import datetime

from django.utils.translation import gettext as _

from orders.applying import drop_what_no_longer_applies
from orders.models import Order
from orders.offers import drop_lapsed, renew


def tend_offers(order: Order, *, now: datetime) -> list[str]:
    """Take off what is held no longer and what lacks its minimum now, hold the rest for longer; return words for the diner.

    One query where no offer is on the basket. Raises Conflict where the order is being paid.
    """
    if not order.applied_offers.live().filter(redeemed_at=None).exists():
        return []
    lapsed = drop_lapsed(order, now=now)
    words = [
        _("The time %(offer)s was held for ran out, so it left your basket. You can redeem it again.")
        % {"offer": offer.name}
        for offer in lapsed
    ]
    missing = drop_what_no_longer_applies(order, now=now)
    renew(order, now=now)
    return words + [_("%(reason)s It left your basket and is free again.") % {"reason": reason} for reason in missing]
