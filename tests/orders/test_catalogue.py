"""Telling the programme what the menu sells, when it changed."""

import pytest
from django.core.cache import cache
from pytest_django import Settings

from loyalty.backends.embedded import EmbeddedLoyalty
from loyalty.models import CatalogueProduct
from loyalty.port import ProgrammeAway
from menu.models import Product
from orders.catalogue import sync_changed_menus
from tests.factories import NOW, CategoryFactory, ProductFactory, RestaurantFactory

pytestmark = pytest.mark.django_db


class Absent(EmbeddedLoyalty):
    """A programme that cannot be reached."""

    def sync_catalogue(self, *_arguments: object, **_named: object) -> None:
        raise ProgrammeAway


@pytest.fixture
def soup() -> Product:
    cache.clear()
    restaurant = RestaurantFactory.create()
    made: Product = ProductFactory.create(
        restaurant=restaurant, name="Soup", sku="SOUP", categories=[CategoryFactory.create(restaurant=restaurant)]
    )
    return made


def test_a_menu_is_sent_once_and_again_when_it_changed(soup: Product) -> None:
    sent = [sync_changed_menus(now=NOW) for _time in range(2)]
    soup.name = "Onion soup"
    soup.save()

    assert sent == [1, 0]
    assert sync_changed_menus(now=NOW) == 1
    assert CatalogueProduct.objects.get().name == "Onion soup"


def test_a_programme_that_is_away_is_told_later(soup: Product, settings: Settings) -> None:
    settings.LOYALTY_BACKEND = f"{__name__}.Absent"
    assert sync_changed_menus(now=NOW) == 0

    settings.LOYALTY_BACKEND = "embedded"

    assert sync_changed_menus(now=NOW) == 1
