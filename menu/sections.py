"""The menu as a diner reads it: nested sections of products, in two queries however long it is."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, F, Min, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from menu.models import Category, Product, ProductModifierGroup, Restaurant, Variant


@dataclass(frozen=True)
class Entry:
    """One product as the menu prints it. `price_cents` is the cheapest size's where there are sizes (`has_sizes`).

    `needs_choice`: there is a size, a required group or a default option, so that one tap cannot add it as it is.
    """

    product: Product
    price_cents: int
    has_sizes: bool
    needs_choice: bool
    is_sold_out: bool
    is_served: bool


@dataclass(frozen=True)
class Section:
    """A category with its products and the sections inside it; `is_served` says whether its daypart holds now."""

    category: Category
    depth: int
    is_served: bool
    entries: tuple[Entry, ...]
    sections: "tuple[Section, ...]"


@dataclass(frozen=True)
class Menu:
    """Everything printed on a restaurant's menu; `uncategorised` are products in no category."""

    sections: tuple[Section, ...]
    uncategorised: tuple[Entry, ...]


def read_menu(restaurant: Restaurant, *, now: datetime) -> Menu:
    """Read the menu of `restaurant` as of `now`: hidden things left out, empty sections too; two queries."""
    moment = restaurant.local(now)
    by_parent: dict[int | None, list[Category]] = defaultdict(list)
    for category in Category.objects.filter(restaurant=restaurant, is_hidden=False).order_by("position", "id"):
        by_parent[category.parent_id].append(category)

    by_category: dict[int | None, list[Product]] = defaultdict(list)
    for product in _printed_products(restaurant, now=now):
        by_category[product.menu_category_id].append(product)  # type: ignore[attr-defined]

    def section(category: Category, depth: int, parent_served: bool) -> Section:
        served = parent_served and category.is_served(moment=moment)
        children = tuple(
            child for below in by_parent[category.pk] if not _is_empty(child := section(below, depth + 1, served))
        )
        entries = tuple(_entry(product, served=served, now=now) for product in by_category[category.pk])
        return Section(category=category, depth=depth, is_served=served, entries=entries, sections=children)

    top = (section(category, 0, True) for category in by_parent[None])
    return Menu(
        sections=tuple(found for found in top if not _is_empty(found)),
        uncategorised=tuple(_entry(product, served=True, now=now) for product in by_category[None]),
    )


def _printed_products(restaurant: Restaurant, *, now: datetime) -> list[Product]:
    """One row per product and category it is in (`menu_category_id`), with what the menu needs to know of its sizes."""
    on_sale = Q(sold_out_since=None) | Q(sold_out_until__lte=now)
    sizes = Variant.objects.filter(product=OuterRef("pk"), is_hidden=False).order_by().values("product")
    asked = ProductModifierGroup.objects.filter(product=OuterRef("pk"))
    required = asked.annotate(least=Coalesce("min_choices", "group__min_choices")).filter(least__gte=1)
    return list(
        Product.objects.filter(restaurant=restaurant, is_hidden=False)
        .annotate(
            menu_category_id=F("categories"),
            least_size_cents=Subquery(sizes.annotate(least=Min("price_cents")).values("least")),
            sizes_on_sale=Subquery(sizes.annotate(count=Count("pk", filter=on_sale)).values("count")),
            is_asked=Exists(required) | Exists(asked.filter(group__modifiers__is_default=True)),
        )
        .filter(Q(price_cents__isnull=False) | Q(least_size_cents__isnull=False))
        .order_by("position", "id")
    )


def _entry(product: Product, *, served: bool, now: datetime) -> Entry:
    least_size: int | None = product.least_size_cents  # type: ignore[attr-defined]
    has_sizes = least_size is not None
    return Entry(
        product=product,
        price_cents=least_size if least_size is not None else product.price_cents or 0,
        has_sizes=has_sizes,
        needs_choice=has_sizes or product.is_asked,  # type: ignore[attr-defined]
        is_sold_out=product.is_sold_out(now=now) or (has_sizes and not product.sizes_on_sale),  # type: ignore[attr-defined]
        is_served=served,
    )


def _is_empty(section: Section) -> bool:
    return not section.entries and not section.sections
