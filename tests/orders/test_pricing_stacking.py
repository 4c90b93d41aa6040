"""Offer rules, worked cases B: several offers on one basket, minimums, exclusive offers, and why one does not apply."""

from datetime import UTC, datetime
from itertools import permutations

from orders.pricing import Line, Offer
from tests.orders.baskets import amount, applied, discounts, free_item, line, offer, percent, price, reasons, refusal

SOON = datetime(2026, 1, 31, tzinfo=UTC)
LATER = datetime(2026, 2, 28, tzinfo=UTC)


def forty() -> list[Line]:
    return [line("1", 4000, sku="PIZZA", categories=("food",))]


# B. Stacking and choice ----------------------------------------------------------------------------------------------


def test_the_percentage_goes_first_whatever_the_click_order() -> None:
    fifth, five = percent("z", 20), amount("a", 5)

    assert price(forty(), fifth, five).total_cents == 2700
    assert price(forty(), five, fifth).total_cents == 2700


def test_a_free_item_then_a_percentage_then_an_amount() -> None:
    lines = [line("1", 650, sku="CAKE"), line("2", 3350)]

    basket = price(lines, amount("a", 5), percent("b", 10), free_item("c", product_code="CAKE"))

    assert applied(basket) == {"c": 650, "b": 335, "a": 500}
    assert basket.total_cents == 2515


def test_percentages_cascade() -> None:
    lines = [line("1", 10_000, sku="TV")]

    basket = price(lines, percent("a", 70), percent("b", 40, product_code="TV"))

    assert applied(basket) == {"b": 4000, "a": 4200}
    assert basket.total_cents == 1800


def test_of_two_exclusive_offers_the_better_one_counts() -> None:
    tenth, five = percent("p", 10, exclusive=True), amount("a", 5, exclusive=True)

    assert applied(price([line("1", 8000)], tenth, five)) == {"p": 800}
    assert applied(price([line("1", 3000)], tenth, five)) == {"a": 500}


def test_of_two_equal_exclusive_offers_the_one_that_ends_sooner_is_used() -> None:
    tenth = percent("p", 10, exclusive=True, expires_at=SOON)
    five = amount("a", 5, exclusive=True, expires_at=LATER)

    basket = price([line("1", 5000)], tenth, five)

    assert applied(basket) == {"p": 500}
    assert reasons(basket) == {"a": "replaced_by_exclusive"}


def test_an_exclusive_offer_without_a_date_counts_as_the_latest() -> None:
    tenth = percent("p", 10, exclusive=True, expires_at=LATER)
    five = amount("a", 5, exclusive=True)

    assert applied(price([line("1", 5000)], tenth, five)) == {"p": 500}


def test_of_equal_exclusive_offers_with_one_date_the_lowest_id_is_used() -> None:
    five = [amount(identifier, 5, exclusive=True, expires_at=SOON) for identifier in ("10", "9", "x")]

    assert applied(price(forty(), *five)) == {"9": 500}


def test_every_permutation_of_lines_and_offers_gives_the_same_basket() -> None:
    lines = [line("1", 333, categories=("a",)), line("10", 333, 2, categories=("a",)), line("9", 500)]
    offers = [percent("1", 50, category="a"), amount("2", "0.01"), free_item("x", category="a")]

    baskets = {
        price(line_order, *offer_order) for line_order in permutations(lines) for offer_order in permutations(offers)
    }

    (basket,) = baskets
    assert [priced.id for priced in basket.lines] == ["1", "9", "10"]
    assert discounts(basket) == {"1": 333, "9": 1, "10": 167}


def test_a_voucher_without_effect_is_not_applied() -> None:
    basket = price(forty(), percent("a", 100), amount("b", 5), percent("c", 5, category="drinks"))

    assert applied(basket) == {"a": 4000}
    assert reasons(basket) == {"b": "nothing_left", "c": "no_eligible_line"}


def test_a_minimum_is_measured_before_other_discounts() -> None:
    offers = [amount("a", 5), percent("b", 10, minimum_cents=2000)]

    assert applied(price([line("1", 2150)], *offers)) == {"b": 215, "a": 500}


def test_a_minimum_that_is_not_met_says_what_is_missing() -> None:
    offers = [amount("a", 5), percent("b", 10, minimum_cents=2000)]

    basket = price([line("1", 1950)], *offers)

    assert applied(basket) == {"a": 500}
    assert (refusal(basket).reason, refusal(basket).missing_cents) == ("minimum_not_met", 50)


def test_a_minimum_met_to_the_cent_is_met() -> None:
    assert applied(price([line("1", 2000)], percent("b", 10, minimum_cents=2000))) == {"b": 200}


def test_a_minimum_of_a_product_discount_counts_the_whole_basket() -> None:
    lines = [line("1", 400, sku="COFFEE"), line("2", 1600)]

    assert applied(price(lines, percent("b", 50, product_code="COFFEE", minimum_cents=2000))) == {"b": 200}


# The fixed order of the kinds ----------------------------------------------------------------------------------------


def test_a_product_percentage_goes_before_a_product_amount() -> None:
    offers = [amount("a", 5, product_code="PIZZA"), percent("z", 20, product_code="PIZZA")]

    assert applied(price(forty(), *offers)) == {"z": 800, "a": 500}


def test_a_free_item_goes_before_a_product_percentage() -> None:
    offers = [percent("a", 50, product_code="PIZZA", max_units=2), free_item("z", product_code="PIZZA")]

    basket = price([line("1", 1000, 2, sku="PIZZA")], *offers)

    assert applied(basket) == {"z": 1000, "a": 500}


