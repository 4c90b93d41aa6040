"""A menu written as a Square catalogue: the objects that its Catalog API lists."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from menu.food import Allergen, Diet
from menu.importers import own_ids
from menu.importers.catalogue import (
    Asked,
    Catalogue,
    FoundCategory,
    FoundGroup,
    FoundOption,
    FoundProduct,
    FoundSize,
    SoldOut,
    Unsaid,
)
from menu.importers.three_way import plain
from menu.models import Restaurant
from menu.models.product import ProductKind

_INGREDIENTS = {Allergen.SOYBEANS: "SOY", Allergen.NUTS: "TREE_NUTS"}
_PREFERENCES = {Diet.LACTOSE_FREE: "DAIRY_FREE"}
_HERE = "MAIN"


def write_square(catalogue: Catalogue, restaurant: Restaurant) -> str:
    """Return the menu as the JSON of a Square catalogue."""
    writer = _Writer(catalogue, restaurant)
    return json.dumps({"objects": writer.objects()}, indent=1, ensure_ascii=False) + "\n"


class _Writer:
    """Writes one catalogue; ids are made of slugs, keys and SKUs, so that an import finds them again (`own_ids`)."""

    def __init__(self, catalogue: Catalogue, restaurant: Restaurant) -> None:
        self.catalogue = catalogue
        self.currency = restaurant.currency
        self.usual_rate = restaurant.tax_rate
        self.inclusion = "INCLUSIVE" if restaurant.prices_include_tax else "ADDITIVE"
        self.groups = {group.key: group for group in catalogue.groups}

    def objects(self) -> list[dict[str, Any]]:
        """Return every object, taxes first, as those that refer to others come after them."""
        rates = sorted({self._rate(product) for product in self.catalogue.products} - {Decimal(0)})
        taxes = [
            _object(
                "TAX",
                _tax_id(rate),
                tax_data={
                    "name": f"{plain(rate)} %",
                    "percentage": plain(rate),
                    "inclusion_type": self.inclusion,
                    "enabled": True,
                },
            )
            for rate in rates
        ]
        return [
            *taxes,
            *map(self._category, self.catalogue.categories),
            *map(self._modifier_list, self.catalogue.groups),
            *map(self._item, self.catalogue.products),
        ]

    def _category(self, entry: FoundCategory) -> dict[str, Any]:
        inner: dict[str, Any] = {"name": entry.name}
        if entry.parent:
            inner["parent_category"] = {"id": f"{own_ids.CATEGORY}{entry.parent}"}
        if entry.is_hidden is True:
            inner["online_visibility"] = False
        return _object("CATEGORY", f"{own_ids.CATEGORY}{entry.slug}", category_data=inner)

    def _modifier_list(self, group: FoundGroup) -> dict[str, Any]:
        inner: dict[str, Any] = {
            "name": group.name,
            "selection_type": "SINGLE" if group.max_choices == 1 else "MULTIPLE",
            "min_selected_modifiers": plain(group.min_choices),
            "max_selected_modifiers": -1 if group.max_choices is None else plain(group.max_choices),
            "modifiers": [self._modifier(group, option, place) for place, option in enumerate(group.options)],
        }
        if any(option.max_quantity != 1 for option in group.options):
            inner["allow_quantities"] = "YES"
        return _object("MODIFIER_LIST", f"{own_ids.GROUP}{group.key}", modifier_list_data=inner)

    def _modifier(self, group: FoundGroup, option: FoundOption, place: int) -> dict[str, Any]:
        inner: dict[str, Any] = {
            "name": option.name,
            "modifier_list_id": f"{own_ids.GROUP}{group.key}",
            "ordinal": place,
            "on_by_default": option.is_default is True,
            "price_money": self._money(option.price_cents),
            **_overrides(option.sold_out),
        }
        if option.is_hidden is True:
            inner["hidden_online"] = True
        return _object("MODIFIER", option.sku or f"modifier-{group.key}-{place}", modifier_data=inner)

    def _item(self, product: FoundProduct) -> dict[str, Any]:
        rate = self._rate(product)
        inner: dict[str, Any] = {
            "name": product.name,
            "description": product.description,
            "product_type": "GIFT_CARD" if product.kind == ProductKind.GIFT_CARD else "REGULAR",
            "categories": [{"id": f"{own_ids.CATEGORY}{slug}"} for slug in _tuple(product.categories)],
            "tax_ids": [_tax_id(rate)] if rate else [],
            "is_alcoholic": product.is_alcohol is True,
            "modifier_list_info": [self._info(asked) for asked in _tuple(product.asks)],
            "variations": [self._variation(product, size, place) for place, size in enumerate(product.sizes)]
            or [self._only_variation(product)],
        }
        if product.is_hidden is True:
            inner["is_archived"] = True
        details = {
            "ingredients": [
                {"type": "STANDARD", "standard_name": _INGREDIENTS.get(word, word.upper())}
                for word in _tuple(product.allergens)
            ],
            "dietary_preferences": [
                {"type": "STANDARD", "standard_name": _PREFERENCES.get(word, word.upper())}
                for word in _tuple(product.diets)
            ],
        }
        if any(details.values()):
            inner["food_and_beverage_details"] = {name: words for name, words in details.items() if words}
        return _object("ITEM", product.sku, item_data=inner)

    def _info(self, asked: Asked) -> dict[str, Any]:
        return {
            "modifier_list_id": f"{own_ids.GROUP}{asked.group}",
            "min_selected_modifiers": -1 if asked.min_choices is None else asked.min_choices,
            "max_selected_modifiers": -1 if asked.max_choices is None else asked.max_choices,
            "enabled": True,
        }

    def _only_variation(self, product: FoundProduct) -> dict[str, Any]:
        inner = {
            "name": "Regular",
            "sku": product.sku,
            "ordinal": 0,
            **_overrides(product.sold_out),
            **self._pricing(product.price_cents),
        }
        return _object(
            "ITEM_VARIATION", own_ids.size_id(product.sku, ""), item_variation_data={"item_id": product.sku, **inner}
        )

    def _variation(self, product: FoundProduct, size: FoundSize, place: int) -> dict[str, Any]:
        inner: dict[str, Any] = {
            "name": size.name,
            "sku": size.sku,
            "ordinal": place,
            **_overrides(size.sold_out),
            **self._pricing(size.price_cents),
        }
        if size.is_hidden is True:
            inner["sellable"] = False
        return _object(
            "ITEM_VARIATION",
            own_ids.size_id(product.sku, size.sku),
            item_variation_data={"item_id": product.sku, **inner},
        )

    def _pricing(self, cents: int | None) -> dict[str, Any]:
        if cents is None:
            return {"pricing_type": "VARIABLE_PRICING"}
        return {"pricing_type": "FIXED_PRICING", "price_money": self._money(cents)}

    def _money(self, cents: int) -> dict[str, Any]:
        return {"amount": cents, "currency": self.currency}

    def _rate(self, product: FoundProduct) -> Decimal:
        return product.tax_rate if isinstance(product.tax_rate, Decimal) else self.usual_rate


def _object(kind: str, source_id: str, **inner: dict[str, Any]) -> dict[str, Any]:
    return {"type": kind, "id": source_id, "is_deleted": False, "present_at_all_locations": True, **inner}


def _tax_id(rate: Decimal) -> str:
    return f"tax-{plain(rate)}"


def _tuple(value: tuple[Any, ...] | Unsaid | None) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else ()


def _overrides(mark: SoldOut | Unsaid) -> dict[str, Any]:
    """Write a sold-out mark, which Square keeps for each location: ours has no id there."""
    if isinstance(mark, Unsaid) or mark is False:
        return {}
    override: dict[str, Any] = {"location_id": _HERE, "sold_out": True}
    if isinstance(mark, datetime):
        override["sold_out_valid_until"] = mark.astimezone(UTC).isoformat()
    return {"location_overrides": [override]}
