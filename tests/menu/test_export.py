"""Menus out: what went out comes in again the same, as far as the format can hold it."""

import csv
import io
import json
from dataclasses import replace
from datetime import time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from menu.exporters import export_menu
from menu.exporters.reading import read_menu_of
from menu.importers.catalogue import Catalogue
from menu.models import Restaurant
from tests.factories import (
    NOW,
    CategoryFactory,
    ModifierFactory,
    ModifierGroupFactory,
    ProductFactory,
    ProductModifierGroupFactory,
    RestaurantFactory,
    VariantFactory,
)
from tests.menu.menu_files import FIXTURES, shape_of, take_in

pytestmark = [pytest.mark.django_db, pytest.mark.once("postgres")]

DEMO_MENU = Path(__file__).parents[2] / "menu" / "demo" / "menu.csv"


@pytest.fixture
def bistro() -> Restaurant:
    """A menu with something of everything."""
    restaurant = RestaurantFactory(slug="bistro", tax_rate=9)
    drinks = CategoryFactory(restaurant=restaurant, slug="drinks", name="Drinks; hot & cold", description="One\ntwo")
    wine = CategoryFactory(
        restaurant=restaurant,
        slug="wine",
        name="Wine",
        parent=drinks,
        available_from=time(17, 30),
        available_until=time(1),
        weekdays="Fr,Sa",
    )
    lunch = CategoryFactory(restaurant=restaurant, slug="lunch", name='"Lunch"', is_hidden=True)
    milk = ModifierGroupFactory(restaurant=restaurant, key="milk", name="Milk", min_choices=1, max_choices=1)
    ModifierFactory(
        group=milk, sku="OAT", name="+ oat", price_cents=50, is_default=True, allergens=["gluten"], diets=["vegan"]
    )
    ModifierFactory(group=milk, sku="", name="Whole", price_cents=0, allergens=[], is_hidden=True)
    extras = ModifierGroupFactory(restaurant=restaurant, key="extras", name="Extras", max_choices=None, free_choices=2)
    ModifierFactory(group=extras, sku="SHOT", name="=Shot", price_cents=120, max_quantity=4, sold_out_since=NOW)
    coffee = ProductFactory(
        restaurant=restaurant, sku="0012", name="Coffee", price_cents=None, categories=[drinks, lunch]
    )
    VariantFactory(product=coffee, sku="C-S", name="small", price_cents=250, sold_out_since=NOW)
    VariantFactory(product=coffee, sku="C-L", name="large", price_cents=350, is_hidden=True)
    ProductModifierGroupFactory(product=coffee, group=extras, position=0, min_choices=1, max_choices=3)
    ProductModifierGroupFactory(product=coffee, group=milk, position=1)
    ProductFactory(
        restaurant=restaurant,
        sku="RED",
        name="Red, “house”",
        description="Round.\nDry.",
        price_cents=650,
        categories=[wine],
        allergens=["sulphites"],
        diets=["vegan", "lactose_free"],
        tax_rate=Decimal("21.5"),
        is_alcohol=True,
        discountable=False,
        earns_points=False,
        sold_out_since=NOW,
        sold_out_until=NOW + timedelta(hours=5),
        drawing="wine",
    )
    ProductFactory(restaurant=restaurant, sku="WATER", name="'Water'", price_cents=0, allergens=[], is_hidden=True)
    ProductFactory(restaurant=restaurant, sku="GIFT", name="Present", price_cents=2500, kind="gift_card", tax_rate=0)
    return restaurant


def again(restaurant: Restaurant, file_format: str) -> tuple[Restaurant, Any]:
    """Export a menu and import it into a restaurant that has none."""
    text = export_menu(restaurant, file_format=file_format, now=NOW)
    other = RestaurantFactory(currency=restaurant.currency, tax_rate=restaurant.tax_rate)
    return other, take_in(other, text)


