"""Reading discounts from custom attributes: text, number or null; nonsense is refused with a reason, never free."""

from collections.abc import Mapping
from dataclasses import FrozenInstanceError
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.domain import (
    Discount,
    DiscountType,
    InvalidDiscount,
    Split,
    discount_problems,
    parse_discount,
    parse_plain_number,
    round_half_up,
)

FIVE_OFF: dict[str, object] = {"discount_type": "absolute_discount", "discount_value": "5"}
TENTH_OFF: dict[str, object] = {"discount_type": "percentage_discount", "discount_value": "10"}
FREE: dict[str, object] = {"discount_type": "free_item", "product_code": "CAKE"}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text("5.,-%e A", max_size=6) | st.decimals(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.just("a"), inner, max_size=2),
    max_leaves=4,
)
likely_values = st.sampled_from(
    ["percentage_discount", "absolute_discount", "free_item", "equal", "CAKE, TEA", ",", " ", "", "0", "5", "-5", 0, 7]
)


def parse(attributes: Mapping[str, object], digits: int = 2) -> Discount | InvalidDiscount:
    return parse_discount(attributes, currency_digits=digits)


def parsed(attributes: Mapping[str, object], digits: int = 2) -> Discount:
    discount = parse(attributes, digits)
    assert isinstance(discount, Discount), discount
    return discount


def refused(attributes: Mapping[str, object], digits: int = 2) -> str:
    refusal = parse(attributes, digits)
    assert isinstance(refusal, InvalidDiscount), refusal
    assert refusal.problem
    assert discount_problems(attributes, currency_digits=digits) != {}
    return refusal.attribute


def test_a_percentage_on_the_order_needs_type_and_value_only() -> None:
    assert parsed(TENTH_OFF) == Discount(
        discount_type=DiscountType.PERCENTAGE,
        value=Decimal(10),
        amount_cents=0,
        product_codes=(),
        category="",
        max_units=1,
        max_cents=None,
        includes_modifiers=False,
        minimum_cents=0,
        exclusive=False,
        split=Split.PROPORTIONAL,
    )
    assert parsed(TENTH_OFF).is_order_level


def test_everything_that_can_be_set_is_read() -> None:
    attributes = FIVE_OFF | {
        "discount_value": 5.5,
        "product_code": "A, B ,,C",
        "category": " cakes ",
        "max_units": "3",
        "max_cents": 250.0,
        "includes_modifiers": True,
        "minimum_cents": 1000,
        "exclusive": True,
        "split": "equal",
        "colour": ["an attribute of somebody else"],
    }

    assert parsed(attributes) == Discount(
        discount_type=DiscountType.ABSOLUTE,
        value=Decimal("5.5"),
        amount_cents=550,
        product_codes=("A", "B", "C"),
        category="cakes",
        max_units=3,
        max_cents=250,
        includes_modifiers=True,
        minimum_cents=1000,
        exclusive=True,
        split=Split.EQUAL,
    )


def test_a_discount_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        parsed(TENTH_OFF).value = Decimal(100)  # type: ignore[misc]


def test_null_and_empty_text_mean_not_set() -> None:
    for nothing in (None, ""):
        unset = dict.fromkeys(
            ("product_code", "category", "max_units", "max_cents", "includes_modifiers", "minimum_cents", "split"),
            nothing,
        )
        assert parse(TENTH_OFF | unset | {"exclusive": nothing}) == parse(TENTH_OFF)


def test_names_may_carry_a_prefix() -> None:
    prefixed = {f"mypos_{name}": value for name, value in FIVE_OFF.items()} | {"discount_type": "free_item"}

    assert parse_discount(prefixed, currency_digits=2, prefix="mypos_") == parse(FIVE_OFF)
    assert refused(prefixed | {"product_code": None}) == "product_code"


