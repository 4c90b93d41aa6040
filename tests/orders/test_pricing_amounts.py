"""Offer rules, worked cases A (money and allocation) and G (exempt lines), and what sharing and rounding rest on."""

from decimal import Decimal

import pytest

from orders.allocation import UnitShare, allocate, allocate_equally, allocate_runs, id_rank, split_over_units
from orders.pricing import Charge, Line
from tests.orders.baskets import amount, applied, discounts, free_item, line, modifier, percent, price, reasons


def three(first: int, second: int, third: int) -> list[Line]:
    return [line("1", first), line("2", second), line("3", third)]


# A. Money and allocation ---------------------------------------------------------------------------------------------


def test_ten_off_three_lines_worth_ten_leaves_nothing() -> None:
    basket = price(three(333, 333, 334), amount("v", 10))

    assert discounts(basket) == {"1": 333, "2": 333, "3": 334}
    assert basket.total_cents == 0


def test_a_tie_goes_to_the_lowest_line_id_not_to_the_position() -> None:
    basket = price([line("10", 333), line("9", 333), line("2", 333)], amount("v", 1))

    assert discounts(basket) == {"2": 34, "9": 33, "10": 33}


def test_two_cents_off_four_small_lines_make_none_dearer() -> None:
    basket = price([line(str(number), 10) for number in (1, 2, 3, 4)], amount("v", "0.02"))

    assert discounts(basket) == {"1": 1, "2": 1, "3": 0, "4": 0}


def test_proportional_shares_follow_what_each_line_is_worth() -> None:
    lines = [line("1", 1200), line("2", 600), line("3", 100), line("4", 500)]

    basket = price(lines, amount("v", 10))

    assert discounts(basket) == {"1": 500, "2": 250, "3": 42, "4": 208}


def test_equal_portions_are_capped_by_what_a_line_is_worth() -> None:
    lines = [line("1", 1200), line("2", 600), line("3", 100), line("4", 500)]

    basket = price(lines, amount("v", 10, split="equal"))

    assert discounts(basket) == {"1": 300, "2": 300, "3": 100, "4": 300}


def test_ten_percent_is_rounded_once_for_the_whole_basket() -> None:
    basket = price(three(105, 105, 105), percent("v", 10))

    assert applied(basket) == {"v": 32}
    assert discounts(basket) == {"1": 11, "2": 11, "3": 10}


def test_a_quarter_off_1999_is_five_euros() -> None:
    basket = price([line("1", 1999)], percent("v", 25))

    assert (basket.total_discount_cents, basket.total_cents) == (500, 1499)


def test_half_a_cent_is_rounded_up_and_less_than_half_down() -> None:
    assert applied(price([line("1", 5)], percent("v", 10))) == {"v": 1}
    assert applied(price([line("1", 15)], percent("v", 10))) == {"v": 2}
    assert applied(price([line("1", 25)], percent("v", 10))) == {"v": 3}
    assert applied(price([line("1", 14)], percent("v", 10))) == {"v": 1}


def test_an_amount_above_the_basket_takes_the_basket_and_keeps_no_credit() -> None:
    basket = price([line("1", 2000), line("2", 450)], amount("v", 30))

    assert applied(basket) == {"v": 2450}
    assert (basket.total_cents, basket.points) == (0, 0)


def test_a_product_amount_does_not_spill_to_other_lines() -> None:
    lines = [line("1", 320, sku="COFFEE"), line("2", 900)]

    basket = price(lines, amount("v", 5, product_code="COFFEE"))

    assert discounts(basket) == {"1": 320, "2": 0}
    assert basket.total_cents == 900


def test_150_percent_is_held_at_100() -> None:
    basket = price([line("1", 1234)], percent("v", 150))

    assert applied(basket) == {"v": 1234}
    assert str(basket.total_cents) == "0"


def test_ten_off_three_units_of_four_is_split_334_333_333() -> None:
    basket = price([line("1", 400, 3)], amount("v", 10))

    (share,) = basket.line("1").shares
    split = split_over_units(unit_cents=400, quantity=3, shares=[UnitShare(share.cents, share.units)])
    assert split == [334, 333, 333]
    assert [400 - cents for cents in split] == [66, 67, 67]


def test_a_currency_without_cents_has_no_decimals() -> None:
    basket = price(three(3333, 3333, 3334), amount("v", 1000, digits=0), digits=0)

    assert discounts(basket) == {"1": 333, "2": 333, "3": 334}
    assert (basket.total_cents, basket.points) == (9000, 9000)


