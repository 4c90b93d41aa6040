"""Sharing whole cents: by largest remainder, in equal portions, over the units of a line; and the order of ids.

Pure; no float anywhere. Positions stand for ids: callers pass weights in the order in which ties are to be won.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

type IdRank = tuple[int, int, str, str]


def id_rank(identifier: str) -> IdRank:
    """Return the sort key of an id: whole numbers by their value, before texts. Never builds the number itself."""
    if identifier.isascii() and identifier.isdecimal():
        digits = identifier.lstrip("0")
        return (0, len(digits), digits, identifier)
    return (1, 0, identifier, "")


def allocate(total_cents: int, weights: Sequence[int]) -> list[int]:
    """Share `total_cents` in proportion to `weights` by largest remainder; the first position wins ties.

    No share is above its weight as long as the total is not above the sum of the weights. Raises ValueError when there
    is something to share and nothing to weigh it by.
    """
    return [share for runs in allocate_runs(total_cents, [(1, weight) for weight in weights]) for _, share in runs]


def allocate_runs(total_cents: int, runs: Sequence[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """Share `total_cents` like `allocate` over runs of (how many, weight of each), without counting units one by one.

    Returns for each run its units as (how many, share of each): those that won a left-over cent first.
    """
    total_weight = sum(count * weight for count, weight in runs)
    if total_cents and not total_weight:
        raise ValueError("nothing to share by")
    divisor = total_weight or 1
    floors, remainders = [], []
    left_over = total_cents
    for count, weight in runs:
        floor, remainder = divmod(total_cents * weight, divisor)
        floors.append(floor)
        remainders.append(remainder)
        left_over -= count * floor
    winners = [0] * len(runs)
    if left_over:
        for position in sorted(range(len(runs)), key=lambda position: -remainders[position]):
            winners[position] = min(left_over, runs[position][0])
            left_over -= winners[position]
    return [
        [(won, floor + 1), (count - won, floor)] if 0 < won < count else [(count, floor + (won == count))]
        for (count, _), floor, won in zip(runs, floors, winners, strict=True)
    ]


def allocate_equally(total_cents: int, capacities: Sequence[int]) -> list[int]:
    """Share `total_cents` in equal portions, none above its capacity, by largest remainder on the exact fractions.

    What a small capacity cannot take, the others take: all are filled to one level. Raises ValueError when the
    capacities together are too small.
    """
    shares = [0] * len(capacities)
    rest_cents, filling = total_cents, sorted(range(len(capacities)), key=lambda position: capacities[position])
    while filling and capacities[filling[0]] * len(filling) <= rest_cents:
        smallest = filling.pop(0)
        shares[smallest] = capacities[smallest]
        rest_cents -= capacities[smallest]
    if rest_cents and not filling:
        raise ValueError("more to share than there is room for")
    filling.sort()
    for position, share in zip(filling, allocate(rest_cents, [1] * len(filling)), strict=True):
        shares[position] = share
    return shares


@dataclass(frozen=True, slots=True)
class UnitShare:
    """A discount on a line as an order stores it: cents and, of a product discount, from how many units."""

    cents: int
    units: int | None = None


def split_over_units(*, unit_cents: int, quantity: int, shares: Iterable[UnitShare]) -> list[int]:
    """Return what each unit of a line carries of its stored discounts, given in the order they were applied.

    By largest remainder over the units in order (10.00 off 3 x 4.00: 334/333/333); one that took only some units is on
    the units least discounted so far. A pure function of what is stored: nothing is priced again. Raises ValueError
    when the shares are more than the line.
    """
    left = [unit_cents] * quantity
    for share in shares:
        positions = sorted(range(quantity), key=lambda position: -left[position])
        taken = positions[: share.units]
        while sum(left[position] for position in taken) < share.cents and len(taken) < quantity:
            taken.append(positions[len(taken)])
        taken.sort()
        for position, cents in zip(taken, allocate(share.cents, [left[p] for p in taken]), strict=True):
            left[position] -= cents
    if min(left, default=0) < 0:
        raise ValueError("more discount than the line is worth")
    return [unit_cents - cents for cents in left]
