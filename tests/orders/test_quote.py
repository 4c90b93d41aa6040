"""The `quote` command and its dialect: the shape that goes in and comes out, and one line about what is wrong."""

import copy
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from menu.money import minor_digits
from orders.quote import read_quote, write_quote
from orders.strict_json import LARGEST_NUMBER, BadInput

type Document = dict[str, Any]

ROOT = Path(__file__).resolve().parents[2]
NO_DATABASE = os.environ | {
    "DATABASE_URL": "postgres://nobody:nothing@127.0.0.1:1/nowhere",
    "DJANGO_SETTINGS_MODULE": "config.settings",
}

EXAMPLE: Document = {
    "currency": "EUR",
    "lines": [
        {
            "id": "1",
            "sku": "PIZZA",
            "name": "Margherita",
            "categories": ["pizza"],
            "unit_cents": 1200,
            "quantity": 2,
            "discountable": True,
            "earns_points": True,
            "modifiers": [{"id": "1.1", "sku": "CHEESE", "name": "Extra cheese", "unit_cents": 200, "quantity": 1}],
        }
    ],
    "offers": [
        {
            "id": "v1",
            "name": "10% off",
            "discount_type": "percentage_discount",
            "discount_value": "10",
            "product_code": "",
            "category": "",
            "max_units": None,
            "max_cents": None,
            "includes_modifiers": False,
            "minimum_cents": None,
            "exclusive": False,
            "split": "proportional",
            "expires_at": None,
        }
    ],
    "charges": [
        {"id": "c1", "type": "SERVICE_CHARGE", "percent": "10"},
        {"id": "c2", "type": "GRATUITY", "cents": 300},
    ],
    "points_per_unit": "1",
}
ANSWER: Document = {
    "lines": [
        {
            "id": "1",
            "gross_cents": 2400,
            "discount_cents": 240,
            "total_cents": 2160,
            "applied": [{"offer": "v1", "cents": 240}],
            "sub_lines": [
                {
                    "id": "1.1",
                    "quantity": 2,
                    "gross_cents": 400,
                    "discount_cents": 40,
                    "total_cents": 360,
                    "applied": [{"offer": "v1", "cents": 40}],
                }
            ],
        }
    ],
    "applied": [{"id": "v1", "cents": 280}],
    "not_applicable": [],
    "order_amount_cents": 2520,
    "total_discount_cents": 280,
    "charges": [
        {"id": "c1", "type": "SERVICE_CHARGE", "cents": 252},
        {"id": "c2", "type": "GRATUITY", "cents": 300},
    ],
    "total_cents": 3072,
    "points": 25,
}
NOT_THERE = object()


def answer(document: object) -> Document:
    quote = read_quote(json.dumps(document).encode(), minor_digits=minor_digits)
    written: Document = json.loads(json.dumps(write_quote(quote.price())))
    return written


def changed(*path: str | int, value: object) -> Document:
    """The example with one value set to another, or taken out."""
    document = copy.deepcopy(EXAMPLE)
    place: Any = document
    for step in path[:-1]:
        place = place[step]
    if value is NOT_THERE:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return document


def refusal(document: object) -> BadInput:
    text = document if isinstance(document, bytes) else json.dumps(document).encode()
    with pytest.raises(BadInput) as caught:
        read_quote(text, minor_digits=minor_digits)
    assert "\n" not in str(caught.value)
    assert str(caught.value).isascii()
    return caught.value


def field(*path: str | int) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


# What goes in and comes out ------------------------------------------------------------------------------------------


def test_the_example_gives_the_documented_answer() -> None:
    assert answer(EXAMPLE) == ANSWER


def test_charges_may_be_left_out() -> None:
    written = answer(changed("charges", value=NOT_THERE))

    assert (written["charges"], written["total_cents"]) == ([], 2520)


def test_a_basket_without_lines_is_priced() -> None:
    written = answer(changed("lines", value=[]))

    assert written["lines"] == []
    assert written["not_applicable"] == [{"id": "v1", "reason": "no_eligible_line", "missing_cents": None}]
    assert (written["order_amount_cents"], written["points"], written["total_cents"]) == (0, 0, 300)


def test_missing_cents_are_told() -> None:
    written = answer(changed("offers", 0, "minimum_cents", value=3000))

    assert written["applied"] == []
    assert written["not_applicable"] == [{"id": "v1", "reason": "minimum_not_met", "missing_cents": 200}]


