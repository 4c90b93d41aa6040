"""Two returns at the very same moment: each sees what the other took, so that the last of them finds nothing left."""

import pytest

from menu.models import Product
from orders.models import Order, OrderReturn
from orders.returns import return_items
from tests.orders.buyers import LATER, buyer, visitor
from tests.orders.conftest import AddByForm
from tests.orders.diners import Diner
from tests.parallel import at_once, of_type
from tests.scale import size

__all__ = ["buyer", "visitor"]  # fixtures

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.prove(ci=True)]

ROUNDS = size(ci=3, full=20)


def return_both_at_once(order: Order) -> list[object]:
    """Take back the two lines of an order, each by a return of its own."""
    lines = list(order.lines.values_list("pk", flat=True))

    def press(number: int) -> object:
        key = f"{order.uuid}-{number}"
        return return_items(order, {lines[number]: 1}, key=key, by="anna", reason="by mistake", now=LATER)

    return at_once(2, press)


def test_the_last_two_lines_sold_returned_at_once_leave_the_order_returned(
    buyer: Diner, add_by_form: AddByForm, gift: Product, coffee_book: Product
) -> None:
    for _round in range(ROUNDS):
        add_by_form(gift)
        add_by_form(coffee_book)
        order = buyer.pay()

        answers = return_both_at_once(order)

        order.refresh_from_db()
        assert len(of_type(answers, OrderReturn)) == 2, answers
        assert order.payment_state == "returned"
        assert sorted(order.returns.values_list("refund_cents", "is_everything")) in (
            [(800, False), (2500, True)],
            [(800, True), (2500, False)],
        )
