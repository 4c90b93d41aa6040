"""Square's items and their variations, read into products and sizes."""

import re
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from menu.food import Allergen, Diet
from menu.importers import own_ids
from menu.importers.bounds import sane_bounds
from menu.importers.catalogue import UNSAID, Asked, Findings, FoundGroup, FoundProduct, FoundSize, Unsaid
from menu.importers.nodes import Node, integer_of, node_of, nodes_of, texts_of
from menu.importers.square_marks import found_price, sold_out_mark
from menu.importers.square_taxes import Taxes
from menu.importers.values import (
    LONGEST_HANDLE,
    LONGEST_PRODUCT_NAME,
    Unreadable,
    allergen_of,
    description_of,
    diet_of,
    in_order,
    label_of,
    name_of,
    sku_of_id,
    source_key_of,
    text_of,
)
from menu.models.product import ProductKind

_GIFT_CARD = re.compile(
    r"\b(gift[ -]?(card|voucher|certificate)|geschenkgutschein|cadeaubon|cadeaukaart|carte cadeau)s?\b", re.IGNORECASE
)


@dataclass
class ItemReader:
    """Reads items one after the other; SKUs are given out once."""

    findings: Findings
    currency: str
    taxes: Taxes
    categories: frozenset[str]
    groups: dict[str, FoundGroup]
    loose_variations: list[Node]
    _skus: set[str] = field(default_factory=set)
    _items: set[str] = field(default_factory=set)
    _nested: set[str] = field(default_factory=set)
    _position: int = 0

    def __post_init__(self) -> None:
        self._by_item: dict[str, list[Node]] = {}
        for variation in self.loose_variations:
            item_id = text_of(node_of(variation.get("item_variation_data")).get("item_id"))
            self._by_item.setdefault(item_id, []).append(variation)

    def read(self, found: Node) -> FoundProduct | None:
        """Read one item; None, and a line in the findings, where it does not get into the menu."""
        source_id, entry = text_of(found["id"]), node_of(found.get("item_data"))
        self._items.add(source_id)
        label = label_of(entry.get("name"), source_id)
        key = source_key_of("square", source_id)
        if found.get("is_deleted") is True:
            self.findings.gone.add(key)
            self.findings.skip(label, _("this item is deleted in the file"))
            return None
        try:
            name = name_of(entry.get("name"), longest=LONGEST_PRODUCT_NAME)
            return self._product(found, entry, name=name, label=label, key=key, source_id=source_id)
        except Unreadable as error:
            self.findings.skip(label, str(error))
            return None

    def finish(self) -> None:
        """Name the variations whose item is not in the file."""
        for item_id, variations in self._by_item.items():
            for variation in variations:
                if item_id not in self._items:
                    entry = node_of(variation.get("item_variation_data"))
                    self.findings.skip(
                        label_of(entry.get("name"), variation.get("id")), _("its item is not in the file")
                    )

    def _product(self, found: Node, entry: Node, *, name: str, label: str, key: str, source_id: str) -> FoundProduct:
        listed = entry.get("variations")
        for value in listed if isinstance(listed, list) else []:
            if not isinstance(value, dict):
                self.findings.skip(_("%(item)s, a variation") % {"item": label}, _("it cannot be read"))
        live = self._live_variations(nodes_of(listed), source_id, label)
        if not live:
            raise Unreadable(_("it has no variation, so it has no price"))
        is_gift_card = self._is_gift_card(entry, name, label)
        own_price = len(live) == 1 and not own_ids.is_size(text_of(live[0].get("id")), source_id)
        sizes = self._sizes(live, label, own_price=own_price)
        if not sizes:
            raise Unreadable(_("none of its variations has a price"))
        sku, is_made = (sizes[0].sku, sizes[0].sku_is_made) if own_price else (sku_of_id(source_id), True)
        if is_made or sku in self._skus:
            if not is_made:
                self.findings.note(
                    label, _("its SKU %(sku)s is another item's too; it gets one of its own") % {"sku": sku}
                )
            sku, is_made = sku_of_id(source_id), True
        self._skus.add(sku)
        self._position += 1
        allergens, diets = self._food(entry, label)
        return FoundProduct(
            source_key=key,
            sku=sku,
            sku_is_made=is_made,
            name=name,
            description=description_of(entry.get("description_plaintext") or entry.get("description"), web=True),
            price_cents=sizes[0].price_cents if own_price else None,
            position=self._position,
            kind=ProductKind.GIFT_CARD if is_gift_card else ProductKind.FOOD,
            tax_rate=self.taxes.rate_for(
                [] if is_gift_card or entry.get("is_taxable") is False else texts_of(entry.get("tax_ids"))
            ),
            allergens=allergens,
            diets=diets,
            is_alcohol=entry["is_alcoholic"] is True if "is_alcoholic" in entry else UNSAID,
            discountable=False if is_gift_card else UNSAID,
            earns_points=False if is_gift_card else UNSAID,
            is_hidden=self._is_hidden(entry, label),
            sold_out=sizes[0].sold_out if own_price else UNSAID,
            categories=self._categories(entry, label),
            asks=self._asks(entry, label),
            sizes=() if own_price else tuple(sizes),
        )

    def _live_variations(self, nested: list[Node], item_id: str, label: str) -> list[Node]:
        ids = {text_of(variation.get("id")) for variation in nested}
        every = nested + [found for found in self._by_item.get(item_id, []) if text_of(found["id"]) not in ids]
        live = []
        for variation in every:
            source_id = text_of(variation.get("id"))
            entry = node_of(variation.get("item_variation_data"))
            named = f"{label}, {label_of(entry.get('name'), source_id)}"
            if variation.get("is_deleted") is True:
                self.findings.gone.add(source_key_of("square", source_id))
                self.findings.skip(named, _("this variation is deleted in the file"))
            elif not source_id or source_id in self._nested:
                self.findings.skip(named, _("its id is used twice in the file") if source_id else _("it has no id"))
            else:
                self._nested.add(source_id)
                live.append(variation)
        live.sort(key=lambda found: integer_of(node_of(found.get("item_variation_data")).get("ordinal"), otherwise=0))
        return live

    def _sizes(self, live: list[Node], label: str, *, own_price: bool) -> list[FoundSize]:
        """Read the variations as sizes. The only one is the product itself: what is wrong with it, is wrong with the item."""
        sizes: list[FoundSize] = []
        skus: set[str] = set()
        for variation in live:
            source_id, entry = text_of(variation["id"]), node_of(variation.get("item_variation_data"))
            named = f"{label}, {label_of(entry.get('name'), source_id)}"
            try:
                price_cents = self._price(entry)
                name = "" if own_price else name_of(entry.get("name"))
            except Unreadable as error:
                if own_price:
                    raise
                self.findings.skip(named, str(error))
                continue
            sku = text_of(entry.get("sku"))
            is_made = not sku or sku in skus or len(sku) > LONGEST_HANDLE
            if sku and is_made:
                self.findings.note(named, _("its SKU cannot be used (too long or used twice); it gets one of its own"))
            skus.add(sku)
            if own_price and text_of(entry.get("name")).lower() not in ("", "regular", label.lower()):
                self.findings.note(named, _("the only size of an item is the item itself"))
            sizes.append(
                FoundSize(
                    source_key=source_key_of("square", source_id),
                    sku=sku_of_id(source_id) if is_made else sku,
                    sku_is_made=is_made,
                    name=name,
                    price_cents=price_cents,
                    position=len(sizes),
                    is_hidden=entry.get("sellable") is False,
                    sold_out=sold_out_mark(entry),
                )
            )
        return sizes

    def _price(self, entry: Node) -> int:
        if entry.get("pricing_type") == "VARIABLE_PRICING":
            raise Unreadable(_("its price is left open in the file (variable pricing)"))
        if entry.get("price_money") is None:
            raise Unreadable(_("it has no price"))
        return found_price(entry["price_money"], self.currency)

    def _is_gift_card(self, entry: Node, name: str, label: str) -> bool:
        if entry.get("product_type") == "GIFT_CARD":
            return True
        if _GIFT_CARD.search(name):
            self.findings.note(label, _("taken as a gift card because of its name: no tax, no discounts, no points"))
            return True
        return False

    def _is_hidden(self, entry: Node, label: str) -> bool:
        hidden = (
            entry.get("is_archived") is True
            or entry.get("visibility") in ("PRIVATE", "HIDDEN")
            or entry.get("ecom_visibility") == "HIDDEN"
        )
        if hidden:
            self.findings.note(label, _("hidden, as in the file"))
        return hidden

    def _categories(self, entry: Node, label: str) -> tuple[str, ...]:
        named = [text_of(found.get("id")) for found in nodes_of(entry.get("categories"))]
        named.append(text_of(entry.get("category_id")))
        if not any(named):
            named.append(text_of(node_of(entry.get("reporting_category")).get("id")))
        keys = [source_key_of("square", source_id) for source_id in dict.fromkeys(named) if source_id]
        if any(key not in self.categories for key in keys):
            self.findings.note(label, _("a category it is in is not in the file"))
        return tuple(key for key in keys if key in self.categories)

    def _asks(self, entry: Node, label: str) -> tuple[Asked, ...]:
        asked: dict[str, Asked] = {}
        for found in nodes_of(entry.get("modifier_list_info")):
            key = source_key_of("square", text_of(found.get("modifier_list_id")))
            group = self.groups.get(key)
            if group is None:
                self.findings.note(label, _("a modifier list it asks for is not in the file"))
            elif found.get("enabled") is False:
                self.findings.note(
                    label, _("its modifier list %(list)s is switched off in the file") % {"list": group.name}
                )
            elif key not in asked:
                asked[key] = self._asked(group, found, label)
        return tuple(asked.values())

    def _asked(self, group: FoundGroup, found: Node, label: str) -> Asked:
        """Read an item's own bounds for a list: -1 means as the list has it."""
        least = integer_of(found.get("min_selected_modifiers"), otherwise=-1)
        most = integer_of(found.get("max_selected_modifiers"), otherwise=-1)
        if least < 0 and most <= 0:
            return Asked(group.source_key)
        own_least = group.min_choices if isinstance(group.min_choices, int) else 0
        own_most = group.max_choices if isinstance(group.max_choices, int) else None
        sane_least, sane_most = sane_bounds(
            group,
            least if least >= 0 else own_least,
            most if most > 0 else own_most,
            self.findings,
            label=f"{label}, {group.name}",
        )
        return Asked(
            group.source_key,
            None if sane_least == own_least else sane_least,
            None if sane_most == own_most else sane_most,
        )

    def _food(self, entry: Node, label: str) -> tuple[tuple[str, ...] | Unsaid | None, tuple[str, ...] | Unsaid]:
        """Read allergens and diets. An empty list is no declaration of "none", and one that we half understand is none at all."""
        details = node_of(entry.get("food_and_beverage_details"))
        allergens: list[str] = []
        diets: list[str] = []
        for words, found, read in (("ingredients", allergens, allergen_of), ("dietary_preferences", diets, diet_of)):
            for word in filter(None, (text_of(node.get("standard_name")) for node in nodes_of(details.get(words)))):
                try:
                    found.append(read(word))
                except Unreadable as error:
                    self.findings.note(label, str(error))
                    if read is allergen_of:
                        return None, in_order(diets, Diet.values)
        return (
            in_order(allergens, Allergen.values) if allergens else UNSAID,
            in_order(diets, Diet.values) if diets else UNSAID,
        )