@pytest.mark.parametrize(
    ("value", "percent"),
    [("10", "10"), ("10.50", "10.5"), (10, "10"), (12.5, "12.5"), ("0.001", "0.001"), (0.0000001, "0.0000001")],
)
def test_a_percentage_is_exact(value: object, percent: str) -> None:
    assert parsed(TENTH_OFF | {"discount_value": value}).value == Decimal(percent)


@pytest.mark.parametrize("value", [100, "100.00", 100.01, "150", "9" * 100])
def test_a_percentage_is_held_at_100(value: object) -> None:
    assert parsed(TENTH_OFF | {"discount_value": value}).value == Decimal(100)


@pytest.mark.parametrize(
    ("value", "digits", "cents"),
    [
        ("5", 2, 500),
        ("5.00", 2, 500),
        (5.005, 2, 501),
        ("5.0049", 2, 500),
        ("0.005", 2, 1),
        ("0.015", 2, 2),
        ("0.025", 2, 3),
        ("5.5", 0, 6),
        ("5.4", 0, 5),
        ("1.2345", 3, 1235),
        (1.1, 2, 110),
    ],
)
def test_an_amount_is_rounded_half_up_to_a_minor_unit(value: object, digits: int, cents: int) -> None:
    assert parsed(FIVE_OFF | {"discount_value": value}, digits).amount_cents == cents


@pytest.mark.parametrize(("value", "digits"), [("0.004", 2), ("0.0049999", 2), ("0.4", 0), (0.0004, 3)])
def test_an_amount_of_which_nothing_is_left_is_refused(value: object, digits: int) -> None:
    assert refused(FIVE_OFF | {"discount_value": value}, digits) == "discount_value"


@pytest.mark.parametrize("kind", ["percentage_discount", "absolute_discount"])
@pytest.mark.parametrize(
    "value",
    [
        None, "", " ", " 5", "5 ", "5\n", "+5", "-5", "5e0", "5E1", "1e400", "5,00", "5%", "€5", ".5", "5.", "5.0.0", "1_0",
        "five", "٥", "0x5", "NaN", "Infinity", "0", "0.00", 0, 0.0, -5, -0.5, True, False, [5], {}, {"a": 1}, (5,),
        float("nan"), float("inf"), float("-inf"), Decimal("NaN"), Decimal("sNaN"), Decimal(-1), 10**500, 1e300,
        "9" * 101, 5j, b"5", object(),
    ],
)  # fmt: skip
def test_a_value_that_is_no_plain_number_above_zero_is_refused(kind: str, value: object) -> None:
    assert refused({"discount_type": kind, "discount_value": value}) == "discount_value"


@pytest.mark.parametrize("kind", [None, "", "free", "FREE_ITEM", " free_item", 1, True, [], {}, ["free_item"]])
def test_an_unknown_type_is_refused(kind: object) -> None:
    assert refused(FREE | {"discount_type": kind}) == "discount_type"
    assert refused({"product_code": "CAKE"}) == "discount_type"


@pytest.mark.parametrize("split", ["Equal", "even", " ", 1, True, False, 0, ["equal"]])
def test_a_split_that_is_neither_word_is_refused(split: object) -> None:
    assert refused(TENTH_OFF | {"split": split}) == "split"


@pytest.mark.parametrize("flag", ["yes", "true", "false", 1, 0, 1.0, [], {}, " "])
@pytest.mark.parametrize("name", ["includes_modifiers", "exclusive"])
def test_a_flag_that_is_not_a_boolean_is_refused(name: str, flag: object) -> None:
    assert refused(TENTH_OFF | {name: flag}) == name


@pytest.mark.parametrize("number", [0, "0", -1, "-1", 1.5, "1.5", "two", " 2", True, False, [2], {}, float("nan")])
@pytest.mark.parametrize("name", ["max_units", "max_cents"])
def test_a_limit_that_is_no_whole_number_above_zero_is_refused(name: str, number: object) -> None:
    assert refused(TENTH_OFF | {name: number}) == name


