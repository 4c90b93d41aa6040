"""The menu page's price in queries and bytes, and that what is kept of it is never out of date."""

import gzip
from datetime import time, timedelta
from html import unescape
from pathlib import Path

import pytest
import time_machine
from django.contrib.staticfiles.finders import find
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from menu.models import Restaurant, Table
from menu.sections import read_menu
from orders.listing import lay_out, render
from tests.factories import NOW, CategoryFactory, ProductFactory, RestaurantFactory, VariantFactory


def read(client: Client, url: str = "/") -> str:
    """Return the page at `url`, which must be there."""
    response = client.get(url)
    assert response.status_code == 200
    return unescape(response.content.decode())


def print_menu(restaurant: Restaurant, *, products: int) -> None:
    """Write a believable menu of that many products in eight categories."""
    categories = CategoryFactory.create_batch(8, restaurant=restaurant)
    for number in range(products):
        ProductFactory.create(
            restaurant=restaurant,
            name=f"Roast number {number} with herbs",
            description=f"Slow and low for {number} hours, with what the garden gave us and a sauce of its own.",
            price_cents=850 + number * 5,
            allergens=[["gluten", "milk"], [], None][number % 3],
            diets=[["vegetarian"], []][number % 2],
            drawing=f"dish-{number}",
            categories=[categories[number % 8]],
        )


# What it costs --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("products", [60, 250])
def test_the_menu_takes_four_queries_cold_and_two_warm_however_long_it_is(
    diner: Client, table: Table, django_assert_num_queries: DjangoAssertNumQueries, products: int
) -> None:
    print_menu(table.restaurant, products=products)

    with django_assert_num_queries(4):
        cold = diner.get("/")
    with django_assert_num_queries(2):
        warm = diner.get("/")

    assert cold.content.count(b'class="product"') == products
    assert warm.content.count(b'class="product"') == products


def test_nothing_on_the_menu_is_asked_from_the_template(
    table: Table, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    print_menu(table.restaurant, products=60)
    menu = read_menu(table.restaurant, now=NOW)

    with django_assert_num_queries(0):
        html = render(lay_out(menu), table.restaurant, can_order=True)

    assert html.count('class="product"') == 60


def test_a_menu_of_120_products_fits_the_first_round_trip(diner: Client, table: Table) -> None:
    print_menu(table.restaurant, products=120)

    compressed = gzip.compress(diner.get("/").content, 6)

    assert len(compressed) <= 14 * 1024


def test_the_style_and_scripts_fit_their_budget() -> None:
    """24 KB as brotli 11 makes them (0.89 of gzip 9 here); gzip, which every machine has, stands in for it."""
    files = ("css/diner.css", "js/diner.js", "django_htmx/htmx-2.min.js")
    found = [find(name) for name in files]

    assert all(found)
    assert sum(len(gzip.compress(Path(str(path)).read_bytes(), 9)) for path in found) <= 24 * 1024 / 0.89


# Never stale ----------------------------------------------------------------------------------------------------------


def test_an_edit_shows_on_the_next_load(diner: Client, table: Table) -> None:
    soup = ProductFactory.create(restaurant=table.restaurant, name="Soup", price_cents=650)
    assert "€6.50" in read(diner)

    soup.price_cents = 700
    soup.save()

    page = read(diner)
    assert "€7.00" in page
    assert "€6.50" not in page


def test_a_daypart_that_ends_changes_the_menu_without_an_edit(client: Client, table: Table) -> None:
    lunch = CategoryFactory.create(restaurant=table.restaurant, name="Lunch", available_until=time(14))
    ProductFactory.create(restaurant=table.restaurant, name="Quiche", categories=[lunch])
    before = NOW.replace(hour=11, minute=59)  # 13:59 in Amsterdam

    with time_machine.travel(before, tick=False):
        client.get(f"/t/{table.code}/")
        assert "Add Quiche" in read(client)
    with time_machine.travel(before + timedelta(minutes=1), tick=False):
        assert "Add Quiche" not in read(client)


def test_what_was_sold_out_for_a_while_comes_back_by_itself(client: Client, table: Table) -> None:
    until = NOW + timedelta(hours=1)
    ProductFactory.create(restaurant=table.restaurant, name="Quiche", sold_out_since=NOW, sold_out_until=until)

    with time_machine.travel(NOW, tick=False):
        client.get(f"/t/{table.code}/")
        assert "Sold out" in read(client)
    with time_machine.travel(until, tick=False):
        assert "Add Quiche" in read(client)


def test_a_size_that_comes_back_is_noticed_within_a_minute(client: Client, table: Table) -> None:
    beer = ProductFactory.create(restaurant=table.restaurant, name="Beer", price_cents=None)
    VariantFactory.create(product=beer, sold_out_since=NOW, sold_out_until=NOW + timedelta(seconds=30))

    with time_machine.travel(NOW, tick=False):
        client.get(f"/t/{table.code}/")
        assert "Sold out" in read(client)
    with time_machine.travel(NOW + timedelta(seconds=61), tick=False):
        assert "Sold out" not in read(client)


def test_menus_of_two_restaurants_are_kept_apart(client: Client, table: Table) -> None:
    other = RestaurantFactory.create()
    ProductFactory.create(restaurant=table.restaurant, name="Soup")
    ProductFactory.create(restaurant=other, name="Sushi")

    assert "Soup" in read(client, f"/r/{table.restaurant.slug}/")
    assert "Soup" not in read(client, f"/r/{other.slug}/")
