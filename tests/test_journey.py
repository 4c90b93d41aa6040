"""The whole story, told through the pages as a phone without JavaScript would walk it."""

import re
from html import unescape

import pytest
from django.test import Client

from menu.models import Product, Restaurant, Table
from orders import settlement
from orders.models import Attempt, LineItem, Order
from tests.factories import (
    CategoryFactory,
    ModifierFactory,
    ModifierGroupFactory,
    ProductFactory,
    ProductModifierGroupFactory,
    TableFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def table(db: None) -> Table:
    """Table 5 of a restaurant that sells soup for 6.50 and a burger for 14.00 that must be cooked some way."""
    table: Table = TableFactory.create(name="Table 5", restaurant__name="Harbour House")
    mains = CategoryFactory.create(restaurant=table.restaurant, name="Mains")
    ProductFactory.create(restaurant=table.restaurant, name="Soup", price_cents=650, categories=[mains])
    burger = ProductFactory.create(restaurant=table.restaurant, name="Burger", price_cents=1400, categories=[mains])
    cooked = ModifierGroupFactory.create(restaurant=table.restaurant, name="Cooked", min_choices=1, max_choices=1)
    ProductModifierGroupFactory.create(product=burger, group=cooked)
    ModifierFactory.create(group=cooked, name="Pink", price_cents=0)
    ModifierFactory.create(group=cooked, name="Well done", price_cents=50)
    return table


def hidden(page: str, name: str) -> str:
    """Return the value of a hidden field of a page."""
    tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
    assert tag, f"no field {name}"
    value = re.search(r'value="([^"]*)"', tag[0])
    assert value
    return unescape(value[1])


def fill_basket(client: Client, table: Table) -> None:
    """Scan, then add a soup from the menu and two burgers, well done, from the burger's page: 35.50."""
    client.get(f"/t/{table.code}/")
    soup, burger = Product.objects.order_by("price_cents")
    well_done = burger.groups.get().modifiers.get(name="Well done")
    client.post("/basket/add/", {"product": soup.pk, "quantity": 1})
    client.post("/basket/add/", {"product": burger.pk, "quantity": 2, f"modifier-{well_done.group_id}": well_done.pk})


def press_pay(client: Client, method: str, **fields: str) -> str:
    """Open the checkout, press its button, and return the address it leads to."""
    page = client.get("/checkout/").content.decode()
    form = {name: hidden(page, name) for name in ("checkout_key", "shown_total_cents")}
    response = client.post("/checkout/", {**form, "method": method, "tip": "0", **fields})
    assert response.status_code == 303, response.content.decode()
    return response["Location"]


def test_scan_order_and_pay_at_the_counter(client: Client, table: Table) -> None:
    scanned = client.get(f"/t/{table.code}/", follow=True)
    assert "Harbour House" in scanned.content.decode()
    assert "Add Soup" in scanned.content.decode()

    fill_basket(client, table)
    basket = client.get("/basket/").content.decode()
    assert "Well done" in basket
    assert "€35.50" in basket

    checkout = client.get("/checkout/").content.decode()
    assert "Order and pay €35.50" in checkout
    url = press_pay(client, "counter")
    page = client.get(url).content.decode()

    order = Order.objects.get()
    assert (order.total_cents, order.kitchen_state, order.payment_state) == (3550, "received", "unpaid")
    assert "Order successful" in page
    assert unescape("Your order was successfully processed, we&#x27;re preparing it right away.") in unescape(page)
    assert "€35.50" in page
    assert "€35.50" not in client.get("/basket/").content.decode()


@pytest.mark.usefixtures("demo_mode")
def test_scan_order_and_pay_online_after_a_decline_and_a_change_of_mind(client: Client, table: Table) -> None:
    fill_basket(client, table)

    def at_the_bank(outcome: str) -> str:
        way = client.get(press_pay(client, "demo")).content.decode()
        bank = f"/payments/demo/{Attempt.objects.latest('pk').uuid}/"
        assert f"http://127.0.0.1:8000{bank}" in way
        assert "€35.50" in client.get(bank).content.decode()
        response = client.post(bank, {"outcome": outcome})
        assert response.status_code == 303
        return response["Location"].removeprefix("http://127.0.0.1:8000")

    declined = at_the_bank("decline")
    assert declined == "/checkout/"
    assert "declined" in client.get(declined).content.decode()
    cancelled = at_the_bank("cancel")
    assert cancelled == "/basket/"
    assert "cancelled the payment" in client.get(cancelled).content.decode()
    paid = at_the_bank("pay")

    order = Order.objects.get()
    page = client.get(paid).content.decode()
    assert (order.payment_state, order.number, LineItem.objects.filter(parent=None).count()) == ("paid", 1, 2)
    assert "Order successful" in page
    assert [attempt.state for attempt in Attempt.objects.order_by("pk")] == ["declined", "cancelled", "paid"]


@pytest.mark.usefixtures("demo_mode")
def test_a_late_answer_shows_checking_first_and_a_finished_payment_changes_nothing(
    client: Client, table: Table
) -> None:
    fill_basket(client, table)
    press_pay(client, "demo")
    bank = f"/payments/demo/{Attempt.objects.get().uuid}/"

    back = client.post(bank, {"outcome": "late"})["Location"].removeprefix("http://127.0.0.1:8000")
    checking = client.get(back).content.decode()
    again = client.post(bank, {"outcome": "decline"})["Location"].removeprefix("http://127.0.0.1:8000")
    busy = client.post("/basket/add/", {"product": Product.objects.get(name="Soup").pk, "quantity": 1})

    assert "checking" in checking
    assert "Order successful" not in checking
    assert again == back
    assert busy.status_code == 409
    assert "Payment of €35.50 is under way" in busy.content.decode()
    attempt = Attempt.objects.get()
    settlement.reconcile(now=attempt.started_at + settlement.start_grace())
    assert "Order successful" in client.get(back).content.decode()


def test_a_price_that_rises_meanwhile_is_told_and_confirmed(client: Client, table: Table) -> None:
    fill_basket(client, table)
    page = client.get("/checkout/").content.decode()
    form = {name: hidden(page, name) for name in ("checkout_key", "shown_total_cents")}
    Product.objects.filter(name="Soup").update(price_cents=700)

    refused = client.post("/checkout/", {**form, "method": "counter", "tip": "0"})
    told = unescape(refused.content.decode())

    assert refused.status_code == 409
    assert "The price of Soup changed from €6.50 to €7.00." in told
    assert "Order and pay €36.00" in told
    assert Order.objects.get().placed_at is None
    client.get(press_pay(client, "counter"))
    assert Order.objects.get().total_cents == 3600


def test_paused_ordering_keeps_the_basket_and_orders_nothing(client: Client, table: Table) -> None:
    fill_basket(client, table)
    page = client.get("/checkout/").content.decode()
    form = {name: hidden(page, name) for name in ("checkout_key", "shown_total_cents")}
    Restaurant.objects.update(ordering="paused", pause_message="Back at eight.")

    refused = client.post("/checkout/", {**form, "method": "counter", "tip": "0"})

    assert refused.status_code == 403
    assert "Back at eight." in refused.content.decode()
    assert Order.objects.get().lines.filter(parent=None).count() == 2
