"""Offer rules, worked cases C: free items, product and category discounts, modifiers, and which unit is taken."""

import pytest

from loyalty.domain import Discount, DiscountType
from orders.pricing import Line, Offer
from tests.orders.baskets import amount, applied, discounts, free_item, line, modifier, percent, price, reasons


def coffees(quantity: int) -> list[Line]:
    return [line("1", 400, quantity, sku="COFFEE")]


def pizza(quantity: int = 1) -> list[Line]:
    cheese = modifier("1.1", 200, 1, modifier("1.1.1", 30, 2))
    return [line("1", 1200, quantity, sku="PIZZA", modifiers=(cheese,))]


# C. Free items, categories, modifiers --------------------------------------------------------------------------------


def test_one_of_three_units_is_free() -> None:
    basket = price(coffees(3), free_item("v", product_code="COFFEE"))

    assert applied(basket) == {"v": 400}
    assert basket.total_cents == 800
    assert [(share.cents, share.units) for share in basket.line("1").shares] == [(400, 1)]


def test_paid_modifiers_of_a_free_item_stay() -> None:
    lines = [line("1", 1200, sku="PIZZA", modifiers=(modifier("1.1", 200),))]

    assert price(lines, free_item("v", product_code="PIZZA")).total_cents == 200


def test_a_free_item_can_include_its_modifiers() -> None:
    lines = [line("1", 1200, sku="PIZZA", modifiers=(modifier("1.1", 200),))]

    basket = price(lines, free_item("v", product_code="PIZZA", includes_modifiers=True))

    assert discounts(basket) == {"1": 1200, "1.1": 200}
    assert basket.total_cents == 0


def test_nested_modifiers_follow_the_same_flag() -> None:
    without = price(pizza(), free_item("v", product_code="PIZZA"))
    included = price(pizza(), free_item("v", product_code="PIZZA", includes_modifiers=True))

    assert without.total_cents == 200 + 60
    assert discounts(included) == {"1": 1200, "1.1": 200, "1.1.1": 60}


def test_a_nested_modifier_counts_for_each_it_stands_on() -> None:
    lines = [line("1", 1000, 3, modifiers=(modifier("a", 10, 2, modifier("b", 1, 5)),))]

    basket = price(lines)

    assert [(part.id, part.quantity, part.gross_cents) for part in basket.line("1").parts] == [
        ("1", 3, 3000),
        ("a", 6, 60),
        ("b", 30, 30),
    ]


def test_a_category_voucher_takes_the_cheapest_unit() -> None:
    lines = [line(str(number), cents, categories=("cake",)) for number, cents in ((1, 450), (2, 300), (3, 600))]

    basket = price(lines, free_item("v", category="cake"))

    assert discounts(basket) == {"1": 0, "2": 300, "3": 0}


def test_a_category_voucher_takes_the_unit_the_diner_picked() -> None:
    lines = [line(str(number), cents, categories=("cake",)) for number, cents in ((1, 450), (2, 300), (3, 600))]

    basket = price(lines, free_item("v", category="cake", picked_line="3"))

    assert discounts(basket) == {"1": 0, "2": 0, "3": 600}


def test_a_picked_line_that_does_not_match_counts_for_nothing() -> None:
    lines = [line("1", 450, categories=("cake",)), line("2", 300, categories=("cake",)), line("3", 600)]

    assert applied(price(lines, free_item("v", category="cake", picked_line="3"))) == {"v": 300}


def test_after_the_picked_line_the_cheapest_units_are_taken() -> None:
    lines = [line("1", 450, categories=("cake",)), line("2", 300, 2, categories=("cake",)), line("3", 600)]

    basket = price(lines, percent("v", 100, category="cake", max_units=2, picked_line="1"))

    assert discounts(basket) == {"1": 450, "2": 300, "3": 0}


def test_equally_cheap_units_are_taken_by_lowest_line_id() -> None:
    lines = [line("10", 300, categories=("cake",)), line("9", 300, categories=("cake",))]

    assert discounts(price(lines, free_item("v", category="cake"))) == {"9": 300, "10": 0}


def test_the_cheapest_unit_is_chosen_without_its_modifiers() -> None:
    lines = [
        line("1", 300, categories=("cake",), modifiers=(modifier("1.1", 500),)),
        line("2", 400, categories=("cake",)),
    ]

    basket = price(lines, free_item("v", category="cake", includes_modifiers=True))

    assert discounts(basket) == {"1": 300, "1.1": 500, "2": 0}


def test_a_sub_category_counts_for_its_parent() -> None:
    lines = [line("1", 300, categories=("cheesecake", "cake", "food"))]

    assert applied(price(lines, free_item("v", category="food"))) == {"v": 300}


def test_a_product_in_two_categories_is_freed_once() -> None:
    lines = [line("1", 300, 2, sku="CAKE", categories=("cake", "sweet"))]

    assert applied(price(lines, free_item("v", category="cake", product_code="CAKE"))) == {"v": 300}


