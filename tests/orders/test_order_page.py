"""The order's page: success, live state, the receipt; a stranger with the address sees no more than that."""

import re
import uuid
from datetime import UTC, datetime
from html import unescape

import pytest
import time_machine
from django.test import Client

from menu.models import Restaurant, Table
from orders.models import Guest, KitchenState, Order, PaymentState, Receipt, issue_receipt
from orders.receipts import receipt_text
from tests.factories import (
    NOW,
    ChargeFactory,
    LineItemFactory,
    OrderFactory,
    PaymentFactory,
    ProductFactory,
    SubLineItemFactory,
    TaxAmountFactory,
)

HTMX = {"HX-Request": "true"}
SUCCESS = "Your order was successfully processed, we're preparing it right away."


@pytest.fixture
def order(diner: Client, table: Table) -> Order:
    """The diner's order number 7 of a steak with fries, to be paid at the counter."""
    diner.post("/basket/add/", {"product": ProductFactory.create(restaurant=table.restaurant).pk})
    guest = Guest.objects.get()
    Order.objects.all().delete()
    placed: Order = OrderFactory.create(
        guest=guest,
        number=7,
        note="By the window",
        email="guest@example.com",
        placed_at=NOW,
        kitchen_state=KitchenState.RECEIVED,
        items_cents=2650,
        total_discount_cents=250,
        total_cents=2640,
    )
    line = LineItemFactory.create(
        order=placed,
        product__name="Steak",
        quantity=1,
        unit_cents=2300,
        note="No salt",
        gross_cents=2300,
        discount_cents=250,
        total_cents=2050,
    )
    SubLineItemFactory.create(
        parent=line, modifier__name="Fries", unit_cents=350, gross_cents=350, total_cents=350, added_at=NOW
    )
    ChargeFactory.create(order=placed, type="GRATUITY", cents=240)
    TaxAmountFactory.create(order=placed, base_cents=2202, tax_cents=198)
    return placed


def read(client: Client, order: Order) -> str:
    """Return the order's page a minute after it was placed."""
    with time_machine.travel(NOW.replace(minute=31), tick=False):
        response = client.get(f"/orders/{order.uuid}/")
    assert response.status_code == 200
    return unescape(response.content.decode())


def test_its_guest_sees_success_the_receipt_and_what_to_do(diner: Client, order: Order) -> None:
    PaymentFactory.create(order=order, amount_cents=2640)

    page = read(diner, order)

    assert "Order successful" in page
    assert SUCCESS in page
    assert '<strong class="number">7</strong>' in page
    assert "1 × Steak" in page
    assert "Fries" in page
    assert re.search(r"<s>.*?€26\.50</s>\s*€24\.00", page)
    assert "“No salt”" in page
    assert "“By the window”" in page
    assert "€26.40" in page
    assert "Includes VAT 9%" in page
    assert "€1.98" in page
    assert "We send the receipt to guest@example.com." in page
    assert "Please pay €26.40 to our staff or at the counter." in page
    assert "Call staff" in page


def test_a_stranger_with_the_address_sees_state_and_lines_only(diner: Client, order: Order, table: Table) -> None:
    stranger = Client()
    stranger.get(f"/t/{table.code}/")

    page = read(stranger, order)

    assert SUCCESS in page
    assert "1 × Steak" in page
    for private in ("guest@example.com", "By the window", "No salt", "Call staff", "Order something else"):
        assert private not in page


@pytest.mark.django_db
def test_an_order_that_is_not_there_is_not_found(client: Client) -> None:
    assert client.get(f"/orders/{uuid.uuid4()}/").status_code == 404
    assert client.get("/orders/7/").status_code == 404


def test_the_page_takes_no_post_and_is_never_kept(diner: Client, order: Order) -> None:
    address = f"/orders/{order.uuid}/"

    assert diner.post(address).status_code == 405
    assert "no-store" in diner.get(address)["Cache-Control"]


@pytest.mark.parametrize(
    ("state", "step", "is_live"),
    [
        (KitchenState.RECEIVED, "Received", True),
        (KitchenState.PREPARING, "Being prepared", True),
        (KitchenState.READY, "Ready", True),
        (KitchenState.SERVED, "Served", False),
    ],
)
def test_the_page_asks_for_news_until_the_food_is_served(
    diner: Client, order: Order, state: str, step: str, is_live: bool
) -> None:
    Order.objects.update(kitchen_state=state, payment_state=PaymentState.PAID)

    page = read(diner, order)

    assert f'<li class="now" aria-current="step">{step}</li>' in page
    assert ('hx-trigger="every 4s"' in page) is is_live
    assert ('http-equiv="refresh"' in page) is is_live
    assert "Please pay" not in page


def test_after_hours_nobody_asks_for_news_any_more(diner: Client, order: Order) -> None:
    with time_machine.travel(NOW.replace(hour=23), tick=False):
        page = diner.get(f"/orders/{order.uuid}/").content.decode()

    assert "hx-trigger" not in page.split('id="order-state"')[1].split(">")[0]


