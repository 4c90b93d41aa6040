"""`manage.py check_leat`: a line for each point, and what is missing named in plain words."""

import io

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from loyalty.backends.leat.programme import LeatLoyalty
from tests.loyalty.leat.running import House
from tests.loyalty.leat.troubled import BadLine

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def check(*options: str) -> tuple[list[str], int]:
    """Return the lines and the exit code."""
    out = io.StringIO()
    try:
        call_command("check_leat", *options, stdout=out)
    except CommandError as error:
        return out.getvalue().splitlines(), error.returncode
    return out.getvalue().splitlines(), 0


def test_an_account_that_has_everything_is_in_order(on_leat: LeatLoyalty) -> None:
    lines, code = check()

    assert (code, [line for line in lines if not line.startswith("ok: ")]) == (0, [])
    assert len(lines) == 8
    assert "ok: Orders belong to the shop Demo." in lines
    assert "ok: Leat mails codes to members." in lines


def test_missing_attributes_are_named_and_made(on_leat: LeatLoyalty, settings: Settings) -> None:
    settings.LEAT_ATTRIBUTE_PREFIX = "tableside_"

    before, code_before = check()
    made, code_made = check("--make-attributes")

    assert code_before == 1
    assert (
        "MISSING: The custom attributes of “contact” lack tableside_terms_accepted, tableside_marketing_accepted."
        in before
    )
    assert [line for line in before if "“reward” lack" in line and "tableside_discount_type" in line]
    assert (code_made, [line for line in made if line.startswith("MISSING")]) == (0, [])


@pytest.mark.parametrize(
    ("setting", "value", "told"),
    [
        ("LEAT_TOKEN", "", "MISSING: There is no access token: make one in Leat's dashboard and set LEAT_TOKEN."),
        (
            "LEAT_TOKEN",
            "wrong",
            "MISSING: Leat does not accept the access token: it is wrong or over, so make a new one.",
        ),
        ("LEAT_BASE_URL", "http://127.0.0.1:9", "MISSING: Leat cannot be reached at http://127.0.0.1:9."),
    ],
)
def test_what_keeps_us_out_is_the_only_point(
    on_leat: LeatLoyalty, settings: Settings, setting: str, value: str, told: str
) -> None:
    setattr(settings, setting, value)

    assert check() == ([told], 1)


def test_a_shop_that_is_none_is_told_with_those_there_are(
    on_leat: LeatLoyalty, settings: Settings, leat_house: House, line: BadLine
) -> None:
    settings.LEAT_SHOP_UUID = "elsewhere"

    lines, code = check()

    assert code == 1
    assert f"MISSING: LEAT_SHOP_UUID names none of the account's shops: Demo {leat_house.shop_uuid}." in lines