def test_one_category_does_not_match_part_of_another() -> None:
    lines = [line("1", 300, categories=("cheesecake",))]

    assert reasons(price(lines, free_item("v", category="cake"))) == {"v": "no_eligible_line"}


@pytest.mark.parametrize(("max_units", "cents"), [(None, 400), (1, 400), (2, 800), (3, 1200), (10**30, 1200)])
def test_a_product_percentage_takes_as_many_units_as_it_may(max_units: int | None, cents: int) -> None:
    basket = price(coffees(3), percent("v", 100, product_code="COFFEE", max_units=max_units))

    assert applied(basket) == {"v": cents}


def test_a_drink_without_a_price_is_not_freed() -> None:
    combo = line("1", 900, sku="COMBO")
    drink = line("2", 0, sku="COLA", categories=("drinks",))

    basket = price([combo, drink], free_item("v", category="drinks"))

    assert reasons(basket) == {"v": "nothing_left"}
    assert basket.total_cents == 900


def test_a_repriced_product_is_discounted_at_its_new_price() -> None:
    lines = [line("1", 450, sku="COFFEE")]

    assert applied(price(lines, free_item("v", product_code="COFFEE"))) == {"v": 450}


def test_a_product_unknown_to_the_basket_is_said_to_be_unknown() -> None:
    assert reasons(price(coffees(1), free_item("v", product_code="CAKE"))) == {"v": "unknown_product"}


def test_a_free_item_ignores_value_and_max_units() -> None:
    basket = price(coffees(3), free_item("v", product_code="COFFEE", discount_value="-7%", max_units=3))

    assert applied(basket) == {"v": 400}


# Product codes -------------------------------------------------------------------------------------------------------


def test_several_product_codes_may_be_given_with_blanks_around_commas() -> None:
    lines = [line("1", 500, sku="A"), line("2", 400, sku="B B"), line("3", 300, sku="C")]

    assert discounts(price(lines, free_item("v", product_code=" A , B B ,"))) == {"1": 0, "2": 400, "3": 0}


def test_a_product_code_matches_the_product_of_a_size() -> None:
    lines = [line("1", 500, sku="COLA-XL", parent_sku="COLA")]

    assert applied(price(lines, free_item("v", product_code="COLA"))) == {"v": 500}
    assert applied(price(lines, free_item("v", product_code="COLA-XL"))) == {"v": 500}


def test_product_or_category_may_match() -> None:
    lines = [line("1", 500, sku="A"), line("2", 400, categories=("cake",)), line("3", 300)]

    basket = price(lines, percent("v", 100, product_code="A", category="cake", max_units=3))

    assert discounts(basket) == {"1": 500, "2": 400, "3": 0}


def test_neither_codes_nor_categories_match_modifiers_or_empty_skus() -> None:
    nameless = Line(id="1", sku="", unit_cents=500, quantity=1, modifiers=(modifier("CHEESE", 100),))

    assert reasons(price([nameless], free_item("v", product_code="CHEESE"))) == {"v": "unknown_product"}
    assert reasons(price([nameless], percent("v", 10, category="x"))) == {"v": "no_eligible_line"}


# Units ---------------------------------------------------------------------------------------------------------------


def test_a_product_amount_is_one_amount_for_all_its_units() -> None:
    basket = price(coffees(3), amount("v", 5, product_code="COFFEE", max_units=2))

    assert applied(basket) == {"v": 500}


def test_a_product_amount_takes_no_more_than_its_units_are_worth() -> None:
    basket = price(coffees(3), amount("v", 50, product_code="COFFEE", max_units=2))

    assert applied(basket) == {"v": 800}


def test_two_free_items_free_two_units() -> None:
    basket = price(coffees(3), free_item("v", product_code="COFFEE"), free_item("w", product_code="COFFEE"))

    assert applied(basket) == {"v": 400, "w": 400}


def test_more_free_items_than_units_leave_one_unused() -> None:
    offers = [free_item(identifier, product_code="COFFEE") for identifier in ("3", "2", "1")]

    basket = price(coffees(2), *offers)

    assert applied(basket) == {"1": 400, "2": 400}
    assert reasons(basket) == {"3": "nothing_left"}


def test_a_second_discount_takes_the_unit_least_discounted_so_far() -> None:
    offers = [percent("1", 50, product_code="COFFEE"), percent("2", 50, product_code="COFFEE")]

    assert applied(price(coffees(2), *offers)) == {"1": 200, "2": 200}
    assert applied(price(coffees(1), *offers)) == {"1": 200, "2": 100}


def test_a_third_discount_takes_the_less_discounted_of_two_units() -> None:
    offers = [
        percent("1", 50, product_code="COFFEE"),
        percent("2", 25, product_code="COFFEE"),
        percent("3", 10, product_code="COFFEE"),
    ]

    assert applied(price(coffees(2), *offers)) == {"1": 200, "2": 100, "3": 30}


