"""The two menus from real restaurants, where they are at hand: nothing gets lost, and coming again changes nothing."""

import json
from decimal import Decimal

import pytest

from menu.exporters import export_menu
from menu.importers import import_menu
from menu.models import Category, Product, Variant
from menu.sections import read_menu
from tests.factories import NOW, RestaurantFactory
from tests.menu.menu_files import REAL_MENUS, named, rows_of, shape_of
from tests.menu.menu_losses import losses_from_schema_org, losses_from_square

pytestmark = [pytest.mark.django_db, pytest.mark.once("postgres")]


def real_menu(name: str) -> bytes:
    path = REAL_MENUS / name
    if not path.exists():
        pytest.skip(f"the real menu {name} is not at ../shared/data/menus")
    return path.read_bytes()


def test_the_ice_cream_shop_comes_in_without_a_loss() -> None:
    restaurant = RestaurantFactory()
    content = real_menu("square-catalog.json")

    report = import_menu(restaurant, content, "square-catalog.json", now=NOW)

    assert losses_from_square(json.loads(content), restaurant, report) == []
    assert (report.categories, report.products, report.groups, len(report.skipped)) == (11, 180, 17, 12)
    assert named(report) >= {"family + friend", "taco tuesday 2 tacos for $10", "whiskey + honey ice cream"}
    assert restaurant.currency == "USD"
    assert restaurant.prices_include_tax
    assert restaurant.tax_rate == Decimal("8.6")
    gift_card = Product.objects.get(restaurant=restaurant, kind="gift_card")
    assert not gift_card.discountable
    assert not gift_card.earns_points
    assert gift_card.tax_rate == Decimal(0)
    assert list(gift_card.variants.values_list("sku", "price_cents")) == [
        ("gc10", 1000),
        ("gc15", 1500),
        ("gc25", 2500),
        ("gc50", 5000),
        ("gc100", 10000),
    ]
    menu = read_menu(restaurant, now=NOW)
    shown = sum(len(section.entries) for section in menu.sections) + len(menu.uncategorised)
    assert (shown, len(menu.uncategorised)) == (180, 15)
    before = rows_of(restaurant)

    again = import_menu(restaurant, content, "square-catalog.json", now=NOW)

    assert not again.has_changed
    assert rows_of(restaurant) == before


def test_the_fish_grill_comes_in_without_a_loss() -> None:
    restaurant = RestaurantFactory()
    content = real_menu("schema-org-menu.jsonld")

    report = import_menu(restaurant, content, "schema-org-menu.jsonld", now=NOW)

    assert losses_from_schema_org(json.loads(content), restaurant, report) == []
    assert (report.categories, report.products, report.groups) == (44, 192, 5)
    assert [(line.name, line.reason) for line in report.skipped] == [
        ("Lobster Puerto Nuevo", "its price “M/P” is not a number")
    ]
    assert restaurant.currency == "USD"
    assert Category.objects.filter(restaurant=restaurant, name="Pita Wraps").count() == 2
    closed = Category.objects.filter(restaurant=restaurant).exclude(available_from=None, available_until=None)
    assert [(row.name, row.weekdays) for row in closed] == [("Taco Tuesday", "Tu")]
    assert Variant.objects.get(product__restaurant=restaurant, product__name="Taco Pack").name == "Per Person"
    menu = read_menu(restaurant, now=NOW)
    not_served = [section.category.name for section in menu.sections if not section.is_served]
    assert not_served == ["Taco Tuesday"]
    before = rows_of(restaurant)

    again = import_menu(restaurant, content, "schema-org-menu.jsonld", now=NOW)

    assert not again.has_changed
    assert rows_of(restaurant) == before


@pytest.mark.parametrize("file_format", ["csv", "square", "schema-org"])
@pytest.mark.parametrize("name", ["square-catalog.json", "schema-org-menu.jsonld"])
def test_a_real_menu_goes_out_and_comes_home_the_same(name: str, file_format: str) -> None:
    restaurant = RestaurantFactory()
    content = real_menu(name)
    import_menu(restaurant, content, name, now=NOW)
    before = shape_of(restaurant)

    report = import_menu(
        restaurant, export_menu(restaurant, file_format=file_format, now=NOW).encode(), "menu", now=NOW
    )

    assert report.kept == ()
    assert shape_of(restaurant) == before

    import_menu(restaurant, content, name, now=NOW)

    assert shape_of(restaurant) == before
