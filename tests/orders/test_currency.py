"""A restaurant that takes another currency before its first order: no basket is charged in one it was not shown in."""

from html import unescape

import pytest
from django.test import Client

from loyalty.models import Contact
from menu.models import Product, Restaurant, Table
from orders.models import AppliedOffer, DemoCharge, Order, Payment, PaymentState
from tests.factories import ProductFactory
from tests.orders.members import give_voucher, seat_member, url_of
from tests.orders.test_checkout_page import hidden, read

pytestmark = pytest.mark.usefixtures("demo_mode")


@pytest.fixture
def soup(diner: Client, table: Table) -> Product:
    """Soup of 12.00, two of which are in the diner's basket, in EUR."""
    made: Product = ProductFactory.create(restaurant=table.restaurant, sku="SOUP", name="Soup", price_cents=1200)
    diner.post("/basket/add/", {"product": made.pk, "quantity": 2})
    return made


def take_dollars() -> None:
    Restaurant.objects.update(currency="USD")


def test_a_button_in_another_currency_is_a_conflict_that_shows_the_new_one(diner: Client, soup: Product) -> None:
    form = {**hidden(read(diner)), "method": "demo"}
    take_dollars()

    told = diner.post("/checkout/", form)

    page = unescape(told.content.decode())
    assert told.status_code == 409
    assert page.count("The prices are in USD now. Please look at the total once more.") == 1
    assert "Order and pay $24.00" in page
    assert (Payment.objects.count(), Order.objects.get().currency) == (0, "USD")
    assert diner.post("/checkout/", {**form, **hidden(page)}).status_code == 303
    assert (Payment.objects.get().currency, DemoCharge.objects.get().currency) == ("USD", "USD")


@pytest.mark.parametrize("opened", ["/checkout/", "/basket/"])
def test_a_basket_opened_again_is_in_the_new_currency_and_older_buttons_are_void(
    diner: Client, soup: Product, opened: str
) -> None:
    older = {**hidden(read(diner)), "method": "demo"}
    take_dollars()

    page = unescape(diner.get(opened).content.decode())

    assert "The prices are in USD now." in page
    assert "$24.00" in page
    assert "€" not in page
    assert Order.objects.get().currency == "USD"
    assert "The prices are in" not in diner.get(opened).content.decode()
    assert diner.post("/checkout/", older).status_code == 409
    assert not Payment.objects.exists()


def test_a_basket_that_is_being_paid_keeps_its_currency(diner: Client, soup: Product) -> None:
    diner.post("/checkout/", {**hidden(read(diner)), "method": "demo"})
    take_dollars()

    page = unescape(diner.get("/basket/").content.decode())

    order = Order.objects.get()
    assert "Payment of €24.00 is under way." in page
    assert "$" not in page
    assert (order.currency, order.payment_state, Payment.objects.get().currency) == ("EUR", PaymentState.PAYING, "EUR")


@pytest.mark.usefixtures("clock")
def test_offers_judged_in_the_other_currency_leave_and_are_free_again(
    client: Client, table: Table, noor: Contact
) -> None:
    seat_member(client, table, noor)
    soup = ProductFactory.create(restaurant=table.restaurant, sku="SOUP", price_cents=1200)
    client.post("/basket/add/", {"product": soup.pk, "quantity": 2})
    client.post(url_of(give_voucher(noor), "apply"))
    take_dollars()

    page = unescape(client.get("/checkout/").content.decode())

    assert "10% off left your basket and is free again." in page
    assert "Order and pay $24.00" in page
    offer = AppliedOffer.objects.get()
    assert (offer.withdrawn_at is None, offer.released_at is None) == (False, False)
