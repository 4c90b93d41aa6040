"""The programme's copy of the menu."""

import pytest
from pytest_django import DjangoAssertNumQueries

from loyalty.catalogue import sync_catalogue
from loyalty.models import CatalogueCategory, CatalogueProduct, Shop
from loyalty.port import CatalogueProduct as Product
from loyalty.port import Shop as ShopValue

pytestmark = pytest.mark.django_db

DEMO = ShopValue(reference="demo", name="Demo")
PIZZA = Product(sku="PIZZA", name="Margherita", categories={"pizza": "Pizza", "hot": "Hot dishes"})
COLA = Product(sku="COLA", name="Cola", categories={"drinks": "Drinks"})


def categories(sku: str) -> list[str]:
    return sorted(CatalogueProduct.objects.get(sku=sku).categories.values_list("slug", flat=True))


def sold_by(reference: str) -> list[str]:
    return sorted(Shop.objects.get(reference=reference).products.values_list("sku", flat=True))


def test_the_copy_says_what_the_shop_sells() -> None:
    sync_catalogue(DEMO, [PIZZA, COLA])

    assert sold_by("demo") == ["COLA", "PIZZA"]
    assert categories("PIZZA") == ["hot", "pizza"]
    assert CatalogueCategory.objects.get(slug="hot").name == "Hot dishes"


def test_syncing_again_changes_nothing_and_keeps_the_ids() -> None:
    sync_catalogue(DEMO, [PIZZA, COLA])
    ids = set(CatalogueProduct.objects.values_list("uuid", flat=True))

    sync_catalogue(DEMO, [COLA, PIZZA])

    assert set(CatalogueProduct.objects.values_list("uuid", flat=True)) == ids
    assert categories("PIZZA") == ["hot", "pizza"]


def test_what_changed_on_the_menu_changes_in_the_copy() -> None:
    sync_catalogue(DEMO, [PIZZA, COLA])

    sync_catalogue(DEMO, [Product(sku="PIZZA", name="Pizza Margherita", categories={"pizza": "Pizzas"})])

    assert CatalogueProduct.objects.get(sku="PIZZA").name == "Pizza Margherita"
    assert categories("PIZZA") == ["pizza"]
    assert CatalogueCategory.objects.get(slug="pizza").name == "Pizzas"
    assert sold_by("demo") == ["PIZZA"]
    assert CatalogueProduct.objects.filter(sku="COLA").exists()


def test_two_shops_share_what_both_sell() -> None:
    sync_catalogue(DEMO, [PIZZA, COLA])
    sync_catalogue(ShopValue(reference="other", name="Other"), [COLA])

    assert (sold_by("demo"), sold_by("other")) == (["COLA", "PIZZA"], ["COLA"])
    assert CatalogueProduct.objects.count() == 2


def test_the_number_of_queries_does_not_grow_with_the_menu(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    menu = [Product(sku=f"SKU-{number}", name=f"Dish {number}", categories={"all": "All"}) for number in range(400)]

    with django_assert_max_num_queries(20):
        sync_catalogue(DEMO, menu)

    assert len(sold_by("demo")) == 400


def test_the_copy_says_what_tills_call_a_product() -> None:
    sync_catalogue(DEMO, [Product(sku="COLA", name="Cola", till_codes={"Acme": "1001"})])
    assert CatalogueProduct.objects.get().till_codes == {"Acme": "1001"}

    sync_catalogue(DEMO, [Product(sku="COLA", name="Cola")])

    assert CatalogueProduct.objects.get().till_codes == {}
