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
