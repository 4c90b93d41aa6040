"""A restaurant's menu read into the neutral values that importers make of files. Source keys are the rows' own ids in files.

Slugs, group keys and SKUs are the keys here: they are what every format can carry.
"""

from collections import defaultdict
from datetime import datetime

from menu.importers.catalogue import (
    Asked,
    Catalogue,
    FoundCategory,
    FoundGroup,
    FoundOption,
    FoundProduct,
    FoundSize,
    SoldOut,
)
from menu.models import Category, Modifier, ModifierGroup, Product, ProductModifierGroup, Restaurant, Variant
from menu.models.product import Sellable


def read_menu_of(restaurant: Restaurant, *, now: datetime) -> Catalogue:
    """Read the whole menu, hidden things included, in the order it is printed in; a constant number of queries."""
    categories = list(Category.objects.filter(restaurant=restaurant).select_related("parent"))
    return Catalogue(
        categories=tuple(
            FoundCategory(
                source_key=row.slug,
                slug=row.slug,
                name=row.name,
                parent=row.parent.slug if row.parent else None,
                description=row.description,
                position=row.position,
                available_from=row.available_from,
                available_until=row.available_until,
                weekdays=row.weekdays,
                is_hidden=row.is_hidden,
            )
            for row in categories
        ),
        groups=_groups(restaurant, now=now),
        products=_products(restaurant, now=now),
        currency=restaurant.currency,
        prices_include_tax=restaurant.prices_include_tax,
        tax_rate=restaurant.tax_rate,
    )


def _groups(restaurant: Restaurant, *, now: datetime) -> tuple[FoundGroup, ...]:
    options: dict[int, list[FoundOption]] = defaultdict(list)
    for row in Modifier.objects.filter(group__restaurant=restaurant):
        options[row.group_id].append(
            FoundOption(
                source_key=row.source_key,
                sku=row.sku,
                name=row.name,
                price_cents=row.price_cents,
                position=row.position,
                is_default=row.is_default,
                max_quantity=row.max_quantity,
                allergens=None if row.allergens is None else tuple(row.allergens),
                diets=tuple(row.diets),
                is_hidden=row.is_hidden,
                sold_out=_mark(row, now=now),
            )
        )
    return tuple(
        FoundGroup(
            source_key=row.key,
            key=row.key,
            name=row.name,
            min_choices=row.min_choices,
            max_choices=row.max_choices,
            free_choices=row.free_choices,
            position=row.position,
            options=tuple(options[row.pk]),
        )
        for row in ModifierGroup.objects.filter(restaurant=restaurant)
    )


def _products(restaurant: Restaurant, *, now: datetime) -> tuple[FoundProduct, ...]:
    sizes: dict[int, list[FoundSize]] = defaultdict(list)
    for size in Variant.objects.filter(product__restaurant=restaurant):
        found = FoundSize(
            source_key=size.source_key,
            sku=size.sku,
            name=size.name,
            price_cents=size.price_cents,
            position=size.position,
            is_hidden=size.is_hidden,
            sold_out=_mark(size, now=now),
        )
        sizes[size.product_id].append(found)
    asks: dict[int, list[Asked]] = defaultdict(list)
    for asked in ProductModifierGroup.objects.filter(product__restaurant=restaurant).select_related("group"):
        asks[asked.product_id].append(Asked(asked.group.key, asked.min_choices, asked.max_choices))
    places: dict[int, list[str]] = defaultdict(list)
    through = Product.categories.through.objects.filter(product__restaurant=restaurant)
    for product_id, slug in through.order_by("category__position", "category_id").values_list(
        "product_id", "category__slug"
    ):
        places[product_id].append(slug)
    return tuple(
        FoundProduct(
            source_key=row.source_key,
            sku=row.sku,
            name=row.name,
            description=row.description,
            price_cents=row.price_cents,
            position=row.position,
            kind=row.kind,
            tax_rate=row.tax_rate,
            allergens=None if row.allergens is None else tuple(row.allergens),
            diets=tuple(row.diets),
            is_alcohol=row.is_alcohol,
            discountable=row.takes_discounts,
            earns_points=row.gives_points,
            is_hidden=row.is_hidden,
            sold_out=_mark(row, now=now),
            drawing=row.drawing,
            categories=tuple(places[row.pk]),
            asks=tuple(asks[row.pk]),
            sizes=tuple(sizes[row.pk]),
        )
        for row in Product.objects.filter(restaurant=restaurant)
    )


def _mark(row: Sellable, *, now: datetime) -> SoldOut:
    return (row.sold_out_until or True) if row.is_sold_out(now=now) else False
