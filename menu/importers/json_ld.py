"""The graph of a JSON-LD document: nodes by their `@id`, links between them followed, texts in one language."""

from collections import Counter

from django.utils.translation import gettext as _

from menu.importers.catalogue import Findings
from menu.importers.nodes import Node, every_node, texts_of
from menu.importers.values import label_of, text_of
from menu.money import currency_codes

_VOCABULARIES = ("https://schema.org/", "http://schema.org/", "schema:")
_SPELLINGS = {"menuAddon": "menuAddOn", "hasMenuItems": "hasMenuItem", "hasMenuSections": "hasMenuSection"}
_MENU_TYPES = ("Menu", "MenuSection", "MenuItem")


def is_json_ld(document: object) -> bool:
    """Say whether this JSON looks like linked data."""
    roots = document if isinstance(document, list) else [document]
    return any(isinstance(root, dict) and {"@context", "@graph", "@type"} & set(root) for root in roots[:100])


def plain_word(word: str) -> str:
    """Return a name of the vocabulary without its address ("https://schema.org/Menu" -> "Menu")."""
    for vocabulary in _VOCABULARIES:
        word = word.removeprefix(vocabulary)
    return _SPELLINGS.get(word, word)


class Graph:
    """The nodes of one document. Menus, sections and items are listed in the document's order, each once."""

    def __init__(self, document: object, findings: Findings) -> None:
        self._findings = findings
        self._by_id: dict[str, Node] = {}
        self.menus: list[Node] = []
        self.sections: list[Node] = []
        self.items: list[Node] = []
        self._nodes = list(every_node(_with_plain_words(document)))
        for node in self._nodes:
            self._index(node)
        for node in self._nodes:
            kind = self._kind(node)
            if kind and self.whole(node) is node:
                {"Menu": self.menus, "MenuSection": self.sections, "MenuItem": self.items}[kind].append(node)

    def _index(self, node: Node) -> None:
        """Remember a node that says something; the same thing described in two places is one thing."""
        source_id = text_of(node.get("@id"))
        if not source_id or set(node) <= {"@id", "@type", "@context"}:
            return
        first = self._by_id.setdefault(source_id, node)
        if first is not node and _same_thing(first, node):
            for key, value in node.items():
                first.setdefault(key, value)

    def _kind(self, node: Node) -> str:
        types = {plain_word(kind) for kind in texts_of(node.get("@type"))}
        return next((kind for kind in _MENU_TYPES if kind in types and set(node) - {"@id", "@type", "@context"}), "")

    def whole(self, node: Node) -> Node:
        """Return the node that `node` stands for: itself, or the full description of what its `@id` names."""
        described = self._by_id.get(text_of(node.get("@id")))
        return described if described is not None and _same_thing(described, node) else node

    def linked(self, node: Node, name: str, *, of: str = "") -> list[Node]:
        """Return the nodes that `node` links to by `name`; links that lead nowhere are named if `of` says whose they are."""
        value = node.get(name)
        found: list[Node] = []
        for target in value if isinstance(value, list) else [] if value is None else [value]:
            node_or_id = {"@id": target} if isinstance(target, str) else target
            whole = self.whole(node_or_id) if isinstance(node_or_id, dict) else {}
            if not set(whole) <= {"@id", "@type", "@context"}:
                found.append(whole)
            elif of and whole.get("@id"):
                label = label_of(None, whole["@id"])
                self._findings.skip(label, _("“%(name)s” links to it, but it is not in the file") % {"name": of})
            elif of:
                self._findings.skip(_("%(name)s, an entry") % {"name": of}, _("it cannot be read"))
        return found

    def targets(self, nodes: list[Node], name: str) -> set[int]:
        """Return the `id()` of every node that one of `nodes` links to by `name`, itself left out."""
        return {id(target) for node in nodes for target in self.linked(node, name) if target is not node}

    def text(self, node: Node, name: str) -> object:
        """Return a text property; of several languages the first. Anything that is no text comes back as it is."""
        value = node.get(name)
        if isinstance(value, list) and value:
            value = value[0]
        if isinstance(value, dict) and "@value" in value:
            value = value["@value"]
        return value

    def currency(self) -> str | None:
        """Return the currency that most offers of the document are in."""
        codes = (text_of(node.get("priceCurrency")) for node in self._nodes)
        counts = Counter(code for code in codes if code in currency_codes())
        return counts.most_common(1)[0][0] if counts else None


def _same_thing(first: Node, second: Node) -> bool:
    """Say whether two descriptions under one id can be one thing: an id copied onto another dish is a mistake."""
    named = text_of(first.get("name")), text_of(second.get("name"))
    return named[0] == named[1] or not all(named)


def _with_plain_words(document: object) -> object:
    """Copy the document with the vocabulary's address taken off its property names. Nesting was limited before."""
    if isinstance(document, dict):
        return {plain_word(key): _with_plain_words(value) for key, value in document.items()}
    if isinstance(document, list):
        return [_with_plain_words(value) for value in document]
    return document
