"""The worked example of an offer: its numbers to the cent for every kind of discount, and why it would do nothing."""

from typing import Any

import pytest
from django.test import Client

from loyalty.models import Promotion
from orders.showcase import read_offers
from tests.factories import NOW, CategoryFactory, GuestFactory, ProductFactory
from tests.loyalty.factories import PromotionFactory, VoucherFactory
from tests.menu.admin_forms import errors_of, page_of
from tests.orders.offer_forms import (
    PROMOTIONS,
    ask_example,
    example_lines,
    example_warnings,
    make_menu,
)

pytestmark = pytest.mark.django_db
ADD = f"{PROMOTIONS}add/"


@pytest.mark.parametrize(
    ("typed", "lines"),
    [
        (
            {"discount_type": "percentage_discount", "discount_value": "50", "products": ["MARG"]},
            [("Margherita", "€12.00", "€6.00"), ("Calzone", "€14.00", "€14.00")],
        ),
        (
            {"discount_type": "percentage_discount", "discount_value": "10"},
            [("Margherita", "€12.00", "€10.80"), ("Lemonade, small", "€3.00", "€2.70")],
        ),
        (
            {"discount_type": "absolute_discount", "discount_value": "5.00"},
            [("Margherita", "€12.00", "€8.00"), ("Lemonade, small", "€3.00", "€2.00")],
        ),
        (
            {"discount_type": "absolute_discount", "discount_value": "5", "products": ["LEMO-S"]},
            [("Lemonade, small", "€3.00", "€0.00"), ("Margherita", "€12.00", "€12.00")],
        ),
        (
            {"discount_type": "free_item", "products": ["MARG"]},
            [("Margherita", "€12.00", "€0.00"), ("Calzone", "€14.00", "€14.00")],
        ),
        (
            {"discount_type": "free_item", "products": ["MARG"], "includes_modifiers": "on"},
            [("Margherita with extras", "€14.00", "€0.00"), ("Calzone", "€14.00", "€14.00")],
        ),
        (
            {"discount_type": "free_item", "category": "pizza"},
            [
                ("Margherita", "€12.00", "€0.00"),
                ("Calzone", "€14.00", "€14.00"),
                ("Lemonade, small", "€3.00", "€3.00"),
            ],
        ),
        (
            {"discount_type": "percentage_discount", "discount_value": "50", "category": "drinks", "max_units": "2"},
            [
                ("2 × Lemonade, small", "€6.00", "€3.00"),
                ("Lemonade, large", "€4.50", "€4.50"),
                ("Margherita", "€12.00", "€12.00"),
            ],
        ),
        (
            {"discount_type": "percentage_discount", "discount_value": "50", "max_amount": "2.00"},
            [("Margherita", "€12.00", "€10.40"), ("Lemonade, small", "€3.00", "€2.60")],
        ),
        (
            {"discount_type": "absolute_discount", "discount_value": "8", "minimum": "40"},
            [("Margherita", "€12.00", "€9.71"), ("10 × Lemonade, small", "€30.00", "€24.29")],
        ),
    ],
)
def test_the_example_shows_what_a_basket_would_cost_and_saves_nothing(
    admin_client: Client, typed: dict[str, Any], lines: list[tuple[str, str, str]]
) -> None:
    make_menu()

    answer = ask_example(admin_client, ADD, name="Half price", **typed)

    assert answer.status_code == 200
    assert example_lines(answer) == lines
    assert example_warnings(answer) == []
    assert Promotion.objects.count() == 0


def test_the_page_of_a_saved_promotion_shows_its_example(admin_client: Client) -> None:
    make_menu()
    promotion = PromotionFactory.create(
        attributes={"discount_type": "percentage_discount", "discount_value": "50", "product_code": "MARG"}
    )

    page = admin_client.get(page_of(promotion)).content.decode()

    assert "<s>€12.00</s>" in page
    assert "<strong>€6.00</strong>" in page
    assert "The guest saves €6.00." in page


def test_an_example_of_a_saved_promotion_keeps_what_was_typed_and_saves_nothing(admin_client: Client) -> None:
    make_menu()
    promotion = PromotionFactory.create()
    before = Promotion.objects.values().get()

    answer = ask_example(admin_client, page_of(promotion), discount_value="25", name="Typed")

    assert 'value="25"' in answer.content.decode()
    assert 'value="Typed"' in answer.content.decode()
    assert example_lines(answer)[0] == ("Margherita", "€12.00", "€9.00")
    assert Promotion.objects.values().get() == before


