"""Noticing that somebody is about to order once more what they ordered a moment ago."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from orders.models import KitchenState, LineItem, Order

RECENT = timedelta(minutes=10)

type Article = tuple[int | None, int | None, tuple[tuple[int, int], ...]]
"""Product, size, and each modifier with how many of it."""


def minutes_since_same(basket: Order, items: Iterable[LineItem], *, now: datetime) -> int | None:
    """Return how many minutes ago this guest last ordered just what `items` hold; None where they did not, lately.

    What counts is how many of what, with its size and modifiers, not on how many lines nor with which notes. One query,
    three where anything was ordered lately; `items` come with their sub-lines.
    """
    wanted = _contents(items)
    if not wanted:
        return None
    recent = (
        Order.objects.filter(guest_id=basket.guest_id, restaurant_id=basket.restaurant_id, placed_at__gte=now - RECENT)
        .exclude(kitchen_state=KitchenState.CANCELLED)
        .order_by("-placed_at")
        .prefetch_related("lines__sub_lines")
    )
    for earlier in recent:
        lines = [line for line in earlier.lines.all() if line.parent_id is None]
        if earlier.placed_at is not None and _contents(lines) == wanted:
            return max(0, int((now - earlier.placed_at).total_seconds() // 60))
    return None


def _contents(items: Iterable[LineItem]) -> Counter[Article]:
    contents: Counter[Article] = Counter()
    for item in items:
        modifiers = sorted((sub.modifier_id or 0, sub.quantity) for sub in item.sub_lines.all())
        contents[item.product_id, item.variant_id, tuple(modifiers)] += item.quantity
    return contents
