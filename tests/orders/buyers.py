"""Who buys gift cards and vouchers at the table, and gives them back a minute later: fixtures for the tests of both."""

from datetime import timedelta

import pytest

from menu.models import Table
from orders.guest import Visitor
from orders.models import Order, OrderReturn
from orders.returns import return_items
from tests.factories import NOW
from tests.loyalty.factories import member
from tests.orders.diners import Diner, seat_member

LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def buyer(table: Table) -> Diner:
    return seat_member(table, member(0))


@pytest.fixture
def visitor(buyer: Diner) -> Visitor:
    return buyer.visitor


def give_back(order: Order, key: str, /, **quantities: int) -> OrderReturn:
    lines = dict(order.lines.values_list("sku", "pk"))
    wanted = {lines[sku]: quantity for sku, quantity in quantities.items()}
    return return_items(order, wanted, key=key, by="anna", reason="by mistake", now=LATER)
