"""Square's catalogue (JSON of its Catalog API) read into neutral values; its items are read in `square_items`."""

from django.utils.translation import gettext as _

from menu.importers import own_ids
from menu.importers.catalogue import Catalogue, FileRefused, Findings, FoundCategory
from menu.importers.nodes import Node, every_node, node_of, nodes_of
from menu.importers.square_items import ItemReader
from menu.importers.square_modifiers import read_modifier_lists
from menu.importers.square_taxes import read_taxes
from menu.importers.values import Unreadable, handle_of, label_of, name_of, source_key_of, text_of
from menu.money import currency_codes

_HANDLED = ("CATEGORY", "ITEM", "ITEM_VARIATION", "MODIFIER_LIST", "MODIFIER", "TAX")


def is_square(document: object) -> bool:
    """Say whether this JSON is a Square catalogue."""
    return any(node_of(found).get("type") in _HANDLED for found in _objects_in(document))


def read_square(document: object, *, currency: str) -> Catalogue:
    """Read a Square catalogue; `currency` holds where no price names one. Raises FileRefused."""
    findings = Findings()
    objects = _unique_objects(_objects_in(document), findings)
    if not objects:
        raise FileRefused(_("There are no catalogue objects in this file."))
    if text_of(node_of(document).get("cursor")):
        findings.note(_("The file"), _("it is one page of several; import the other pages too"))

    by_type: dict[str, list[Node]] = {kind: [] for kind in _HANDLED}
    for found in objects:
        kind = text_of(found.get("type"))
        if kind in by_type:
            by_type[kind].append(found)
        else:
            _name_what_is_no_menu_entry(found, kind, findings)

    money = _currency_in(objects) or currency
    categories = _read_categories(by_type["CATEGORY"], findings)
    groups = read_modifier_lists(by_type["MODIFIER_LIST"], by_type["MODIFIER"], findings, currency=money)
    taxes = read_taxes(by_type["TAX"], by_type["ITEM"], findings)
    items = ItemReader(
        findings=findings,
        currency=money,
        taxes=taxes,
        categories=frozenset(found.source_key for found in categories),
        groups={found.source_key: found for found in groups},
        loose_variations=by_type["ITEM_VARIATION"],
    )
    products = [product for found in by_type["ITEM"] if (product := items.read(found))]
    items.finish()
    return Catalogue(
        categories=tuple(categories),
        groups=tuple(groups),
        products=tuple(products),
        currency=_currency_in(objects),
        prices_include_tax=taxes.prices_include_tax,
        tax_rate=taxes.usual_rate,
        skipped=tuple(findings.skipped),
        notes=tuple(findings.notes),
        gone=frozenset(findings.gone),
    )


def _objects_in(document: object) -> list[object]:
    """Find the list of objects in the shapes that Square's endpoints answer with or take."""
    if isinstance(document, list):
        return document
    root = node_of(document)
    found: list[object] = []
    for name in ("object", "objects", "related_objects"):
        value = root.get(name)
        found += value if isinstance(value, list) else [value] if isinstance(value, dict) else []
    for batch in nodes_of(root.get("batches")):
        objects = batch.get("objects")
        found += objects if isinstance(objects, list) else []
    return found


def _unique_objects(objects: list[object], findings: Findings) -> list[Node]:
    """Keep the objects that have an id of their own; name the rest."""
    seen: set[str] = set()
    kept: list[Node] = []
    for number, value in enumerate(objects, start=1):
        found = node_of(value)
        source_id = text_of(found.get("id"))
        label = label_of(name_in(found), source_id or _("Object %(number)d") % {"number": number})
        if not source_id:
            findings.skip(label, _("it has no id"))
        elif source_id in seen:
            findings.skip(label, _("its id is used twice in the file"))
        else:
            kept.append(found)
        seen.add(source_id)
    return kept


def name_in(found: Node) -> object:
    """Return the name in a catalogue object's data, whatever its type; None where there is none."""
    for key, value in found.items():
        if key.endswith("_data") and isinstance(value, dict) and "name" in value:
            return value["name"]
    return None


def _name_what_is_no_menu_entry(found: Node, kind: str, findings: Findings) -> None:
    label = label_of(name_in(found), f"{kind} {text_of(found.get('id'))}".strip())
    if kind == "DISCOUNT":
        findings.skip(label, _("a discount is not part of the menu; set it up as an offer"))
    elif kind == "IMAGE":
        findings.skip(label, _("pictures are not taken over; upload them to the product"))
    else:
        findings.skip(label, _("%(kind)s is not part of a menu") % {"kind": kind or _("An object without a type")})


def _currency_in(objects: list[Node]) -> str | None:
    """Return the currency that most prices of the file are in."""
    counts: dict[str, int] = {}
    for found in objects:
        if found.get("type") not in ("ITEM", "ITEM_VARIATION", "MODIFIER_LIST", "MODIFIER"):
            continue
        for node in every_node(found):
            code = text_of(node_of(node.get("price_money")).get("currency"))
            if code in currency_codes():
                counts[code] = counts.get(code, 0) + 1
    return max(counts, key=lambda code: counts[code]) if counts else None


def _read_categories(objects: list[Node], findings: Findings) -> list[FoundCategory]:
    taken: set[str] = set()
    own_slugs: dict[str, str] = {}
    kept: list[tuple[Node, str, str]] = []
    for found in objects:
        entry = node_of(found.get("category_data"))
        key = source_key_of("square", text_of(found["id"]))
        label = label_of(entry.get("name"), found["id"])
        if found.get("is_deleted") is True:
            findings.gone.add(key)
            findings.skip(label, _("this category is deleted in the file"))
            continue
        try:
            kept.append((entry, key, name_of(entry.get("name"))))
            own_slugs[key] = own_ids.handle_in(text_of(found["id"]), own_ids.CATEGORY, taken)
        except Unreadable as error:
            findings.skip(label, str(error))
    known = {key for _entry, key, _name in kept}
    categories = []
    for position, (entry, key, name) in enumerate(kept):
        above = source_key_of("square", text_of(node_of(entry.get("parent_category")).get("id")))
        hidden = entry.get("online_visibility") is False
        if hidden:
            findings.note(name, _("hidden, as in the file"))
        categories.append(
            FoundCategory(
                source_key=key,
                slug=own_slugs[key] or handle_of(name, taken),
                name=name,
                parent=above if above in known and above != key else None,
                position=position,
                is_hidden=hidden,
            )
        )
    return categories
