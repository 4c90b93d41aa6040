"""Answers that take the place of the whole page although htmx asked for a part, and HEAD wherever there is a GET."""

import uuid

import pytest
from django.test import Client

from menu.models import Product, Table
from orders.models import DemoCharge, Guest, LineItem, Order
from tests.factories import NOW, ProductFactory

HTMX = {"HX-Request": "true"}
WHOLE_PAGE = ("body", "innerHTML show:window:top")


@pytest.mark.parametrize("address", ["/basket/add/", "/checkout/", "/call-staff/", "/basket/lines/1/", "/basket/note/"])
def test_without_a_table_htmx_gets_how_to_scan_as_a_whole_page(client: Client, table: Table, address: str) -> None:
    product = ProductFactory.create(restaurant=table.restaurant)

    by_htmx = client.post(address, {"product": product.pk, "quantity": 1}, headers=HTMX)
    without = client.post(address, {"product": product.pk, "quantity": 1})

    assert (by_htmx.status_code, by_htmx["HX-Retarget"], by_htmx["HX-Reswap"]) == (403, *WHOLE_PAGE)
    assert "Scan the code on your table" in by_htmx.content.decode()
    assert (without.status_code, "HX-Retarget" in without) == (403, False)
    assert (Guest.objects.count(), Order.objects.count()) == (0, 0)


def test_what_is_not_there_is_a_whole_page_for_htmx_too(diner: Client) -> None:
    response = diner.post("/basket/add/", {"product": 999}, headers=HTMX)

    assert (response.status_code, response["HX-Retarget"], response["HX-Reswap"]) == (404, *WHOLE_PAGE)
    assert LineItem.objects.count() == 0


def test_a_refused_form_stays_the_part_that_it_is(diner: Client, table: Table) -> None:
    product: Product = ProductFactory.create(restaurant=table.restaurant)

    response = diner.post("/basket/add/", {"product": product.pk, "quantity": 0}, headers=HTMX)

    assert (response.status_code, "HX-Retarget" in response) == (422, False)
    assert response.content.decode().lstrip().startswith("<article")


def test_head_answers_as_get_does_without_the_body(diner: Client, table: Table, demo_mode: None) -> None:
    product = ProductFactory.create(restaurant=table.restaurant)
    diner.post("/basket/add/", {"product": product.pk, "quantity": 1})
    charge = DemoCharge.objects.create(
        uuid=uuid.uuid4(),
        idempotency_key="key",
        amount_cents=650,
        currency="EUR",
        description="Order",
        return_url="/",
        declined_url="/",
        cancel_url="/",
        created_at=NOW,
    )
    addresses = [
        "/",
        f"/t/{table.code}/",
        f"/r/{table.restaurant.slug}/",
        f"/products/{product.pk}/",
        "/basket/",
        "/checkout/",
        "/offers/",
        "/identify/",
        f"/orders/{Order.objects.get().uuid}/",
        f"/payments/demo/{charge.uuid}/",
        "/healthz",
    ]

    answers = {address: (diner.head(address), diner.get(address)) for address in addresses}

    for address, (head, get) in answers.items():
        assert (address, head.status_code, head.content) == (address, get.status_code, b"")
    assert (DemoCharge.objects.get().outcome, answers[f"/payments/demo/{charge.uuid}/"][0].status_code) == ("", 200)
