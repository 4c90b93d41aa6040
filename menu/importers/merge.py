"""A catalogue merged into a restaurant's menu: every row found again or made, each field by the three-way rule.

Called inside one transaction; reads each table once and writes in bulk. Products and sizes are next door.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from django.db import models
from django.utils.translation import gettext as _

from menu.importers.catalogue import Catalogue, FoundCategory, FoundGroup, FoundOption, Line, Unsaid
from menu.importers.matching import match
from menu.importers.three_way import FieldMerge, Outcome, Plain, judge, said_by
from menu.importers.values import handle_of
from menu.models import Category, Modifier, ModifierGroup, Restaurant

AT_ONCE = 500
Row = TypeVar("Row", bound=models.Model)


@dataclass
class MenuMerge:
    """One import under way: what was found again, what staff kept, and whether anything was written."""

    restaurant: Restaurant
    catalogue: Catalogue
    now: datetime
    kept: list[Line] = field(default_factory=list)
    notes: list[Line] = field(default_factory=list)
    skipped: list[Line] = field(default_factory=list)
    has_written: bool = False
    categories: dict[str, Category] = field(default_factory=dict)
    groups: dict[str, ModifierGroup] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.fields = FieldMerge(currency=self.restaurant.currency, now=self.now, kept=self.kept)

    def write(self, changed: "Changes[Row]") -> None:
        """Write new and changed rows of one model in bulk."""
        if changed.rows:
            # An upsert on the rows' own ids: what bulk_update does, at a tenth of its time for thousands of rows.
            changed.model._default_manager.bulk_create(
                [row for row, _fields in changed.rows.values()],
                batch_size=AT_ONCE,
                update_conflicts=True,
                unique_fields=["pk"],
                update_fields=sorted({name for _row, fields in changed.rows.values() for name in fields}),
            )
        if changed.new:
            changed.model._default_manager.bulk_create(changed.new, batch_size=AT_ONCE)
        self.has_written |= bool(changed.rows or changed.new)

    def merge_categories(self) -> None:
        """Find again or make the categories, then put each under its parent."""
        rows = list(Category.objects.filter(restaurant=self.restaurant))
        taken = {row.slug for row in rows}
        found = self.catalogue.categories
        matched = match(
            found,
            rows,
            [
                (lambda entry: entry.source_key, lambda row: row.source_key),
                (lambda entry: entry.slug, lambda row: row.slug),
                (_name_if_alone(found), lambda row: row.name.lower()),
            ],
        )
        changes = Changes(Category)
        for place, entry in enumerate(found):
            said = said_by(
                entry, "name", "description", "position", "available_from", "available_until", "weekdays", "is_hidden"
            )
            row = matched.get(place)
            if row is None:
                slug = entry.slug if entry.slug not in taken else handle_of(entry.slug, taken)
                taken.add(slug)
                row = Category(restaurant=self.restaurant, slug=slug)
                self.fields.fill(row, {"position": len(rows) + place, **said}, entry.source_key)
                changes.new.append(row)
            elif not entry.is_implied:
                changes.add(row, self.fields.merge(row, said, entry.source_key, label=entry.name))
            self.categories[entry.source_key] = row
        self.write(changes)
        self._merge_parents([*rows, *changes.new])

    def _merge_parents(self, rows: Sequence[Category]) -> None:
        """Put categories under their parents; one that would end up inside itself goes to the top."""
        changes = Changes(Category)
        by_pk = {row.pk: row for row in rows}

        def headings(pk: Plain) -> str:
            return by_pk[pk].name if isinstance(pk, int) else _("the top")

        for entry in self.catalogue.categories:
            if entry.is_implied or isinstance(entry.parent, Unsaid):
                continue
            row = self.categories[entry.source_key]
            above = self.categories.get(entry.parent) if entry.parent else None
            found = above.pk if above else None
            before = row.imported.get("parent")
            outcome = judge(before=before, current=row.parent_id, found=found)
            if outcome is Outcome.TAKEN:
                row.parent_id = found
                changes.add(row, {"parent_id"})
            elif outcome is Outcome.KEPT:
                self.fields.keep(row, "parent", row.parent_id, found, label=row.name, show=headings)
            if before != found or "parent" not in row.imported:
                row.imported["parent"] = found
                changes.add(row, {"imported"})
        for row in rows:
            if _is_inside_itself(row, by_pk):
                row.parent_id = None
                changes.add(row, {"parent_id"})
                self.notes.append(Line(row.name, _("it would be inside itself; it stands at the top now")))
        self.write(changes)

    def merge_groups(self) -> None:
        """Find again or make the modifier groups and their options."""
        rows = list(ModifierGroup.objects.filter(restaurant=self.restaurant))
        taken = {row.key for row in rows}
        found = self.catalogue.groups
        matched = match(
            found,
            rows,
            [
                (lambda entry: entry.source_key, lambda row: row.source_key),
                (lambda entry: entry.key, lambda row: row.key),
                (_name_if_alone(found), lambda row: row.name.lower()),
            ],
        )
        changes = Changes(ModifierGroup)
        for place, entry in enumerate(found):
            said = said_by(entry, "name", "min_choices", "max_choices", "free_choices", "position")
            row = matched.get(place)
            if row is None:
                key = entry.key if entry.key not in taken else handle_of(entry.key, taken)
                taken.add(key)
                row = ModifierGroup(restaurant=self.restaurant, key=key)
                self.fields.fill(row, said, entry.source_key)
                changes.new.append(row)
            else:
                changes.add(row, self.fields.merge(row, said, entry.source_key, label=entry.name))
                if row.max_choices is not None and row.max_choices < row.min_choices:
                    row.max_choices = row.min_choices
                    changes.add(row, {"max_choices"})
            self.groups[entry.source_key] = row
        self.write(changes)
        for row in rows:
            self.groups.setdefault(row.key, row)
        self._merge_options()

    def _merge_options(self) -> None:
        by_group: dict[int, list[Modifier]] = {}
        for option in Modifier.objects.filter(group__restaurant=self.restaurant):
            by_group.setdefault(option.group_id, []).append(option)
        changes = Changes(Modifier)
        for entry in self.catalogue.groups:
            self._merge_options_of(entry, by_group.get(self.groups[entry.source_key].pk, []), changes)
        self.write(changes)

    def _merge_options_of(self, group: FoundGroup, rows: list[Modifier], changes: "Changes[Modifier]") -> None:
        matched = match(
            group.options,
            rows,
            [
                (lambda entry: entry.source_key, lambda row: row.source_key),
                (lambda entry: "" if entry.sku_is_made else entry.sku, lambda row: row.sku),
                (lambda entry: entry.name.lower(), lambda row: row.name.lower()),
            ],
        )
        for place, entry in enumerate(group.options):
            said = _said_of_option(entry)
            row = matched.get(place)
            if row is None:
                row = Modifier(group=self.groups[group.source_key], sku=entry.sku)
                self.fields.fill(row, said, entry.source_key)
                changes.new.append(row)
            else:
                changes.add(row, self.fields.merge(row, said, entry.source_key, label=f"{group.name}, {entry.name}"))


@dataclass
class Changes[Changed: models.Model]:
    """New rows of one model, and changed ones with the fields to write."""

    model: type[Changed]
    new: list[Changed] = field(default_factory=list)
    rows: dict[int, tuple[Changed, set[str]]] = field(default_factory=dict)

    def add(self, row: Changed, fields: set[str]) -> None:
        """Remember that these fields of `row` changed, unless the row is new itself."""
        if fields:
            self.rows.setdefault(id(row), (row, set()))[1].update(fields)


def _name_if_alone(
    found: Sequence[FoundCategory] | Sequence[FoundGroup],
) -> Callable[[FoundCategory | FoundGroup], str]:
    """Match by name only what is alone in the file with its name: many menus have several headings "Fish"."""
    times = Counter(entry.name.lower() for entry in found)
    return lambda entry: entry.name.lower() if times[entry.name.lower()] == 1 else ""


def _said_of_option(entry: FoundOption) -> dict[str, object]:
    names = (
        "name",
        "price_cents",
        "is_default",
        "max_quantity",
        "allergens",
        "diets",
        "position",
        "is_hidden",
        "sold_out",
    )
    return said_by(entry, *names, *(() if entry.sku_is_made else ("sku",)))


def _is_inside_itself(row: Category, by_pk: dict[int, Category]) -> bool:
    above, steps = row.parent_id, 0
    while above is not None and above in by_pk and steps <= len(by_pk):
        if above == row.pk:
            return True
        above, steps = by_pk[above].parent_id, steps + 1
    return False
