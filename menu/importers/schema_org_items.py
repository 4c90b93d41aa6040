"""schema.org's menu items and add-ons, read into products, sizes, groups and options."""

from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _

from menu.food import Diet
from menu.importers.catalogue import UNSAID, Asked, Findings, FoundGroup, FoundOption, FoundProduct, FoundSize, Unsaid
from menu.importers.json_ld import Graph, plain_word
from menu.importers.nodes import Node, integer_of, node_of, nodes_of, texts_of
from menu.importers.schema_org_offers import Priced, read_offers
from menu.importers.values import (
    LONGEST_HANDLE,
    LONGEST_PRODUCT_NAME,
    Unreadable,
    description_of,
    handle_of,
    in_order,
    label_of,
    name_of,
    source_key_of,
    text_of,
)

_DIETS = {
    "VeganDiet": Diet.VEGAN,
    "VegetarianDiet": Diet.VEGETARIAN,
    "HalalDiet": Diet.HALAL,
    "KosherDiet": Diet.KOSHER,
    "GlutenFreeDiet": Diet.GLUTEN_FREE,
    "LowLactoseDiet": Diet.LACTOSE_FREE,
}


@dataclass
class ItemReader:
    """Reads dishes as sections name them; one that several sections share is one product in several categories."""

    graph: Graph
    findings: Findings
    currency: str
    groups: dict[str, FoundGroup] = field(default_factory=dict)
    _found: dict[int, FoundProduct | None] = field(default_factory=dict)
    _skus: set[str] = field(default_factory=set)
    _keys: set[str] = field(default_factory=set)
    _group_keys: set[str] = field(default_factory=set)
    _group_of: dict[object, str | None] = field(default_factory=dict)
    _add_ons: set[int] = field(default_factory=set)

    def products(self) -> tuple[FoundProduct, ...]:
        """Return what was read, in the order it was read in."""
        return tuple(product for product in self._found.values() if product)

    def read(self, node: Node, *, category: str | None, above: str) -> None:
        """Read the dish `node` for the category with this key; `above` is the names of the headings over it."""
        known = self._found.get(id(node))
        if known:
            categories = known.categories if isinstance(known.categories, tuple) else ()
            if category and category not in categories:
                self._found[id(node)] = replace(known, categories=(*categories, category))
        elif id(node) not in self._found:
            label = label_of(self.graph.text(node, "name"), node.get("@id"))
            self._found[id(node)] = None
            try:
                self._found[id(node)] = self._product(node, label, category=category, above=above)
            except Unreadable as error:
                self.findings.skip(label, str(error))

    def read_loose(self) -> None:
        """Read what no section leads to: a node that others name as an add-on is none, one with a price is a dish."""
        for item in self.graph.items:
            for add_on in self.graph.linked(item, "menuAddOn", of=label_of(item.get("name"), item.get("@id"))) if "menuAddOn" in item else ():
                self._add_ons.add(id(add_on))
        for item in self.graph.items:
            if id(item) in self._found or id(item) in self._add_ons:
                continue
            if "menuAddOn" in item and not any(offer.price_cents for offer in self._offers(item, quietly=True)):
                self._group(item, label_of(item.get("name"), item.get("@id")))
            else:
                self.read(item, category=None, above="")

    def finish(self) -> None:
        """Name the add-ons that lead nowhere: those of dishes that were left out, and of themselves."""
        reached = {id(option) for option in self._options_read}
        for item in self.graph.items:
            if id(item) in self._add_ons and id(item) not in self._found and id(item) not in reached:
                self.findings.skip(label_of(item.get("name"), item.get("@id")), _("no dish on the menu asks for it"))
