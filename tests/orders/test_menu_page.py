"""The scan and the menu page: what it shows, to whom, at what cost, and never a stale line."""

from datetime import time
from html import unescape
from pathlib import Path

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from menu.models import Restaurant, Table
from orders.models import Guest
from tests.factories import (
    NOW,
    CategoryFactory,
    ModifierFactory,
    ModifierGroupFactory,
    ProductFactory,
    ProductModifierGroupFactory,
    TableFactory,
    VariantFactory,
)


def read(client: Client, url: str = "/") -> str:
    """Return the page at `url`, which must be there."""
    response = client.get(url)
    assert response.status_code == 200
    return unescape(response.content.decode())


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


@pytest.mark.parametrize("code", ["%00", "%0a", "a%00b", "%ff", "’", "c" * 2000])
def test_a_code_that_can_be_none_is_not_found(client: Client, table: Table, code: str) -> None:
    assert client.get(f"/t/{code}/").status_code == 404


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


def test_an_uploaded_picture_comes_in_sizes_and_a_drawing_as_it_is(diner: Client, table: Table) -> None:
    ProductFactory.create(restaurant=table.restaurant, picture="products/0123456789abcdef-300x200-300.webp")
    ProductFactory.create(restaurant=table.restaurant, drawing="pizza-margherita")

    page = read(diner)

    assert '<source type="image/avif" srcset="/media/products/0123456789abcdef-300x200-192.avif 192w' in page
    assert '<img src="/static/pictures/pizza-margherita.svg" alt="" width="96" height="96"' in page


def test_a_drawing_that_is_not_there_leaves_the_row_without_one(
    diner: Client, table: Table, settings: Settings, tmp_path: Path
) -> None:
    ProductFactory.create(restaurant=table.restaurant, name="Soup", drawing="no-such-drawing")
    manifest = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": manifest, "OPTIONS": {"location": tmp_path}}}
    call_command("collectstatic", interactive=False, verbosity=0)

    page = read(diner)

    assert "Soup" in page
    assert "<img" not in page
    assert "css/diner.css" not in page  # the names are hashed


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
