"""The admin's own form fields: money in major units, percentages, allergens with three answers, diets."""

import pytest
from django.core.exceptions import ValidationError

from menu.admin.fields import AllergensField, DietsField, MoneyField, PercentsField


@pytest.mark.parametrize(
    ("typed", "currency", "cents"),
    [
        ("12.50", "EUR", 1250),
        ("12,50", "EUR", 1250),
        ("12,5", "EUR", 1250),
        (" 12 ", "EUR", 1200),
        ("0", "EUR", 0),
        ("EUR 8.20", "EUR", 820),
        ("0.29", "EUR", 29),  # 0.29 * 100 is 28.999… in floats
        ("1200", "JPY", 1200),
        ("1.250", "KWD", 1250),
        ("1000000", "EUR", 100_000_000),
    ],
)
def test_amounts_are_typed_in_major_units(typed: str, currency: str, cents: int) -> None:
    assert MoneyField(currency=currency).clean(typed) == cents


@pytest.mark.parametrize(
    ("typed", "currency", "sentence"),
    [
        ("twelve", "EUR", "Write the amount like 12.50."),
        ("-1", "EUR", "Write the amount like 12.50."),
        ("1,250.00", "EUR", "Write the amount like 12.50."),
        ("1e3", "EUR", "Write the amount like 12.50."),
        ("NaN", "EUR", "Write the amount like 12.50."),
        ("12.505", "EUR", "EUR has 2 decimal digits: write the amount like 12.50."),
        ("12.5", "JPY", "JPY has 0 decimal digits: write the amount like 1250."),
        ("1000000.01", "EUR", "This amount is too big."),
        ("9" * 20, "EUR", "This amount is too big."),
        ("12.50", "KWD", None),
    ],
)
def test_other_writing_is_refused_with_an_example(typed: str, currency: str, sentence: str | None) -> None:
    field = MoneyField(currency=currency)

    if sentence is None:
        assert field.clean(typed) == 12500
        return
    with pytest.raises(ValidationError) as refused:
        field.clean(typed)

    assert refused.value.messages == [sentence]


def test_amounts_are_shown_in_major_units_and_compared_as_amounts() -> None:
    field = MoneyField(currency="EUR")

    assert field.prepare_value(1250) == "12.50"
    assert field.prepare_value("12,5x") == "12,5x"
    assert not field.has_changed(1250, "12,5")
    assert field.has_changed(1250, "12.51")
    assert field.has_changed(1250, "12.5x")
    assert not MoneyField(required=False).has_changed(None, "")


@pytest.mark.parametrize(
    ("typed", "percents"),
    [("5, 10, 15", [5, 10, 15]), ("5 10;15%", [5, 10, 15]), ("10,10", [10]), ("", []), ("100", [100])],
)
def test_tips_are_typed_with_commas(typed: str, percents: list[int]) -> None:
    field = PercentsField(required=False)

    assert field.clean(typed) == percents
    assert not field.has_changed(percents, typed)


@pytest.mark.parametrize("typed", ["0", "101", "-5", "7.5", "ten", "NaN", "Infinity", "5, 10, x"])
def test_other_tips_are_refused(typed: str) -> None:
    with pytest.raises(ValidationError) as refused:
        PercentsField().clean(typed)

    assert refused.value.messages == ["Write whole percentages from 1 to 100 with commas, like “5, 10, 15”."]


def test_more_than_six_tips_are_refused() -> None:
    with pytest.raises(ValidationError, match="Offer at most 6 tips"):
        PercentsField().clean("1,2,3,4,5,6,7")


@pytest.mark.parametrize(
    ("posted", "stored"),
    [
        (["unknown", []], None),
        (["", []], None),
        (["none", []], []),
        (["some", ["milk", "gluten"]], ["gluten", "milk"]),
        ([None, ["milk"]], ["milk"]),
    ],
)
def test_not_recorded_none_and_these_are_three_different_answers(
    posted: list[object], stored: list[str] | None
) -> None:
    field = AllergensField()

    assert field.clean(posted) == stored
    assert not field.has_changed(stored, posted)
    assert field.clean(field.prepare_value(stored)) == stored


@pytest.mark.parametrize(
    ("posted", "sentence"),
    [
        (["some", []], "Tick the allergens it contains, or choose “None of the 14”."),
        (["none", ["milk"]], "Allergens are ticked: choose “Contains:”, or untick them."),
        (["unknown", ["milk"]], "Allergens are ticked: choose “Contains:”, or untick them."),
        (["some", ["chalk"]], "Choose allergens from the list."),
        (["maybe", []], "Choose allergens from the list."),
    ],
)
def test_contradictions_about_allergens_are_refused_not_guessed_at(posted: list[object], sentence: str) -> None:
    field = AllergensField()

    with pytest.raises(ValidationError) as refused:
        field.clean(posted)

    assert refused.value.messages == [sentence]
    assert field.has_changed(None, posted)


def test_diets_are_kept_in_one_order() -> None:
    field = DietsField()

    assert field.clean(["vegetarian", "vegan"]) == ["vegan", "vegetarian"]
    assert field.clean([]) == []
    with pytest.raises(ValidationError):
        field.clean(["carnivore"])