def test_an_example_of_nonsense_shows_the_errors(admin_client: Client) -> None:
    answer = ask_example(admin_client, ADD, name="", discount_type="percentage_discount", discount_value="x")

    assert answer.status_code == 422
    assert set(errors_of(answer)) == {"name", "discount_value"}
    assert answer.context["examples"] is None


@pytest.mark.parametrize(
    ("attributes", "warning"),
    [
        ({"discount_type": "free_item", "product_code": "GONE"}, "Not on the menu: GONE."),
        ({"discount_type": "free_item", "category": "gone"}, "There is no category “gone” on the menu."),
        ({"discount_type": "free_item", "product_code": "WINE"}, "Discounts do not apply to any of these products."),
        ({"discount_type": "free_item", "category": "wine"}, "Discounts do not apply to any of these products."),
        ({"discount_type": "free_item", "category": "empty"}, "The category “Empty” has no products."),
        ({"discount_type": "free_item", "product_code": "HIDDEN"}, "Not on the menu: HIDDEN."),
        ({"discount_type": "free_item", "product_code": "TAP"}, "All of these products are free already."),
        ({}, "It would do nothing: there is no discount that orders can use."),
        ({"discount_type": "free_item"}, "It would do nothing: there is no discount that orders can use."),
    ],
)
def test_an_offer_that_would_do_nothing_says_why(
    admin_client: Client, attributes: dict[str, Any], warning: str
) -> None:
    menu = make_menu()
    _add_oddities(menu.restaurant)
    promotion = PromotionFactory.create(attributes=attributes)

    answer = admin_client.get(page_of(promotion))

    assert example_lines(answer) == []
    assert warning in example_warnings(answer)
    assert warning in answer.content.decode()


def _add_oddities(restaurant: Any) -> None:
    CategoryFactory.create(restaurant=restaurant, slug="empty", name="Empty")
    ProductFactory.create(restaurant=restaurant, sku="HIDDEN", is_hidden=True)
    ProductFactory.create(restaurant=restaurant, sku="TAP", name="Tap water", price_cents=0)


def test_amounts_of_another_currency_than_the_menus_do_nothing_there(admin_client: Client) -> None:
    make_menu()
    promotion = PromotionFactory.create(
        currency="USD", attributes={"discount_type": "absolute_discount", "discount_value": "5"}
    )

    answer = admin_client.get(page_of(promotion))

    assert example_lines(answer) == []
    assert example_warnings(answer)[0].startswith("Its amounts are in USD, this menu's prices in EUR")


def test_one_missing_product_of_two_is_told_beside_the_example(admin_client: Client) -> None:
    make_menu()
    promotion = PromotionFactory.create(attributes={"discount_type": "free_item", "product_code": "MARG,GONE"})

    answer = admin_client.get(page_of(promotion))

    assert example_lines(answer)[0] == ("Margherita", "€12.00", "€0.00")
    assert example_warnings(answer) == ["Not on the menu: GONE."]
    assert 'value="GONE"' in answer.content.decode()


@pytest.mark.parametrize(
    ("attributes", "currency"),
    [
        ({"discount_type": "free_item", "product_code": "MARG"}, ""),
        ({"discount_type": "free_item", "product_code": "GONE"}, ""),
        ({"discount_type": "free_item", "category": "pizza"}, ""),
        ({"discount_type": "free_item", "category": "gone"}, ""),
        ({"discount_type": "free_item", "product_code": "LEMO-L"}, ""),
        ({"discount_type": "absolute_discount", "discount_value": "5"}, "USD"),
        ({"discount_type": "percentage_discount", "discount_value": "5"}, "USD"),
        ({"discount_type": "percentage_discount", "discount_value": "5", "minimum_cents": 100}, "USD"),
        ({"discount_type": "percentage_discount", "discount_value": "nonsense"}, ""),
    ],
)
def test_staff_are_warned_just_where_diners_are_told_it_does_nothing_here(
    admin_client: Client, attributes: dict[str, Any], currency: str
) -> None:
    menu = make_menu()
    promotion = PromotionFactory.create(attributes=attributes, currency=currency)
    voucher = VoucherFactory.create(promotion=promotion)
    guest = GuestFactory.create(table__restaurant=menu.restaurant, contact_id=str(voucher.contact.uuid))

    showcase = read_offers(guest, menu.restaurant, [], now=NOW)
    answer = admin_client.get(page_of(promotion))

    assert bool(example_lines(answer)) is showcase.vouchers[0].is_usable