def test_a_product_amount_goes_before_an_order_percentage() -> None:
    offers = [percent("a", 50), amount("z", 10, product_code="PIZZA")]

    assert applied(price(forty(), *offers)) == {"z": 1000, "a": 1500}


def test_offers_of_one_kind_go_in_the_order_of_their_ids() -> None:
    offers = [amount("10", 30), amount("9", 20), amount("b", 1), amount("a", 1)]

    basket = price([line("1", 5100)], *offers)

    assert applied(basket) == {"9": 2000, "10": 3000, "a": 100}
    assert reasons(basket) == {"b": "nothing_left"}


# Exclusive offers ----------------------------------------------------------------------------------------------------


def test_an_exclusive_offer_worth_more_than_all_others_stands_alone() -> None:
    basket = price(forty(), percent("e", 50, exclusive=True), percent("a", 20), amount("b", 5))

    assert applied(basket) == {"e": 2000}
    assert reasons(basket) == {"a": "replaced_by_exclusive", "b": "replaced_by_exclusive"}


def test_an_exclusive_offer_worth_less_than_all_others_together_gives_way() -> None:
    basket = price(forty(), percent("e", 30, exclusive=True), percent("a", 20), amount("b", 5))

    assert applied(basket) == {"a": 800, "b": 500}
    assert reasons(basket) == {"e": "replaced_by_exclusive"}


def test_an_exclusive_offer_worth_the_same_wins() -> None:
    basket = price(forty(), amount("e", 13, exclusive=True), percent("a", 20), amount("b", 5))

    assert applied(basket) == {"e": 1300}


def test_only_offers_that_would_have_taken_something_are_replaced() -> None:
    offers = [
        percent("e", 100, exclusive=True),
        percent("a", 100),
        amount("b", 5),
        percent("c", 10, category="drinks"),
        percent("d", 10, minimum_cents=9999),
        percent("f", 10, exclusive=True, category="drinks"),
        percent("g", 10, exclusive=True),
    ]

    basket = price(forty(), *offers)

    assert applied(basket) == {"e": 4000}
    assert reasons(basket) == {
        "a": "replaced_by_exclusive",
        "b": "nothing_left",
        "c": "no_eligible_line",
        "d": "minimum_not_met",
        "f": "no_eligible_line",
        "g": "replaced_by_exclusive",
    }


def test_an_exclusive_offer_that_takes_nothing_replaces_nothing() -> None:
    lines = [*forty(), line("2", 0, sku="WATER")]

    basket = price(lines, amount("a", 5), percent("e", 100, exclusive=True, product_code="WATER"))

    assert applied(basket) == {"a": 500}
    assert reasons(basket) == {"e": "nothing_left"}


def test_exclusive_offers_alone_that_take_nothing_have_nothing_left() -> None:
    basket = price([line("1", 0)], amount("a", 5), amount("e", 5, exclusive=True))

    assert applied(basket) == {}
    assert reasons(basket) == {"a": "nothing_left", "e": "nothing_left"}


# Reasons -------------------------------------------------------------------------------------------------------------


def test_an_empty_basket_has_no_eligible_line() -> None:
    basket = price([], amount("a", 5), percent("b", 5, minimum_cents=100))

    assert reasons(basket) == {"a": "no_eligible_line", "b": "no_eligible_line"}
    assert (basket.lines, basket.total_cents, basket.points) == ((), 0, 0)


def test_the_first_reason_that_holds_is_given() -> None:
    wine = line("1", 600, sku="WINE", categories=("drinks",), discountable=False)
    offers: list[Offer] = [
        offer("a", discount_type="nonsense", minimum_cents=9999),
        free_item("b", product_code="CAKE", minimum_cents=9999),
        free_item("c", product_code="WINE", minimum_cents=9999),
        percent("d", 10, product_code="CAKE", minimum_cents=9999),
        free_item("e", category="cakes"),
        free_item("f", product_code="CAKE", category="drinks"),
        percent("g", 10, minimum_cents=9999),
    ]

    basket = price([wine], *offers)

    assert reasons(basket) == {
        "a": "invalid_offer",
        "b": "unknown_product",
        "c": "no_eligible_line",
        "d": "no_eligible_line",
        "e": "no_eligible_line",
        "f": "unknown_product",
        "g": "no_eligible_line",
    }


def test_a_percentage_that_rounds_to_nothing_is_not_applied() -> None:
    basket = price([line("1", 40)], percent("a", 1))

    assert reasons(basket) == {"a": "nothing_left"}
    assert basket.line("1").shares == ()


def test_lists_of_offers_come_by_id() -> None:
    taking = [amount(identifier, 1) for identifier in ("b", "10", "9")]
    refused = [offer("8", discount_type="x"), percent("7", 1, product_code="WATER"), offer("a", discount_type="x")]

    basket = price([*forty(), line("2", 0, sku="WATER")], *refused, *taking)

    assert [found.offer_id for found in basket.applied] == ["9", "10", "b"]
    assert [out.offer_id for out in basket.not_applicable] == ["7", "8", "a"]
    assert [out.name for out in basket.not_applicable] == ["Offer 7", "Offer 8", "Offer a"]


def test_missing_cents_are_only_given_for_a_minimum() -> None:
    assert refusal(price(forty(), percent("c", 10, category="drinks"))).missing_cents is None
