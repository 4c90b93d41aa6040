"""A voucher on the product's form: staff choose its promotion by name; the form refuses what makes no sense."""

import pytest
from django.test import Client

from loyalty.models import Promotion
from menu.models import Product
from tests.factories import ProductFactory
from tests.loyalty.factories import PromotionFactory
from tests.menu.admin_forms import errors_of, page_of, save

pytestmark = pytest.mark.django_db


@pytest.fixture
def product() -> Product:
    made: Product = ProductFactory.create(name="Coffee book", price_cents=800)
    return made


@pytest.fixture
def offered() -> Promotion:
    made: Promotion = PromotionFactory.create(name="Coffee for free")
    return made


def test_the_promotion_is_chosen_by_its_name(admin_client: Client, product: Product, offered: Promotion) -> None:
    PromotionFactory.create(name="Long gone", is_active=False)
    shown = admin_client.get(page_of(product)).content.decode()

    answer = save(admin_client, page_of(product), kind="voucher", promotion=str(offered.uuid))

    product.refresh_from_db()
    assert f'<option value="{offered.uuid}">Coffee for free</option>' in shown
    assert "Long gone" not in shown
    assert (answer.status_code, product.kind, product.promotion) == (302, "voucher", str(offered.uuid))


def test_a_promotion_taken_out_of_use_stays_chosen_and_is_said_to_be(
    admin_client: Client, product: Product, offered: Promotion
) -> None:
    Product.objects.update(kind="voucher", promotion=str(offered.uuid))
    Promotion.objects.update(is_active=False)

    shown = admin_client.get(page_of(product)).content.decode()
    answer = save(admin_client, page_of(product))

    product.refresh_from_db()
    assert f'<option value="{offered.uuid}" selected>Coffee for free (not active)</option>' in shown
    assert (answer.status_code, product.promotion) == (302, str(offered.uuid))


@pytest.mark.parametrize(
    ("kind", "promotion", "said"),
    [
        ("voucher", "", "Choose of which promotion the buyer gets a voucher."),
        ("food", "theirs", "Only a product of the kind “Voucher” has a promotion."),
        ("voucher", "forged", "Select a valid choice. forged is not one of the available choices."),
    ],
)
def test_what_makes_no_sense_is_refused(
    admin_client: Client, product: Product, offered: Promotion, kind: str, promotion: str, said: str
) -> None:
    chosen = promotion.replace("theirs", str(offered.uuid))

    answer = save(admin_client, page_of(product), kind=kind, promotion=chosen)

    product.refresh_from_db()
    assert said in str(errors_of(answer))
    assert (product.kind, product.promotion) == ("food", "")
