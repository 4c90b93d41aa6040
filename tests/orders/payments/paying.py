"""A diner with two soups in the basket who chooses a way to pay and presses the button, through the pages."""

import re
from html import unescape

from django.test import Client

from menu.models import Product, Table
from orders.models import Attempt
from tests.factories import ProductFactory
from tests.orders.banks import Banks, Notice


def fill_basket(diner: Client, table: Table) -> None:
    """Put 24.00 of soup in the basket."""
    soup: Product = ProductFactory.create(restaurant=table.restaurant, name="Soup", price_cents=1200)
    diner.post("/basket/add/", {"product": soup.pk, "quantity": 2})


def offered(diner: Client) -> list[str]:
    """Return the ways to pay on the checkout, in their order."""
    page = unescape(diner.get("/checkout/").content.decode())
    return re.findall(r'type="radio" name="method" value="(\w+)"', page)


def press_pay(diner: Client, method: str) -> str:
    """Press the pay button; return the address one is sent to."""
    page = diner.get("/checkout/").content.decode()
    fields = dict(re.findall(r'<input type="hidden" name="(checkout_key|shown_total_cents)" value="(\w+)"', page))
    answer = diner.post("/checkout/", {"method": method, "tip": "0", "email": "", **fields})
    assert answer.status_code == 303, answer.content.decode()
    location: str = answer["Location"]
    return location


def hosted_page(diner: Client, redirect_page: str) -> str:
    """Return the provider's page that our own one leads to."""
    page = unescape(diner.get(redirect_page).content.decode())
    links: set[str] = set(re.findall(r'content="0; url=([^"]+)"', page))
    (link,) = links
    assert f'href="{link}"' in page
    return link


def open_payment(diner: Client, method: str) -> tuple[Attempt, str]:
    """Go as far as the provider's page; return the try and that page's address."""
    page = hosted_page(diner, press_pay(diner, method))
    return Attempt.objects.get(), page


def deliver(client: Client, notice: Notice) -> int:
    """Post a notification where the bank would; return the status it got."""
    headers = {name: value for name, value in notice.headers.items() if name != "Content-Type"}
    path = "/" + notice.url.split("/", 3)[3]
    answer = client.post(path, notice.body, content_type=notice.headers["Content-Type"], headers=headers)
    return answer.status_code


def deliver_all(client: Client, banks: Banks, *, at_least: int = 1) -> list[int]:
    """Post whatever the banks have to say; return the statuses."""
    return [deliver(client, notice) for notice in banks.take_notices(at_least=at_least)]
