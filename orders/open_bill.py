"""The bill while discounts work on it: the fixed order, which units a discount takes, and what is left for the next.

Pure. Which offers come this far is `discounting`; sharing cents is `allocation`.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from loyalty.domain import Discount, DiscountType, Split, round_half_up
from orders.allocation import allocate, allocate_equally, allocate_runs, id_rank
from orders.pricing_values import Line, Offer, PricedLine, PricedSubLine, Share, SubLine


class Usable(NamedTuple):
    """An offer that could take something, and the ids of the lines it may take it from."""

    offer: Offer
    discount: Discount
    eligible: frozenset[str]


class Part(NamedTuple):
    """A line itself or one of its sub-lines, on whatever it stands: quantity and price per unit of the line."""

    id: str
    quantity: int
    unit_cents: int


class Row(NamedTuple):
    """A line with its sub-lines laid flat: the line is the first part, sub-lines follow by id."""

    line: Line
    parts: tuple[Part, ...]

    @classmethod
    def of(cls, line: Line) -> "Row":
        """Return the row of a line."""
        sub_lines = sorted(_flatten(line.modifiers, 1), key=lambda part: id_rank(part.id))
        return cls(line, (Part(line.id, 1, line.unit_cents), *sub_lines))

    @property
    def gross_cents(self) -> int:
        """The line and its sub-lines before all discounts."""
        return self.line.quantity * sum(part.unit_cents for part in self.parts)


def _flatten(modifiers: Iterable[SubLine], times: int) -> Iterator[Part]:
    for modifier in modifiers:
        quantity = modifier.quantity * times
        yield Part(modifier.id, quantity, modifier.unit_cents * quantity)
        yield from _flatten(modifier.modifiers, quantity)


type Units = list[tuple[int, tuple[int, ...]]]
"""Units of a line that stand alike: how many, and what is left of each part of one."""


class OpenLine:
    """A row of the bill: what is left of each part, who took the rest, and how its units stand."""

    def __init__(self, row: Row) -> None:
        quantity = row.line.quantity
        self.line = row.line
        self.parts = row.parts
        self.left = [part.unit_cents * quantity for part in row.parts]
        self.shares: list[list[Share]] = [[] for _ in row.parts]
        self.units: Units = [(quantity, tuple(part.unit_cents for part in row.parts))]

    def give(self, part: int, share: Share) -> None:
        """Let a part carry a share."""
        self.left[part] -= share.cents
        self.shares[part].append(share)

    def take_out(self, wanted: int, *, with_modifiers: bool) -> Units:
        """Take out up to `wanted` units that have something left, the least discounted first."""
        taken, rest = [], []
        for count, left in self.units:
            has_something_left = any(left) if with_modifiers else left[0] > 0
            number = min(count, wanted) if has_something_left else 0
            wanted -= number
            if number:
                taken.append((number, left))
            if number < count:
                rest.append((count - number, left))
        self.units = rest
        return taken

    def put_back(self, units: Units) -> None:
        """Put units back, so that those least discounted stand first."""
        if units:
            self.units = sorted(self.units + units, key=lambda run: run[1], reverse=True)

    def priced(self) -> PricedLine:
        """Return the line as it stands now."""
        own, *sub_lines = (
            PricedSubLine(
                id=part.id,
                quantity=part.quantity * self.line.quantity,
                gross_cents=part.unit_cents * self.line.quantity,
                shares=tuple(shares),
            )
            for part, shares in zip(self.parts, self.shares, strict=True)
        )
        return PricedLine(
            id=own.id,
            quantity=own.quantity,
            gross_cents=own.gross_cents,
            shares=own.shares,
            sub_lines=tuple(sub_lines),
        )


class OpenBill:
    """All lines after these offers have taken what they take, each working on what those before it left."""

    def __init__(self, rows: Iterable[Row], offers: Iterable[Usable]) -> None:
        """Apply `offers`, which come by id, in the fixed order of the kinds."""
        self.lines = [OpenLine(row) for row in rows]
        self.taken = {
            offer.offer.id: self._apply(offer) for offer in sorted(offers, key=lambda offer: _turn(offer.discount))
        }

    @property
    def taken_cents(self) -> int:
        """What all offers took together."""
        return sum(self.taken.values())

    def _apply(self, usable: Usable) -> int:
        eligible = [line for line in self.lines if line.line.id in usable.eligible]
        if usable.discount.is_order_level:
            return _take_from_order(usable, eligible)
        return _take_from_products(usable, eligible)


def _turn(discount: Discount) -> tuple[bool, int]:
    """Return the place in the fixed order: free items, product percentages and amounts, the same for the order."""
    kinds = (DiscountType.FREE_ITEM, DiscountType.PERCENTAGE, DiscountType.ABSOLUTE)
    return discount.is_order_level, kinds.index(discount.discount_type)


def _take_from_order(usable: Usable, eligible: Iterable[OpenLine]) -> int:
    portions = [(line, part, cents) for line in eligible for part, cents in enumerate(line.left) if cents]
    shares = _share_out(usable.discount, [cents for _, _, cents in portions])
    for (line, part, _), cents in zip(portions, shares, strict=True):
        if cents:
            line.give(part, Share(usable.offer.id, cents))
    return sum(shares)


def _take_from_products(usable: Usable, eligible: Sequence[OpenLine]) -> int:
    """Take from as many units as the discount may: first those of the line picked, then the cheapest, by line id."""
    offer, discount, _ = usable
    wanted = 1 if discount.discount_type is DiscountType.FREE_ITEM else discount.max_units
    taken: dict[str, Units] = {}
    for line in sorted(eligible, key=lambda line: (line.line.id != offer.picked_line, line.line.unit_cents)):
        if wanted and (units := line.take_out(wanted, with_modifiers=discount.includes_modifiers)):
            wanted -= sum(count for count, _ in units)
            taken[line.line.id] = units
    portions = [
        (line, part, cents)
        for line in eligible
        for part in range(len(line.parts) if discount.includes_modifiers else 1)
        if (cents := sum(count * left[part] for count, left in taken.get(line.line.id, ())))
    ]
    shares = _share_out(discount, [cents for _, _, cents in portions])
    for (line, part, _), cents in zip(portions, shares, strict=True):
        if cents:
            units = taken[line.line.id]
            line.give(part, Share(offer.id, cents, sum(count for count, _ in units)))
            taken[line.line.id] = _lower(units, part, cents)
    for line in eligible:
        line.put_back(taken.get(line.line.id, []))
    return sum(shares)


def _lower(units: Units, part: int, cents: int) -> Units:
    """Return the units after `cents` have come off one part of them, shared by largest remainder."""
    shared = allocate_runs(cents, [(count, left[part]) for count, left in units])
    return [
        (number, (*left[:part], left[part] - share, *left[part + 1 :]))
        for (_, left), runs in zip(units, shared, strict=True)
        for number, share in runs
    ]


def _share_out(discount: Discount, portions: Sequence[int]) -> list[int]:
    """Return what the discount takes from each portion; worked out on all of them together and rounded once."""
    cents = _worth(discount, sum(portions))
    if discount.split is Split.EQUAL:
        return allocate_equally(cents, portions)
    return allocate(cents, portions)


def _worth(discount: Discount, base_cents: int) -> int:
    """Return what the discount takes of `base_cents`: never more than is there, nor than its own cap."""
    if discount.discount_type is DiscountType.FREE_ITEM:
        cents = base_cents
    elif discount.discount_type is DiscountType.PERCENTAGE:
        numerator, denominator = discount.value.as_integer_ratio()
        cents = round_half_up(base_cents * numerator, 100 * denominator)
    else:
        cents = discount.amount_cents
    cap_cents = base_cents if discount.max_cents is None else min(base_cents, discount.max_cents)
    return min(cents, cap_cents)
