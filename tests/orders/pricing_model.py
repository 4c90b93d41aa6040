"""A slow, plain second writing of the discount rule, unit by unit and with fractions, to hold the fast one against."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import floor
from typing import NamedTuple

from loyalty.domain import Discount, DiscountType, InvalidDiscount, Split
from orders.pricing import Line, Offer, SubLine


class Outcome(NamedTuple):
    """What each line or sub-line carries of each offer, and why the other offers do not apply."""

    shares: dict[tuple[str, str], int]
    reasons: dict[str, tuple[str, int | None]]


class Unit:
    """One unit of one line: what is left of each of its parts."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.left = {line.id: line.unit_cents} | dict(flat(line.modifiers, 1))


def flat(modifiers: Iterable[SubLine], times: int) -> Iterable[tuple[str, int]]:
    for modifier in modifiers:
        yield modifier.id, modifier.unit_cents * modifier.quantity * times
        yield from flat(modifier.modifiers, modifier.quantity * times)


def rank(identifier: str) -> tuple[int, int, str]:
    whole = identifier.isascii() and identifier.isdecimal()
    return (0, int(identifier), identifier) if whole else (1, 0, identifier)


def half_up(exact: Fraction) -> int:
    return floor(exact + Fraction(1, 2))


def largest_remainder(exact: Sequence[Fraction]) -> list[int]:
    shares = [floor(share) for share in exact]
    by_remainder = sorted(range(len(exact)), key=lambda place: (-(exact[place] - shares[place]), place))
    for place in by_remainder[: int(sum(exact)) - sum(shares)]:
        shares[place] += 1
    return shares


def proportional(total: int, weights: Sequence[int]) -> list[int]:
    return largest_remainder([Fraction(total * weight, sum(weights) or 1) for weight in weights])


def equal(total: int, caps: Sequence[int]) -> list[int]:
    exact = [Fraction(0)] * len(caps)
    while sum(exact) < total:
        open_places = [place for place in range(len(caps)) if exact[place] < caps[place]]
        each = min(
            Fraction(total - sum(exact)) / len(open_places),
            min(caps[place] - exact[place] for place in open_places),
        )
        for place in open_places:
            exact[place] += each
    return largest_remainder(exact)


def matches(discount: Discount, line: Line) -> bool:
    named = {line.sku, line.parent_sku} & set(discount.product_codes)
    return discount.is_order_level or bool(named) or (discount.category != "" and discount.category in line.categories)


def worth(discount: Discount, base: int) -> int:
    exact = {
        DiscountType.FREE_ITEM: base,
        DiscountType.PERCENTAGE: half_up(Fraction(base) * Fraction(discount.value) / 100),
        DiscountType.ABSOLUTE: discount.amount_cents,
    }[discount.discount_type]
    return min(exact, base, base if discount.max_cents is None else discount.max_cents)


def take(units: list[Unit], offer: Offer, discount: Discount) -> dict[str, int]:
    """Take one discount off the units; return cents by part, parts in the order in which ties are won."""
    open_units = [unit for unit in units if unit.line.discountable and matches(discount, unit.line)]
    whole = discount.is_order_level or discount.includes_modifiers
    if not discount.is_order_level:
        wanted = 1 if discount.discount_type is DiscountType.FREE_ITEM else discount.max_units
        open_units = sorted(
            (unit for unit in open_units if (sum(unit.left.values()) if whole else unit.left[unit.line.id])),
            key=lambda unit: (
                unit.line.id != offer.picked_line,
                unit.line.unit_cents,
                rank(unit.line.id),
                [-cents for _, cents in sorted(unit.left.items(), key=lambda part: part_rank(unit.line, part[0]))],
            ),
        )[:wanted]
    places: dict[tuple[str, str], list[Unit]] = {}
    for unit in open_units:
        for part in unit.left if whole else [unit.line.id]:
            places.setdefault((unit.line.id, part), []).append(unit)
    order = [
        place
        for place in sorted(places, key=lambda place: (rank(place[0]), place[0] != place[1], rank(place[1])))
        if sum(unit.left[place[1]] for unit in places[place])
    ]
    weights = [sum(unit.left[part] for unit in places[line_id, part]) for line_id, part in order]
    share = equal if discount.split is Split.EQUAL else proportional
    taken = dict(zip(order, share(worth(discount, sum(weights)), weights), strict=True))
    for (line_id, part), cents in taken.items():
        holders = places[line_id, part]
        for unit, less in zip(holders, proportional(cents, [unit.left[part] for unit in holders]), strict=True):
            unit.left[part] -= less
    return {part: cents for (_, part), cents in taken.items() if cents}


def part_rank(line: Line, part: str) -> tuple[bool, tuple[int, int, str]]:
    return part != line.id, rank(part)


def run(lines: Iterable[Line], offers: Iterable[tuple[Offer, Discount]]) -> dict[tuple[str, str], int]:
    units = [Unit(line) for line in lines for _ in range(line.quantity)]
    kinds = [DiscountType.FREE_ITEM, DiscountType.PERCENTAGE, DiscountType.ABSOLUTE]
    in_turn = sorted(
        offers, key=lambda pair: (pair[1].is_order_level, kinds.index(pair[1].discount_type), rank(pair[0].id))
    )
    return {
        (offer.id, part): cents for offer, discount in in_turn for part, cents in take(units, offer, discount).items()
    }


def price_slowly(lines: Sequence[Line], offers: Sequence[Offer]) -> Outcome:
    """Return what the rule says, worked out the long way."""
    reasons: dict[str, tuple[str, int | None]] = {}
    usable: list[tuple[Offer, Discount]] = []
    discountable = sum(sum(Unit(line).left.values()) * line.quantity for line in lines if line.discountable)
    for offer in offers:
        discount = offer.discount
        if isinstance(discount, InvalidDiscount):
            reasons[offer.id] = ("invalid_offer", None)
        elif not any(matches(discount, line) and line.discountable for line in lines):
            is_free = discount.discount_type is DiscountType.FREE_ITEM
            strange = not any({line.sku, line.parent_sku} & set(discount.product_codes) for line in lines)
            unknown = is_free and discount.product_codes and strange
            reasons[offer.id] = ("unknown_product" if unknown else "no_eligible_line", None)
        elif discountable < discount.minimum_cents:
            reasons[offer.id] = ("minimum_not_met", discount.minimum_cents - discountable)
        else:
            usable.append((offer, discount))
    together = run(lines, [pair for pair in usable if not pair[1].exclusive])
    runs = {
        pair[0].id: run(lines, [pair])
        for pair in sorted(
            usable,
            key=lambda pair: (pair[0].expires_at is None, pair[0].expires_at or 0, rank(pair[0].id)),
        )
        if pair[1].exclusive
    }
    best = max(runs.values(), key=lambda shares: sum(shares.values()), default={})
    chosen = best if best and sum(best.values()) >= sum(together.values()) else together
    would_take = {offer_id for shares in (together, *runs.values()) for offer_id, _ in shares}
    winners = {offer_id for offer_id, _ in chosen}
    for offer, _ in usable:
        if offer.id not in winners:
            reasons[offer.id] = ("replaced_by_exclusive" if offer.id in would_take else "nothing_left", None)
    return Outcome(chosen, reasons)
