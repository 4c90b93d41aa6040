"""Which of the installation's ways to pay a restaurant offers, chosen in its admin form."""

import pytest
from django.test import Client
from pytest_django import Settings

from menu.models import Restaurant
from tests.factories import RestaurantFactory
from tests.menu.admin_forms import errors_of, page_of, save

pytestmark = pytest.mark.django_db


@pytest.fixture
def restaurant(settings: Settings) -> Restaurant:
    settings.PAYMENT_PROVIDERS = ["counter", "stripe", "mollie"]
    made: Restaurant = RestaurantFactory.create()
    return made


def test_a_restaurant_chooses_among_what_the_installation_offers(admin_client: Client, restaurant: Restaurant) -> None:
    version = restaurant.menu_version

    page = admin_client.get(page_of(restaurant)).content.decode()
    save(admin_client, page_of(restaurant), payment_methods=["counter", "mollie"])

    restaurant.refresh_from_db()
    assert page.count('type="checkbox" name="payment_methods"') == 3
    assert restaurant.payment_methods == ["counter", "mollie"]
    assert restaurant.menu_version == version


def test_none_chosen_stays_none_chosen(admin_client: Client, restaurant: Restaurant) -> None:
    save(admin_client, page_of(restaurant), payment_methods=[])

    restaurant.refresh_from_db()
    assert restaurant.payment_methods == []


def test_what_the_installation_does_not_offer_is_refused(admin_client: Client, restaurant: Restaurant) -> None:
    answer = save(admin_client, page_of(restaurant), payment_methods=["cash-by-pigeon"])

    assert list(errors_of(answer)) == ["payment_methods"]
    restaurant.refresh_from_db()
    assert restaurant.payment_methods == []
