"""The `quote` command and its dialect: the shape that goes in and comes out. What it refuses: test_quote_refusals."""

import copy
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from menu.money import minor_digits
from orders.quote import read_quote
from orders.strict_json import LARGEST_NUMBER
from tests.orders.quotes import ANSWER, EXAMPLE, NOT_THERE, answer, changed

ROOT = Path(__file__).resolve().parents[2]
NO_DATABASE = os.environ | {
    "DATABASE_URL": "postgres://nobody:nothing@127.0.0.1:1/nowhere",
    "DJANGO_SETTINGS_MODULE": "config.settings",
}


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


# The command ----------------------------------------------------------------------------------------------------------


def run(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, str(ROOT / "manage.py"), "quote", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, cwd=ROOT, env=NO_DATABASE, check=False)


def test_the_command_prices_a_file_without_a_database(tmp_path: Path) -> None:
    (tmp_path / "basket.json").write_text(json.dumps(EXAMPLE))

    done = run(str(tmp_path / "basket.json"))

    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout) == ANSWER


@pytest.mark.parametrize("arguments", [(), ("-",)])
def test_the_command_prices_what_comes_in_on_stdin(arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(EXAMPLE).encode())))
    printed = io.StringIO()

    call_command("quote", *arguments, stdout=printed)

    assert json.loads(printed.getvalue()) == ANSWER


def test_the_command_names_the_field_on_one_line_and_exits_with_2() -> None:
    done = run(stdin=json.dumps(changed("lines", 0, "quantity", value=0)).encode())

    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode().count("\n") == 1
    assert "lines[0].quantity" in done.stderr.decode()


def test_the_command_says_in_one_line_which_file_it_cannot_read(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"not there\.json") as refused:
        call_command("quote", str(tmp_path / "not there.json"))

    assert refused.value.returncode == 2
    assert "\n" not in str(refused.value)
