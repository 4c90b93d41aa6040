"""Noticing that somebody is about to order once more what they ordered a moment ago."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from orders.models import KitchenState, LineItem, Order

RECENT = timedelta(minutes=5)


def ordered_just_now(basket: Order, items: Sequence[LineItem], *, now: datetime) -> bool:
    """Say whether an order this guest placed in the last minutes holds just what `items` hold; one query."""
    wanted = _contents(items)
    if not wanted:
        return False
    recent = LineItem.objects.filter(
        order__guest_id=basket.guest_id,
        order__restaurant_id=basket.restaurant_id,
        order__placed_at__gt=now - RECENT,
        parent=None,
    ).exclude(order__kitchen_state=KitchenState.CANCELLED)
    by_order: dict[int, list[LineItem]] = {}
    for item in recent:
        by_order.setdefault(item.order_id, []).append(item)
    return any(_contents(lines) == wanted for lines in by_order.values())


def _contents(items: Sequence[LineItem]) -> Counter[tuple[str, str]]:
    """How many of what, by SKU and size; two lines that differ in modifiers alone count together."""
    contents: Counter[tuple[str, str]] = Counter()
    for item in items:
        contents[item.sku, item.variant_name] += item.quantity
    return contents
