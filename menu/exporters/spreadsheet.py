"""A menu written as our own CSV format (docs/menu-files.md)."""

import csv
import io
from datetime import datetime
from zoneinfo import ZoneInfo

from menu.importers.catalogue import Asked, Catalogue, FoundProduct, FoundSize
from menu.importers.spreadsheet import COLUMNS
from menu.importers.three_way import plain
from menu.models import Restaurant
from menu.models.product import ProductKind
from menu.money import major

_FORMULA_SIGNS = "=+-@\t'"


def write_spreadsheet(catalogue: Catalogue, restaurant: Restaurant) -> str:
    """Return the menu as CSV, with the mark at its start by which spreadsheets know UTF-8."""
    currency, zone = restaurant.currency, restaurant.zone
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    for row in [*_categories(catalogue), *_groups(catalogue, currency, zone), *_products(catalogue, currency, zone)]:
        writer.writerow({column: _guarded(value) for column, value in row.items()})
    return "\ufeff" + text.getvalue()


def _guarded(value: str) -> str:
    """Keep a spreadsheet from taking a text such as "+ a shot" for a formula; the import takes the apostrophe off again."""
    return f"'{value}" if value[:1] in _FORMULA_SIGNS and value else value


def _categories(catalogue: Catalogue) -> list[dict[str, str]]:
    return [
        {
            "type": "category",
            "sku": entry.slug,
            "in": _text(entry.parent),
            "name": entry.name,
            "description": _text(entry.description),
            "hidden": _yes(entry.is_hidden),
            "available_from": _text(entry.available_from),
            "available_until": _text(entry.available_until),
            "weekdays": _text(entry.weekdays),
        }
        for entry in catalogue.categories
    ]


def _groups(catalogue: Catalogue, currency: str, zone: ZoneInfo) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = []
    for group in catalogue.groups:
        rows.append(
            {
                "type": "group",
                "sku": group.key,
                "name": group.name,
                "min": _text(group.min_choices),
                "max": _text(group.max_choices),
                "free": _text(group.free_choices),
            }
        )
        rows.extend(
            {
                "type": "option",
                "sku": option.sku,
                "in": group.key,
                "name": option.name,
                "price": _price(option.price_cents, currency),
                "max": _text(option.max_quantity),
                "default": _yes(option.is_default),
                "allergens": _allergens(option.allergens),
                "diets": _list(option.diets, ","),
                "hidden": _yes(option.is_hidden),
                "sold_out": _sold_out(option.sold_out, zone),
            }
            for option in group.options
        )
    return rows


def _products(catalogue: Catalogue, currency: str, zone: ZoneInfo) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = []
    for product in catalogue.products:
        rows.append(_product(product, currency, zone))
        rows.extend(_size(size, product.sku, currency, zone) for size in product.sizes)
    return rows


def _product(product: FoundProduct, currency: str, zone: ZoneInfo) -> dict[str, str]:
    asks = product.asks if isinstance(product.asks, tuple) else ()
    return {
        "type": "gift_card" if product.kind == ProductKind.GIFT_CARD else "product",
        "sku": product.sku,
        "in": _list(product.categories, ";"),
        "name": product.name,
        "description": _text(product.description),
        "price": "" if product.sizes else _price(product.price_cents, currency),
        "groups": ";".join(map(_asked, asks)),
        "allergens": _allergens(product.allergens),
        "diets": _list(product.diets, ","),
        "tax_rate": _text(product.tax_rate),
        "alcohol": _yes(product.is_alcohol),
        "discountable": _yes(product.discountable),
        "earns_points": _yes(product.earns_points),
        "hidden": _yes(product.is_hidden),
        "sold_out": _sold_out(product.sold_out, zone),
        "picture": _text(product.drawing),
    }


def _size(size: FoundSize, product: str, currency: str, zone: ZoneInfo) -> dict[str, str]:
    return {
        "type": "size",
        "sku": size.sku,
        "in": product,
        "name": size.name,
        "price": _price(size.price_cents, currency),
        "hidden": _yes(size.is_hidden),
        "sold_out": _sold_out(size.sold_out, zone),
    }


def _asked(asked: Asked) -> str:
    """Write one group of a product, with bounds of its own as "key:1-3"."""
    if asked.min_choices is None and asked.max_choices is None:
        return asked.group
    return f"{asked.group}:{_text(asked.min_choices)}-{_text(asked.max_choices)}"


def _text(value: object) -> str:
    shown = plain(value)
    return "" if shown is None else str(shown)


def _list(value: object, separator: str) -> str:
    return separator.join(value) if isinstance(value, tuple) else ""


def _allergens(value: object) -> str:
    return "none" if value == () else _list(value, ",")


def _price(cents: int | None, currency: str) -> str:
    return "" if cents is None else str(major(cents, currency))


def _yes(value: object) -> str:
    return "yes" if value is True else "no"


def _sold_out(value: object, zone: ZoneInfo) -> str:
    """Write until when something is sold out on the restaurant's clock, to the second; the offset tells the hour when clocks go back."""
    return value.astimezone(zone).isoformat() if isinstance(value, datetime) else _yes(value)
