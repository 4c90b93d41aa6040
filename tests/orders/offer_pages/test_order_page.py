"""What the order's page says of points."""

import re

import time_machine
from django.test import Client
from pytest_django import Settings

from loyalty.models import Contact
from menu.models import Product, Table
from orders import settlement
from orders.models import Order
from tests.factories import NOW
from tests.orders.logins import AWAY, HTMX
from tests.orders.members import give_voucher, text_of, url_of
from tests.orders.offer_pages.reading import later, read


def place(client: Client) -> Order:
    """Order with payment at the counter."""
    page = read(client, "/checkout/")
    form = {
        name: re.findall(rf'name="{name}" value="([^"]*)"', page)[0] for name in ("checkout_key", "shown_total_cents")
    }
    assert client.post("/checkout/", {**form, "method": "counter", "tip": "0"}).status_code == 303
    return Order.objects.get()


def test_an_order_to_be_paid_at_the_counter_says_what_it_will_earn(filled: Client, noor: Contact) -> None:
    filled.post(url_of(give_voucher(noor), "apply"))

    order = place(filled)

    assert "You will earn 21 points when you pay" in read(filled, order.get_absolute_url())


def test_a_paid_order_says_what_it_earned_and_the_new_balance(filled: Client, noor: Contact) -> None:
    filled.post(url_of(give_voucher(noor), "apply"))
    order = place(filled)
    settlement.mark_paid(order, by="anna", now=NOW)

    page = read(filled, order.get_absolute_url())

    assert "You earned 21 points" in page
    assert "Your new balance: 141 points" in page
    assert 'data-count-from="120" data-count-to="141"' in page


def test_whoever_looks_while_points_are_added_gets_them_by_polling(
    filled: Client, noor: Contact, settings: Settings, clock: time_machine.Traveller
) -> None:
    order = place(filled)
    settings.LOYALTY_BACKEND = AWAY
    settlement.mark_paid(order, by="anna", now=NOW)
    url = order.get_absolute_url()

    before = read(filled, url)
    same = filled.get(f"{url}?seen=paid-received", headers=HTMX)
    clock.move_to(later(2))
    patient = read(filled, url)
    settings.LOYALTY_BACKEND = "embedded"
    settlement.settle_paid(now=later(2))
    after = filled.get(f"{url}?seen=paid-received", headers=HTMX)

    assert "Your points are being added." in before
    assert 'hx-trigger="every 4s"' in before
    assert same.status_code == 204
    assert "Your points are not lost" in patient
    assert "You earned 24 points" in text_of(after)


def test_points_are_nobody_elses_business(filled: Client, table: Table) -> None:
    order = place(filled)
    settlement.mark_paid(order, by="anna", now=NOW)
    stranger = Client()
    stranger.get(f"/t/{table.code}/")

    page = read(stranger, order.get_absolute_url())

    assert "points" not in page
    assert "Join in a minute" not in page


def test_whoever_is_no_member_is_invited_quietly(diner: Client, soup: Product) -> None:
    diner.post("/basket/add/", {"product": soup.pk})

    page = read(diner, place(diner).get_absolute_url())

    assert "Join in a minute" in page
    assert "You earned" not in page


def test_a_cancelled_order_says_nothing_of_points(filled: Client) -> None:
    order = place(filled)
    Order.objects.update(kitchen_state="cancelled")

    assert "You will earn" not in read(filled, order.get_absolute_url())
