"""The scan and the menu page: what it shows, to whom, at what cost, and never a stale line."""

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
from orders.models import Guest
from tests.factories import (
    NOW,
    CategoryFactory,
    ModifierFactory,
    ModifierGroupFactory,
    ProductFactory,
    ProductModifierGroupFactory,
    RestaurantFactory,
    TableFactory,
    VariantFactory,
)


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


# The scan -------------------------------------------------------------------------------------------------------------


def test_a_scan_sets_the_cookie_leads_to_the_menu_and_writes_nothing(client: Client, table: Table) -> None:
    response = client.get(f"/t/{table.code}/")

    assert (response.status_code, response["Location"]) == (302, "/")
    assert client.cookies["guest"]["httponly"]
    assert client.cookies["guest"]["samesite"] == "Lax"
    assert Guest.objects.count() == 0


@pytest.mark.parametrize("is_active", [True, False])
def test_an_unknown_or_retired_code_is_a_page_in_plain_words(client: Client, table: Table, is_active: bool) -> None:
    Table.objects.filter(pk=table.pk).update(is_active=is_active)
    code = "nobody-has-this" if is_active else table.code

    response = client.get(f"/t/{code}/")

    assert response.status_code == 404
    assert "This code is not in use" in response.content.decode()
    assert "guest" not in client.cookies


def test_a_scan_takes_no_post(client: Client, table: Table) -> None:
    assert client.post(f"/t/{table.code}/").status_code == 405
    assert client.post("/").status_code == 405


def test_a_renewed_code_leads_to_how_to_scan(diner: Client, table: Table) -> None:
    Table.objects.filter(pk=table.pk).update(code="another-code")

    assert "Scan the code on your table" in read(diner)


@pytest.mark.django_db
def test_without_a_table_the_page_says_how_to_scan(client: Client) -> None:
    TableFactory.create(name="Table 77")

    page = read(client)

    assert "Scan the code on your table" in page
    assert "Table 77" not in page


@pytest.mark.usefixtures("demo_mode")
def test_the_demo_links_its_tables(client: Client, table: Table) -> None:
    assert f'href="/t/{table.code}/"' in read(client)


# What the menu shows --------------------------------------------------------------------------------------------------


def test_the_menu_shows_names_prices_diets_and_allergens(diner: Client, table: Table) -> None:
    mains = CategoryFactory.create(restaurant=table.restaurant, name="Mains", description="From the fire.")
    ProductFactory.create(
        restaurant=table.restaurant,
        name="Fish & chips",
        description="Twice fried.",
        price_cents=1450,
        allergens=["fish", "gluten"],
        diets=["lactose_free"],
        categories=[mains],
    )

    page = read(diner)

    assert table.restaurant.name in page
    assert "Mains" in page
    assert "From the fire." in page
    assert "Fish & chips" in page
    assert "€14.50" in page
    assert "Allergens: Fish, Gluten" in page
    assert "Lactose-free" in page


def test_none_declared_and_not_recorded_look_different(diner: Client, table: Table) -> None:
    ProductFactory.create(restaurant=table.restaurant, name="Rice", allergens=[])
    ProductFactory.create(restaurant=table.restaurant, name="Catch of the day", allergens=None)

    page = read(diner)

    assert page.count("Allergens: none declared") == 1
    assert page.count('<span class="unknown">Allergens not recorded</span>') == 1
    assert page.count("data-allergens=") == 1


def test_what_needs_no_choice_can_be_added_with_one_tap(diner: Client, table: Table) -> None:
    soup = ProductFactory.create(restaurant=table.restaurant, name="Soup")
    sized = ProductFactory.create(restaurant=table.restaurant, name="Beer", price_cents=None)
    VariantFactory.create(product=sized, price_cents=390)
    VariantFactory.create(product=sized, price_cents=690)
    asked = ProductFactory.create(restaurant=table.restaurant, name="Steak")
    group = ModifierGroupFactory.create(restaurant=table.restaurant, min_choices=1, max_choices=1)
    ModifierFactory.create(group=group)
    ProductModifierGroupFactory.create(product=asked, group=group)

    page = read(diner)

    assert f'<button class="add" name="product" value="{soup.pk}"><span class="vh">Add Soup</span></button>' in page
    assert "Add Beer" not in page
    assert "from €3.90" in page
    assert "Add Steak" not in page


def test_sold_out_is_said_not_hidden(diner: Client, table: Table) -> None:
    ProductFactory.create(restaurant=table.restaurant, name="Oysters", sold_out_since=NOW)

    page = read(diner)

    assert "Oysters" in page
    assert "Sold out" in page
    assert "Add Oysters" not in page


def test_hidden_products_stay_off_the_menu(diner: Client, table: Table) -> None:
    ProductFactory.create(restaurant=table.restaurant, name="Secret", is_hidden=True)

    assert "Secret" not in read(diner)