@pytest.mark.parametrize(("currency", "cents"), [("EUR", 500), ("JPY", 5), ("KWD", 2800), ("VND", 5), ("TND", 2800)])
def test_an_amount_is_in_major_units_of_the_currency(currency: str, cents: int) -> None:
    document = changed("offers", 0, "discount_type", value="absolute_discount")
    document["currency"] = currency
    document["offers"][0]["discount_value"] = 5

    assert answer(document)["total_discount_cents"] == cents


@pytest.mark.parametrize("value", ["12.5", 12.5])
def test_a_percentage_may_be_text_or_number(value: object) -> None:
    assert answer(changed("offers", 0, "discount_value", value=value))["total_discount_cents"] == 350


def test_a_sooner_date_decides_between_equal_exclusive_offers_with_and_without_a_zone() -> None:
    moments = ["9999-12-31T23:59:59-14:00", None, "2026-03-01T00:00:00", "2026-03-01T00:30:00+01:00", "2026-04-01"]
    document = copy.deepcopy(EXAMPLE)
    document["offers"] = [
        EXAMPLE["offers"][0] | {"id": str(number), "exclusive": True, "expires_at": moment}
        for number, moment in enumerate(moments)
    ]

    assert answer(document)["applied"] == [{"id": "3", "cents": 280}]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("discount_type", "nonsense"), ("discount_type", None), ("discount_type", 5), ("discount_value", "ten"),
        ("discount_value", None), ("discount_value", True), ("discount_value", [10]), ("discount_value", "-10"),
        ("discount_value", 0), ("discount_value", 10**400), ("product_code", ["A"]), ("product_code", ","),
        ("category", {}), ("max_units", 0), ("max_units", True), ("max_units", 1.5), ("max_cents", 0),
        ("max_cents", -1), ("minimum_cents", -1), ("includes_modifiers", "yes"), ("includes_modifiers", None),
        ("exclusive", 1), ("exclusive", None), ("split", "half"), ("split", None), ("split", True),
    ],
)  # fmt: skip
def test_nonsense_in_a_discount_makes_the_offer_invalid_and_the_basket_full_price(key: str, value: object) -> None:
    written = answer(changed("offers", 0, key, value=value))

    assert written["not_applicable"] == [{"id": "v1", "reason": "invalid_offer", "missing_cents": None}]
    assert (written["applied"], written["order_amount_cents"]) == ([], 2800)


@pytest.mark.parametrize("number", ["1e1", "1E1", "10e0", "9" * 5000])
def test_a_value_written_with_an_exponent_or_without_end_is_invalid(number: str) -> None:
    text = json.dumps(EXAMPLE).replace('"discount_value": "10"', f'"discount_value": {number}')

    quote = read_quote(text.encode(), minor_digits=minor_digits)

    assert [str(out.reason) for out in quote.price().not_applicable] == ["invalid_offer"]


def test_the_largest_numbers_are_priced_and_printed() -> None:
    document = changed("lines", 0, "unit_cents", value=LARGEST_NUMBER)
    document["lines"][0]["quantity"] = LARGEST_NUMBER
    document["lines"][0]["modifiers"][0] |= {"unit_cents": LARGEST_NUMBER, "quantity": LARGEST_NUMBER}

    assert answer(document)["lines"][0]["sub_lines"][0]["gross_cents"] == 10**45


def test_a_byte_order_mark_is_passed_over() -> None:
    quote = read_quote(b"\xef\xbb\xbf" + json.dumps(EXAMPLE).encode(), minor_digits=minor_digits)

    assert quote.price().total_cents == 3072


# What is refused -----------------------------------------------------------------------------------------------------

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


# The command ---------------------------------------------------------------------------------------------------------


def run(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, str(ROOT / "manage.py"), "quote", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, cwd=ROOT, env=NO_DATABASE, check=False)


def test_the_command_prices_a_file_without_a_database(tmp_path: Path) -> None:
    (tmp_path / "basket.json").write_text(json.dumps(EXAMPLE))

    done = run(str(tmp_path / "basket.json"))

    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout) == ANSWER


@pytest.mark.parametrize("arguments", [(), ("-",)])
def test_the_command_prices_what_comes_in_on_stdin(arguments: tuple[str, ...]) -> None:
    done = run(*arguments, stdin=json.dumps(EXAMPLE).encode())

    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout) == ANSWER


def test_the_command_names_the_field_on_one_line_and_exits_with_2() -> None:
    done = run(stdin=json.dumps(changed(*LINE, "quantity", value=0)).encode())

    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode().count("\n") == 1
    assert "lines[0].quantity" in done.stderr.decode()


def test_the_command_says_in_one_line_which_file_it_cannot_read(tmp_path: Path) -> None:
    done = run(str(tmp_path / "not there.json"))

    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode().count("\n") == 1
    assert "not there.json" in done.stderr.decode()
