"""What tests of the offers' pages share: a page as it reads, a moment later that evening, and a voucher for a soup."""

import re
from datetime import datetime, timedelta

from django.test import Client

from loyalty.models import Contact, Voucher
from tests.factories import NOW
from tests.orders.members import give_voucher, text_of


def read(client: Client, url: str = "/basket/", *, status: int = 200) -> str:
    """Return a page as it reads."""
    response = client.get(url)
    assert response.status_code == status
    return text_of(response)


def item_with(page: str, words: str) -> str:
    """Return the list item of the page that says `words`."""
    return str(next(item for item in re.findall(r"<li class=\"coupon.*?</li>", page) if words in item))


def later(minutes: int) -> datetime:
    """Return the moment that many minutes into the evening."""
    return NOW + timedelta(minutes=minutes)


def free_soup(contact: Contact, **fields: object) -> Voucher:
    """Give a voucher for a soup."""
    return give_voucher(
        contact, "Soup for free", attributes={"discount_type": "free_item", "product_code": "SOUP"}, **fields
    )
