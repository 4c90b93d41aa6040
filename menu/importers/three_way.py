"""The rule of a repeated import, and one row merged by it: the file's change is taken, the staff's stays, both are told apart
by what the last import wrote.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any

from django.db.models import NOT_PROVIDED
from django.utils.translation import gettext as _

from menu.importers.catalogue import UNSAID, Line
from menu.models.product import Sellable
from menu.models.versioned import Imported
from menu.money import major

# What JSON can hold: the shape in which values are compared and kept as "as last imported".
Plain = str | int | bool | None | list[Any]


class Outcome(Enum):
    """What becomes of one field."""

    TAKEN = "taken"
    KEPT = "kept"
    SAME = "same"


def judge(*, before: Plain, current: Plain, found: Plain) -> Outcome:
    """Judge one field: `before` as the last import had it, `current` on the menu now, `found` in the file.

    KEPT is a conflict: staff changed it and so did the file. A change by staff alone is SAME: nothing to do, nothing to say.
    """
    if found in (current, before):
        return Outcome.SAME
    return Outcome.TAKEN if current == before else Outcome.KEPT


def plain(value: object) -> Plain:
    """Return `value` as JSON can hold it, equal values as equal ones."""
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, list | tuple):
        return [plain(element) for element in value]
    if value is None or isinstance(value, str | bool | int):
        return value
    raise TypeError(type(value))


def said_by(found: object, *names: str) -> dict[str, Any]:
    """Return what the file says of these fields of a found value, as the model's fields are called."""
    said = {field.name: getattr(found, field.name) for field in fields(found) if field.name in names}  # type: ignore[arg-type]
    return {name: value for name, value in said.items() if value is not UNSAID}


def current_value(row: Imported, name: str, *, now: datetime) -> Plain:
    """Return a field of `row` as it is on the menu; `sold_out` is the state at `now`."""
    if name == "sold_out" and isinstance(row, Sellable):
        return (plain(row.sold_out_until) or True) if row.is_sold_out(now=now) else False
    return plain(getattr(row, name))


def write_value(row: Imported, name: str, value: Any, *, now: datetime) -> None:
    """Set a field of `row` to what the file says."""
    if name == "sold_out" and isinstance(row, Sellable):
        row.sold_out_since = now if value else None
        row.sold_out_until = value if isinstance(value, datetime) else None
    else:
        setattr(row, name, list(value) if isinstance(value, tuple) else value)


def columns_of(name: str) -> tuple[str, ...]:
    """Return the model fields that hold a field of ours."""
    return ("sold_out_since", "sold_out_until") if name == "sold_out" else (name,)


def found_now(value: object, *, now: datetime) -> object:
    """Return a sold-out mark as it stands at `now`: one that is over is none."""
    return False if isinstance(value, datetime) and value <= now else value


@dataclass
class FieldMerge:
    """Merges rows field by field, and collects what staff keep against the file."""

    currency: str
    now: datetime
    kept: list[Line]

    def fill(self, row: Imported, said: Mapping[str, Any], source_key: str) -> None:
        """Fill a new row."""
        row.source_key = source_key
        row.imported = {}
        for name, value in said.items():
            write_value(row, name, found_now(value, now=self.now), now=self.now)
            row.imported[name] = plain(found_now(value, now=self.now))

    def merge(self, row: Imported, said: Mapping[str, Any], source_key: str, *, label: str) -> set[str]:
        """Merge what the file says into `row`; return the model fields to write."""
        said = dict(said)
        before = dict(row.imported)
        if before.pop("pruned", False):
            said.setdefault("is_hidden", False)
        changed: set[str] = set()
        for name, value in said.items():
            value = found_now(value, now=self.now)
            current = current_value(row, name, now=self.now)
            outcome = judge(before=before.get(name, self._default(row, name)), current=current, found=plain(value))
            if outcome is Outcome.TAKEN:
                write_value(row, name, value, now=self.now)
                changed.update(columns_of(name))
            elif outcome is Outcome.KEPT and name != "position":
                self.keep(row, name, current, plain(value), label=label)
            before[name] = plain(value)
        if before != row.imported or row.source_key != source_key:
            row.imported, row.source_key = before, source_key
            changed.update(("imported", "source_key"))
        return changed

    def keep(
        self,
        row: Imported,
        name: str,
        current: Plain,
        found: Plain,
        *,
        label: str,
        show: Callable[[Plain], str] | None = None,
    ) -> None:
        """Report that the staff's value of a field stays."""
        show = show or (lambda value: self._shown(name, value))
        self.kept.append(
            Line(
                label,
                _("%(field)s kept at %(current)s, the file says %(found)s")
                % {"field": _called(row, name), "current": show(current), "found": show(found)},
            )
        )

    def _default(self, row: Imported, name: str) -> Plain:
        """Return what a field holds that nobody filled in; the base of a field no import wrote before."""
        if name == "sold_out":
            return False
        field = row._meta.get_field(name)
        default = getattr(field, "default", NOT_PROVIDED)
        if default is not NOT_PROVIDED:
            return plain(default() if callable(default) else default)
        return None if getattr(field, "null", False) else ""

    def _shown(self, name: str, value: Plain) -> str:
        if name == "price_cents" and isinstance(value, int):
            return str(major(value, self.currency))
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, list):
            return ", ".join(map(str, value)) or _("none")
        text = "" if value is None else str(value)
        return f"“{text[:60]}”" if name in ("name", "description") and text else text or _("nothing")


def _called(row: Imported, name: str) -> str:
    if name == "price_cents":
        return _("price")
    if name == "sold_out":
        return _("sold out")
    return str(row._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
