"""The form of promotions: the discount in staff's words, what it keeps as it is, and what it refuses."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from loyalty.models import CustomAttribute, Promotion
from orders.admin.offer_form import PromotionForm
from tests.loyalty.factories import PromotionFactory
from tests.menu.admin_forms import errors_of, page_of
from tests.orders.offer_forms import (
    PROMOTIONS,
    add_promotion,
    fill_in,
    make_menu,
)

pytestmark = pytest.mark.django_db
ADD = f"{PROMOTIONS}add/"


def test_a_promotion_is_made_in_staffs_words_and_kept_as_attributes(admin_client: Client) -> None:
    make_menu()

    answer = add_promotion(
        admin_client,
        discount_type="absolute_discount",
        discount_value="5,00",
        products=["MARG", "LEMO-S"],
        category="drinks",
        max_units="2",
        max_amount="8.50",
        minimum="20",
        includes_modifiers="on",
        exclusive="on",
        valid_days="30",
        ends_at_0="2026-12-31",
        ends_at_1="23:59:59",
        voucher_limit="100",
        limit_per_contact="1",
        redemptions_per_voucher="3",
        reversal_grace_days="7",
    )

    promotion = Promotion.objects.get()
    assert answer.status_code == 302
    assert promotion.attributes == {
        "discount_type": "absolute_discount",
        "discount_value": "5.00",
        "product_code": "MARG,LEMO-S",
        "category": "drinks",
        "max_units": 2,
        "max_cents": 850,
        "minimum_cents": 2000,
        "includes_modifiers": True,
        "exclusive": True,
    }
    assert promotion.expiration_duration == timedelta(days=30)
    assert promotion.ends_at == datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC)
    assert (promotion.voucher_limit, promotion.limit_per_contact, promotion.redemptions_per_voucher) == (100, 1, 3)


def test_opening_and_saving_a_form_changes_nothing(admin_client: Client) -> None:
    make_menu()
    attributes = {
        "discount_type": "absolute_discount",
        "discount_value": 5,
        "product_code": "MARG, GONE",
        "category": "no-more",
        "minimum_cents": 0,
        "split": "equal",
    }
    promotion = PromotionFactory.create(attributes=attributes, expiration_duration=timedelta(hours=36, seconds=7))
    before = Promotion.objects.values().get()

    answer = admin_client.post(page_of(promotion), fill_in(admin_client, page_of(promotion)))

    assert answer.status_code == 302
    assert Promotion.objects.values().get() == before


def test_a_change_of_one_thing_leaves_attributes_that_the_form_does_not_show(admin_client: Client) -> None:
    make_menu()
    CustomAttribute.objects.create(entity="promotion", name="season", label="Season", type="text")
    kept = {"discount_type": "percentage_discount", "discount_value": "10", "split": "equal", "season": "summer"}
    promotion = PromotionFactory.create(attributes=kept)

    admin_client.post(page_of(promotion), fill_in(admin_client, page_of(promotion), discount_value="12.5"))

    assert Promotion.objects.get().attributes == kept | {"discount_value": "12.5"}


def test_vouchers_issued_while_the_form_is_saved_stay_counted(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    promotion = PromotionFactory.create()
    filled = fill_in(admin_client, page_of(promotion), name="Another name")

    def issue_meanwhile(form: PromotionForm) -> None:
        Promotion.objects.update(issued_vouchers=12)

    monkeypatch.setattr(PromotionForm, "clean_voucher_limit", issue_meanwhile)

    admin_client.post(page_of(promotion), filled)

    assert Promotion.objects.values_list("name", "issued_vouchers").get() == ("Another name", 12)


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"discount_type": "percentage_discount"}, "discount_value", "must be a plain number"),
        ({"discount_type": "percentage_discount", "discount_value": "0"}, "discount_value", "more than zero"),
        ({"discount_type": "percentage_discount", "discount_value": "-10"}, "discount_value", "like 10 or 12.5"),
        ({"discount_type": "percentage_discount", "discount_value": "1e2"}, "discount_value", "like 10 or 12.5"),
        ({"discount_type": "percentage_discount", "discount_value": "150"}, "discount_value", "At most 100 percent"),
        ({"discount_type": "absolute_discount", "discount_value": "5.001"}, "discount_value", "2 decimal digits"),
        ({"discount_type": "absolute_discount", "discount_value": "five"}, "discount_value", "like 12.50"),
        ({"discount_type": "absolute_discount", "discount_value": "0.00"}, "discount_value", "more than zero"),
        ({"discount_type": "free_item"}, "products", "needs a product or a category"),
        (
            {"discount_type": "free_item", "products": ["MARG"], "discount_value": "5"},
            "discount_value",
            "has no value",
        ),
        ({"discount_value": "10"}, "discount_type", "Choose what kind"),
        ({"discount_type": "bogus"}, "discount_type", "not one of the available choices"),
        ({"discount_type": "free_item", "products": ["NOWHERE"]}, "products", "NOWHERE is not one of"),
        ({"discount_type": "free_item", "category": "nowhere"}, "category", "nowhere is not one of"),
        ({"max_units": "0"}, "max_units", "greater than or equal to 1"),
        ({"max_units": "many"}, "max_units", "whole number"),
        ({"max_amount": "0"}, "max_amount", "more than zero"),
        ({"minimum": "-5"}, "minimum", "like 12.50"),
        ({"valid_days": "0"}, "valid_days", "greater than or equal to 0.01"),
        ({"valid_days": "99999"}, "valid_days", "less than or equal to 3650"),
        ({"voucher_limit": "0"}, "voucher_limit", "at least 1"),
        ({"redemptions_per_voucher": "0"}, "redemptions_per_voucher", "greater than or equal to 1"),
        ({"currency": "EURO"}, "currency", "at most 3 characters"),
        ({"currency": "XXX"}, "currency", "not a currency code"),
        ({"ends_at_0": "tomorrow", "ends_at_1": "noon"}, "ends_at", "valid date"),
        (
            {"starts_at_0": "2026-06-02", "starts_at_1": "00:00", "ends_at_0": "2026-06-01", "ends_at_1": "00:00"},
            "ends_at",
            "must end after it starts",
        ),
    ],
)
def test_nonsense_is_told_at_its_field_and_nothing_is_saved(
    admin_client: Client, typed: dict[str, Any], field: str, sentence: str
) -> None:
    make_menu()
    sound = {"discount_type": "percentage_discount", "discount_value": "10"}
    needs_sound = "discount_type" not in typed and "discount_value" not in typed

    answer = add_promotion(admin_client, **((sound if needs_sound else {}) | typed))

    assert answer.status_code == 200
    assert list(errors_of(answer)) == [field]
    assert sentence in errors_of(answer)[field][0]
    assert Promotion.objects.count() == 0


def test_a_limit_below_what_was_issued_is_refused(admin_client: Client) -> None:
    promotion = PromotionFactory.create(issued_vouchers=12)

    answer: Any = admin_client.post(page_of(promotion), fill_in(admin_client, page_of(promotion), voucher_limit="11"))

    assert errors_of(answer) == {
        "voucher_limit": ["12 were given out already: write at least that, or leave this empty."]
    }
    assert Promotion.objects.get().voucher_limit is None


def test_amounts_of_a_currency_without_cents_are_typed_without(admin_client: Client) -> None:
    make_menu(currency="JPY")

    add_promotion(
        admin_client, currency="jpy", discount_type="absolute_discount", discount_value="500", max_amount="300"
    )

    promotion = Promotion.objects.get()
    assert (promotion.currency, promotion.attributes["discount_value"], promotion.attributes["max_cents"]) == (
        "JPY",
        "500",
        300,
    )


def test_the_list_says_what_each_promotion_does(admin_client: Client) -> None:
    make_menu()
    PromotionFactory.create(
        name="Pizza night",
        issued_vouchers=3,
        voucher_limit=10,
        attributes={"discount_type": "free_item", "product_code": "LEMO-S", "minimum_cents": 2000},
    )
    PromotionFactory.create(is_active=False)

    page = admin_client.get(PROMOTIONS).content.decode()

    for words in ("Pizza night", "Free, Lemonade, small, from €20.00", "Running", "3 of 10 issued", "Not active"):
        assert words in page


def test_the_list_asks_no_more_questions_for_more_promotions(
    admin_client: Client, django_assert_max_num_queries: Any
) -> None:
    make_menu()
    PromotionFactory.create_batch(20)

    with django_assert_max_num_queries(14):
        admin_client.get(PROMOTIONS)


def test_rules_for_tills_are_kept_as_attributes_and_taken_away_again(admin_client: Client) -> None:
    rules = {
        "till_weekdays": ["monday", "friday"],
        "till_service_modes": ["EAT_IN"],
        "till_stores": "harbour, 17",
        "till_enrolled_from": "2026-01-01",
        "till_enrolled_until": "2026-12-31",
    }
    percent = {"discount_type": "percentage_discount", "discount_value": "10"}
    add_promotion(admin_client, **percent, **rules)
    promotion = Promotion.objects.get()
    assert promotion.attributes == percent | rules

    shown = PromotionForm(instance=promotion)
    page = f"{PROMOTIONS}{promotion.pk}/change/"
    admin_client.post(page, fill_in(admin_client, page, **dict.fromkeys(rules)))

    assert {name: shown.initial[name] for name in rules} == rules
    promotion.refresh_from_db()
    assert promotion.attributes == percent
