"""Leat's server is stopped: the menu, ordering and paying go on, and afterwards each order is settled once."""

import re
from html import unescape
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from loyalty.backends.leat.programme import LeatLoyalty
from loyalty.models import Contact
from menu.models import Product, Table
from orders import settlement
from orders.models import AppliedOffer, Order
from tests.factories import ProductFactory, TableFactory
from tests.loyalty.leat.running import House, LeatBench
from tests.loyalty.leat.test_lost_answers import wait_until_back
from tests.loyalty.leat.troubled import BadLine
from tests.orders.members import seat_member
from tests.test_port import form

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def table(db: None) -> Table:
    made: Table = TableFactory.create()
    return made


@pytest.fixture
def soup(table: Table) -> Product:
    made: Product = ProductFactory.create(restaurant=table.restaurant, name="Soup", price_cents=1200)
    return made


@pytest.fixture
def member(on_leat: LeatLoyalty) -> str:
    return on_leat.sign_up(form(), now=timezone.now())


@pytest.fixture
def bench(on_leat: LeatLoyalty, leat_house: House) -> LeatBench:
    return LeatBench.going_on(leat_house, on_leat.leat)


@pytest.fixture
def diner(client: Client, table: Table, soup: Product, member: str) -> Client:
    """A member in a browser at the table."""
    seat_member(client, table, Contact(uuid=UUID(member)))
    return client


def press_pay(client: Client) -> Order:
    """Order, to pay at the counter; staff take the money at once."""
    page = client.get("/checkout/").content.decode()
    fields = {name: hidden(page, name) for name in ("checkout_key", "shown_total_cents")}
    answer = client.post("/checkout/", {**fields, "method": "counter", "tip": "0"})
    assert answer.status_code == 303, answer.content.decode()
    order = Order.objects.latest("pk")
    settlement.mark_paid(order, by="anna", now=timezone.now())
    return Order.objects.get(pk=order.pk)


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page) or re.search(
        rf'value="([^"]*)"[^>]*name="{name}"', page
    )
    assert found, name
    return unescape(found[1])


def add(client: Client, soup: Product) -> None:
    assert client.post("/basket/add/", {"product": soup.pk, "quantity": 1}).status_code == 302


def test_with_the_server_stopped_orders_are_taken_and_settled_once_after_its_return(
    bench: LeatBench, on_leat: LeatLoyalty, line: BadLine, diner: Client, soup: Product, member: str
) -> None:
    code = bench.issue_voucher(member)
    voucher_id = on_leat.find_voucher(member, code, now=timezone.now()).id
    add(diner, soup)
    assert diner.post(f"/offers/voucher/{voucher_id}/apply/").status_code in {302, 303}

    line.cut()
    locked = press_pay(diner)
    add(diner, soup)
    plain = press_pay(diner)

    assert [(order.payment_state, order.kitchen_state, order.settled_at) for order in (locked, plain)] == [
        ("paid", "received", None)
    ] * 2
    assert [(order.total_cents, order.points_earned) for order in (locked, plain)] == [(1080, None), (1200, None)]

    line.open()
    wait_until_back(on_leat.leat)
    for _time in range(2):
        settlement.settle_paid(now=timezone.now())

    orders = Order.objects.order_by("pk")
    assert [(order.points_earned, order.settled_at is not None) for order in orders] == [(10, True), (12, True)]
    assert AppliedOffer.objects.get().redeemed_at is not None
    facts = bench.house.do("facts", email="member@example.com")
    assert (facts["balance"], facts["orders"], facts["redemptions"]) == (22, 2, 1)
    assert sorted(facts["entries"]) == [10, 12]


def test_what_needs_leat_is_refused_in_words_while_it_is_stopped(
    on_leat: LeatLoyalty, line: BadLine, client: Client, table: Table, soup: Product
) -> None:
    client.get(f"/t/{table.code}/")
    line.cut()

    answer = client.post("/identify/", {"email": "member@example.com"})

    assert answer.status_code == 503
    assert client.get("/").status_code == 200
    add(client, soup)
    assert press_pay(client).settled_at is not None  # nobody's order has nothing to tell Leat
