"""What staff deleted stays deleted when the file comes again, and the report says so."""

import pytest

from menu.models import Product, Restaurant
from tests.factories import ProductFactory, RestaurantFactory
from tests.menu.menu_files import named, reason, rows_of, take_in

pytestmark = pytest.mark.django_db

MENU = """type,sku,in,name,price
category,drinks,,Drinks,
product,TEA,drinks,Tea,3.00
product,COCOA,drinks,Cocoa,4.00
size,COFFEE-S,COFFEE,small,2.50
size,COFFEE-L,COFFEE,large,3.50
product,COFFEE,drinks,Coffee,
"""


@pytest.fixture
def cafe() -> Restaurant:
    restaurant: Restaurant = RestaurantFactory.create()
    take_in(restaurant, MENU)
    return restaurant


def test_a_product_that_staff_deleted_does_not_come_back_and_is_named(cafe: Restaurant) -> None:
    Product.objects.get(sku="COFFEE").delete()

    report = take_in(cafe, MENU)

    assert set(cafe.products.values_list("sku", flat=True)) == {"TEA", "COCOA"}
    assert (report.products, named(report)) == (2, {"Coffee"})
    assert reason(report, "Coffee") == (
        "deleted here since an earlier import; make a product with the SKU COFFEE to have it back"
    )


def test_it_stays_deleted_however_often_the_file_comes(cafe: Restaurant) -> None:
    Product.objects.get(sku="TEA").delete()
    take_in(cafe, MENU.replace("4.00", "4.20"))
    before = rows_of(cafe)

    report = take_in(cafe, MENU.replace("4.00", "4.20"))

    assert named(report) == {"Tea"}
    assert not report.has_changed
    assert rows_of(cafe) == before


def test_what_the_file_has_for_the_first_time_is_new_all_the_same(cafe: Restaurant) -> None:
    Product.objects.get(sku="TEA").delete()

    take_in(cafe, MENU + "product,MATE,drinks,Mate,3.50\n")

    assert set(cafe.products.values_list("sku", flat=True)) == {"COCOA", "COFFEE", "MATE"}


def test_a_product_made_anew_with_its_sku_is_the_files_again(cafe: Restaurant) -> None:
    Product.objects.get(sku="TEA").delete()
    made = ProductFactory.create(restaurant=cafe, sku="TEA", name="Tea", price_cents=300)

    report = take_in(cafe, MENU)

    assert named(report) == set()
    assert Product.objects.get(sku="TEA").pk == made.pk


def test_a_menu_of_which_nothing_is_left_starts_over(cafe: Restaurant) -> None:
    for each in cafe.products.all():
        each.delete()

    report = take_in(cafe, MENU)

    assert (report.products, cafe.products.count(), named(report)) == (3, 3, set())


def test_another_restaurant_knows_nothing_of_it(cafe: Restaurant) -> None:
    other: Restaurant = RestaurantFactory.create()
    ProductFactory.create(restaurant=other)
    Product.objects.get(restaurant=cafe, sku="TEA").delete()

    take_in(other, MENU)

    assert other.products.filter(sku="TEA").exists()


def test_a_dry_run_remembers_nothing() -> None:
    restaurant: Restaurant = RestaurantFactory.create()
    ProductFactory.create(restaurant=restaurant)
    take_in(restaurant, MENU, dry_run=True)

    report = take_in(restaurant, MENU)

    assert (report.products, named(report)) == (3, set())
