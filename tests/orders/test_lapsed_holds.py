"""An offer whose time ran out and that nobody changed the basket since: what is shown is what is charged, or a 409 before.

It is taken again when payment starts (trust.md); looking at the pages changes nothing.
"""

import re
from datetime import timedelta

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client

from loyalty import port
from loyalty.models import Contact, Voucher
from menu.models import Product, Table
from orders.models import AppliedOffer, LineItem, Order
from tests.factories import NOW, ProductFactory
from tests.orders.members import give_reward, give_voucher, seat_member, text_of, url_of

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def phone(client: Client, table: Table, noor: Contact) -> Client:
    """Noor's phone with two soups in the basket: 24.00."""
    soup: Product = ProductFactory.create(restaurant=table.restaurant, sku="SOUP", name="Soup", price_cents=1200)
    seat_member(client, table, noor)
    client.post("/basket/add/", {"product": soup.pk, "quantity": 2})
    return client


@pytest.fixture
def lapsed(phone: Client, noor: Contact, clock: time_machine.Traveller) -> Voucher:
    """Ten percent off, on the basket for longer than it was held."""
    ten = give_voucher(noor)
    phone.post(url_of(ten, "apply"))
    clock.move_to(NOW + timedelta(minutes=16))
    return ten


def total_on(page: str) -> str:
    """Return the total that a page shows."""
    found = re.search(r'class="total"><dt>Total</dt><dd class="price">(.*?)</dd>', page)
    assert found is not None
    return found[1]


def order_now(client: Client, page: str | None = None) -> HttpResponse:
    """Press the pay button of the checkout, or of the `page` that came back."""
    page = page or text_of(client.get("/checkout/"))
    fields = dict(re.findall(r'<input type="hidden" name="(checkout_key|shown_total_cents)" value="(\w+)"', page))
    response: HttpResponse = client.post("/checkout/", {**fields, "method": "counter", "tip": "0"})  # type: ignore[assignment]
    return response


def test_basket_and_checkout_show_the_same_and_that_is_charged(phone: Client, lapsed: Voucher) -> None:
    basket, checkout = text_of(phone.get("/basket/")), text_of(phone.get("/checkout/"))
    assert "It still counts if you order now, unless it was used elsewhere." in basket
    assert total_on(basket) == total_on(checkout) == "€21.60"

    response = order_now(phone)

    order = Order.objects.get()
    assert (response.status_code, order.total_cents) == (303, 2160)
    row = AppliedOffer.objects.live().get()
    assert row.held_until is not None
    assert row.held_until > NOW + timedelta(hours=1)
    lapsed.refresh_from_db()
    assert lapsed.locked_for == str(order.uuid)


def test_what_was_used_elsewhere_is_told_before_anything_is_charged(
    phone: Client, noor: Contact, lapsed: Voucher
) -> None:
    port.load().lock(
        str(noor.uuid),
        str(lapsed.uuid),
        holder="a till",
        until=NOW + timedelta(hours=1),
        now=NOW + timedelta(minutes=16),
    )

    response = order_now(phone)

    page = text_of(response)
    assert response.status_code == 409
    assert "10% off cannot be used any more, so the total has changed." in page
    assert total_on(page) == "€24.00"
    assert Order.objects.get().placed_at is None
    assert order_now(phone, page).status_code == 303
    assert Order.objects.get().total_cents == 2400


def test_a_reward_that_lapsed_counts_as_well(phone: Client, noor: Contact, clock: time_machine.Traveller) -> None:
    phone.post(url_of(give_reward(noor, product_code="SOUP"), "apply"))
    clock.move_to(NOW + timedelta(minutes=16))
    assert total_on(text_of(phone.get("/basket/"))) == "€12.00"

    response = order_now(phone)

    assert (response.status_code, Order.objects.get().total_cents) == (303, 1200)


def test_a_reward_that_lapsed_and_went_to_the_till_is_off_the_basket(
    phone: Client, noor: Contact, clock: time_machine.Traveller
) -> None:
    bought = give_reward(noor, product_code="SOUP")
    phone.post(url_of(bought, "apply"))
    clock.move_to(NOW + timedelta(minutes=16))

    phone.post(url_of(bought, "preselect"))

    assert total_on(text_of(phone.get("/basket/"))) == "€24.00"
    assert LineItem.objects.get().quantity == 2


def test_looking_at_the_pages_takes_nothing_off(phone: Client, lapsed: Voucher) -> None:
    for url in ("/basket/", "/checkout/", "/offers/", "/", url_of(lapsed)):
        assert phone.get(url).status_code == 200

    assert AppliedOffer.objects.live().count() == 1