def test_the_cheapest_line_with_something_left_goes_before_the_less_discounted() -> None:
    lines = [line("1", 400, categories=("hot",)), line("2", 300, categories=("hot",))]
    offers = [percent("1", 90, category="hot"), percent("2", 50, category="hot")]

    assert discounts(price(lines, *offers)) == {"1": 0, "2": 270 + 15}


def test_the_cheapest_is_so_by_its_price_and_not_by_what_is_left_of_it() -> None:
    lines = [line("1", 400, sku="LATTE", categories=("hot",)), line("2", 300, categories=("hot",))]
    offers = [percent("1", 90, product_code="LATTE"), percent("2", 50, category="hot")]

    assert discounts(price(lines, *offers)) == {"1": 360, "2": 150}


def test_a_unit_of_which_only_modifiers_are_left_is_passed_over_without_them() -> None:
    lines = [line("1", 0, categories=("hot",), modifiers=(modifier("1.1", 50),)), line("2", 300, categories=("hot",))]

    assert discounts(price(lines, free_item("1", category="hot"))) == {"1": 0, "1.1": 0, "2": 300}


def test_a_free_item_frees_one_unit_even_if_made_with_more() -> None:
    discount = Discount(discount_type=DiscountType.FREE_ITEM, product_codes=("COFFEE",), max_units=3)

    assert applied(price(coffees(3), Offer(id="v", discount=discount))) == {"v": 400}


def test_units_that_have_nothing_left_are_passed_over() -> None:
    lines = [line("1", 400, categories=("hot",)), line("2", 300, categories=("hot",))]
    offers = [free_item("1", category="hot"), free_item("2", category="hot")]

    assert discounts(price(lines, *offers)) == {"1": 400, "2": 300}


def test_a_unit_whose_modifiers_have_something_left_can_still_be_taken_with_them() -> None:
    offers = [
        free_item("1", product_code="PIZZA"),
        percent("2", 50, product_code="PIZZA", includes_modifiers=True),
        percent("3", 50, product_code="PIZZA"),
    ]

    basket = price(pizza(), *offers)

    assert discounts(basket) == {"1": 1200, "1.1": 100, "1.1.1": 30}
    assert reasons(basket) == {"3": "nothing_left"}


def test_a_product_discount_works_on_the_units_it_takes_and_not_on_the_line() -> None:
    lines = [line("1", 100, 3, categories=("a",)), line("2", 300, categories=("a",))]

    basket = price(lines, percent("v", 50, category="a", max_units=4))
    partly = price(lines, percent("v", 50, category="a", max_units=2))

    assert discounts(basket) == {"1": 150, "2": 150}
    assert discounts(partly) == {"1": 100, "2": 0}


def test_a_product_discount_is_rounded_once_over_its_lines_and_modifiers() -> None:
    lines = [
        line("1", 105, categories=("a",), modifiers=(modifier("1.1", 105),)),
        line("2", 105, categories=("a",)),
    ]

    basket = price(lines, percent("v", 10, category="a", max_units=2, includes_modifiers=True))

    assert discounts(basket) == {"1": 11, "1.1": 11, "2": 10}


def test_a_line_whose_share_is_nothing_carries_no_share() -> None:
    lines = [line("1", 100, categories=("a",)), line("2", 900, categories=("a",))]

    basket = price(lines, amount("v", "0.01", category="a", max_units=2))

    assert basket.line("1").shares == ()
    assert [(share.cents, share.units) for share in basket.line("2").shares] == [(1, 1)]


def test_a_product_discount_can_be_shared_equally() -> None:
    lines = [line("1", 100, categories=("a",)), line("2", 900, categories=("a",))]

    equal = price(lines, amount("v", 3, category="a", max_units=2, split="equal"))
    proportional = price(lines, amount("v", 3, category="a", max_units=2))

    assert discounts(equal) == {"1": 100, "2": 200}
    assert discounts(proportional) == {"1": 30, "2": 270}


def test_fifty_million_units_are_priced_without_counting_them() -> None:
    offers = [amount(str(number), "0.07", product_code="COFFEE", max_units=10**7) for number in range(20)]

    basket = price(coffees(5 * 10**7), *offers)

    assert basket.total_discount_cents == 20 * 7
    assert basket.total_cents == 400 * 5 * 10**7 - 140


def test_product_and_order_shares_are_told_apart() -> None:
    lines = [line("1", 1000, sku="A", modifiers=(modifier("1.1", 200),)), line("2", 800)]

    basket = price(lines, percent("p", 50, product_code="A"), amount("o", 3))

    first = basket.line("1")
    assert (first.line_discount_cents, first.order_discount_cents) == (500, 100)
    assert (first.sub_lines[0].line_discount_cents, first.sub_lines[0].order_discount_cents) == (0, 40)
    assert basket.order_amount_cents == 1200
    assert [(found.offer_id, found.is_order_level) for found in basket.applied] == [("o", True), ("p", False)]


def test_a_line_that_is_not_there_cannot_be_looked_up() -> None:
    with pytest.raises(KeyError, match="9"):
        price(coffees(1)).line("9")
