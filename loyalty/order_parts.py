"""The lines and sub-lines of a kept order: what each came to, and what returns have left of it. Nothing is written here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from loyalty.models import ProcessedOrder

type PartKey = tuple[str, str]
"""The line's external identifier, and the sub-line's (empty: the line itself)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A line or a sub-line. Of an order: what was bought; of `left_of`: what of it is left."""

    key: PartKey
    quantity: int
    price_cents: int
    total_cents: int
    """Before discounts on the order and tax that comes on top."""
    net_cents: int
    """What it really cost: those discounts off, that tax in."""
    earns: bool

    def less(self, quantity: int, net_cents: int, total_cents: int | None) -> Self:
        """Return what is left after these units and this money; a total that was not told goes by the net amount."""
        if total_cents is None:
            left_cents = self.net_cents - net_cents
            total_cents = self.total_cents - (self.total_cents * left_cents // self.net_cents if self.net_cents else 0)
        return replace(
            self,
            quantity=self.quantity - quantity,
            net_cents=self.net_cents - net_cents,
            total_cents=max(0, self.total_cents - total_cents),
        )


def parts_of(document: Mapping[str, Any]) -> dict[PartKey, Part]:
    """Return all lines and sub-lines, in the order they have. A sub-line earns only where its line does."""
    parts: dict[PartKey, Part] = {}

    def add(lines: Sequence[Mapping[str, Any]], parent: str, *, earns: bool) -> None:
        for line in lines:
            identifier = line["external_identifier"]
            key = (parent, identifier) if parent else (identifier, "")
            line_earns = earns and line["earns_points"]
            parts[key] = Part(
                key=key,
                quantity=line["quantity"],
                price_cents=line["price_cents"],
                total_cents=line["total_cents"],
                net_cents=line["total_cents"] - line["order_discount_cents"] + line.get("tax_cents", 0),
                earns=line_earns,
            )
            add(line["sub_lines"], identifier, earns=line_earns)

    add(document["lines"], "", earns=True)
    return parts


def left_of(order: ProcessedOrder) -> dict[PartKey, Part]:
    """Return what the order's returns have left of each line, those not processed yet included; one query."""
    return left_after(order.document, [given_back.document for given_back in order.returns.all()])


def left_after(document: Mapping[str, Any], returns: Iterable[Mapping[str, Any]]) -> dict[PartKey, Part]:
    """Return what these returns have left of each line of an order, all as they were written down."""
    left = parts_of(document)
    for given_back in returns:
        for line in given_back["lines"]:
            part = find_part(left, line["external_identifier"], within=line.get("parent_identifier", ""))
            if part is not None:
                left[part.key] = part.less(line["quantity"], line["net_cents"], line.get("total_cents"))
    return left


def find_part(parts: Mapping[PartKey, Part], identifier: str, *, within: str = "") -> Part | None:
    """Return the line of this identifier, else the sub-line: that of the line `within`, or where none is said, any."""
    if within:
        return parts.get((within, identifier))
    if (identifier, "") in parts:
        return parts[identifier, ""]
    return next((part for key, part in parts.items() if key[1] == identifier), None)
