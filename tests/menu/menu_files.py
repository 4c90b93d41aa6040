"""What the tests of menu files share: where they are, importing one, and looking at what came of it."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from menu.importers import Report, import_menu
from menu.models import Category, Modifier, ModifierGroup, Product, Restaurant, Variant
from tests.factories import NOW

FIXTURES = Path(__file__).parent / "fixtures"
REAL_MENUS = Path(__file__).parents[2].parent / "shared" / "data" / "menus"


def take_in(
    restaurant: Restaurant, content: bytes | str | dict[str, Any], *, now: datetime = NOW, **options: Any
) -> Report:
    """Import a file's content, a JSON document, or the text of a CSV."""
    if isinstance(content, dict):
        content = json.dumps(content)
    if isinstance(content, str):
        content = content.encode()
    return import_menu(restaurant, content, "menu", now=now, **options)


def named(report: Report) -> set[str]:
    """Return the names of the entries that the report says are not on the menu."""
    return {line.name for line in report.skipped}


def reason(report: Report, name: str) -> str:
    """Return why an entry is not on the menu."""
    return next(line.reason for line in report.skipped if line.name == name)


def rows_of(restaurant: Restaurant) -> list[object]:
    """Return every row of a menu, to see that nothing was written."""
    return [
        list(Category.objects.filter(restaurant=restaurant).order_by("pk").values()),
        list(ModifierGroup.objects.filter(restaurant=restaurant).order_by("pk").values()),
        list(Modifier.objects.filter(group__restaurant=restaurant).order_by("pk").values()),
        list(Product.objects.filter(restaurant=restaurant).order_by("pk").values()),
        list(Variant.objects.filter(product__restaurant=restaurant).order_by("pk").values()),
        list(Product.categories.through.objects.filter(product__restaurant=restaurant).order_by("pk").values()),
        list(restaurant.__class__.objects.filter(pk=restaurant.pk).values()),
    ]


def shape_of(restaurant: Restaurant) -> dict[str, object]:
    """Return what a menu must not lose on its way out and home: what there is, where it stands and what it costs."""
    categories = Category.objects.filter(restaurant=restaurant).select_related("parent")
    products = Product.objects.filter(restaurant=restaurant).prefetch_related("categories", "variants", "asked__group")
    options = Modifier.objects.filter(group__restaurant=restaurant)
    restaurant.refresh_from_db()
    return {
        "settings": (restaurant.currency, restaurant.prices_include_tax, restaurant.tax_rate),
        "categories": {row.slug: (row.pk, row.name, row.parent and row.parent.slug) for row in categories},
        "options": sorted(options.values_list("group__key", "pk", "name", "price_cents")),
        "products": {
            row.sku: (
                row.pk,
                row.price_cents,
                restaurant.tax_rate if row.tax_rate is None else row.tax_rate,
                row.is_hidden,
                sorted(category.slug for category in row.categories.all()),
                sorted((size.pk, size.sku, size.name, size.price_cents, size.is_hidden) for size in row.variants.all()),
                [asked.group.key for asked in row.asked.all()],
            )
            for row in products
        },
    }
