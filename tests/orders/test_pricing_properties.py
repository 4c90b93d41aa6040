"""Offer rules, "Invariants for property tests", on generated baskets (trust.md R11), and against a second writing."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orders.allocation import allocate, allocate_equally
from orders.pricing import (
    Charge,
    Line,
    Offer,
    PricedBasket,
    SubLine,
    UnitShare,
    price_basket,
    split_over_units,
)
from tests.orders.baskets import offer
from tests.orders.pricing_model import largest_remainder, price_slowly, proportional
from tests.scale import size

RATES = [None, Decimal(0), Decimal(7), Decimal("19.0"), Decimal("5.5")]
MOMENTS = [None, datetime(2026, 1, 31, tzinfo=UTC), datetime(2026, 2, 28, tzinfo=UTC)]

CENTS = [0, 1, 5, 10, 333, 400]

# A line or an offer is drawn as one number and worked out from that: drawn field by field, most of the time would go into
# drawing. What fails still shrinks to as few lines and offers as it takes.
seeds = st.integers(0, 2**32)


def cents_of(random: Random) -> int:
    return random.choice([random.choice(CENTS), random.randint(0, 2500)])


def quantity_of(random: Random) -> int:
    return random.choice([1, random.randint(1, 4)])


def line_of(identifier: str, seed: int) -> Line:
    """Return a line, some alike, with modifiers on modifiers."""
    random = Random(seed)

    def part(name: str, *modifiers: SubLine) -> SubLine:
        return SubLine(id=name, unit_cents=cents_of(random), quantity=quantity_of(random), modifiers=modifiers)

    on_it = [part(f"{identifier}-{number}.1") for number in range(random.randint(0, 1))]
    return Line(
        id=identifier,
        sku=random.choice("ABC"),
        parent_sku=random.choice(["", "A"]),
        categories=tuple(random.choices(["food", "cake", "drinks"], k=random.randint(0, 2))),
        unit_cents=cents_of(random),
        quantity=quantity_of(random),
        discountable=random.choice([True, True, True, False]),
        earns_points=random.choice([True, False]),
        tax_rate=random.choice(RATES),
        modifiers=tuple(
            part(f"{identifier}-{number}", *(on_it if number == 0 else ())) for number in range(random.randint(0, 2))
        ),
    )


def offer_of(identifier: str, seed: int) -> Offer:
    """Return an offer of any kind, now and then nonsense."""
    random = Random(seed)
    return offer(
        identifier,
        expires_at=random.choice(MOMENTS),
        picked_line=random.choice([None, None, "9", "b"]),
        discount_type=random.choice(["percentage_discount", "absolute_discount", "free_item", "percentage_discount"]),
        discount_value=random.choice([5, "10", "12.5", 33.3, "0.07", "50", 100, 150, "-1"]),
        product_code=random.choice(["", "", "A", "A, B", "X"]),
        category=random.choice(["", "", "food", "cake"]),
        max_units=random.choice([None, 1, 2, 3, 50]),
        max_cents=random.choice([None, None, 1, 250, 1000]),
        includes_modifiers=random.choice([True, False]),
        minimum_cents=random.choice([None, 0, 1000, 5000]),
        exclusive=random.choice([False, False, False, True]),
        split=random.choice(["proportional", "equal"]),
    )


def charges_of(count: int, seed: int) -> list[Charge]:
    """Return a service charge and a tip, or one, or neither."""
    random = Random(seed)
    percent = random.choice([Decimal(10), Decimal("12.5"), Decimal("0.1")])
    both = [
        Charge(id="s", type="SERVICE_CHARGE", percent=percent, tax_rate=random.choice(RATES)),
        Charge(id="t", type="GRATUITY", percent=Decimal(10), on_gross=True),
    ]
    return both[:count]


LINE_IDS, OFFER_IDS = ["1", "2", "9", "10", "07", "b", "a"], ["1", "2", "9", "10", "v"]
baskets = st.dictionaries(st.sampled_from(LINE_IDS), seeds, max_size=5).map(
    lambda drawn: [line_of(identifier, seed) for identifier, seed in drawn.items()]
)
offers = st.dictionaries(st.sampled_from(OFFER_IDS), seeds, max_size=5).map(
    lambda drawn: [offer_of(identifier, seed) for identifier, seed in drawn.items()]
)
charges = st.builds(charges_of, st.integers(0, 2), seeds)


def priced(lines: list[Line], offers: list[Offer], charges: list[Charge], *, included: bool) -> PricedBasket:
    return price_basket(
        lines,
        offers,
        charges=charges,
        currency_digits=2,
        points_per_unit=Decimal("1.5"),
        tier_multiplier=Decimal("1.25"),
        prices_include_tax=included,
    )


@pytest.mark.prove(ci=True)
@settings(max_examples=size(ci=1_000, full=5_000))
@given(baskets, offers, charges, st.booleans(), seeds.map(Random))
def test_a_priced_basket_is_exact_never_negative_and_the_same_in_any_order(
    lines: list[Line], offers: list[Offer], charges: list[Charge], included: bool, random: Random
) -> None:
    basket = priced(lines, offers, charges, included=included)

    again = priced(shuffled(lines, random), shuffled(offers, random), shuffled(charges, random), included=included)
    assert again == basket
    assert_discounts_add_up(basket, lines, offers)
    assert_units_add_up(basket)
    assert_tax_adds_up(basket, charges)


def shuffled[Item](items: list[Item], random: Random) -> list[Item]:
    return [
        replace(item, modifiers=tuple(random.sample(item.modifiers, len(item.modifiers))))
        if isinstance(item, Line)
        else item
        for item in random.sample(items, len(items))
    ]


def assert_discounts_add_up(basket: PricedBasket, lines: list[Line], offers: list[Offer]) -> None:
    parts = [part for line in basket.lines for part in line.parts]
    for found in basket.applied:
        shares = [share.cents for part in parts for share in part.shares if share.offer_id == found.offer_id]
        assert sum(shares) == found.cents
        assert min(shares) > 0
    assert all(0 <= part.discount_cents <= part.gross_cents for part in parts)
    assert sum(part.discount_cents for part in parts) == basket.total_discount_cents
    assert sum(part.total_cents for part in parts) == basket.order_amount_cents >= 0
    assert basket.total_cents == basket.order_amount_cents + sum(charge.cents for charge in basket.charges) >= 0
    assert sorted(
        [found.offer_id for found in basket.applied] + [out.offer_id for out in basket.not_applicable]
    ) == sorted(offer.id for offer in offers)
    exempt = {line.id for line in lines if not line.discountable}
    assert all(not part.shares for line in basket.lines if line.id in exempt for part in line.parts)


def assert_units_add_up(basket: PricedBasket) -> None:
    """Check that what an order stores can be split over the units again, to the cent."""
    for line in basket.lines:
        for part in line.parts:
            unit_cents = part.gross_cents // line.quantity
            stored = [UnitShare(share.cents, share.units) for share in part.shares]
            split = split_over_units(unit_cents=unit_cents, quantity=line.quantity, shares=stored)
            assert sum(split) == part.discount_cents
            assert all(0 <= off <= unit_cents for off in split)


def assert_tax_adds_up(basket: PricedBasket, charges: list[Charge]) -> None:
    tax_cents = sum(tax.tax_cents for tax in basket.taxes)
    added_cents = sum(tax.tax_cents for tax in basket.taxes if not tax.is_contained)
    assert added_cents == sum(charge.cents for charge in basket.charges if charge.type == "TAX")
    on_lines = sum(line.tax_cents for line in basket.lines)
    assert on_lines == tax_cents or (on_lines < tax_cents and any(charge.tax_rate for charge in charges))


@pytest.mark.prove(ci=True)
@settings(max_examples=size(ci=200, full=5_000))
@given(baskets, offers)
def test_a_second_slow_writing_of_the_rule_agrees(lines: list[Line], offers: list[Offer]) -> None:
    basket = price_basket(lines, offers, currency_digits=2)

    expected = price_slowly(lines, offers)
    found = {
        (share.offer_id, part.id): share.cents for line in basket.lines for part in line.parts for share in part.shares
    }
    assert found == expected.shares
    assert {out.offer_id: (str(out.reason), out.missing_cents) for out in basket.not_applicable} == expected.reasons


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=12), st.data())
def test_sharing_is_largest_remainder_within_every_weight(weights: list[int], data: st.DataObject) -> None:
    total = data.draw(st.integers(0, sum(weights)))

    shares = allocate(total, weights)

    assert shares == proportional(total, weights)
    assert sum(shares) == total
    assert all(0 <= share <= weight for share, weight in zip(shares, weights, strict=True))


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=12), st.data())
def test_equal_shares_differ_by_a_cent_at_most_but_for_full_ones(capacities: list[int], data: st.DataObject) -> None:
    total = data.draw(st.integers(0, sum(capacities)))

    shares = allocate_equally(total, capacities)

    assert sum(shares) == total
    assert all(0 <= share <= capacity for share, capacity in zip(shares, capacities, strict=True))
    not_full = [share for share, capacity in zip(shares, capacities, strict=True) if share < capacity]
    assert all(max(shares) - share <= 1 for share in not_full)
    assert sorted(not_full, reverse=True) == not_full


def test_the_model_itself_gives_left_over_cents_to_the_largest_fractions() -> None:
    exact = [Fraction(12, 10), Fraction(15, 10), Fraction(3, 10)]

    assert largest_remainder(exact) == [1, 2, 0]
