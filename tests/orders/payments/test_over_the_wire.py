"""Notifications as the banks send them: by themselves, over HTTP, to a running server, doubled and shuffled."""

import time

import pytest
from django.test import Client
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from menu.models import Table
from orders.models import Order
from tests.orders.banks import Banks
from tests.orders.payments.paying import fill_basket, open_payment


@pytest.mark.parametrize("code", ["stripe", "mollie"])
def test_a_bank_that_tells_us_by_itself_pays_the_order_once(
    live_server: LiveServer, diner: Client, table: Table, banks: Banks, settings: Settings, code: str
) -> None:
    settings.SITE_URL = live_server.url
    banks.control("notices", mode="hold", copies=2, stripe_url=f"{live_server.url}/payments/stripe/webhook/")
    fill_basket(diner, table)
    _attempt, page = open_payment(diner, code)
    expected = {"stripe": 4, "mollie": 2}[code]

    back = banks.press(page, "pay")
    banks.control("notices/release", shuffle=True, seed=3)

    deadline = time.monotonic() + 10
    while len(banks.ask("notices")["notices"]) < expected and time.monotonic() < deadline:
        time.sleep(0.05)
    order = Order.objects.get()
    answers = [answer for notice in banks.ask("notices")["notices"] for answer in notice["answers"]]
    assert back == f"{live_server.url}/orders/{order.uuid}/"
    assert set(answers) == {200}
    assert (order.payment_state, order.number) == ("paid", 1)
