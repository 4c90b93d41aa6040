"""A menu written as schema.org Menu (JSON-LD), as a restaurant's own site can publish it. Hidden things stay out of it."""

import json
from collections import defaultdict
from datetime import time
from typing import Any

from menu.food import Diet
from menu.importers.catalogue import Catalogue, FoundCategory, FoundGroup, FoundProduct
from menu.importers.three_way import plain
from menu.models import Restaurant
from menu.money import major

_DIETS = {
    Diet.VEGAN: "VeganDiet",
    Diet.VEGETARIAN: "VegetarianDiet",
    Diet.HALAL: "HalalDiet",
    Diet.KOSHER: "KosherDiet",
    Diet.GLUTEN_FREE: "GlutenFreeDiet",
    Diet.LACTOSE_FREE: "LowLactoseDiet",
}


def write_schema_org(catalogue: Catalogue, restaurant: Restaurant) -> str:
    """Return the visible menu as JSON-LD: one graph of a menu, its sections, dishes and add-ons, linked by `@id`."""
    writer = _Writer(catalogue, restaurant)
    return json.dumps({"@context": "https://schema.org", "@graph": writer.graph()}, indent=1, ensure_ascii=False) + "\n"


class _Writer:
    """Writes one catalogue; ids are made of slugs, keys and SKUs."""

    def __init__(self, catalogue: Catalogue, restaurant: Restaurant) -> None:
        self.catalogue = catalogue
        self.restaurant = restaurant
        self.products = [product for product in catalogue.products if product.is_hidden is not True]
        self.categories = self._visible(catalogue.categories)
        self.inside: dict[str | None, list[str]] = defaultdict(list)
        for category in self.categories:
            self.inside[category.parent if isinstance(category.parent, str) else None].append(category.slug)

    def graph(self) -> list[dict[str, Any]]:
        """Return every node of the graph, the menu first."""
        menu = {
            "@type": "Menu",
            "@id": "#menu",
            "name": self.restaurant.name,
            "inLanguage": self.restaurant.language,
            "hasMenuSection": self._sections(None),
        }
        shown = {category.slug for category in self.categories}
        loose = [product for product in self.products if not shown & set(_words(product.categories))]
        if loose:
            menu["hasMenuItem"] = [_link("item", product.sku) for product in loose]
        asked = {ask.group for product in self.products for ask in _words(product.asks)}
        groups = [group for group in self.catalogue.groups if group.key in asked]
        return [menu, *map(self._section, self.categories), *map(self._item, self.products), *map(self._add_on, groups)]

    @staticmethod
    def _visible(categories: tuple[FoundCategory, ...]) -> list[FoundCategory]:
        """Leave out what is hidden, and what is in it."""
        hidden = {category.slug for category in categories if category.is_hidden is True}
        while more := {found.slug for found in categories if found.parent in hidden} - hidden:
            hidden |= more
        return [category for category in categories if category.slug not in hidden]

    def _sections(self, parent: str | None) -> list[dict[str, str]]:
        return [_link("section", slug) for slug in self.inside[parent]]

    def _section(self, category: FoundCategory) -> dict[str, Any]:
        node: dict[str, Any] = {
            "@type": "MenuSection",
            "@id": f"#section/{category.slug}",
            "identifier": category.slug,
            "name": category.name,
            "description": category.description,
            "hasMenuSection": self._sections(category.slug),
            "hasMenuItem": [
                _link("item", product.sku) for product in self.products if category.slug in _words(product.categories)
            ],
        }
        starts, ends = category.available_from, category.available_until
        if isinstance(starts, time) or isinstance(ends, time):
            node["offers"] = {"@type": "Offer", "availabilityStarts": _clock(starts), "availabilityEnds": _clock(ends)}
        if category.weekdays:
            node["temporalCoverage"] = category.weekdays
        return _filled(node)

    def _item(self, product: FoundProduct) -> dict[str, Any]:
        offers = [
            self._offer(size.price_cents, size.sold_out, name=size.name, sku=size.sku)
            for size in product.sizes
            if size.is_hidden is not True
        ] or [self._offer(product.price_cents or 0, product.sold_out)]
        return _filled(
            {
                "@type": "MenuItem",
                "@id": f"#item/{product.sku}",
                "identifier": product.sku,
                "name": product.name,
                "description": product.description,
                "suitableForDiet": [f"https://schema.org/{_DIETS[Diet(word)]}" for word in _words(product.diets)],
                "offers": offers,
                "menuAddOn": [_link("add-on", asked.group) for asked in _words(product.asks)],
            }
        )

    def _add_on(self, group: FoundGroup) -> dict[str, Any]:
        quantity = {
            "@type": "QuantitativeValue",
            "minValue": plain(group.min_choices),
            "maxValue": plain(group.max_choices),
        }
        return _filled(
            {
                "@type": "MenuItem",
                "@id": f"#add-on/{group.key}",
                "identifier": group.key,
                "name": group.name,
                "offers": {**self._offer(0, False), "eligibleQuantity": _filled(quantity)},
                "menuAddOn": [
                    {
                        "@type": "MenuItem",
                        "name": option.name,
                        "offers": self._offer(option.price_cents, option.sold_out, sku=option.sku),
                    }
                    for option in group.options
                    if option.is_hidden is not True
                ],
            }
        )

    def _offer(self, cents: int, sold_out: object, **more: str) -> dict[str, Any]:
        currency = self.restaurant.currency
        availability = "https://schema.org/SoldOut" if sold_out else "https://schema.org/InStock"
        offer = {
            "@type": "Offer",
            "price": str(major(cents, currency)),
            "priceCurrency": currency,
            "availability": availability,
        }
        return _filled({**offer, **more})


def _link(kind: str, handle: str) -> dict[str, str]:
    return {"@id": f"#{kind}/{handle}"}


def _clock(bound: object) -> str:
    return f"T{bound:%H:%M}:00" if isinstance(bound, time) else ""


def _words(value: object) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else ()


def _filled(node: dict[str, Any]) -> dict[str, Any]:
    """Leave out what says nothing."""
    return {name: value for name, value in node.items() if value not in ("", None, [])}
