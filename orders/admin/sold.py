"""What each restaurant sells, as offers name it: articles with their SKU, price and categories, read at once."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Prefetch

from loyalty.domain import Discount
from menu.models import Category, Modifier, Product, Restaurant, Variant

MOST_RESTAURANTS = 5


@dataclass(frozen=True)
class Article:
    """A product, or a size of one, at its own price; `extra` is the first option that costs something."""

    sku: str
    parent_sku: str
    name: str
    unit_cents: int
    categories: tuple[str, ...]
    discountable: bool
    extra: tuple[str, int] | None

    def is_named_by(self, discount: Discount) -> bool:
        """Say whether the discount names this article or its product."""
        return self.sku in discount.product_codes or self.parent_sku in discount.product_codes

    def is_meant_by(self, discount: Discount) -> bool:
        """Say whether the discount is for this article: the pricing rule's own match."""
        return discount.is_order_level or self.is_named_by(discount) or discount.category in self.categories


@dataclass(frozen=True)
class Sold:
    """What a restaurant has on its menu, in the menu's order; `category_names` are by slug."""

    restaurant: Restaurant
    articles: tuple[Article, ...]
    category_names: dict[str, str]


def read_sold() -> list[Sold]:
    """Read what the restaurants sell; seven queries for each of them."""
    return [_read(restaurant) for restaurant in Restaurant.objects.order_by("name", "pk")[:MOST_RESTAURANTS]]


def _read(restaurant: Restaurant) -> Sold:
    categories = {row.pk: row for row in Category.objects.filter(restaurant=restaurant).order_by("position", "pk")}
    products = (
        Product.objects.filter(restaurant=restaurant, is_hidden=False)
        .order_by("position", "pk")
        .prefetch_related(
            Prefetch("variants", Variant.objects.filter(is_hidden=False).order_by("position", "pk")),
            "categories",
            Prefetch("groups__modifiers", Modifier.objects.filter(is_hidden=False).order_by("position", "pk")),
        )
    )
    return Sold(
        restaurant=restaurant,
        articles=tuple(article for product in products for article in _articles(product, categories)),
        category_names={row.slug: row.name for row in categories.values()},
    )


def _articles(product: Product, categories: dict[int, Category]) -> Iterator[Article]:
    """Yield what the product is sold as; nothing where it has no price, or stands in hidden categories only."""
    chains = [_chain(category.pk, categories) for category in product.categories.all()]
    if chains and all(any(category.is_hidden for category in chain) for chain in chains):
        return
    slugs = tuple(dict.fromkeys(category.slug for chain in chains for category in chain))
    extras = (
        (modifier.name, modifier.price_cents)
        for group in product.groups.all()
        for modifier in group.modifiers.all()
        if modifier.price_cents
    )
    extra = next(extras, None)
    sizes: list[tuple[str, str, int | None]] = [
        (size.sku, f"{product.name}, {size.name}", size.price_cents) for size in product.variants.all()
    ]
    for sku, name, cents in sizes or [(product.sku, product.name, product.price_cents)]:
        if cents is not None:
            yield Article(
                sku=sku,
                parent_sku=product.sku if sizes else "",
                name=name,
                unit_cents=cents,
                categories=slugs,
                discountable=product.takes_discounts,
                extra=extra,
            )


def _chain(category_id: int | None, categories: dict[int, Category]) -> list[Category]:
    """Return the category and those above it; a circle that a mistake made ends where it began."""
    chain: list[Category] = []
    category = categories.get(category_id or 0)
    while category is not None and category not in chain:
        chain.append(category)
        category = categories.get(category.parent_id or 0)
    return chain
