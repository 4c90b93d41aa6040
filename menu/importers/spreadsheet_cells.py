"""The cells of one CSV row, read as what their column means."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from menu.food import Allergen, Diet
from menu.importers.catalogue import UNSAID, Findings, SoldOut, Unsaid
from menu.importers.values import (
    Unreadable,
    allergen_of,
    cents_of_price,
    description_of,
    diet_of,
    in_order,
    label_of,
    rate_of,
    text_of,
    time_of,
    weekdays_of,
)

_YES = ("yes", "y", "true", "1", "x")
_NO = ("no", "n", "false", "0")


@dataclass(frozen=True)
class Cells:
    """One row. What cannot be read but is no reason to leave the row out is named in the findings."""

    line: int
    cells: Mapping[str, str]
    kind: str
    findings: Findings
    zone: ZoneInfo

    @property
    def handle(self) -> str:
        """What the row calls itself in the column "sku"."""
        return self.text("sku")

    @property
    def label(self) -> str:
        """How the report calls the row."""
        own = label_of(self.cells.get("name"), self.cells.get("sku"))
        return f"{self.text('in')}, {own}" if self.kind in ("size", "option") and self.text("in") else own

    def has(self, column: str) -> bool:
        """Say whether the cell is filled in."""
        return bool(self.text(column))

    def text(self, column: str) -> str:
        """Return the cell as one line of text."""
        return text_of(self.cells.get(column, ""))

    def words(self, column: str) -> list[str]:
        """Return the parts of a cell that lists several things with semicolons, each once."""
        parts = (part.strip() for part in self.text(column).replace("|", ";").split(";"))
        return list(dict.fromkeys(part for part in parts if part))

    def description(self) -> str | Unsaid:
        """Return the description, line ends kept."""
        return description_of(self.cells["description"]) if "description" in self.cells else UNSAID

    def price(self, currency: str) -> int:
        """Return the price in minor units. Raises Unreadable."""
        return cents_of_price(self.text("price"), currency)

    def boolean(self, column: str, *, otherwise: bool) -> bool | Unsaid:
        """Return what a yes/no cell says; empty is `otherwise`, anything else is named and left as it is."""
        word = self.text(column).lower()
        if column not in self.cells or word not in (*_YES, *_NO, ""):
            if column in self.cells:
                self._note(_("“%(word)s” in %(column)s is neither yes nor no") % {"word": word[:40], "column": column})
            return UNSAID
        return word in _YES if word else otherwise

    def takes_part(self, column: str) -> bool | Unsaid:
        """Return what `discountable` or `earns_points` says; a gift card's is no, and a yes named: it is money."""
        is_gift_card = self.kind == "gift_card"
        said = self.boolean(column, otherwise=not is_gift_card)
        if is_gift_card and said is True:
            self._note(_("%(column)s is no: gift cards never take discounts nor earn points") % {"column": column})
            return False
        return said

    def count(self, column: str) -> int | Unsaid | None:
        """Return a small number; None for an empty cell, and for one that cannot be read, which is named."""
        if column not in self.cells:
            return UNSAID
        word = self.text(column).removesuffix(".0")
        if word.isascii() and word.isdigit() and len(word) <= 3:
            return int(word)
        if word:
            self._note(
                _("“%(word)s” in %(column)s is not a number from 0 to 999") % {"word": word[:40], "column": column}
            )
        return None

    def tax_rate(self) -> Decimal | Unsaid | None:
        """Return the tax rate in percent; empty is the restaurant's usual one."""
        if "tax_rate" not in self.cells:
            return UNSAID
        if not self.has("tax_rate"):
            return None
        try:
            return rate_of(self.text("tax_rate"))
        except Unreadable as error:
            self._note(_("%(reason)s; the usual rate holds") % {"reason": error})
            return None

    def allergens(self) -> tuple[str, ...] | Unsaid | None:
        """Return the allergens; "none" is a declaration, empty is "not recorded".

        A list with a word nobody knows is not recorded either: half a list reads as if the rest were not in it.
        """
        if "allergens" not in self.cells:
            return UNSAID
        words = [word for word in self.text("allergens").replace(";", ",").split(",") if word.strip()]
        if not words:
            return None
        if [word.strip().lower() for word in words] == ["none"]:
            return ()
        try:
            return in_order([allergen_of(word) for word in words], Allergen.values)
        except Unreadable as error:
            self._note(_("%(reason)s; its allergens are “not recorded”") % {"reason": error})
            return None

    def diets(self) -> tuple[str, ...] | Unsaid:
        """Return the diets the dish suits; a word nobody knows is named and left out."""
        if "diets" not in self.cells:
            return UNSAID
        diets: list[str] = []
        for word in filter(str.strip, self.text("diets").replace(";", ",").split(",")):
            try:
                diets.append(diet_of(word))
            except Unreadable as error:
                self._note(str(error))
        return in_order(diets, Diet.values)

    def sold_out(self) -> SoldOut | Unsaid:
        """Return yes, no, or until when: "2026-11-30 17:00" on the restaurant's clock."""
        word = self.text("sold_out")
        if len(word) >= 10 and word[0].isdigit():
            try:
                until = parse_datetime(word.replace(" ", "T", 1))
            except ValueError:
                until = None
            if until is not None:
                return until if until.tzinfo else until.replace(tzinfo=self.zone)
        return self.boolean("sold_out", otherwise=False)

    def daypart(self) -> tuple[time | Unsaid | None, time | Unsaid | None]:
        """Return when a category is served; bounds that cannot be read, or leave no time, are named and not applied."""
        if not {"available_from", "available_until"} & set(self.cells):
            return UNSAID, UNSAID
        try:
            starts, ends = (
                time_of(self.text(name)) if self.has(name) else None for name in ("available_from", "available_until")
            )
            if starts is not None and starts == ends:
                raise Unreadable(_("it begins and ends at the same time"))
        except Unreadable as error:
            self._note(_("%(reason)s; served all day") % {"reason": error})
            return None, None
        return starts, ends

    def weekdays(self) -> str | Unsaid:
        """Return the weekdays a category is served on; what cannot be read is named and not applied."""
        if "weekdays" not in self.cells:
            return UNSAID
        try:
            return weekdays_of(self.text("weekdays").replace(";", ","))
        except Unreadable as error:
            self._note(_("%(reason)s; served every day") % {"reason": error})
            return ""

    def _note(self, reason: str) -> None:
        self.findings.note(self.label, _("line %(line)d: %(reason)s") % {"line": self.line, "reason": reason})
