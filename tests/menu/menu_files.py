"""What the tests of menu files share: importing one, and walking a file on our own to see that nothing got lost."""

import json
from datetime import datetime
from decimal import Decimal, InvalidOperation
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


def losses_from_square(document: dict[str, Any], restaurant: Restaurant, report: Report) -> list[str]:
    """Walk a Square catalogue and return every entry that is neither on the menu as the file has it nor in the report."""
    said = named(report)
    lost: list[str] = []

    def must(holds: bool, *names: object) -> None:
        if not holds and not said & set(map(str, names)):
            lost.append(" / ".join(map(str, names)))

    for entry in document["objects"]:
        if not isinstance(entry, dict):
            continue
        inner = next((value for key, value in entry.items() if key.endswith("_data")), {})
        name, key = str(inner.get("name")).strip(), f"square:{entry.get('id')}"
        label = name if len(name) <= 80 else f"{name[:79]}…"
        if entry["type"] == "CATEGORY":
            must(Category.objects.filter(restaurant=restaurant, source_key=key, name=name).exists(), label, entry["id"])
        elif entry["type"] == "DISCOUNT":
            must(False, label)
        elif entry["type"] == "TAX":
            try:
                rate = Decimal(inner["percentage"])
            except InvalidOperation:
                rate = Decimal(-1)
            must(Product.objects.filter(restaurant=restaurant, tax_rate=rate).exists(), label)
        elif entry["type"] == "MODIFIER_LIST":
            group = ModifierGroup.objects.filter(restaurant=restaurant, source_key=key, name=name).first()
            must(group is not None, label)
            for modifier in inner["modifiers"] if group else []:
                detail = modifier["modifier_data"]
                price = detail.get("price_money", {"amount": 0})["amount"]
                option = Modifier.objects.filter(
                    group=group, name=detail["name"].strip(), price_cents=price, is_default=detail.get("on_by_default", False)
                )
                must(price >= 0 and option.count() == 1, f"{label}, {detail['name'].strip()}")
        elif entry["type"] == "ITEM":
            product = Product.objects.filter(restaurant=restaurant, source_key=key, name=name).first()
            must(product is not None, label, entry.get("id"))
            if product is not None and name not in said:
                lost += _losses_from_item(inner, product, said)
    return lost


def _losses_from_item(inner: dict[str, Any], product: Product, said: set[str]) -> list[str]:
    lost: list[str] = []
    live = [variation for variation in inner["variations"] if not variation["is_deleted"]]
    for variation in inner["variations"]:
        detail = variation["item_variation_data"]
        if f"{product.name}, {detail['name']}" in said:
            continue
        price, sku = detail["price_money"]["amount"], detail.get("sku", "")
        if len(live) == 1:
            found = product.price_cents == price and not product.variants.exists()
            found &= not sku or product.sku == sku or Product.objects.filter(restaurant=product.restaurant, sku=sku).exists()
        else:
            sizes = Variant.objects.filter(product=product, name=detail["name"].strip(), price_cents=price)
            found = any(not sku or size.sku == sku for size in sizes)
        if not found:
            lost.append(f"{product.name}: variation {detail['name']}")
    asked = {(row.group.source_key, row.min_choices, row.max_choices) for row in product.asked.all()}
    for info in inner.get("modifier_list_info", []):
        if info["min_selected_modifiers"] == info["max_selected_modifiers"] == -1 and info["enabled"]:
            key = f"square:{info['modifier_list_id']}"
            exists = ModifierGroup.objects.filter(restaurant=product.restaurant, source_key=key).exists()
            if exists and (key, None, None) not in asked:
                lost.append(f"{product.name}: modifier list {info['modifier_list_id']}")
    category = inner.get("category_id")
    if category and Category.objects.filter(restaurant=product.restaurant, source_key=f"square:{category}").exists():
        if not product.categories.filter(source_key=f"square:{category}").exists():
            lost.append(f"{product.name}: category {category}")
    return lost


def losses_from_schema_org(document: dict[str, Any], restaurant: Restaurant, report: Report) -> list[str]:
    """Walk a JSON-LD graph from its menus and return every menu, section, dish, add-on or offer that got lost."""
    graph = {node["@id"]: node for node in document["@graph"]}
    said = named(report) | {line.name.rpartition(", ")[2] for line in report.skipped}
    lost: list[str] = []

    def plain(text: str) -> str:
        return text.replace("&amp;", "&").replace("\u00a0", " ")

    def linked(node: dict[str, Any], *names: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for name in names:
            value = node.get(name, [])
            found += value if isinstance(value, list) else [value]
        return [graph.get(target["@id"], target) if set(target) == {"@id"} else target for target in found]

    def prices(node: dict[str, Any]) -> list[tuple[str, str]]:
        offers = node.get("offers", [])
        return [
            (offer.get("name") or offer.get("eligibleQuantity", {}).get("name", ""), str(offer["price"]).strip("$").replace(",", "."))
            for offer in (offers if isinstance(offers, list) else [offers])
            if "price" in offer
        ]

    def walk(node: dict[str, Any], parent: Category | None, way: tuple[int, ...]) -> None:
        name = plain(node.get("name", node["@id"]))
        category = Category.objects.filter(restaurant=restaurant, name=name, parent=parent).first()
        if category is None or id(node) in way:
            if name not in said:
                lost.append(f"section {name}")
            return
        for item in linked(node, "hasMenuItem"):
            walk_item(item, category)
        for section in linked(node, "hasMenuSection"):
            walk(section, category, (*way, id(node)))

    def walk_item(item: dict[str, Any], category: Category) -> None:
        name = plain(item["name"])
        if name in said:
            return
        products = Product.objects.filter(categories=category, name=name)
        if not products:
            lost.append(f"item {name or '(no name)'}" if name else "")
        for size, price in prices(item):
            cents = round(float(price) * 100) if price.replace(".", "").isdigit() else -1
            here = any(
                product.price_cents == cents or product.variants.filter(price_cents=cents, name__startswith=size).exists()
                for product in products
            )
            if not here and size not in said:
                lost.append(f"offer {name} {size} {price}")
        for add_on in linked(item, "menuAddon", "menuAddOn"):
            walk_add_on(add_on, products)

    def walk_add_on(add_on: dict[str, Any], products: Any) -> None:
        options = linked(add_on, "menuAddon", "menuAddOn") or [add_on]
        for option in options:
            found = Modifier.objects.filter(group__products__in=products, name=option["name"])
            cents = {round(float(price) * 100) for _size, price in prices(option) if price.replace(".", "").isdigit()}
            if option["name"] not in said and not (cents and found.filter(price_cents__in=cents).exists()):
                lost.append(f"add-on {option['name']}")

    for node in document["@graph"]:
        if node["@type"] == "Menu":
            walk(node, None, ())
    return [entry for entry in lost if entry]
