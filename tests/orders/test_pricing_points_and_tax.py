"""Offer rules: points of an order (worked cases E that concern pricing) and tax per rate."""

from decimal import Decimal

from loyalty.domain import points_for
from orders.pricing import Charge
from tests.orders.baskets import amount, line, modifier, percent, price

SEVEN, NINETEEN = Decimal(7), Decimal(19)


def test_points_are_for_what_is_left_after_discounts() -> None:
    charges = [Charge(id="s", type="SERVICE_CHARGE", cents=500), Charge(id="t", type="GRATUITY", cents=500)]

    assert price([line("1", 2400)], percent("v", 20), charges=charges).points == 19


def test_points_are_floored_once_for_the_basket() -> None:
    assert price([line("1", 99), line("2", 99), line("3", 99)]).points == 2


def test_lines_that_earn_nothing_are_left_out_with_their_modifiers() -> None:
    lines = [line("1", 1000, modifiers=(modifier("1.1", 150),)), line("2", 5000, earns_points=False)]
    lines.append(line("3", 100, earns_points=False, modifiers=(modifier("3.1", 900),)))

    assert price(lines).points == 11


def test_the_tier_multiplies_before_the_floor() -> None:
    assert price([line("1", 199)], tier="1.5").points == 2
    assert price([line("1", 199)], tier="2").points == 3


def test_the_rate_is_per_major_unit_of_the_currency() -> None:
    assert points_for(1999, currency_digits=2, points_per_unit=Decimal("0.1")) == 1
    assert points_for(1999, currency_digits=0, points_per_unit=Decimal("0.1")) == 199
    assert points_for(1999, currency_digits=3, points_per_unit=Decimal(10)) == 19
    assert points_for(300, currency_digits=2, points_per_unit=Decimal(1) / Decimal(3)) == 0


def test_tax_contained_in_prices_is_worked_out_per_rate_after_discounts() -> None:
    lines = [line("1", 1190, tax_rate=NINETEEN), line("2", 1070, tax_rate=SEVEN), line("3", 1000)]

    basket = price(lines, percent("v", 50))

    assert [(tax.rate, tax.base_cents, tax.tax_cents, tax.is_contained) for tax in basket.taxes] == [
        (SEVEN, 535, 35, True),
        (NINETEEN, 595, 95, True),
    ]
    assert basket.charges == ()
    assert basket.total_cents == 1630


def test_tax_is_rounded_half_up_once_per_rate() -> None:
    lines = [line(str(number), 107, tax_rate=Decimal(10)) for number in range(1, 4)]
    half = [line("1", 5, tax_rate=Decimal("10.0"))]

    assert price(lines).taxes[0].tax_cents == 29  # 321 · 10 / 110 = 29.18; line by line it would be 30
    assert price(lines, prices_include_tax=False).taxes[0].tax_cents == 32
    assert price(half, prices_include_tax=False).taxes[0].tax_cents == 1
    assert price([line("1", 11, tax_rate=Decimal(100))]).taxes[0].tax_cents == 6  # 5.5


def test_tax_added_to_prices_is_a_charge_per_rate() -> None:
    lines = [
        line("1", 1000, tax_rate=NINETEEN, modifiers=(modifier("1.1", 100),)),
        line("2", 500, tax_rate=Decimal("7.00")),
        line("3", 500, tax_rate=SEVEN),
        line("4", 100, tax_rate=Decimal(0)),
    ]

    basket = price(lines, amount("v", 2), prices_include_tax=False)

    assert basket.order_amount_cents == 2000
    assert [(charge.id, charge.type, charge.cents) for charge in basket.charges] == [
        ("tax-7", "TAX", 64),
        ("tax-19", "TAX", 190),
    ]
    assert basket.total_cents == 2000 + 64 + 190
    assert [(tax.rate, tax.base_cents) for tax in basket.taxes] == [(Decimal(0), 91), (SEVEN, 909), (NINETEEN, 1000)]


def test_a_service_charge_has_a_tax_rate_and_a_tip_has_none() -> None:
    charges = [
        Charge(id="1", type="SERVICE_CHARGE", percent=Decimal(10), tax_rate=NINETEEN),
        Charge(id="2", type="GRATUITY", cents=300),
    ]

    basket = price([line("1", 1000, tax_rate=NINETEEN)], charges=charges, prices_include_tax=False)

    assert [(tax.base_cents, tax.tax_cents) for tax in basket.taxes] == [(1100, 209)]
    assert basket.line("1").tax_cents == 190
    assert [charge.cents for charge in basket.charges] == [100, 300, 209]


def test_each_line_carries_its_part_of_the_tax() -> None:
    lines = [line(str(number), 105, tax_rate=Decimal(10)) for number in (3, 1, 2)]

    basket = price(lines, prices_include_tax=False)

    assert basket.taxes[0].tax_cents == 32
    assert [priced.tax_cents for priced in basket.lines] == [11, 11, 10]


def test_points_count_the_tax_that_is_added_to_items_that_earn() -> None:
    lines = [line("1", 930, tax_rate=Decimal("7.5")), line("2", 930, tax_rate=NINETEEN, earns_points=False)]

    assert price(lines, prices_include_tax=False).points == 10
    assert price(lines, prices_include_tax=True).points == 9
    assert price([line("1", 1000, tax_rate=NINETEEN)], prices_include_tax=True).points == 10


def test_nothing_to_tax_makes_no_charge() -> None:
    basket = price([line("1", 500, tax_rate=SEVEN)], percent("v", 100), prices_include_tax=False)

    assert (basket.taxes[0].base_cents, basket.taxes[0].tax_cents) == (0, 0)
    assert basket.charges == ()
