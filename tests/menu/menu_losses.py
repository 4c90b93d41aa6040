"""Walks menu files on its own, knowing nothing of the importers, and says what of them is neither on the menu nor named."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from menu.importers import Report
from menu.models import Category, Modifier, ModifierGroup, Product, Restaurant, Variant
from tests.menu.menu_files import named

Node = dict[str, Any]


def losses_from_square(document: Node, restaurant: Restaurant, report: Report) -> list[str]:
    """Return every entry of a Square catalogue that got lost."""
    walk = _SquareWalk(document, restaurant, report)
    for entry in walk.entries:
        walk.look_at(entry)
    return walk.lost


class _SquareWalk:
    """Looks for each catalogue object on the menu, by the id it has in the file."""

    def __init__(self, document: Node, restaurant: Restaurant, report: Report) -> None:
        self.entries: list[Node] = [entry for entry in document["objects"] if isinstance(entry, dict)]
        self.restaurant = restaurant
        self.said = named(report)
        self.lost: list[str] = []

    def must(self, holds: bool, *names: object) -> None:
        """Count an entry as lost that is not there and not named by any of `names`."""
        if not holds and not self.said & set(map(str, names)):
            self.lost.append(" / ".join(map(str, names)))

    def look_at(self, entry: Node) -> None:
        inner: Node = next((value for key, value in entry.items() if key.endswith("_data")), {})
        name, key = str(inner.get("name")).strip(), f"square:{entry.get('id')}"
        label = name if len(name) <= 80 else f"{name[:79]}…"
        kind = entry["type"]
        if kind == "CATEGORY":
            self.must(self._has(Category, source_key=key, name=name), label, entry["id"])
        elif kind == "TAX":
            self.must(self._has(Product, tax_rate=_rate(inner)), label)
        elif kind == "MODIFIER_LIST":
            self._look_at_list(inner, key, name, label)
        elif kind == "ITEM":
            product = Product.objects.filter(restaurant=self.restaurant, source_key=key, name=name).first()
            self.must(product is not None, label, entry.get("id"))
            if product is not None and name not in self.said:
                self._look_at_item(entry, inner, product)
        elif kind not in ("MODIFIER", "ITEM_VARIATION"):
            self.must(False, label)

    def _has(self, model: Any, **found: object) -> bool:
        return bool(model.objects.filter(restaurant=self.restaurant, **found).exists())

    def _look_at_list(self, inner: Node, key: str, name: str, label: str) -> None:
        group = ModifierGroup.objects.filter(restaurant=self.restaurant, source_key=key, name=name).first()
        self.must(group is not None, label)
        for modifier in inner["modifiers"] if group else []:
            detail = modifier["modifier_data"]
            price = detail.get("price_money", {"amount": 0})["amount"]
            chosen = detail.get("on_by_default", False)
            found = Modifier.objects.filter(group=group, name=detail["name"].strip(), is_default=chosen)
            holds = price >= 0 and found.filter(price_cents=price).count() == 1
            self.must(holds, f"{label}, {detail['name'].strip()}")

    def _look_at_item(self, entry: Node, inner: Node, product: Product) -> None:
        variations = inner["variations"] + [
            other
            for other in self.entries
            if other["type"] == "ITEM_VARIATION" and other["item_variation_data"]["item_id"] == entry["id"]
        ]
        is_alone = sum(not variation["is_deleted"] for variation in variations) == 1
        for variation in variations:
            detail = variation["item_variation_data"]
            if f"{product.name}, {detail['name']}" not in self.said and not _is_priced(product, detail, is_alone):
                self.lost.append(f"{product.name}: variation {detail['name']}")
        asked = {(row.group.source_key, row.min_choices, row.max_choices) for row in product.asked.all()}
        for info in inner.get("modifier_list_info", []):
            key = f"square:{info['modifier_list_id']}"
            is_plain = info["min_selected_modifiers"] == info["max_selected_modifiers"] == -1 and info["enabled"]
            if is_plain and self._has(ModifierGroup, source_key=key) and (key, None, None) not in asked:
                self.lost.append(f"{product.name}: modifier list {info['modifier_list_id']}")
        place = f"square:{inner.get('category_id')}"
        if self._has(Category, source_key=place) and not product.categories.filter(source_key=place).exists():
            self.lost.append(f"{product.name}: category {inner['category_id']}")


def _rate(inner: Node) -> Decimal:
    try:
        return Decimal(inner["percentage"])
    except InvalidOperation:
        return Decimal(-1)


def _is_priced(product: Product, detail: Node, is_alone: bool) -> bool:
    price, sku = detail["price_money"]["amount"], detail.get("sku", "")
    if is_alone:
        others = Product.objects.filter(restaurant=product.restaurant, sku=sku)
        kept = not sku or product.sku == sku or others.exists()
        return kept and product.price_cents == price and not product.variants.exists()
    sizes = Variant.objects.filter(product=product, name=detail["name"].strip(), price_cents=price)
    return any(not sku or size.sku == sku for size in sizes)


def losses_from_schema_org(document: Node, restaurant: Restaurant, report: Report) -> list[str]:
    """Return every menu, section, dish, add-on and offer of a JSON-LD graph that got lost, from its menus down."""
    walk = _GraphWalk(document, restaurant, report)
    for node in document["@graph"]:
        if node["@type"] == "Menu":
            walk.look_at_section(node, [None], ())
    return walk.lost


class _GraphWalk:
    """Follows the links of a graph and looks for each node where the file has it."""

    def __init__(self, document: Node, restaurant: Restaurant, report: Report) -> None:
        self.graph = {node["@id"]: node for node in document["@graph"]}
        self.restaurant = restaurant
        self.said = named(report) | {line.name.rpartition(", ")[2] for line in report.skipped}
        self.lost: list[str] = []

    def linked(self, node: Node, *names: str) -> list[Node]:
        found: list[Node] = []
        for name in names:
            value = node.get(name, [])
            found += value if isinstance(value, list) else [value]
        return [self.graph.get(target["@id"], target) if set(target) == {"@id"} else target for target in found]

    def look_at_section(self, node: Node, parents: list[Category | None], way: tuple[int, ...]) -> None:
        name = _plain(node.get("name") or node["@id"])
        at_top = Category.objects.filter(parent=None) if None in parents else Category.objects.none()
        below = Category.objects.filter(parent__in=[parent for parent in parents if parent])
        categories = list((at_top | below).filter(restaurant=self.restaurant, name=name))
        if not categories or id(node) in way:
            if name not in self.said:
                self.lost.append(f"section {name}")
            return
        for item in self.linked(node, "hasMenuItem"):
            self._look_at_item(item, categories)
        for section in self.linked(node, "hasMenuSection"):
            self.look_at_section(section, [*categories], (*way, id(node)))

    def _look_at_item(self, item: Node, categories: list[Category]) -> None:
        name = _plain(item["name"]) or "(no name)"
        if name in self.said:
            return
        products = list(Product.objects.filter(categories__in=categories, name=name))
        if not products:
            self.lost.append(f"item {name}")
        for size, price in _prices(item):
            if size not in self.said and not _is_offered(products, size, _cents(price)):
                self.lost.append(f"offer {name} {size} {price}")
        for add_on in self.linked(item, "menuAddon", "menuAddOn"):
            for option in self.linked(add_on, "menuAddon", "menuAddOn") or [add_on]:
                self._look_at_option(option, products)

    def _look_at_option(self, option: Node, products: list[Product]) -> None:
        cents = [_cents(price) for _size, price in _prices(option)]
        found = Modifier.objects.filter(group__products__in=products, name=option["name"], price_cents__in=cents)
        if option["name"] not in self.said and not found.exists():
            self.lost.append(f"add-on {option['name']}")


def _plain(text: str) -> str:
    return text.replace("&amp;", "&").replace("\u00a0", " ")


def _prices(node: Node) -> list[tuple[str, str]]:
    offers = node.get("offers", [])
    return [
        (
            offer.get("name") or offer.get("eligibleQuantity", {}).get("name", ""),
            str(offer["price"]).strip("$").replace(",", "."),
        )
        for offer in (offers if isinstance(offers, list) else [offers])
        if "price" in offer
    ]


def _cents(price: str) -> int:
    return round(float(price) * 100) if price.replace(".", "").isdigit() else -1


def _is_offered(products: Iterable[Product], size: str, cents: int) -> bool:
    return any(
        product.price_cents == cents or product.variants.filter(price_cents=cents, name__startswith=size).exists()
        for product in products
    )
