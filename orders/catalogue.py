"""Telling the loyalty programme what a restaurant sells, so that its offers can name products and categories."""

from collections.abc import Iterator
from datetime import datetime

from loyalty import port
from loyalty.port import CatalogueProduct, Shop
from menu.models import Category, Product, Restaurant


def sync_menu(restaurant: Restaurant, *, now: datetime) -> None:
    """Send the restaurant's products and sizes to the programme's catalogue; repeatable. Raises port.ProgrammeAway."""
    shop = Shop(reference=restaurant.slug, name=restaurant.name)
    port.load().sync_catalogue(shop, list(_products(restaurant)), now=now)


def _products(restaurant: Restaurant) -> Iterator[CatalogueProduct]:
    """Yield everything with a SKU; a size is a product of its own, in the categories of its dish and all above them."""
    categories = {category.pk: category for category in Category.objects.filter(restaurant=restaurant)}
    products = Product.objects.filter(restaurant=restaurant, is_hidden=False).prefetch_related("variants", "categories")
    for product in products:
        own = {slug: name for each in product.categories.all() for slug, name in _chain(each, categories)}
        names = {product.sku: product.name}
        names |= {size.sku: f"{product.name}, {size.name}" for size in product.variants.all()}
        for sku, name in names.items():
            if sku:
                yield CatalogueProduct(sku=sku, name=name, description=product.description, categories=own)


def _chain(category: Category, known: dict[int, Category]) -> Iterator[tuple[str, str]]:
    """Yield the category and those above it; a circle that a mistake made ends where it began."""
    seen: set[int] = set()
    above: Category | None = category
    while above is not None and above.pk not in seen:
        seen.add(above.pk)
        yield above.slug, above.name
        above = known.get(above.parent_id or 0)