def test_a_currency_of_three_decimals_counts_thousandths() -> None:
    basket = price([line("1", 10_000)], amount("v", "1.0005", digits=3), digits=3)

    assert applied(basket) == {"v": 1001}
    assert basket.points == 8


def test_a_discount_leaves_service_charge_and_tip_alone() -> None:
    charges = [Charge(id="s", type="SERVICE_CHARGE", cents=400), Charge(id="t", type="GRATUITY", cents=300)]

    basket = price([line("1", 4000)], percent("v", 10), charges=charges)

    assert applied(basket) == {"v": 400}
    assert basket.order_amount_cents == 3600
    assert basket.total_cents == 4000 + 300


def test_a_sub_line_takes_its_own_share_and_stays_out_of_its_line() -> None:
    lines = [line("1", 1200, modifiers=(modifier("1.1", 200),)), line("2", 300)]

    basket = price(lines, amount("v", 5))

    assert discounts(basket) == {"1": 353, "1.1": 59, "2": 88}
    assert basket.line("1").total_cents == 847
    assert basket.line("1").total_with_sub_lines_cents == 847 + 141
    assert basket.total_cents == 1200


def test_a_tie_goes_to_the_line_then_to_its_sub_lines_by_id() -> None:
    lines = [
        line("2", 10),
        line("1", 10, modifiers=(modifier("x", 10), modifier("10", 10), modifier("9", 10))),
    ]

    taken = [discounts(price(lines, amount("v", f"0.0{cents}"))) for cents in (1, 2, 3, 4, 5)]

    order = ["1", "9", "10", "x", "2"]
    assert taken == [{part: int(part in order[:count]) for part in order} for count in (1, 2, 3, 4, 5)]


def test_max_cents_caps_a_percentage_and_an_amount() -> None:
    lines = [line("1", 10_000)]

    assert applied(price(lines, percent("v", 50, max_cents=700))) == {"v": 700}
    assert applied(price(lines, amount("v", 50, max_cents=700))) == {"v": 700}
    assert applied(price(lines, percent("v", 5, max_cents=700))) == {"v": 500}


def test_max_cents_caps_a_free_item_too() -> None:
    basket = price([line("1", 900, sku="CAKE")], free_item("v", product_code="CAKE", max_cents=500))

    assert applied(basket) == {"v": 500}


def test_percentages_are_exact_however_fine() -> None:
    basket = price([line("1", 10**12)], percent("v", "33.333333333333333333333333333333333333"))

    assert applied(basket) == {"v": 333_333_333_333}


# G. Exempt lines, gift cards -----------------------------------------------------------------------------------------


def with_wine() -> list[Line]:
    return [line("1", 1250), line("2", 800), line("3", 600, discountable=False)]


def test_an_exempt_line_takes_no_percentage() -> None:
    basket = price(with_wine(), percent("v", 20))

    assert applied(basket) == {"v": 410}
    assert discounts(basket) == {"1": 250, "2": 160, "3": 0}


def test_an_exempt_line_takes_no_amount() -> None:
    assert discounts(price(with_wine(), amount("v", 5))) == {"1": 305, "2": 195, "3": 0}


def test_an_amount_above_the_discountable_lines_leaves_the_exempt_one_whole() -> None:
    basket = price(with_wine(), amount("v", 30))

    assert applied(basket) == {"v": 2050}
    assert basket.line("3").total_cents == 600
    assert basket.total_cents == 600


def test_exempt_lines_do_not_count_for_a_minimum() -> None:
    basket = price(with_wine(), percent("v", 20, minimum_cents=2051))

    (refusal,) = basket.not_applicable
    assert (refusal.reason, refusal.missing_cents) == ("minimum_not_met", 1)


def test_modifiers_of_an_exempt_line_take_nothing_either() -> None:
    lines = [line("1", 600, discountable=False, modifiers=(modifier("1.1", 100),)), line("2", 1000)]

    basket = price(lines, amount("v", 30, minimum_cents=1000))

    assert discounts(basket) == {"1": 0, "1.1": 0, "2": 1000}


def test_a_gift_card_being_bought_takes_no_percentage_and_earns_nothing() -> None:
    card = line("1", 5000, discountable=False, earns_points=False)

    basket = price([card], percent("v", 10))

    assert reasons(basket) == {"v": "no_eligible_line"}
    assert (basket.total_cents, basket.points) == (5000, 0)


