"""Every admin page of every model opens; lists cost the same number of queries however long they are."""

from collections.abc import Callable

import pytest
from django.contrib.admin import autodiscover, site
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from menu.models import Restaurant
from orders.models import Order
from tests.factories import (
    NOW,
    CategoryFactory,
    GuestFactory,
    LineItemFactory,
    ModifierFactory,
    ModifierGroupFactory,
    OrderFactory,
    PaymentFactory,
    ProductFactory,
    ProductModifierGroupFactory,
    RestaurantFactory,
    TableFactory,
    VariantFactory,
)

pytestmark = pytest.mark.django_db

autodiscover()
OURS = sorted(
    (model for model in site._registry if model._meta.app_label in {"menu", "orders"}), key=lambda m: m.__name__
)
NEVER_ADDED = {"Order", "Modifier"}


@pytest.fixture
def fill() -> Callable[[int], None]:
    """A function that makes a restaurant's worth of everything, that many of each."""
    restaurant = RestaurantFactory.create()

    def make(count: int) -> None:
        for _number in range(count):
            category = CategoryFactory.create(restaurant=restaurant)
            product = ProductFactory.create(restaurant=restaurant, categories=[category], drawing="eggs-on-toast")
            VariantFactory.create(product=product)
            group = ModifierGroupFactory.create(restaurant=restaurant)
            ModifierFactory.create(group=group)
            ProductModifierGroupFactory.create(product=product, group=group)
            table = TableFactory.create(restaurant=restaurant)
            number = Order.objects.count() + 1
            order = OrderFactory.create(
                guest=GuestFactory.create(table=table), number=number, placed_at=NOW, kitchen_state="received"
            )
            LineItemFactory.create(order=order, product=product, unit_cents=1000)
            PaymentFactory.create(order=order)
            RestaurantFactory.create()

    return make


def test_the_models_of_menu_and_orders_are_there() -> None:
    assert [model.__name__ for model in OURS] == [
        "Category",
        "Modifier",
        "ModifierGroup",
        "Order",
        "Product",
        "Restaurant",
        "Table",
    ]


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_every_page_opens(admin_client: Client, fill: Callable[[int], None], model: type[Model]) -> None:
    fill(1)
    row = model._default_manager.first()
    assert row is not None
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"

    assert admin_client.get(reverse(f"{name}_changelist")).status_code == 200
    assert admin_client.get(reverse(f"{name}_changelist"), {"q": "a'\"%_\\ 1"}).status_code == 200
    assert admin_client.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200
    assert admin_client.get(reverse(f"{name}_history", args=[row.pk])).status_code == 200
    assert admin_client.get(reverse(f"{name}_add")).status_code == (403 if model.__name__ in NEVER_ADDED else 200)
    assert admin_client.get(reverse(f"{name}_change", args=["nothing"])).status_code == 302


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_a_list_costs_the_same_number_of_queries_however_long_it_is(
    admin_client: Client, fill: Callable[[int], None], model: type[Model]
) -> None:
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    fill(2)
    with CaptureQueriesContext(
        connection,
    ) as few:
        admin_client.get(url)

    fill(6)
    with CaptureQueriesContext(connection) as many:
        answer = admin_client.get(url)

    assert len(answer.context["cl"].result_list) >= 8
    assert len(many) == len(few)
    assert len(many) <= 14


def test_a_long_product_form_costs_few_queries(admin_client: Client, fill: Callable[[int], None]) -> None:
    fill(1)
    restaurant = Restaurant.objects.order_by("id").first()
    product = ProductFactory.create(restaurant=restaurant)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            admin_client.get(f"/admin/menu/product/{product.pk}/change/")
        return len(queries)

    for number in range(2):
        VariantFactory.create(product=product, sku=f"V{number}")
        ProductModifierGroupFactory.create(product=product)
    short = cost()
    for number in range(8):
        VariantFactory.create(product=product, sku=f"W{number}")
        ProductModifierGroupFactory.create(product=product)

    assert cost() == short


def test_the_first_page_and_the_login_open(admin_client: Client, client: Client) -> None:
    assert admin_client.get("/admin/").status_code == 200
    assert client.get("/admin/login/").status_code == 200


@pytest.mark.parametrize("path", ["/admin/", "/admin/menu/product/", "/admin/orders/order/", "/admin/board/"])
def test_pages_answer_with_the_strict_policy_and_nothing_inline(admin_client: Client, path: str) -> None:
    RestaurantFactory.create_batch(2)

    answer = admin_client.get(path)

    text = answer.content.decode()
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "<style" not in text
    assert " style=" not in text
    assert " onclick=" not in text
    assert "<script>" not in text


def test_the_admin_brings_its_icon_so_that_no_browser_looks_for_one(client: Client) -> None:
    assert 'rel="icon"' in client.get("/admin/login/").content.decode()