def comparable(restaurant: Restaurant) -> Catalogue:
    """Return a menu without the numbers that only place it, and without where it came from."""
    found = read_menu_of(restaurant, now=NOW)
    return replace(
        found,
        categories=tuple(replace(entry, position=0) for entry in found.categories),
        groups=tuple(
            replace(
                group,
                position=0,
                options=tuple(replace(option, position=0, source_key="") for option in group.options),
            )
            for group in found.groups
        ),
        products=tuple(
            replace(
                product,
                position=0,
                source_key="",
                sizes=tuple(replace(size, position=0, source_key="") for size in product.sizes),
            )
            for product in found.products
        ),
    )


def test_a_csv_holds_the_whole_menu(bistro: Restaurant) -> None:
    other, report = again(bistro, "csv")

    assert report.skipped == report.notes == ()
    assert comparable(other) == comparable(bistro)


def test_the_demo_menu_survives_the_way_out_and_in() -> None:
    restaurant = RestaurantFactory()
    take_in(restaurant, DEMO_MENU.read_bytes())

    other, report = again(restaurant, "csv")

    assert report.skipped == ()
    assert comparable(other) == comparable(restaurant)


def test_a_csv_keeps_texts_from_being_taken_for_formulas(bistro: Restaurant) -> None:
    rows = list(csv.DictReader(io.StringIO(export_menu(bistro, file_format="csv", now=NOW).removeprefix("\ufeff"))))

    assert [row["name"] for row in rows if row["type"] == "option"] == ["'+ oat", "Whole", "'=Shot"]


def as_square_holds_it(menu: Catalogue) -> Catalogue:
    """Leave out what Square has no place for (docs/menu-files.md)."""
    return replace(
        menu,
        categories=tuple(
            replace(
                entry,
                description="",
                available_from=None,
                available_until=None,
                weekdays="",
            )
            for entry in menu.categories
        ),
        groups=tuple(
            replace(
                group,
                free_choices=0,
                options=tuple(
                    replace(
                        option,
                        sku="",
                        allergens=None,
                        diets=(),
                        max_quantity=option.max_quantity if option.max_quantity == 1 else 20,
                    )
                    for option in group.options
                ),
            )
            for group in menu.groups
        ),
        products=tuple(
            replace(
                product,
                drawing="",
                discountable=True,
                earns_points=True,
                allergens=product.allergens or None,
                tax_rate=product.tax_rate if product.tax_rate is not None else Decimal(9),
            )
            for product in menu.products
        ),
    )


def test_a_square_catalogue_holds_what_it_can(bistro: Restaurant) -> None:
    other, report = again(bistro, "square")

    assert report.skipped == ()
    assert as_square_holds_it(comparable(other)) == as_square_holds_it(comparable(bistro))
    coffee = other.products.get(sku="0012")
    assert {category.name for category in coffee.categories.all()} == {"Drinks; hot & cold", '"Lunch"'}
    assert {row.name: row.parent and row.parent.name for row in other.categories.all()} == {
        "Drinks; hot & cold": None,
        "Wine": "Drinks; hot & cold",
        '"Lunch"': None,
    }


def test_a_schema_org_menu_holds_what_diners_see(bistro: Restaurant) -> None:
    other, report = again(bistro, "schema-org")
    menu = read_menu_of(other, now=NOW)

    assert report.skipped == ()
    assert [(entry.slug, entry.name, entry.parent, entry.description) for entry in menu.categories] == [
        ("drinks", "Drinks; hot & cold", None, "One\ntwo"),
        ("wine", "Wine", "drinks", ""),
    ]
    wine = menu.categories[1]
    assert (wine.available_from, wine.available_until, wine.weekdays) == (time(17, 30), time(1), "Fr,Sa")
    red, coffee, present = sorted(menu.products, key=lambda product: product.sku, reverse=True)[:1] + [
        product for sku in ("0012", "GIFT") for product in menu.products if product.sku == sku
    ]
    assert (red.name, red.price_cents, red.diets, red.categories) == (
        "Red, “house”",
        650,
        ("vegan", "lactose_free"),
        ("wine",),
    )
    assert (red.description, red.sold_out) == ("Round.\nDry.", True)
    assert [(size.sku, size.name, size.price_cents, size.sold_out) for size in coffee.sizes] == [
        ("C-S", "small", 250, True)
    ]
    assert [asked.group for asked in coffee.asks] == ["extras", "milk"] if isinstance(coffee.asks, tuple) else False
    assert present.categories == ()
    groups = {group.key: group for group in menu.groups}
    assert (groups["milk"].min_choices, groups["milk"].max_choices) == (1, 1)
    assert (groups["extras"].min_choices, groups["extras"].max_choices) == (0, None)
    assert [(option.sku, option.name, option.price_cents) for option in groups["milk"].options] == [
        ("OAT", "+ oat", 50)
    ]


