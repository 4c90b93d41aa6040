"""Square's modifier lists and modifiers, read into groups and options."""

from dataclasses import replace

from django.utils.translation import gettext as _

from menu.importers import own_ids
from menu.importers.bounds import MOST_OF_ONE, sane_bounds
from menu.importers.catalogue import Findings, FoundGroup, FoundOption
from menu.importers.nodes import Node, integer_of, node_of, nodes_of
from menu.importers.square_marks import found_price, sold_out_mark
from menu.importers.values import Unreadable, handle_of, label_of, name_of, sku_of_id, source_key_of, text_of


def read_modifier_lists(
    lists: list[Node], modifiers: list[Node], findings: Findings, *, currency: str
) -> list[FoundGroup]:
    """Read the lists with the modifiers inside them, and those that stand on their own and name their list."""
    loose = _loose_modifiers(lists, modifiers)
    taken: set[str] = set()
    own_keys = {
        source_id: own_ids.handle_in(source_id, own_ids.GROUP, taken)
        for source_id in (text_of(found["id"]) for found in lists)
    }
    groups: list[FoundGroup] = []
    known = set()
    for position, found in enumerate(lists):
        source_id, entry = text_of(found["id"]), node_of(found.get("modifier_list_data"))
        known.add(source_id)
        label = label_of(entry.get("name"), source_id)
        if found.get("is_deleted") is True:
            findings.gone.add(source_key_of("square", source_id))
            findings.skip(label, _("this modifier list is deleted in the file, its modifiers with it"))
        elif entry.get("modifier_type") == "TEXT":
            findings.skip(label, _("it asks for free text, which the note on the order is for"))
        else:
            try:
                name = name_of(entry.get("name"))
            except Unreadable as error:
                findings.skip(label, _("%(reason)s; its modifiers are left out with it") % {"reason": error})
                continue
            options = _read_options(entry, loose.get(source_id, []), findings, group=label, currency=currency)
            group = FoundGroup(
                source_key=source_key_of("square", source_id),
                key=own_keys.get(source_id) or handle_of(name, taken),
                name=name,
                position=position,
                options=options,
            )
            groups.append(_bounded(group, entry, findings))
    for source_id in sorted(set(loose) - known):
        for found in loose[source_id]:
            entry = node_of(found.get("modifier_data"))
            findings.skip(label_of(entry.get("name"), found.get("id")), _("its modifier list is not in the file"))
    return groups


def _loose_modifiers(lists: list[Node], modifiers: list[Node]) -> dict[str, list[Node]]:
    """Return the modifiers that stand outside the lists and in none of them, by their list's id."""
    nested = {
        text_of(inner.get("id"))
        for found in lists
        for inner in nodes_of(node_of(found.get("modifier_list_data")).get("modifiers"))
    }
    loose: dict[str, list[Node]] = {}
    for found in modifiers:
        if text_of(found["id"]) not in nested:
            loose.setdefault(text_of(node_of(found.get("modifier_data")).get("modifier_list_id")), []).append(found)
    return loose


def _read_options(
    entry: Node, loose: list[Node], findings: Findings, *, group: str, currency: str
) -> tuple[FoundOption, ...]:
    listed = entry.get("modifiers")
    for value in listed if isinstance(listed, list) else []:
        if not isinstance(value, dict):
            findings.skip(_("%(group)s, a modifier") % {"group": group}, _("it cannot be read"))
    found = nodes_of(listed) + loose
    found.sort(key=lambda node: integer_of(node_of(node.get("modifier_data")).get("ordinal"), otherwise=0))
    counted = entry.get("allow_quantities") in (True, "YES")
    options: dict[str, FoundOption] = {}
    for node in found:
        inner, source_id = node_of(node.get("modifier_data")), text_of(node.get("id"))
        label = f"{group}, {label_of(inner.get('name'), source_id)}"
        key = source_key_of("square", source_id)
        if node.get("is_deleted") is True:
            findings.gone.add(key)
            findings.skip(label, _("this modifier is deleted in the file"))
            continue
        try:
            if not source_id:
                raise Unreadable(_("it has no id"))
            if source_id in options:
                raise Unreadable(_("its id is used twice in the file"))
            options[source_id] = FoundOption(
                source_key=key,
                name=name_of(inner.get("name")),
                sku=sku_of_id(source_id),
                sku_is_made=True,
                # A modifier without a price costs nothing in Square; a variation without one is another matter.
                price_cents=found_price(inner["price_money"], currency) if inner.get("price_money") is not None else 0,
                position=len(options),
                is_default=inner.get("on_by_default") is True,
                max_quantity=MOST_OF_ONE if counted else 1,
                is_hidden=inner.get("hidden_online") is True,
                sold_out=sold_out_mark(inner),
            )
        except Unreadable as error:
            findings.skip(label, str(error))
    return tuple(options.values())


def _bounded(group: FoundGroup, entry: Node, findings: Findings) -> FoundGroup:
    """Give the group the bounds of its list: -1, 0 and nothing are no limit; SINGLE is at most one."""
    least = max(integer_of(entry.get("min_selected_modifiers"), otherwise=0), 0)
    most: int | None = integer_of(entry.get("max_selected_modifiers"), otherwise=-1)
    most = most if most is not None and most > 0 else None
    if entry.get("selection_type") == "SINGLE":
        most = 1
    least, most = sane_bounds(group, least, most, findings, label=group.name)
    options = group.options
    if most is not None and sum(option.is_default is True for option in options) > most:
        findings.note(group.name, _("more options are chosen from the start than may be chosen; the first ones stay"))
        left = most
        kept = []
        for option in options:
            stays = option.is_default is True and left > 0
            left -= stays
            kept.append(replace(option, is_default=stays))
        options = tuple(kept)
    return replace(group, min_choices=least, max_choices=most, options=options)
