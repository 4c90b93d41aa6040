"""A basket whose restaurant takes another currency by now: it follows, unless it is being paid."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from orders.basket import touch
from orders.errors import Conflict
from orders.models import Order
from orders.offers import release_due, take_off


def is_another_currency(order: Order) -> bool:
    """Say whether the order's amounts are in another currency than its restaurant's menu."""
    return order.currency != order.restaurant.currency


def currency_words(order: Order) -> str:
    """Say that the menu's currency is another than the one the diner saw."""
    return _("The prices are in %(currency)s now. Please look at the total once more.") % {
        "currency": order.restaurant.currency
    }


def follow_currency(order: Order, *, now: datetime) -> list[str]:
    """Put an open basket into its restaurant's currency; return words for the diner, none where nothing changed.

    Its offers leave it: what they take off was judged in the other currency. A basket that is being paid stays as it is,
    and every pay button shown before is void.
    """
    if not is_another_currency(order):
        return []
    try:
        with transaction.atomic():
            touch(order, now=now)
            Order.objects.filter(pk=order.pk).update(currency=order.restaurant.currency)
            gone = [offer for offer in order.applied_offers.live().filter(redeemed_at=None) if take_off(offer, now=now)]
    except Conflict:
        return []
    order.currency = order.restaurant.currency
    release_due(now=now, orders=[order.pk])
    left = _("%(offer)s left your basket and is free again. You can redeem it once more.")
    return [currency_words(order), *(left % {"offer": offer.name} for offer in gone)]
