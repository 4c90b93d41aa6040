"""What Leat answers, in every form it may come: texts for numbers, numbers for texts, null, lists for objects."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

import pytest

from loyalty.dialects.leat import answers, answers_money
from loyalty.dialects.leat.reading import Unreadable, flag, moment, whole
from loyalty.dialects.leat.refusals import meaning
from loyalty.port import OfferUnavailable, ProgrammeAway, Unavailable

NINE = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (5, 5),
        ("5", 5),
        ("5.00", 5),
        (5.0, 5),
        (" 7 ", 7),
        ("-3", -3),
        (5.5, None),
        ("", None),
        (None, None),
        (True, None),
    ],
)
def test_whole_numbers(value: object, number: int | None) -> None:
    assert whole(value) == number


@pytest.mark.parametrize(
    ("value", "answer"),
    [(True, True), ("false", False), ("1", True), (0, False), ("Yes", True), (None, None), ("maybe", None), ([], None)],
)
def test_yes_and_no(value: object, answer: bool | None) -> None:
    assert flag(value) is answer


@pytest.mark.parametrize(
    ("value", "when"),
    [
        ("2026-01-01T10:00:00+01:00", NINE),
        ("2026-01-01T09:00:00Z", NINE),
        ("2026-01-01 09:00:00", NINE),
        ("soon", None),
        (None, None),
    ],
)
def test_moments(value: object, when: datetime | None) -> None:
    assert moment(value) == when


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (
            {"x_discount_type": "percentage_discount", "x_discount_value": 10, "x_exclusive": "false"},
            {"discount_type": "percentage_discount", "discount_value": "10", "exclusive": False},
        ),
        (
            {"attributes": {"x_discount_type": {"label": "Free", "value": "free_item"}, "x_product_code": 4711}},
            {"discount_type": "free_item", "product_code": "4711"},
        ),
        (
            {"x_discount_value": 2.5, "x_category": " pizza ", "discount_type": "of another app"},
            {"discount_value": "2.5", "category": "pizza"},
        ),
        ({"attributes": [], "x_discount_type": None, "x_product_code": ""}, {}),
    ],
)
def test_discount_attributes(given: Mapping[str, object], read: Mapping[str, object]) -> None:
    assert answers.discount_attributes(given, prefix="x_") == read


def test_a_voucher_with_hardly_anything_said() -> None:
    seen = answers.read_voucher({"uuid": "v", "code": "ABC", "status": "active"}, prefix="", currency="EUR")

    assert (seen.status, seen.contact_id, seen.uses, seen.offer.uses_left) == ("ACTIVE", "", 1, 1)
    assert (seen.offer.expires_at, seen.offer.attributes) == (None, {})


@pytest.mark.parametrize("nonsense", [None, [], "", {"uuid": None}, {"uuid": ""}, 5])
def test_an_answer_without_its_id_says_nothing(nonsense: object) -> None:
    for read in (answers.read_contact_id, answers_money.read_order_id, answers_money.read_transaction_id):
        with pytest.raises(Unreadable):
            read(nonsense)


def test_a_contact_with_names_dates_and_mailings_as_they_come() -> None:
    seen = answers.read_contact(
        {
            "uuid": "c",
            "email": "noor@example.com",
            "tier": None,
            "subscriptions": [{"is_subscribed": "1", "subscription_type": {"uuid": "s"}}],
            "current_values": {
                "firstname": "Noor",
                "lastname": None,
                "birth_date": "1990-04-12T00:00:00+00:00",
                "locale": "nl_NL",
                "terms_accepted": "true",
            },
        },
        prefix="",
    )

    assert (seen.first_name, seen.last_name, seen.birthdate) == ("Noor", "", date(1990, 4, 12))
    assert (seen.locale, seen.tier, seen.terms, seen.marketing) == ("nl", "", True, None)
    assert seen.subscriptions == {"s": True}


def test_an_order_without_an_action_has_no_points() -> None:
    assert answers_money.read_points(None) == answers_money.PointsSeen(points=None, new_balance=None)
    told = {"type": "points_transaction", "data": {"points": "19", "new_balance": 139}}
    assert answers_money.read_points(told) == answers_money.PointsSeen(points=19, new_balance=139)


def test_codes_that_say_nothing_to_us_are_a_programme_that_is_away() -> None:
    expired = meaning(80006)

    assert isinstance(expired, OfferUnavailable)
    assert expired.reason is Unavailable.EXPIRED
    assert isinstance(meaning(424242), ProgrammeAway)