def test_asking_for_news_costs_nothing_while_there_is_none(diner: Client, order: Order) -> None:
    address = f"/orders/{order.uuid}/?seen=unpaid-received"

    unchanged = diner.get(address, headers=HTMX)
    Order.objects.update(kitchen_state=KitchenState.PREPARING)
    changed = diner.get(address, headers=HTMX)

    assert (unchanged.status_code, unchanged.content) == (204, b"")
    assert changed.status_code == 200
    assert b"Being prepared" in changed.content
    assert b"done-mark still" in changed.content


def test_a_cancelled_order_says_why_and_asks_for_no_more_news(diner: Client, order: Order) -> None:
    Order.objects.update(kitchen_state=KitchenState.CANCELLED, cancel_reason="The oven is cold.")

    page = read(diner, order)

    assert "Order cancelled" in page
    assert "The oven is cold." in page
    assert SUCCESS not in page
    assert "hx-get" not in page


def test_a_payment_that_is_not_known_yet_is_being_checked(diner: Client, order: Order) -> None:
    Order.objects.update(
        kitchen_state=KitchenState.NONE, payment_state=PaymentState.PAYING, placed_at=None, number=None
    )

    page = read(diner, order)
    order.refresh_from_db()

    assert "We are checking your payment" in page
    assert SUCCESS not in page
    assert 'hx-trigger="every 4s"' in page
    assert order.payment_state == PaymentState.PAYING


def test_a_basket_is_no_order_yet(diner: Client, order: Order) -> None:
    Order.objects.update(
        kitchen_state=KitchenState.NONE, payment_state=PaymentState.UNPAID, placed_at=None, number=None
    )
    address = f"/orders/{order.uuid}/"

    assert diner.get(address)["Location"] == "/basket/"
    assert diner.get(address, headers=HTMX)["HX-Redirect"] == "/basket/"
    assert Client().get(address).status_code == 404


# Its time is the restaurant's ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "told"), [("America/New_York", "22 Nov 2026, 19:30"), ("Asia/Tokyo", "23 Nov 2026, 09:30")]
)
def test_page_and_receipt_tell_the_time_on_the_restaurants_own_clock(
    diner: Client, order: Order, zone: str, told: str
) -> None:
    Restaurant.objects.update(time_zone=zone)
    Order.objects.update(placed_at=datetime(2026, 11, 23, 0, 30, tzinfo=UTC))
    order = Order.objects.select_related("restaurant").get()

    page = unescape(diner.get(f"/orders/{order.uuid}/").content.decode())

    assert f"{order.restaurant.name}, {told}" in page
    issued_at = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
    issue_receipt(order, now=issued_at)
    assert told in receipt_text(Receipt.objects.select_related("restaurant", "order").get())


# Calling the staff ----------------------------------------------------------------------------------------------------


def test_calling_the_staff_rings_once(diner: Client, table: Table) -> None:
    with time_machine.travel(NOW, tick=False):
        first = diner.post("/call-staff/")
    again = diner.post("/call-staff/", headers=HTMX)

    assert (first.status_code, first["Location"]) == (302, "/")
    assert "Somebody is on the way to you." in again.content.decode()
    assert "<html" not in again.content.decode()
    assert Guest.objects.get().called_staff_at == NOW


def test_ringing_on_and_on_is_heard_once_and_then_asked_to_wait(diner: Client) -> None:
    with time_machine.travel(NOW.replace(second=20), tick=False):
        heard = [diner.post("/call-staff/", headers=HTMX).status_code for _ring in range(10)]
        by_htmx = diner.post("/call-staff/", headers=HTMX)
        without = diner.post("/call-staff/")
    with time_machine.travel(NOW.replace(minute=31), tick=False):
        later = diner.post("/call-staff/")

    assert set(heard) == {200}
    assert (by_htmx.status_code, by_htmx["Retry-After"], by_htmx["HX-Reswap"]) == (429, "40", "outerHTML")
    assert (without.status_code, without["Retry-After"]) == (429, "40")
    for refused in (by_htmx, without):
        assert "We heard you: somebody is on the way." in refused.content.decode()
    assert later.status_code == 302
    assert Guest.objects.get().called_staff_at == NOW.replace(second=20)


def test_another_guest_may_ring_all_the_same(diner: Client, table: Table) -> None:
    other = Client()
    other.get(f"/t/{table.code}/")
    for _ring in range(11):
        diner.post("/call-staff/")

    assert other.post("/call-staff/").status_code == 302


def test_calling_leads_back_to_where_it_was_pressed_but_never_elsewhere(diner: Client, order: Order) -> None:
    address = f"http://testserver/orders/{order.uuid}/"

    assert diner.post("/call-staff/", headers={"Referer": address})["Location"] == address
    assert diner.post("/call-staff/", headers={"Referer": "https://evil.example/"})["Location"] == "/"


def test_calling_needs_a_table_and_a_post(diner: Client, client: Client) -> None:
    nobody = Client()

    assert nobody.post("/call-staff/").status_code == 403
    assert diner.get("/call-staff/").status_code == 405
    assert Guest.objects.count() == 0


def test_a_guest_whose_visit_ended_is_told_to_scan_again(diner: Client) -> None:
    diner.post("/call-staff/")
    Guest.objects.update(ended_at=NOW, called_staff_at=None)

    response = diner.post("/call-staff/", headers=HTMX)

    assert response.status_code == 409
    assert "scan the code on the table again" in response.content.decode()
    assert Guest.objects.get().called_staff_at is None