# What it rests on ----------------------------------------------------------------------------------------------------


def test_largest_remainder_never_exceeds_a_weight() -> None:
    assert allocate(999, [333, 333, 334]) == [333, 333, 333]
    assert allocate(1, [0, 0, 7]) == [0, 0, 1]
    assert allocate(0, [0, 0]) == [0, 0]
    assert allocate(0, []) == []


def test_sharing_something_by_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="nothing to share by"):
        allocate(1, [0, 0])


def test_runs_share_like_single_units() -> None:
    assert allocate_runs(1000, [(3, 400)]) == [[(1, 334), (2, 333)]]
    assert allocate_runs(2, [(1, 10), (3, 10)]) == [[(1, 1)], [(1, 1), (2, 0)]]
    assert allocate_runs(900, [(3, 400), (2, 0)]) == [[(3, 300)], [(2, 0)]]


def test_equal_portions_fill_to_one_level() -> None:
    assert allocate_equally(10, [3, 100, 100]) == [3, 4, 3]
    assert allocate_equally(9, [3, 3, 3]) == [3, 3, 3]
    assert allocate_equally(7, [1, 2, 2, 9]) == [1, 2, 2, 2]
    assert allocate_equally(0, [5, 0]) == [0, 0]
    assert allocate_equally(2, [5, 5, 5]) == [1, 1, 0]
    assert allocate_equally(2, [9, 5, 7]) == [1, 1, 0]


def test_equal_portions_need_room() -> None:
    with pytest.raises(ValueError, match="more to share"):
        allocate_equally(11, [5, 5])


def test_whole_numbers_come_first_and_compare_as_numbers() -> None:
    ids = ["b", "10", "A", "9", "-1", "1.1", "007", "7", "٣", ""]

    assert sorted(ids, key=id_rank) == ["007", "7", "9", "10", "", "-1", "1.1", "A", "b", "٣"]


def test_ids_of_thousands_of_digits_can_be_compared() -> None:
    assert id_rank("9" * 5000) > id_rank("8" * 5000) > id_rank("9" * 4999)


def test_a_free_unit_carries_its_whole_price_and_the_others_none() -> None:
    split = split_over_units(unit_cents=400, quantity=3, shares=[UnitShare(400, 1)])

    assert split == [400, 0, 0]


def test_later_shares_are_taken_from_what_units_have_left() -> None:
    shares = [UnitShare(400, 1), UnitShare(200, 1), UnitShare(60)]

    assert split_over_units(unit_cents=400, quantity=3, shares=shares) == [400, 220, 40]


def test_a_share_of_one_unit_is_on_the_unit_least_discounted() -> None:
    shares = [UnitShare(200, 1), UnitShare(100, 1), UnitShare(50, 1)]

    assert split_over_units(unit_cents=400, quantity=3, shares=shares) == [200, 100, 50]


def test_left_over_cents_of_a_line_go_to_its_units_in_order() -> None:
    assert split_over_units(unit_cents=3, quantity=2, shares=[UnitShare(2, 1), UnitShare(2)]) == [3, 1]


def test_a_share_larger_than_its_units_is_taken_from_more_of_them() -> None:
    assert split_over_units(unit_cents=400, quantity=3, shares=[UnitShare(500, 1)]) == [250, 250, 0]


def test_more_discount_than_the_line_is_worth_cannot_be_split() -> None:
    with pytest.raises(ValueError, match="more discount"):
        split_over_units(unit_cents=400, quantity=2, shares=[UnitShare(801)])


def test_the_tip_is_taken_before_discounts_and_the_service_charge_after() -> None:
    charges = [
        Charge(id="t", type="GRATUITY", percent=Decimal(10), on_gross=True),
        Charge(id="s", type="SERVICE_CHARGE", percent=Decimal("12.5")),
    ]

    basket = price([line("1", 1001)], percent("v", 50), charges=charges)

    assert basket.order_amount_cents == 500
    assert [(charge.id, charge.cents) for charge in basket.charges] == [("s", 63), ("t", 100)]
    assert basket.total_cents == 500 + 63 + 100


def test_half_a_cent_of_a_percent_charge_is_rounded_up() -> None:
    charges = [Charge(id="s", type="SERVICE_CHARGE", percent=Decimal(10))]

    assert [price([line("1", cents)], charges=charges).charges[0].cents for cents in (5, 14, 25)] == [1, 1, 3]