def test_a_minimum_of_zero_means_none() -> None:
    assert parsed(TENTH_OFF | {"minimum_cents": 0}).minimum_cents == 0
    assert parsed(TENTH_OFF | {"minimum_cents": "0"}).minimum_cents == 0


@pytest.mark.parametrize("number", [-1, "-1", 0.5, "ten", True, []])
def test_a_nonsense_minimum_is_refused(number: object) -> None:
    assert refused(TENTH_OFF | {"minimum_cents": number}) == "minimum_cents"


@pytest.mark.parametrize("name", ["product_code", "category"])
@pytest.mark.parametrize("value", [" ", "\t", True, 1.5, Decimal(7), ["CAKE"], {"a": "CAKE"}, -7, 10**500])
def test_a_target_that_names_nothing_does_not_discount_the_whole_order(name: str, value: object) -> None:
    assert refused(TENTH_OFF | {name: value}) == name


def test_commas_alone_name_no_product() -> None:
    assert refused(TENTH_OFF | {"product_code": " , ,"}) == "product_code"


def test_a_product_code_of_digits_may_arrive_as_a_number() -> None:
    assert parsed(TENTH_OFF | {"product_code": 4711}).product_codes == ("4711",)
    assert parsed(TENTH_OFF | {"category": 12}).category == "12"


def test_a_free_item_needs_a_product_or_a_category() -> None:
    assert refused({"discount_type": "free_item"}) == "product_code"
    assert not parsed({"discount_type": "free_item", "category": "cakes"}).is_order_level
    assert not parsed(FREE).is_order_level


@pytest.mark.parametrize("nonsense", [None, "x", -1, 0, True, []])
def test_a_free_item_ignores_value_and_max_units(nonsense: object) -> None:
    assert parse(FREE | {"discount_value": nonsense, "max_units": nonsense}) == parse(FREE)
    assert parsed(FREE | {"max_units": 7}).max_units == 1


def test_saving_names_every_problem_at_once() -> None:
    attributes: dict[str, object] = {"discount_type": "percentage_discount", "discount_value": 0, "max_units": -1}

    problems = discount_problems(attributes | {"exclusive": "no"}, currency_digits=2)

    assert dict(problems) == {
        "discount_value": "must be more than zero",
        "max_units": "must be a whole number",
        "exclusive": "must be yes or no",
    }
    assert dict(discount_problems(TENTH_OFF, currency_digits=2)) == {}


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "discount_type",
                "discount_value",
                "product_code",
                "category",
                "max_units",
                "max_cents",
                "includes_modifiers",
                "minimum_cents",
                "exclusive",
                "split",
            ]
        ),
        likely_values | json_values,
    )
)
def test_no_value_whatever_makes_it_crash_or_free(attributes: dict[str, object]) -> None:
    discount = parse(attributes)

    assert isinstance(discount, InvalidDiscount) == bool(discount_problems(attributes, currency_digits=2))
    if isinstance(discount, Discount):
        assert discount.value >= 0
        assert discount.discount_type is not DiscountType.PERCENTAGE or 0 < discount.value <= 100
        assert discount.discount_type is not DiscountType.ABSOLUTE or discount.amount_cents > 0
        assert discount.discount_type is not DiscountType.FREE_ITEM or not discount.is_order_level
        assert discount.max_units >= 1
        assert discount.max_cents is None or discount.max_cents >= 1
        assert discount.is_order_level == (not attributes.get("product_code") and not attributes.get("category"))


def test_plain_numbers_are_read_exactly() -> None:
    assert parse_plain_number("0.10") == Decimal("0.10")
    assert parse_plain_number(Decimal("2.50")) == Decimal("2.50")
    assert parse_plain_number(0) == Decimal(0)
    assert parse_plain_number(None) is None


def test_rounding_is_half_up() -> None:
    assert [round_half_up(numerator, 10) for numerator in (0, 4, 5, 14, 15, 25, 26)] == [0, 0, 1, 1, 2, 3, 3]
    assert round_half_up(1, 3) == 0
    assert round_half_up(2, 3) == 1
