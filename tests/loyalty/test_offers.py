"""Promotions and rewards as staff define them: custom attributes, discounts, dates."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from loyalty.attributes import DISCOUNT_ATTRIBUTES, AttributeType, Definition, attribute_problems
from loyalty.models import CustomAttribute, Promotion, Reward, check_attributes
from tests.loyalty.factories import NOW, PromotionFactory, RewardFactory

pytestmark = pytest.mark.django_db

PERCENTAGE = {"discount_type": "percentage_discount", "discount_value": "10"}


@pytest.mark.parametrize("entity", ["reward", "promotion"])
def test_the_discount_attributes_are_predefined(entity: str) -> None:
    predefined = CustomAttribute.objects.filter(entity=entity, is_predefined=True)
    names = list(predefined.values_list("name", flat=True))

    assert names == [definition.name for definition in DISCOUNT_ATTRIBUTES]
    assert names[:4] == ["discount_type", "discount_value", "product_code", "category"]


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        PERCENTAGE,
        PERCENTAGE | {"product_code": "", "category": None, "max_cents": "500", "exclusive": True},
        {"discount_type": "free_item", "category": "pizza", "includes_modifiers": True, "split": "equal"},
        {"discount_type": "absolute_discount", "discount_value": 5.5, "minimum_cents": 2000},
    ],
)
def test_a_discount_that_makes_sense_can_be_saved(attributes: dict[str, object]) -> None:
    Promotion(name="Offer", attributes=attributes).full_clean()
    Reward(title="Offer", required_points=10, attributes=attributes).full_clean()


@pytest.mark.parametrize(
    ("attributes", "at_fault"),
    [
        (PERCENTAGE | {"discount_value": "0"}, "discount_value"),
        (PERCENTAGE | {"discount_value": "-5"}, "discount_value"),
        (PERCENTAGE | {"discount_value": "ten"}, "discount_value"),
        (PERCENTAGE | {"discount_value": True}, "discount_value"),
        ({"discount_type": "everything_free"}, "discount_type"),
        ({"discount_value": "10"}, "discount_type"),
        ({"discount_type": "free_item"}, "product_code"),
        (PERCENTAGE | {"max_units": 0}, "max_units"),
        (PERCENTAGE | {"exclusive": "yes"}, "exclusive"),
        (PERCENTAGE | {"split": "unequal"}, "split"),
        (PERCENTAGE | {"colour": "red"}, "colour"),
        ({"discount_type": "absolute_discount", "discount_value": "0.001"}, "discount_value"),
    ],
)
def test_nonsense_is_refused_when_saved_with_the_attribute_at_fault(
    attributes: dict[str, object], at_fault: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        Promotion(name="Offer", attributes=attributes).full_clean()

    assert any(message.startswith(f"{at_fault}: ") for message in refused.value.messages)


@pytest.mark.parametrize("attributes", [[], "text", 5])
def test_attributes_that_are_no_names_and_values_are_refused(attributes: object) -> None:
    with pytest.raises(ValidationError):
        Promotion(name="Offer", attributes=attributes).full_clean()


def test_an_attribute_that_staff_defined_can_be_set() -> None:
    CustomAttribute.objects.create(
        entity="contact",
        name="diet",
        label="Diet",
        type="multi_select",
        options=[{"label": "Vegan", "value": "vegan"}, {"label": "Halal", "value": "halal"}],
    )

    check_attributes("contact", {"diet": ["vegan"]})
    for values in ({"diet": ["meat"]}, {"diet": "vegan"}, {"other": 1}):
        with pytest.raises(ValidationError):
            check_attributes("contact", values)


RIGHT_AND_WRONG: dict[str, tuple[list[object], list[object]]] = {
    "url": (["https://example.com/a"], ["example.com", "javascript:alert(1)", 5]),
    "file_upload": (["https://example.com/a.pdf"], ["a.pdf"]),
    "media_upload": (["http://example.com"], ["https:// example.com"]),
    "text": (["a word"], ["two\nlines", "x" * 256, 5]),
    "identifier": (["A-1"], [["A"]]),
    "license_plate": (["AB-12-CD"], [12]),
    "long_text": (["two\nlines"], [5]),
    "rich_text": (["<b>bold</b>"], [False]),
    "date": (["2026-05-31"], ["31-05-2026", "2026-02-30", 20260531]),
    "birth_date": (["1990-04-12"], ["tomorrow"]),
    "date_time": (["2026-05-31T18:00:00+02:00"], ["six o'clock"]),
    "phone": (["+31 20 123 45 67"], ["call me"]),
    "float": ([1.5, "1.5", -2], ["1,5", float("nan"), True]),
    "number": ([5, "5", 5.5, "-5"], ["five", "1e5", False]),
    "color": (["#c4432b"], ["red", "#c44"]),
    "email": (["a@example.com"], ["a@b", "a b@example.com"]),
    "boolean": ([True, False], ["true", 1]),
    "date_range": ([{"start": "2026-05-01", "end": "2026-05-31"}], [{"start": "2026-05-31", "end": "2026-05-01"}, "x"]),
    "time_range": ([{"start": "00:00", "end": "12:00"}], [{"start": "12:00"}, {"start": "noon", "end": "night"}]),
    "select": (["a"], ["c", ["a"]]),
    "multi_select": ([["a", "b"], []], ["a", ["c"]]),
}


@pytest.mark.parametrize("kind", list(AttributeType))
def test_every_type_takes_what_fits_it_and_refuses_the_rest(kind: AttributeType) -> None:
    definitions = {"x": Definition(name="x", type=kind, options=("a", "b"))}
    right, wrong = RIGHT_AND_WRONG[kind.value]

    for value in [*right, None, ""]:
        assert attribute_problems({"x": value}, definitions) == {}
    for value in wrong:
        assert list(attribute_problems({"x": value}, definitions)) == ["x"]


def test_a_promotion_cannot_end_before_it_starts() -> None:
    with pytest.raises(ValidationError) as refused:
        Promotion(name="Offer", starts_at=NOW, ends_at=NOW - timedelta(days=1)).full_clean()

    assert list(refused.value.message_dict) == ["ends_at"]


def test_the_limit_cannot_be_set_below_what_was_issued() -> None:
    promotion: Promotion = PromotionFactory.create(issued_vouchers=5)
    promotion.voucher_limit = 4

    with pytest.raises(ValidationError):
        promotion.full_clean()


def test_a_currency_must_be_one() -> None:
    reward: Reward = RewardFactory.create()
    reward.currency = "XXX"

    with pytest.raises(ValidationError):
        reward.full_clean()
