"""What the tests of the offers' pages start from: one evening, and soup for Noor."""

import pytest
import time_machine
from django.test import Client

from menu.models import Product, Table
from tests.factories import CategoryFactory, ProductFactory


@pytest.fixture(autouse=True)
def evening(clock: time_machine.Traveller) -> None:
    """Stop the clock for every test here."""


@pytest.fixture
def soup(table: Table) -> Product:
    starters = CategoryFactory.create(restaurant=table.restaurant, slug="starters")
    made: Product = ProductFactory.create(
        restaurant=table.restaurant, sku="SOUP", name="Soup", price_cents=1200, categories=[starters]
    )
    return made


@pytest.fixture
def filled(noors_phone: Client, soup: Product) -> Client:
    """Noor's phone with two soups in the basket: 24.00."""
    noors_phone.post("/basket/add/", {"product": soup.pk, "quantity": 2})
    return noors_phone
