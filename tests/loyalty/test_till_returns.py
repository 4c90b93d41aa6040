"""Returns of tills as the engine keeps them: for what the units cost, once, never more than was bought."""

from dataclasses import replace
from typing import Any

import pytest

from loyalty import till_returns
from loyalty.documents import AskedLine
from loyalty.errors import Conflict, InvalidDocument, OrderNotDue, TooMuchReturned
from loyalty.models import Contact, OrderReturn, ProcessedOrder, ReturnStatus, Shop
from loyalty.order_processing import process_order, process_return
from loyalty.till_returns import TillReturn
from tests.loyalty.documents import give_back, line, order
from tests.loyalty.factories import NOW
from tests.loyalty.till_documents import balance, receive

pytestmark = pytest.mark.django_db


def returned(
    of: ProcessedOrder, *lines: tuple[str, int, int | None], identifier: str = "return-1", **fields: Any
) -> OrderReturn:
    """Return units (line, quantity, amount) of an order as a till does."""
    asked = [
        AskedLine(external_identifier=name, quantity=quantity, total_cents=cents, **fields)
        for name, quantity, cents in lines
    ]
    sent = TillReturn(external_identifier=identifier, order=of, status=ReturnStatus.COMPLETED, lines=asked)
    return till_returns.receive_return(sent, process=True, now=NOW)


def test_units_go_back_for_what_they_cost_and_all_slices_together_take_all_points(contact: Contact, shop: Shop) -> None:
    bought = receive(order(contact, line("a", 600, quantity=4, order_discount_cents=480)), contact, shop, process=True)

    points = [returned(bought, ("a", 1, None), identifier=str(unit)).points for unit in range(4)]

    assert (points, balance(contact)) == ([-5, -5, -5, -4], 0)


def test_a_lines_amount_as_the_till_knows_it_loses_its_part_of_the_orders_discount(
    contact: Contact, shop: Shop
) -> None:
    bought = receive(order(contact, line("a", 2400, order_discount_cents=480)), contact, shop, process=True)

    assert returned(bought, ("a", 0, 1200), identifier="half").points == -10
    assert returned(bought, ("a", 1, 1200), identifier="rest").points == -9
    assert balance(contact) == 0


def test_an_amount_is_what_it_really_cost_where_the_shares_were_told(contact: Contact, shop: Shop) -> None:
    document = replace(order(contact, line("a", 2400, order_discount_cents=480)), shares_are_told=True)
    bought = receive(document, contact, shop, process=True)

    assert returned(bought, ("a", 1, 1920)).points == -19


def test_an_amount_with_its_own_shares_is_taken_as_told(contact: Contact, shop: Shop) -> None:
    bought = receive(order(contact, line("a", 2400, order_discount_cents=480)), contact, shop, process=True)

    assert returned(bought, ("a", 1, 2400), order_discount_cents=480, tax_cents=0).points == -19


def test_a_modifier_is_found_by_its_line_or_alone(contact: Contact, shop: Shop) -> None:
    cheese = line("cheese", 200)
    bought = receive(
        order(contact, line("a", 1000, sub_lines=(cheese,)), line("b", 1000, sub_lines=(cheese,))),
        contact,
        shop,
        process=True,
    )

    assert returned(bought, ("cheese", 1, None), identifier="1", parent_identifier="b").points == -2
    assert returned(bought, ("cheese", 1, 200), identifier="2").points == -2
    with pytest.raises(TooMuchReturned):
        returned(bought, ("cheese", 1, 200), identifier="3", parent_identifier="b")


@pytest.mark.parametrize(
    ("lines", "refusal"),
    [
        ([("a", 2, None)], TooMuchReturned),
        ([("a", 1, 1001)], TooMuchReturned),
        ([("a", 1, None), ("a", 1, None)], TooMuchReturned),
        ([("a", 0, 600), ("a", 0, 600)], TooMuchReturned),
        ([("b", 1, None)], InvalidDocument),
    ],
)
def test_more_than_was_bought_or_something_else_cannot_go_back(
    contact: Contact, shop: Shop, lines: list[tuple[str, int, int | None]], refusal: type[Exception]
) -> None:
    bought = receive(order(contact, line("a", 1000)), contact, shop, process=True)

    with pytest.raises(refusal):
        returned(bought, *lines)

    assert (OrderReturn.objects.count(), balance(contact)) == (0, 10)


def test_a_return_identifier_is_taken_once(contact: Contact, shop: Shop) -> None:
    bought = receive(order(contact, line("a", 1000)), contact, shop, process=True)
    returned(bought, ("a", 1, None))

    with pytest.raises(Conflict):
        returned(bought, ("a", 1, None))

    assert balance(contact) == 0


def test_a_return_that_waits_keeps_its_units_from_others_and_is_processed_once(contact: Contact, shop: Shop) -> None:
    bought = receive(order(contact, line("a", 1000)), contact, shop, process=True)
    sent = TillReturn(
        external_identifier="waits",
        order=bought,
        status=ReturnStatus.PENDING,
        lines=[AskedLine(external_identifier="a", quantity=1)],
    )
    waiting = till_returns.receive_return(sent, process=False, now=NOW)
    with pytest.raises(TooMuchReturned):
        returned(bought, ("a", 1, None))
    assert balance(contact) == 10

    points = [till_returns.process_received(waiting, now=NOW).points for _time in range(2)]

    assert (points, balance(contact)) == ([-10, -10], 0)


def test_an_order_that_earned_nothing_yet_cannot_be_returned(contact: Contact, shop: Shop) -> None:
    received = receive(order(contact, line("a", 1000)), contact, shop)

    with pytest.raises(OrderNotDue, match="order"):
        returned(received, ("a", 1, None))

    assert not OrderReturn.objects.exists()


def test_tills_return_orders_of_the_app_and_the_app_those_of_tills(contact: Contact, shop: Shop) -> None:
    own = process_order(order(contact, line("a", 1000, quantity=2)), contact=contact, shop=shop, now=NOW)
    tills = receive(order(contact, line("a", 1000, quantity=2), identifier="till"), contact, shop, process=True)

    assert returned(own, ("a", 1, None)).points == -10
    assert process_return(give_back("till", ("a", 1, 1000)), now=NOW).points == -10
    assert process_return(give_back(own.external_identifier, ("a", 1, 1000)), now=NOW).points == -10
    assert returned(tills, ("a", 1, None), identifier="last").points == -10
    assert balance(contact) == 0
