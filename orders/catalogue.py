"""Telling the loyalty programme what a restaurant sells, so that its offers can name products and categories."""

from collections.abc import Iterator
from datetime import datetime

import structlog
from django.conf import settings
from django.core.cache import cache

from loyalty import port
from loyalty.port import CatalogueProduct, Shop
from menu.models import Category, Product, Restaurant
from menu.till_codes import read_till_codes

log = structlog.get_logger("tableside.catalogue")

SEND_AGAIN_SECONDS = 24 * 3600


def sync_menu(restaurant: Restaurant, *, now: datetime) -> None:
    """Send the restaurant's products and sizes to the programme's catalogue; repeatable. Raises port.ProgrammeAway."""
    shop = Shop(reference=restaurant.slug, name=restaurant.name)
    port.load().sync_catalogue(shop, list(_products(restaurant)), now=now)


def sync_changed_menus(*, now: datetime) -> int:
    """Send every menu that has changed since it was sent, or that was not sent for a day; return how many.

    What the programme refuses is not sent again before the menu changes; what it cannot take now is, next time.
    """
    sent = 0
    for restaurant in Restaurant.objects.all():
        key = f"catalogue:{settings.LOYALTY_BACKEND}:{restaurant.pk}"
        if cache.get(key) == restaurant.menu_version:
            continue
        try:
            sync_menu(restaurant, now=now)
        except port.ProgrammeAway:
            log.warning("programme away", restaurant=restaurant.slug)
            continue
        except port.LoyaltyError as refused:
            log.error("programme refused the menu", restaurant=restaurant.slug, reason=type(refused).__name__)
        else:
            sent += 1
        cache.set(key, restaurant.menu_version, SEND_AGAIN_SECONDS)
    return sent


def _products(restaurant: Restaurant) -> Iterator[CatalogueProduct]:
    """Yield everything with a SKU; a size is a product of its own, in the categories of its dish and all above them."""
    categories = {category.pk: category for category in Category.objects.filter(restaurant=restaurant)}
    products = Product.objects.filter(restaurant=restaurant, is_hidden=False).prefetch_related("variants", "categories")
    for product in products:
        own = {slug: name for each in product.categories.all() for slug, name in _chain(each, categories)}
        sold = {product.sku: (product.name, product.till_codes)}
        sold |= {size.sku: (f"{product.name}, {size.name}", size.till_codes) for size in product.variants.all()}
        for sku, (name, till_codes) in sold.items():
            if sku:
                yield CatalogueProduct(
                    sku=sku,
                    name=name,
                    description=product.description,
                    categories=own,
                    earns_points=product.gives_points,
                    till_codes=read_till_codes(till_codes),
                )


def _chain(category: Category, known: dict[int, Category]) -> Iterator[tuple[str, str]]:
    """Yield the category and those above it; a circle that a mistake made ends where it began."""
    seen: set[int] = set()
    above: Category | None = category
    while above is not None and above.pk not in seen:
        seen.add(above.pk)
        yield above.slug, above.name
        above = known.get(above.parent_id or 0)
