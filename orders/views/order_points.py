"""What the order's page says about points: earned, on their way, to come once it is paid, or an invitation."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from loyalty import port
from loyalty.domain import points_for
from orders.models import KitchenState, Order, PaymentState
from orders.views.tickets import balance_unit, number_words, points_words

# Settling takes a moment; after this long the programme is what keeps us waiting.
_PATIENCE = timedelta(seconds=60)


@dataclass(frozen=True)
class OrderPoints:
    """`state` is earned, pending, away, unpaid or nobody; the rest is filled in where it applies."""

    state: str
    earned: str = ""
    expected: str = ""
    balance: str = ""
    balance_number: str = ""
    balance_unit: str = ""
    old_number: int = 0
    new_number: int = 0


def points_of(order: Order, *, earning_cents: int, now: datetime) -> OrderPoints | None:
    """Return what there is to say of points to the order's own guest; None: nothing. `earning_cents`: items that earn."""
    if order.placed_at is None or order.kitchen_state == KitchenState.CANCELLED:
        return None
    if order.payment_state == PaymentState.RETURNED:
        return None
    if not order.contact_id:
        return None if order.guest.is_member else OrderPoints("nobody")
    if order.points_earned is not None:
        return _earned(order, order.points_earned, order.new_balance)
    if order.payment_state == PaymentState.UNPAID:
        expected = _expected(order, earning_cents, now=now)
        return OrderPoints("unpaid", expected=points_words(expected)) if expected else None
    if order.settled_at is None:
        waits_long = order.paid_at is not None and now - order.paid_at > _PATIENCE
        return OrderPoints("away" if waits_long else "pending")
    return None


def _earned(order: Order, earned: int, new_balance: int | None) -> OrderPoints:
    balance = new_balance or 0
    return OrderPoints(
        "earned",
        earned=points_words(earned),
        balance=points_words(balance),
        balance_number=number_words(balance),
        balance_unit=balance_unit(balance),
        old_number=balance - earned,
        new_number=balance,
    )


def _expected(order: Order, earning_cents: int, *, now: datetime) -> int:
    """Return what the order will earn as the member's tier is now; 0 where the programme does not say."""
    try:
        wallet = port.load().wallet(order.contact_id, shop=order.restaurant.slug, now=now)
    except (port.ProgrammeAway, port.UnknownContact):
        return 0
    if wallet.points_per_unit is None:
        return 0
    return points_for(
        earning_cents,
        currency_digits=order.restaurant.digits,
        points_per_unit=wallet.points_per_unit,
        tier_multiplier=wallet.tier_multiplier,
    )
