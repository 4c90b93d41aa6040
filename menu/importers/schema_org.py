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
    items.finish()
    return Catalogue(
        categories=tuple(reader.categories),
        groups=tuple(items.groups.values()),
        products=items.products(),
        currency=stated,
        skipped=tuple(findings.skipped),
        notes=tuple(findings.notes),
    )


@dataclass
class _SectionReader:
    """Walks menus and sections; a section that several menus share is a category in each, its dishes in all of them."""

    graph: Graph
    findings: Findings
    items: ItemReader
    categories: list[FoundCategory] = field(default_factory=list)
    _keys: dict[str, int] = field(default_factory=dict)
    _slugs: set[str] = field(default_factory=set)
    _read: set[int] = field(default_factory=set)

    def read(self) -> None:
        """Read every menu, then the sections and dishes that no menu leads to."""
        several = len(self.graph.menus) > 1
        for menu in self.graph.menus:
            if several:
                self._section(menu, parent=None, path=(), above="")
            else:
                self._inside(menu, category=None, path=(id(menu),), above="")
        for section in self.graph.sections:
            if id(section) not in self._read:
                self._section(section, parent=None, path=(), above="")
        self.items.read_loose()

    def _section(self, node: Node, *, parent: str | None, path: tuple[int, ...], above: str) -> None:
        label = label_of(node.get("name"), node.get("@id"))
        if id(node) in path:
            self.findings.skip(label, _("it is inside itself; left out there"))
            return
        if len(path) >= DEEPEST_SECTION:
            self.findings.note(label, _("sections nest too deep; it stands on its own"))
            return
        if len(self.categories) >= MOST_SECTIONS:
            raise FileRefused(_("There are more than %(count)d sections in this file.") % {"count": MOST_SECTIONS})
        self._read.add(id(node))
        try:
            name = name_of(self.graph.text(node, "name"), web=True)
        except Unreadable as error:
            # What is in a section without a name is still food: it goes one heading up.
            self.findings.skip(label, _("%(reason)s; what is in it stands one heading up") % {"reason": error})
            self._inside(node, category=parent, path=(*path, id(node)), above=above)
            return
        trail = f"{above}/{name}" if above else name
        key = self._key(node, parent, trail)
        times = served_times(node, self.graph, self.findings, label=label)
        self.categories.append(
            FoundCategory(
                source_key=key,
                slug=handle_of(text_of(self.graph.text(node, "identifier")) or trail, self._slugs),
                name=name,
                parent=parent,
                description=description_of(self.graph.text(node, "description"), web=True),
                position=len(self.categories),
                available_from=times.starts,
                available_until=times.ends,
                weekdays=times.weekdays,
                is_hidden=False,
            )
        )
        self._inside(node, category=key, path=(*path, id(node)), above=trail)

    def _key(self, node: Node, parent: str | None, trail: str) -> str:
        """Return the id under which the next import finds this category: its own, made different under another parent."""
        own = text_of(node.get("@id")) or f"section {trail}"
        key = source_key_of("schema", own)
        self._keys[key] = self._keys.get(key, 0) + 1
        if self._keys[key] > 1:
            key = source_key_of("schema", f"{own} in {parent or self._keys[key]}")
            while any(found.source_key == key for found in self.categories):
                self._keys[key] = self._keys.get(key, 1) + 1
                key = source_key_of("schema", f"{own} in {parent or ''} {self._keys[key]}")
        return key

    def _inside(self, node: Node, *, category: str | None, path: tuple[int, ...], above: str) -> None:
        self._read.add(id(node))
        label = label_of(node.get("name"), node.get("@id"))
        for item in self.graph.linked(node, "hasMenuItem", of=label):
            self.items.read(item, category=category, above=above)
        seen: set[int] = set()
        for section in self.graph.linked(node, "hasMenuSection", of=label):
            if id(section) not in seen:
                seen.add(id(section))
                self._section(section, parent=category, path=path, above=above)
