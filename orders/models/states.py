"""The two states of an order that do not mix, the states of one try at a provider, and which moves are allowed."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PaymentState(models.TextChoices):
    """Where the money of an order is."""

    UNPAID = "unpaid", _("Unpaid")
    PAYING = "paying", _("Payment under way")
    UNKNOWN = "unknown", _("Payment being checked")
    PAID = "paid", _("Paid")
    RETURNED = "returned", _("Returned")


class KitchenState(models.TextChoices):
    """Where the food of an order is."""

    NONE = "none", _("Not sent")
    RECEIVED = "received", _("Received")
    PREPARING = "preparing", _("Preparing")
    READY = "ready", _("Ready")
    SERVED = "served", _("Served")
    CANCELLED = "cancelled", _("Cancelled")


class AttemptState(models.TextChoices):
    """Where one try at a provider stands; only the last four are final."""

    STARTED = "started", _("Started")
    UNKNOWN = "unknown", _("Unknown")
    PAID = "paid", _("Paid")
    DECLINED = "declined", _("Declined")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Expired")


PAYMENT_MOVES: dict[str, frozenset[str]] = {
    PaymentState.UNPAID: frozenset({PaymentState.PAYING, PaymentState.PAID}),
    PaymentState.PAYING: frozenset({PaymentState.UNKNOWN, PaymentState.UNPAID, PaymentState.PAID}),
    PaymentState.UNKNOWN: frozenset({PaymentState.PAYING, PaymentState.UNPAID, PaymentState.PAID}),
    PaymentState.PAID: frozenset({PaymentState.RETURNED}),
    PaymentState.RETURNED: frozenset(),
}

KITCHEN_MOVES: dict[str, frozenset[str]] = {
    KitchenState.NONE: frozenset({KitchenState.RECEIVED, KitchenState.CANCELLED}),
    KitchenState.RECEIVED: frozenset({KitchenState.PREPARING, KitchenState.CANCELLED}),
    KitchenState.PREPARING: frozenset({KitchenState.READY, KitchenState.RECEIVED, KitchenState.CANCELLED}),
    KitchenState.READY: frozenset({KitchenState.SERVED, KitchenState.PREPARING, KitchenState.CANCELLED}),
    KitchenState.SERVED: frozenset({KitchenState.READY}),
    KitchenState.CANCELLED: frozenset(),
}

OPEN_ATTEMPTS = frozenset({AttemptState.STARTED, AttemptState.UNKNOWN})


def sources_of(moves: dict[str, frozenset[str]], target: str) -> list[str]:
    """Return the states from which `target` may be reached: the WHERE of a conditional update."""
    return [source for source, targets in moves.items() if target in targets]