def comes_home(restaurant: Restaurant, file_format: str) -> None:
    """Export a menu and import it where it came from: nothing new, nothing moved, prices the same."""
    before = shape_of(restaurant)

    report = take_in(restaurant, export_menu(restaurant, file_format=file_format, now=NOW))

    assert shape_of(restaurant) == before
    assert report.skipped == ()


FILE_FORMATS = ["csv", "square", "schema-org"]


@pytest.mark.parametrize("file_format", FILE_FORMATS)
def test_a_menu_that_comes_back_home_makes_nothing_twice(bistro: Restaurant, file_format: str) -> None:
    comes_home(bistro, file_format)


@pytest.mark.parametrize("file_format", FILE_FORMATS)
def test_headings_of_one_name_and_only_sizes_come_back_home(file_format: str) -> None:
    restaurant = RestaurantFactory()
    places = [CategoryFactory(restaurant=restaurant, slug=slug, name=slug.title()) for slug in ("lunch", "dinner")]
    for place in places:
        fish = CategoryFactory(restaurant=restaurant, slug=f"{place.slug}-fish", name="Fish", parent=place)
        tray = ProductFactory(
            restaurant=restaurant, sku=f"TRAY-{place.slug}", name="Tray", price_cents=None, categories=[fish]
        )
        VariantFactory(product=tray, sku=f"ONE-{place.slug}", name="per person", price_cents=1900)
        group = ModifierGroupFactory(restaurant=restaurant, key=f"{place.slug}-sauce", name="Sauce", max_choices=None)
        ModifierFactory(group=group, sku="", name="Chilli", price_cents=50)
        ProductModifierGroupFactory(product=tray, group=group)

    comes_home(restaurant, file_format)


@pytest.mark.parametrize("file_format", FILE_FORMATS)
@pytest.mark.parametrize("name", ["square-bakery.json", "schema-org-taverna.jsonld", "menu-europe.csv"])
def test_an_imported_menu_comes_back_home_the_same(name: str, file_format: str) -> None:
    restaurant = RestaurantFactory()
    take_in(restaurant, (FIXTURES / name).read_bytes())

    comes_home(restaurant, file_format)


@pytest.mark.parametrize("name", ["square-bakery.json", "schema-org-taverna.jsonld", "menu-europe.csv"])
def test_an_imported_menu_goes_out_as_csv_and_comes_in_the_same(name: str) -> None:
    restaurant = RestaurantFactory()
    take_in(restaurant, (FIXTURES / name).read_bytes())

    other, report = again(restaurant, "csv")

    assert report.skipped == ()
    assert comparable(other).products == comparable(restaurant).products
    assert comparable(other).groups == comparable(restaurant).groups


def test_a_schema_org_file_is_linked_data_without_hidden_things(bistro: Restaurant) -> None:
    text = export_menu(bistro, file_format="schema-org", now=NOW)
    graph = json.loads(text)["@graph"]

    ids = {node["@id"] for node in graph}
    linked = {
        target["@id"]
        for node in graph
        for name in ("hasMenuItem", "hasMenuSection", "menuAddOn")
        for target in node.get(name, [])
        if "@id" in target
    }
    assert linked <= ids
    assert "Water" not in text
    assert "Lunch" not in text