def test_a_paused_kitchen_says_so_and_offers_no_buttons(diner: Client, table: Table) -> None:
    ProductFactory.create(restaurant=table.restaurant, name="Soup")
    Restaurant.objects.filter(pk=table.restaurant_id).update(ordering="paused", pause_message="Back at eight.")

    page = read(diner)

    assert "Back at eight." in page
    assert "Soup" in page
    assert "Add Soup" not in page


def test_the_browse_only_menu_has_no_buttons_and_says_how_to_order(client: Client, table: Table) -> None:
    ProductFactory.create(restaurant=table.restaurant, name="Soup")

    page = read(client, f"/r/{table.restaurant.slug}/")

    assert "Soup" in page
    assert "Add Soup" not in page
    assert "scan the code on your table" in page
    assert "Call staff" not in page


@pytest.mark.django_db
def test_an_unknown_restaurant_is_not_found(client: Client) -> None:
    assert client.get("/r/nowhere/").status_code == 404
    assert client.post("/r/nowhere/").status_code == 405


def test_a_category_out_of_its_hours_comes_last_and_says_so(diner: Client, table: Table) -> None:
    breakfast = CategoryFactory.create(restaurant=table.restaurant, name="Breakfast", available_until=time(11))
    dinner = CategoryFactory.create(restaurant=table.restaurant, name="Dinner")
    ProductFactory.create(restaurant=table.restaurant, name="Porridge", categories=[breakfast])
    ProductFactory.create(restaurant=table.restaurant, name="Goulash", categories=[dinner])

    with time_machine.travel(NOW, tick=False):
        page = read(diner)

    assert page.index("Goulash") < page.index("Porridge")
    assert "Served until 11:00." in page
    assert "Not served now" in page
    assert "Add Porridge" not in page
    assert "Add Goulash" in page


def test_what_it_says_cannot_be_markup(diner: Client, table: Table) -> None:
    ProductFactory.create(restaurant=table.restaurant, name="<script>alert(1)</script>", description="<b>bold</b>")

    raw = diner.get("/", {"q": '"><img src=x>'}).content.decode() + diner.get("/").content.decode()

    assert "<script>alert" not in raw
    assert "<b>bold" not in raw
    assert "<img src=x" not in raw


# Search ---------------------------------------------------------------------------------------------------------------


def test_search_without_a_script_is_a_plain_get(diner: Client, table: Table) -> None:
    mains = CategoryFactory.create(restaurant=table.restaurant, name="Mains")
    ProductFactory.create(restaurant=table.restaurant, name="Onion soup", categories=[mains])
    ProductFactory.create(restaurant=table.restaurant, name="Steak", description="With soup spoon", categories=[mains])
    ProductFactory.create(restaurant=table.restaurant, name="Salad", categories=[mains])

    page = read(diner, "/?q=SOUP")

    assert "Onion soup" in page
    assert "Steak" in page
    assert "Salad" not in page
    assert "Show the whole menu" in page


def test_a_search_that_finds_nothing_says_so(diner: Client, table: Table) -> None:
    ProductFactory.create(restaurant=table.restaurant, name="Salad")

    page = read(diner, "/?q=unicorn")

    assert "Nothing on the menu matches “unicorn”." in page
    assert "Salad" not in page


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


# Language, colour -----------------------------------------------------------------------------------------------------


def test_money_is_written_the_way_of_the_language_chosen(diner: Client, table: Table) -> None:
    ProductFactory.create(restaurant=table.restaurant, name="Soup", price_cents=123450)
    assert "€1,234.50" in read(diner)

    response = diner.post("/language/", {"language": "de", "next": "/"})

    assert (response.status_code, response["Location"]) == (302, "/")
    page = read(diner)
    assert '<html lang="de">' in page
    assert "1.234,50\xa0€" in page


@pytest.mark.django_db
def test_choosing_a_language_never_leads_elsewhere(client: Client) -> None:
    response = client.post("/language/", {"language": "nl", "next": "https://evil.example/"})

    assert response["Location"] == "/"
    assert client.get("/language/").status_code == 405


def test_the_accent_colour_is_a_stylesheet_that_may_be_kept_for_ever(diner: Client, table: Table) -> None:
    page = read(diner)
    address = page.split('href="/brand/')[1].split('"')[0]

    response = diner.get(f"/brand/{address}")

    assert response.status_code == 200
    assert response["Content-Type"] == "text/css; charset=utf-8"
    assert "immutable" in response["Cache-Control"]
    assert b"--accent:#c4432b" in response.content


@pytest.mark.parametrize("name", ["c4432b-00000000", "zzzzzz-00000000", "c4", "c4432b-"])
def test_a_colour_nobody_asked_for_is_not_found(client: Client, name: str) -> None:
    assert client.get(f"/brand/{name}.css").status_code == 404


def test_the_style_and_scripts_fit_their_budget() -> None:
    """24 KB as brotli 11 makes them (0.89 of gzip 9 here); gzip, which every machine has, stands in for it."""
    files = ("css/diner.css", "js/diner.js", "django_htmx/htmx-2.min.js")
    found = [find(name) for name in files]

    assert all(found)
    assert sum(len(gzip.compress(Path(str(path)).read_bytes(), 9)) for path in found) <= 24 * 1024 / 0.89
