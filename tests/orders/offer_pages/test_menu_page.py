"""The block of offers on the menu."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from loyalty.models import Contact
from menu.models import Product, Table
from tests.factories import NOW
from tests.orders.logins import AWAY
from tests.orders.members import give_reward, give_voucher, offer_reward, text_of
from tests.orders.offer_pages.reading import item_with, read


def test_whoever_is_not_signed_in_is_invited(diner: Client) -> None:
    page = read(diner, "/")

    assert re.search(r'<a class="join" href="/identify/">.*?Start earning rewards now!', page)
    assert "Balance:" not in page
    assert "css/offers.css" not in page


def test_without_a_table_nobody_is_invited(client: Client, table: Table) -> None:
    assert "Start earning rewards now!" not in read(client, f"/r/{table.restaurant.slug}/")


def test_a_member_sees_the_balance_and_what_is_free(noors_phone: Client, noor: Contact, soup: Product) -> None:
    give_voucher(noor, "Evening treat", expires_at=NOW + timedelta(hours=3))
    give_reward(noor, "Soup for nothing", product_code="SOUP")
    offer_reward("Never on the menu", 50)

    response = noors_phone.get("/")

    page = text_of(response)
    assert "Balance: 120 points" in page
    assert re.search(r'href="/offers/">See all', page)
    assert "Start earning rewards now!" not in page
    assert "ends today" in item_with(page, "Evening treat")
    assert 'Redeem<span class="vh"> Soup for nothing' in page
    assert "Never on the menu" not in page
    assert response["Cache-Control"] == "private, no-store"


def test_an_offer_with_a_picture_shows_it_before_asking(noors_phone: Client, noor: Contact, soup: Product) -> None:
    voucher = give_voucher(noor, "Evening treat")
    voucher.promotion.media_url = "/media/offers/treat.webp"
    voucher.promotion.save()

    page = read(noors_phone, f"/offers/voucher/{voucher.uuid}/")

    assert '<img class="offer-picture" src="/media/offers/treat.webp" alt=""' in page


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, "ends today"),
        (1, "ends tomorrow"),
        (3, "ends on Saturday"),
        (30, "ends 3 July"),
        (300, "ends 30 March 2027"),
    ],
)
def test_the_end_is_told_in_words(noors_phone: Client, noor: Contact, days: int, words: str) -> None:
    give_voucher(noor, expires_at=NOW + timedelta(days=days, hours=4))  # half past eleven in the evening

    assert words in item_with(read(noors_phone, "/"), "10% off")


def test_midnight_ends_the_day_before(noors_phone: Client, noor: Contact) -> None:
    give_voucher(noor, expires_at=NOW.replace(hour=22, minute=0))  # midnight in Amsterdam

    assert "ends today" in item_with(read(noors_phone, "/"), "10% off")


def test_the_stub_says_what_it_is_worth(noors_phone: Client, noor: Contact, soup: Product) -> None:
    give_voucher(noor, "Percent", attributes={"discount_type": "percentage_discount", "discount_value": "12.5"})
    give_voucher(noor, "Round", attributes={"discount_type": "absolute_discount", "discount_value": "5"})
    give_voucher(noor, "Odd", attributes={"discount_type": "absolute_discount", "discount_value": "2.50"})
    give_voucher(noor, "Nothing", attributes={"discount_type": "free_item", "product_code": "SOUP"})

    page = read(noors_phone, "/")

    stubs = {name: item_with(page, name) for name in ("Percent", "Round", "Odd", "Nothing")}
    assert '<p class="stub">−12.5%</p>' in stubs["Percent"]
    assert '<p class="stub">−€5</p>' in stubs["Round"]
    assert '<p class="stub">−€2.50</p>' in stubs["Odd"]
    assert '<p class="stub">Free</p>' in stubs["Nothing"]


@pytest.mark.parametrize("vouchers", [5, 50])
def test_the_menu_of_a_member_takes_the_same_queries_for_few_vouchers_as_for_many(
    noors_phone: Client,
    noor: Contact,
    soup: Product,
    vouchers: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(vouchers):
        give_voucher(noor, f"Soup {number}", attributes={"discount_type": "free_item", "product_code": "SOUP"})
    give_reward(noor, category="starters")
    noors_phone.get("/")  # the product list is kept from now on

    with django_assert_max_num_queries(8):
        response = noors_phone.get("/")

    assert text_of(response).count('<li class="coupon') == min(vouchers + 1, 12)


def test_with_the_programme_away_the_menu_says_so_and_ordering_goes_on(
    noors_phone: Client, table: Table, soup: Product, settings: Settings
) -> None:
    settings.LOYALTY_BACKEND = AWAY

    page = read(noors_phone, "/")
    added = noors_phone.post("/basket/add/", {"product": soup.pk})

    assert "Your points and offers cannot be shown right now." in page
    assert "Add Soup" in page
    assert added.status_code == 302
    assert "Your points and offers cannot be shown right now." in read(noors_phone, "/basket/")


def test_a_member_of_the_past_sees_no_offers(noors_phone: Client, noor: Contact) -> None:
    Contact.objects.update(erased_at=NOW)

    assert "Balance:" not in read(noors_phone, "/")
