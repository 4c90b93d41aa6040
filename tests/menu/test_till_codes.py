"""What tills of each make call a product: typed as lines, told to the programme's catalogue."""

import pytest
from django.core.exceptions import ValidationError

from loyalty.models import CatalogueProduct
from menu.models import Restaurant
from menu.till_codes import read_till_codes, validate_till_codes
from orders.catalogue import sync_menu
from tests.factories import NOW, ProductFactory, RestaurantFactory, VariantFactory


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("", {}),
        (" \n ", {}),
        ("Acme=1001", {"Acme": "1001"}),
        ("Acme = 1001\r\n\r\nNCR Aloha=A=7", {"Acme": "1001", "NCR Aloha": "A=7"}),
    ],
)
def test_lines_are_codes_by_make(text: str, codes: dict[str, str]) -> None:
    assert read_till_codes(text) == codes


@pytest.mark.parametrize("text", ["1001", "=1001", "Acme=", "Acme=1\nacme=2", "x" * 81 + "=1", "Acme=" + "1" * 81])
def test_a_line_that_is_none_is_refused_and_named(text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        validate_till_codes(text)

    assert text.splitlines()[-1] in str(refused.value)


@pytest.mark.django_db
def test_the_menu_tells_the_codes_of_products_and_sizes() -> None:
    restaurant: Restaurant = RestaurantFactory.create()
    pizza = ProductFactory.create(restaurant=restaurant, sku="PIZZA", price_cents=None, till_codes="Acme=1001")
    VariantFactory.create(product=pizza, sku="PIZZA-L", till_codes="Acme=1002\nBolt=9")

    sync_menu(restaurant, now=NOW)

    assert dict(CatalogueProduct.objects.values_list("sku", "till_codes")) == {
        "PIZZA": {"Acme": "1001"},
        "PIZZA-L": {"Acme": "1002", "Bolt": "9"},
    }
