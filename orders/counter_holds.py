"""Holding the vouchers of orders to be paid at the counter, where the programme's own holds end sooner than ours."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta

import structlog

from loyalty import port
from orders.checkout import COUNTER_HOLD
from orders.models import AppliedOffer, KitchenState, OfferKind, Order, PaymentState
from orders.offers import hold_for_payment

log = structlog.get_logger("tableside.offers")

# Several sweeps come before the end, so that a programme which is away for a while costs no hold.
BEFORE_THE_END = timedelta(minutes=15)


def renew_counter_holds(*, now: datetime) -> int:
    """Hold again what will soon be held no longer, for as long as its order may wait at the counter; return how many orders.

    What somebody else has by now is asked for again each time: it may come free. Else its use is an overrun when it is paid.
    """
    renewed = 0
    for order in _waiting(now=now):
        try:
            _renew(order, now=now)
        except Exception:  # one order whose offers cannot be held must not keep the others waiting
            log.exception("offers could not be held", order=str(order.uuid))
        renewed += 1
    return renewed


def _waiting(*, now: datetime) -> Iterator[Order]:
    due = AppliedOffer.objects.live().filter(kind=OfferKind.VOUCHER, redeemed_at=None)
    orders = Order.objects.filter(
        pk__in=due.filter(held_until__lte=now + BEFORE_THE_END).values("order"),
        payment_state=PaymentState.UNPAID,
        placed_at__gt=now + BEFORE_THE_END - COUNTER_HOLD,
    )
    return orders.exclude(kitchen_state=KitchenState.CANCELLED).iterator()


def _renew(order: Order, *, now: datetime) -> None:
    for offer in hold_for_payment(order, until=(order.placed_at or now) + COUNTER_HOLD, now=now):
        log.warning("offer held no longer at the counter", order=str(order.uuid), offer=offer.offer_id)
    for offer in order.applied_offers.live().filter(held_until__gt=now).exclude(redeemed_at=None):
        # Paid at this very moment: a voucher of several uses would be kept from its other uses.
        with suppress(port.LoyaltyError):
            port.load().release(offer.offer_id, release_key=offer.release_key, now=now)
