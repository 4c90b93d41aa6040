"""schema.org's menu items, read into products and sizes; their add-ons are read in `schema_org_add_ons`."""

from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _

from menu.food import Diet
from menu.importers.catalogue import UNSAID, Findings, FoundProduct, FoundSize
from menu.importers.json_ld import Graph, plain_word
from menu.importers.nodes import Node, texts_of
from menu.importers.schema_org_add_ons import AddOnReader
from menu.importers.schema_org_offers import Priced, label_of_size, named_sizes, read_offers
from menu.importers.schema_org_times import note_unused_times
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
    "VeganDiet": Diet.VEGAN.value,
    "VegetarianDiet": Diet.VEGETARIAN.value,
    "HalalDiet": Diet.HALAL.value,
    "KosherDiet": Diet.KOSHER.value,
    "GlutenFreeDiet": Diet.GLUTEN_FREE.value,
    "LowLactoseDiet": Diet.LACTOSE_FREE.value,
}


@dataclass
class ItemReader:
    """Reads dishes as sections name them; one that several sections share is one product in several categories."""

    graph: Graph
    findings: Findings
    currency: str
    used: set[int] = field(default_factory=set)
    _found: dict[int, FoundProduct | None] = field(default_factory=dict)
    _skus: set[str] = field(default_factory=set)
    _keys: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.add_ons = AddOnReader(graph=self.graph, findings=self.findings, currency=self.currency, used=self.used)

    def products(self) -> tuple[FoundProduct, ...]:
        """Return what was read, in the order it was read in."""
        return tuple(product for product in self._found.values() if product)

    def read(self, node: Node, *, category: str | None, trail: str, origin: str) -> None:
        """Read the dish `node` for this category; `trail` is the names of the headings over it, `origin` the nearest id."""
        self.used.add(id(node))
        known = self._found.get(id(node))
        if known is not None:
            categories = known.categories if isinstance(known.categories, tuple) else ()
            if category and category not in categories:
                self._found[id(node)] = replace(known, categories=(*categories, category))
        elif id(node) not in self._found:
            label = label_of(self.graph.text(node, "name"), node.get("@id"))
            self._found[id(node)] = None
            try:
                self._found[id(node)] = self._product(node, label, category=category, trail=trail, origin=origin)
            except Unreadable as error:
                self.findings.skip(label, str(error))

    def read_loose(self) -> None:
        """Read what no section leads to: dishes of their own, groups nobody asks for; name the add-ons that lead nowhere."""
        targets = self.graph.targets(self.graph.items, "menuAddOn")
        for is_target in (False, True):
            for item in self.graph.items:
                if id(item) in self.used or (id(item) in targets) is not is_target:
                    continue
                label = label_of(self.graph.text(item, "name"), item.get("@id"))
                if self.add_ons.is_group(item):
                    self.add_ons.read_group(item, label)
                elif is_target:
                    self.findings.skip(label, _("no dish on the menu offers it"))
                else:
                    self.read(item, category=None, trail="", origin="")

    def _product(self, node: Node, label: str, *, category: str | None, trail: str, origin: str) -> FoundProduct:
        name = name_of(self.graph.text(node, "name"), longest=LONGEST_PRODUCT_NAME, web=True)
        offers = read_offers(node, self.graph, currency=self.currency)
        if not offers:
            raise Unreadable(_("it has no price"))
        own_price = len(offers) == 1 and not offers[0].size
        if own_price and offers[0].problem:
            raise Unreadable(offers[0].problem)
        key = self._key(text_of(node.get("@id")) or f"{origin}/{name}")
        sku, is_made = self._sku(node, offers[0].sku if own_price else "", made_of=f"{trail} {name}")
        sizes = () if own_price else self._sizes(offers, label, key=key, sku=sku)
        if not own_price and not sizes:
            raise Unreadable(_("none of its prices can be used"))
        note_unused_times(node, self.findings, label=label)
        marks = {plain_word(diet) for diet in texts_of(node.get("suitableForDiet"))}
        return FoundProduct(
            source_key=key,
            sku=sku,
            sku_is_made=is_made,
            name=name,
            description=description_of(self.graph.text(node, "description"), web=True),
            price_cents=offers[0].price_cents if own_price else None,
            position=len(self._found),
            diets=in_order([_DIETS[mark] for mark in marks if mark in _DIETS], Diet.values) if marks else UNSAID,
            sold_out=_mark(offers[0]) if own_price else UNSAID,
            categories=(category,) if category else (),
            asks=self.add_ons.asked_with(node, label, key=key),
            sizes=sizes,
        )

    def _sizes(self, offers: list[Priced], label: str, *, key: str, sku: str) -> tuple[FoundSize, ...]:
        sizes: list[FoundSize] = []
        skus: set[str] = set()
        if len(offers) > 1 and not all(offer.size for offer in offers):
            self.findings.note(label, _("a price without a size is called by its amount"))
        for offer in named_sizes(offers, currency=self.currency):
            try:
                if offer.problem:
                    raise Unreadable(offer.problem)
                name = name_of(offer.size)
            except Unreadable as error:
                self.findings.skip(label_of_size(label, offer), str(error))
                continue
            is_made = not offer.sku or offer.sku in skus
            size_sku = handle_of(f"{sku} {name}", skus) if is_made else offer.sku
            skus.add(size_sku)
            sizes.append(
                FoundSize(
                    source_key=source_key_of("schema", f"{key.removeprefix('schema:')} size {name}"),
                    sku=size_sku,
                    sku_is_made=is_made,
                    name=name,
                    price_cents=offer.price_cents,
                    position=len(sizes),
                    sold_out=_mark(offer),
                )
            )
        return tuple(sizes)

    def _key(self, origin: str) -> str:
        """Return the id under which the next import finds this dish; a second one of that name and place gets a number."""
        key, count = source_key_of("schema", origin), 1
        while key in self._keys:
            count += 1
            key = source_key_of("schema", f"{origin} {count}")
        self._keys.add(key)
        return key

    def _sku(self, node: Node, offered: str, *, made_of: str) -> tuple[str, bool]:
        for stated in (text_of(self.graph.text(node, "sku")), offered, text_of(self.graph.text(node, "identifier"))):
            if stated and len(stated) <= LONGEST_HANDLE and stated not in self._skus:
                self._skus.add(stated)
                return stated, False
        return handle_of(made_of, self._skus), True


def _mark(offer: Priced) -> bool:
    return bool(offer.sold_out)
