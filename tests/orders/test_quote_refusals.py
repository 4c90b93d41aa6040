"""What a quote is refused for, with the field at fault in one line."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from menu.money import minor_digits
from orders.quote import read_quote
from orders.strict_json import LARGEST_NUMBER, BadInput
from tests.orders.quotes import EXAMPLE, NOT_THERE, changed, field, refusal

LINE, OFFER, CHARGE = ("lines", 0), ("offers", 0), ("charges", 0)
MODIFIER = (*LINE, "modifiers", 0)
EVERY_KEY = [
    *[(key,) for key in EXAMPLE if key != "charges"],
    *[(*LINE, key) for key in EXAMPLE["lines"][0]],
    *[(*MODIFIER, key) for key in EXAMPLE["lines"][0]["modifiers"][0]],
    *[(*OFFER, key) for key in EXAMPLE["offers"][0]],
    *[(*CHARGE, key) for key in ("id", "type")],
]


@pytest.mark.parametrize("path", EVERY_KEY, ids=lambda path: field(*path))
def test_a_missing_key_is_named(path: tuple[str | int, ...]) -> None:
    assert refusal(changed(*path, value=NOT_THERE)).field == field(*path)


@pytest.mark.parametrize("path", [(), LINE, MODIFIER, OFFER, CHARGE], ids=lambda path: field(*path))
def test_an_unknown_key_is_named(path: tuple[str | int, ...]) -> None:
    assert refusal(changed(*path, "colour", value=1)).field == field(*path, "colour")


def test_an_unknown_key_is_shown_on_one_short_line() -> None:
    assert refusal(changed("a\nb" * 100, value=1)).field == json.dumps(("a\nb" * 100)[:60] + "...")
    assert refusal(changed("\ud800", value=1)).field == '"\\ud800"'


CENTS_PATHS = [(*LINE, "unit_cents"), (*MODIFIER, "unit_cents"), ("charges", 1, "cents")]
QUANTITY_PATHS = [(*LINE, "quantity"), (*MODIFIER, "quantity")]
TEXT_PATHS = [
    ("currency",), (*LINE, "id"), (*LINE, "sku"), (*LINE, "name"), (*MODIFIER, "id"), (*MODIFIER, "sku"),
    (*MODIFIER, "name"), (*OFFER, "id"), (*OFFER, "name"), (*CHARGE, "id"), (*CHARGE, "type"),
]  # fmt: skip
NO_WHOLE_NUMBERS = ["1", 1.0, 1.5, True, False, None, [], {}, -1, LARGEST_NUMBER + 1, 10**400]


@pytest.mark.parametrize("value", NO_WHOLE_NUMBERS)
@pytest.mark.parametrize("path", CENTS_PATHS + QUANTITY_PATHS, ids=lambda path: field(*path))
def test_a_price_or_quantity_that_is_no_whole_number_is_named(path: tuple[str | int, ...], value: object) -> None:
    assert refusal(changed(*path, value=value)).field == field(*path)


@pytest.mark.parametrize("path", QUANTITY_PATHS, ids=lambda path: field(*path))
def test_a_quantity_of_zero_is_refused(path: tuple[str | int, ...]) -> None:
    assert refusal(changed(*path, value=0)).field == field(*path)


@pytest.mark.parametrize("value", [1, True, None, [], {}])
@pytest.mark.parametrize("path", TEXT_PATHS, ids=lambda path: field(*path))
def test_something_else_in_place_of_a_text_is_named(path: tuple[str | int, ...], value: object) -> None:
    assert refusal(changed(*path, value=value)).field == field(*path)


@pytest.mark.parametrize("path", [path for path in TEXT_PATHS if path[-1] == "id"], ids=lambda path: field(*path))
def test_an_empty_id_is_refused(path: tuple[str | int, ...]) -> None:
    assert refusal(changed(*path, value="")).field == field(*path)


@pytest.mark.parametrize("value", [0, 1, "true", None, []])
@pytest.mark.parametrize("key", ["discountable", "earns_points"])
def test_a_flag_of_a_line_is_true_or_false(key: str, value: object) -> None:
    assert refusal(changed(*LINE, key, value=value)).field == f"lines[0].{key}"


@pytest.mark.parametrize("value", ["-1", -1, "1e0", "", " 1", "one", True, None, [], 10**400, str(LARGEST_NUMBER * 10)])
@pytest.mark.parametrize("path", [("points_per_unit",), (*CHARGE, "percent")], ids=lambda path: field(*path))
def test_a_rate_that_is_no_plain_number_is_named(path: tuple[str | int, ...], value: object) -> None:
    assert refusal(changed(*path, value=value)).field == field(*path)


@pytest.mark.parametrize("value", ["pizza", None, {}, 1])
def test_categories_are_a_list(value: object) -> None:
    assert refusal(changed(*LINE, "categories", value=value)).field == "lines[0].categories"


def test_each_category_is_a_text() -> None:
    assert refusal(changed(*LINE, "categories", value=["a", 1])).field == "lines[0].categories[1]"


@pytest.mark.parametrize("value", ["", None, {}, 1])
@pytest.mark.parametrize("path", [("lines",), ("offers",), ("charges",), (*LINE, "modifiers")])
def test_lists_are_lists(path: tuple[str | int, ...], value: object) -> None:
    assert refusal(changed(*path, value=value)).field == field(*path)


@pytest.mark.parametrize("value", ["", None, [], 1])
@pytest.mark.parametrize("path", [LINE, MODIFIER, OFFER, CHARGE], ids=lambda path: field(*path))
def test_entries_are_objects(path: tuple[str | int, ...], value: object) -> None:
    assert refusal(changed(*path, value=value)).field == field(*path)


@pytest.mark.parametrize("value", ["tomorrow", "", "2026-13-01", 1767225600, True, "10000-01-01"])
def test_an_expiry_that_is_no_moment_is_named(value: object) -> None:
    assert refusal(changed(*OFFER, "expires_at", value=value)).field == "offers[0].expires_at"


@pytest.mark.parametrize("value", ["EURO", "eur", "", "XAU", "XXX", "ZZZ", "E\nR"])
def test_an_unknown_currency_is_refused(value: str) -> None:
    assert refusal(changed("currency", value=value)).field == "currency"


def test_a_charge_has_either_percent_or_cents() -> None:
    assert refusal(changed(*CHARGE, "cents", value=1)).field == "charges[0]"
    assert refusal(changed(*CHARGE, "percent", value=NOT_THERE)).field == "charges[0]"


def test_ids_are_used_once() -> None:
    line, voucher, charge = EXAMPLE["lines"][0], EXAMPLE["offers"][0], EXAMPLE["charges"][0]
    modifier = line["modifiers"][0]

    assert refusal(changed("lines", value=[line, line | {"modifiers": []}])).field == "lines[1].id"
    assert refusal(changed("lines", value=[line, line | {"id": "2"}])).field == "lines[1].modifiers[0].id"
    assert refusal(changed(*LINE, "modifiers", value=[modifier, modifier])).field == "lines[0].modifiers[1].id"
    assert refusal(changed(*MODIFIER, "id", value="1")).field == "lines[0].modifiers[0].id"
    assert refusal(changed("offers", value=[voucher, voucher])).field == "offers[1].id"
    assert refusal(changed("charges", value=[charge, charge])).field == "charges[1].id"


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("key", ["unit_cents", "discount_value", "expires_at"])
def test_what_is_not_a_number_is_named_wherever_it_stands(key: str, word: str) -> None:
    text = json.dumps(EXAMPLE).replace(f'"{key}": ', f'"{key}": {word}, "x": ', 1)

    assert refusal(text.encode()).field.endswith(f".{key}")


def test_a_key_that_is_there_twice_is_named() -> None:
    text = json.dumps(EXAMPLE).replace('"sku": "PIZZA"', '"sku": "PIZZA", "sku": "PIZZA"')

    assert refusal(text.encode()).field == "lines[0].sku"
    assert refusal(b'{"currency": "EUR", "currency": "JPY"}').field == "currency"


@pytest.mark.parametrize(
    "text",
    [b"", b" ", b"{", b"[]", b"null", b"1", b'"EUR"', b"NaN", b"{'currency': 1}", b"\xff\xfe", b'{"currency": "\xe9"}',
     b"[" * 200_000, b'{"a":' * 200_000, b"{}{}", b"9" * 10_000],
)  # fmt: skip
def test_a_document_that_is_no_basket_is_refused_as_a_whole(text: bytes) -> None:
    assert refusal(text).field == "document"


@given(
    st.sampled_from([path for path in EVERY_KEY if path]),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
        max_leaves=5,
    ),
)
def test_any_value_anywhere_is_priced_or_refused(path: tuple[str | int, ...], value: object) -> None:
    document = json.dumps(changed(*path, value=value)).encode()

    try:
        total_cents = read_quote(document, minor_digits=minor_digits).price().total_cents
    except BadInput as error:
        named = error.field
    else:
        named = field(*path) if total_cents >= 0 else ""

    assert named.startswith(field(*path))
