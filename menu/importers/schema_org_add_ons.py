"""schema.org's add-ons, read into modifier groups and options.

An add-on that has add-ons itself, or is a section, is a group of choices; single ones make a group "Extras" of their dish.
All are optional, as the vocabulary has it ("can be added"), unless the group's offer says how many (`eligibleQuantity`).
"""

from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _

from menu.importers.bounds import sane_bounds
from menu.importers.catalogue import Asked, Findings, FoundGroup, FoundOption
from menu.importers.json_ld import Graph
from menu.importers.nodes import Node, integer_of, nodes_of
from menu.importers.schema_org_offers import Priced, label_of_size, named_sizes, read_offers
from menu.importers.schema_org_times import note_unused_times
from menu.importers.values import Unreadable, handle_of, label_of, name_of, source_key_of, text_of


@dataclass
class AddOnReader:
    """Reads groups as dishes ask for them; the same add-ons asked by several dishes are one group."""

    graph: Graph
    findings: Findings
    currency: str
    used: set[int]
    groups: dict[str, FoundGroup] = field(default_factory=dict)
    _of_node: dict[int, str | None] = field(default_factory=dict)
    _extras: dict[tuple[int, ...], str | None] = field(default_factory=dict)
    _keys: set[str] = field(default_factory=set)

    def asked_with(self, dish: Node, label: str, *, key: str) -> tuple[Asked, ...]:
        """Return the groups a dish asks for, reading those not read before."""
        asked: list[str | None] = []
        singles: list[Node] = []
        for node in self.graph.linked(dish, "menuAddOn", of=label):
            if node is dish:
                self.findings.skip(label, _("it is its own add-on; left out there"))
            elif "menuAddOn" in node or "hasMenuItem" in node:
                asked.append(self.read_group(node, label_of(self.graph.text(node, "name"), node.get("@id"))))
            else:
                singles.append(node)
        if singles:
            asked.append(self._read_extras(singles, label, key=key))
        return tuple(Asked(group) for group in dict.fromkeys(asked) if group)

    def is_group(self, node: Node) -> bool:
        """Say whether a node that no section leads to is a group: it has add-ons, and no price of its own to order it at."""
        return "menuAddOn" in node and not any(
            offer.price_cents for offer in read_offers(node, self.graph, currency=self.currency)
        )

    def read_group(self, node: Node, label: str) -> str | None:
        """Return the key of the group that `node` is; None where it has no name or nothing in it."""
        if id(node) in self._of_node:
            return self._of_node[id(node)]
        self._of_node[id(node)] = None
        self.used.add(id(node))
        inner = [
            option
            for name in ("menuAddOn", "hasMenuItem")
            for option in self.graph.linked(node, name, of=label)
            if option is not node
        ]
        try:
            name = name_of(self.graph.text(node, "name"), web=True)
        except Unreadable as error:
            self.findings.skip(label, str(error))
            return None
        note_unused_times(node, self.findings, label=label)
        origin = text_of(node.get("@id")) or f"add-on {name} of {len(self._of_node)}"
        if any(offer.price_cents for offer in read_offers(node, self.graph, currency=self.currency)):
            self.findings.note(label, _("the price of a whole group of add-ons is not used"))
        self._of_node[id(node)] = self._group(
            name,
            inner,
            label,
            source_key=source_key_of("schema", origin),
            bounds=_bounds(node),
            identifier=text_of(self.graph.text(node, "identifier")),
        )
        return self._of_node[id(node)]

    def _read_extras(self, singles: list[Node], label: str, *, key: str) -> str | None:
        together = tuple(id(node) for node in singles)
        if together not in self._extras:
            self._extras[together] = self._group(
                _("Extras"), singles, label, source_key=source_key_of("schema", f"{key.removeprefix('schema:')} extras")
            )
        return self._extras[together]

    def _group(
        self,
        name: str,
        inner: list[Node],
        label: str,
        *,
        source_key: str,
        bounds: tuple[int, int | None] = (0, None),
        identifier: str = "",
    ) -> str | None:
        options: list[FoundOption] = []
        names: set[str] = set()
        for node in inner:
            self.used.add(id(node))
            options += self._options(node, label, group=source_key, position=len(options), names=names)
        if not options:
            self.findings.skip(label, _("none of its add-ons can be used"))
            return None
        group = FoundGroup(
            source_key=source_key,
            key=handle_of(identifier or name, self._keys),
            name=name,
            position=len(self.groups),
            options=tuple(options),
        )
        least, most = sane_bounds(group, *bounds, self.findings, label=label)
        self.groups[source_key] = replace(group, min_choices=least, max_choices=most)
        return source_key

    def _options(
        self, node: Node, group_label: str, *, group: str, position: int, names: set[str]
    ) -> list[FoundOption]:
        own = label_of(self.graph.text(node, "name"), node.get("@id"))
        label = f"{group_label}, {own}"
        offers = read_offers(node, self.graph, currency=self.currency)
        if not offers:
            self.findings.skip(label, _("it has no price"))
        if "menuAddOn" in node:
            self.findings.note(label, _("add-ons of an add-on are left out"))
        options: list[FoundOption] = []
        for offer in named_sizes(offers, currency=self.currency) if len(offers) > 1 else offers:
            try:
                options.append(self._option(node, offer, group=group, position=position + len(options), names=names))
            except Unreadable as error:
                self.findings.skip(label_of_size(label, offer), str(error))
        return options

    def _option(self, node: Node, offer: Priced, *, group: str, position: int, names: set[str]) -> FoundOption:
        if offer.problem:
            raise Unreadable(offer.problem)
        own = self.graph.text(node, "name")
        name = name_of(f"{own} ({offer.size})" if offer.size and isinstance(own, str) else own, web=True)
        if name in names:
            raise Unreadable(_("it is in this group twice"))
        names.add(name)
        source_id = text_of(node.get("@id"))
        origin = f"{source_id} {offer.size}".strip() if source_id else f"option {name}"
        return FoundOption(
            source_key=source_key_of("schema", f"{group.removeprefix('schema:')} {origin}"),
            name=name,
            sku=offer.sku or handle_of(f"{group.rpartition('/')[2]} {name}", set()),
            sku_is_made=not offer.sku,
            price_cents=offer.price_cents,
            position=position,
            sold_out=bool(offer.sold_out),
        )


def _bounds(node: Node) -> tuple[int, int | None]:
    """Return how many of a group its offer says are chosen: at least, at most (None: no limit)."""
    for offer in nodes_of(node.get("offers")):
        for quantity in nodes_of(offer.get("eligibleQuantity")):
            least = max(integer_of(quantity.get("minValue"), otherwise=0), 0)
            most = integer_of(quantity.get("maxValue"), otherwise=0)
            return least, most if most > 0 else None
    return 0, None
