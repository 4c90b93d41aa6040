"""schema.org Menu (JSON-LD) read into neutral values: the graph, its menus and sections. Dishes are in `schema_org_items`."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from menu.importers.catalogue import Catalogue, FileRefused, Findings, FoundCategory
from menu.importers.json_ld import Graph, is_json_ld
from menu.importers.nodes import Node
from menu.importers.schema_org_items import ItemReader
from menu.importers.schema_org_times import served_times
from menu.importers.values import Unreadable, description_of, handle_of, label_of, name_of, source_key_of, text_of

DEEPEST_SECTION = 8
MOST_SECTIONS = 2000


def is_schema_org(document: object) -> bool:
    """Say whether this JSON is linked data that has to do with a menu."""
    return is_json_ld(document)


def read_schema_org(document: object, *, currency: str) -> Catalogue:
    """Read the menus of a JSON-LD document; `currency` holds where no price names one. Raises FileRefused."""
    findings = Findings()
    graph = Graph(document, findings)
    if not (graph.menus or graph.sections or graph.items):
        raise FileRefused(_("There is no schema.org menu in this file."))
    stated = graph.currency()
    items = ItemReader(graph=graph, findings=findings, currency=stated or currency)
    reader = _SectionReader(graph=graph, findings=findings, items=items)
    reader.read()
    return Catalogue(
        categories=tuple(reader.categories),
        groups=tuple(items.add_ons.groups.values()),
        products=items.products(),
        currency=stated,
        skipped=tuple(findings.skipped),
        notes=tuple(findings.notes),
    )


@dataclass(frozen=True)
class _Place:
    """Where the walk stands: the category things go into, the nodes on the way here, the names over it, the nearest id."""

    category: str | None = None
    way: tuple[int, ...] = ()
    trail: str = ""
    origin: str = ""


@dataclass
class _SectionReader:
    """Walks menus and sections; a section that several menus share is a category in each, its dishes in all of them."""

    graph: Graph
    findings: Findings
    items: ItemReader
    categories: list[FoundCategory] = field(default_factory=list)
    _keys: set[str] = field(default_factory=set)
    _slugs: set[str] = field(default_factory=set)
    _read: set[int] = field(default_factory=set)

    def read(self) -> None:
        """Read every menu, then the sections and dishes that no menu leads to."""
        several = len(self.graph.menus) > 1
        for menu in self.graph.menus:
            if several:
                self._section(menu, _Place())
            else:
                self._inside(menu, _Place(way=(id(menu),)))
        inner = self.graph.targets(self.graph.sections, "hasMenuSection")
        for heads_only in (True, False):
            for section in self.graph.sections:
                is_known = id(section) in self._read or id(section) in self.items.used
                if not is_known and not (heads_only and id(section) in inner):
                    self._section(section, _Place())
        self.items.read_loose()

    def _section(self, node: Node, place: _Place) -> None:
        label = label_of(self.graph.text(node, "name"), node.get("@id"))
        if id(node) in place.way:
            self.findings.skip(label, _("it is inside itself; left out there"))
            return
        if len(place.way) >= DEEPEST_SECTION:
            self.findings.note(label, _("sections nest too deep; it stands on its own"))
            return
        if len(self.categories) >= MOST_SECTIONS:
            raise FileRefused(_("There are more than %(count)d sections in this file.") % {"count": MOST_SECTIONS})
        way = (*place.way, id(node))
        try:
            name = name_of(self.graph.text(node, "name"), web=True)
        except Unreadable as error:
            # What is in a section without a name is still food: it goes one heading up.
            self.findings.skip(label, _("%(reason)s; what is in it stands one heading up") % {"reason": error})
            self._inside(node, _Place(place.category, way, place.trail, text_of(node.get("@id")) or place.origin))
            return
        trail = f"{place.trail}, {name}" if place.trail else name
        origin = text_of(node.get("@id")) or f"{place.origin}/{name}"
        key = self._key(origin, place.category)
        times = served_times(node, self.graph, self.findings, label=label_of(trail, None))
        self.categories.append(
            FoundCategory(
                source_key=key,
                slug=handle_of(text_of(self.graph.text(node, "identifier")) or trail, self._slugs),
                name=name,
                parent=place.category,
                description=description_of(self.graph.text(node, "description"), web=True),
                position=len(self.categories),
                available_from=times.starts,
                available_until=times.ends,
                weekdays=times.weekdays,
            )
        )
        self._inside(node, _Place(key, way, trail, origin))

    def _key(self, origin: str, parent: str | None) -> str:
        """Return the id under which the next import finds this category: its own, made different under another parent."""
        key, count = source_key_of("schema", origin), 1
        while key in self._keys:
            count += 1
            key = source_key_of(
                "schema", f"{origin} in {parent or count}" if count == 2 else f"{origin} in {parent} {count}"
            )
        self._keys.add(key)
        return key

    def _inside(self, node: Node, place: _Place) -> None:
        self._read.add(id(node))
        label = label_of(self.graph.text(node, "name"), node.get("@id"))
        for item in self.graph.linked(node, "hasMenuItem", of=label):
            self.items.read(item, category=place.category, trail=place.trail, origin=place.origin)
        seen: set[int] = set()
        for section in self.graph.linked(node, "hasMenuSection", of=label):
            if id(section) not in seen:
                seen.add(id(section))
                self._section(section, place)
