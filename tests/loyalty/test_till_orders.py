"""Orders and returns of tills as the engine keeps them: what they earn, once, and what is shared out for them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from loyalty import till_orders, till_returns
from loyalty.catalogue import sync_catalogue
from loyalty.dialects.leat.orders import RefusedFields, read_order
from loyalty.documents import AskedLine, OrderDocument
from loyalty.documents import CatalogueProduct as Product
from loyalty.documents import Shop as ShopValue
from loyalty.errors import Conflict, InvalidDocument, OrderNotDue, TooManyPoints, TooMuchReturned
from loyalty.ledger import Ledger
from loyalty.membership import erase
from loyalty.merging import merge
from loyalty.models import (
    CatalogueProduct,
    ChargeDefinition,
    Contact,
    OrderPaymentStatus,
    OrderReturn,
    OrderStatus,
    PointsEntry,
    ProcessedOrder,
    ReturnStatus,
    Shop,
    Unit,
    find_programme,
)
from loyalty.order_processing import award, process_order, process_return
from loyalty.till_returns import TillReturn
from tests.loyalty.documents import give_back, line, order
from tests.loyalty.factories import NOW, ShopFactory, TierFactory, member
from tests.loyalty.till_documents import receive

pytestmark = pytest.mark.django_db


@pytest.fixture
def contact() -> Contact:
    return member()


@pytest.fixture
def shop() -> Shop:
    made: Shop = ShopFactory.create(reference="demo")
    return made


def read(*lines: Mapping[str, Any], silent: frozenset[str] = frozenset(), **fields: Any) -> OrderDocument:
    """Return what a till sent, which says no more than it must, as it is kept."""
    sent = {
        "external_identifier": "till-1",
        "line_items": [
            {"external_identifier": str(number), "name": "Dish", "quantity": 1, **one}
            for number, one in enumerate(lines, 1)
        ],
        **fields,
    }
    return read_order(sent, contact_id="c", shop="demo", currency="EUR", now=NOW, silent_skus=silent)


def points_of(document: OrderDocument) -> int:
    return till_orders.simulate(document, contact=None, now=NOW)


def off(cents: int, **fields: Any) -> dict[str, Any]:
    return {"external_identifier": f"off-{cents}", "name": "Off", "amount": cents, "applied_to": "ORDER", **fields}


def balance(contact: Contact) -> int:
    contact.refresh_from_db()
    return contact.balance


# What an order says ---------------------------------------------------------------------------------------------------


def test_what_a_till_leaves_out_is_worked_out() -> None:
    document = read(
        {"price": 1200, "quantity": 2, "discount_amount": 100},
        applied_discounts=[off(300)],
        charges=[{"external_identifier": "c", "name": "Service", "total_amount": 250}],
    )

    assert (document.order_amount_cents, document.total_discount_cents, document.total_cents) == (2300, 400, 2250)
    assert document.lines[0].total_cents == 2300


def test_amounts_that_are_told_are_kept_even_where_they_contradict_each_other() -> None:
    document = read({"price": 1200, "total_amount": 1600}, order_amount=100, total_order_amount=1600)

    assert (document.order_amount_cents, document.total_cents, document.lines[0].total_cents) == (100, 1600, 1600)
    assert points_of(document) == 16


def test_a_discount_on_the_order_is_shared_over_lines_and_modifiers() -> None:
    cheese = {"external_identifier": "cheese", "name": "Cheese", "quantity": 1, "price": 200}

    document = read({"price": 1200, "sub_line_items": [cheese]}, {"price": 300}, applied_discounts=[off(500)])

    pizza, cola = document.lines
    shares = (pizza.order_discount_cents, pizza.sub_lines[0].order_discount_cents, cola.order_discount_cents)
    assert shares == (353, 59, 88)
    assert points_of(document) == 12


def test_a_discount_on_named_lines_of_the_order_falls_on_these_alone() -> None:
    discount = off(600, line_items=[{"external_identifier": "2"}])

    document = read({"price": 1000}, {"price": 500}, applied_discounts=[discount])

    assert [line.order_discount_cents for line in document.lines] == [0, 500]


@pytest.mark.parametrize("word", ["ORDER_LINES", "LINE_ITEMS", "LINE_ITEM", "SUB_LINE_ITEMS"])
def test_a_discount_on_lines_is_in_their_totals_already(word: str) -> None:
    discount = off(200, applied_to=word, line_items=[{"external_identifier": "1"}])

    document = read({"price": 1000, "discount_amount": 200}, applied_discounts=[discount])

    assert document.discounts[0].applied_to == "ORDER_LINES"
    assert points_of(document) == 8


@pytest.mark.parametrize(
    ("fields", "points"),
    [
        ({}, 10),
        ({"product": {"external_identifier": "CARD"}}, 0),
        ({"earns_points": False}, 0),
        ({"result": {"uuid": "x", "type": "GIFTCARD_TRANSACTION"}}, 0),
        ({"offer": {"uuid": "x", "type": "PREPAID_TRANSACTION"}}, 0),
        ({"result": {"uuid": "x", "type": "VOUCHER"}}, 10),
        ({"offer": {"uuid": "x", "type": "SOMETHING_NEW"}}, 10),
    ],
)
def test_what_earns_nothing_is_known_by_its_product_by_what_it_sold_or_because_it_is_told(
    fields: dict[str, Any], points: int
) -> None:
    assert points_of(read({"price": 1000, **fields}, silent=frozenset({"CARD"}))) == points


def test_modifiers_earn_no_more_than_their_line() -> None:
    cheese = {"external_identifier": "cheese", "name": "Cheese", "quantity": 1, "price": 200}

    assert points_of(read({"price": 1000, "earns_points": False, "sub_line_items": [cheese]})) == 0
    assert points_of(read({"price": 1000, "sub_line_items": [{**cheese, "earns_points": False}]})) == 10


def test_charges_earn_nothing_but_tax_that_comes_on_top_does() -> None:
    def charge(word: str) -> dict[str, Any]:
        return {"external_identifier": word, "name": word, "total_amount": 200, "charge_definition": {
            "external_identifier": word}}  # fmt: skip

    assert points_of(read({"price": 1000}, charges=[charge("SERVICE_CHARGE"), charge("GRATUITY")])) == 10
    assert points_of(read({"price": 1000}, charges=[charge("TAX")])) == 12
    # Shared over what earns and what does not: half of it earns.
    assert points_of(read({"price": 500}, {"price": 500, "earns_points": False}, charges=[charge("TAX")])) == 6


def test_shares_that_are_told_are_taken_as_they_are() -> None:
    document = read(
        {"price": 1000, "order_discount_amount": 0, "tax_amount": 90},
        {"price": 1000, "order_discount_amount": 500},
        applied_discounts=[off(500)],
        charges=[{"external_identifier": "t", "name": "Tax", "total_amount": 90, "type": "TAX"}],
    )

    assert [(line.order_discount_cents, line.tax_cents) for line in document.lines] == [(0, 90), (500, 0)]


def test_two_lines_or_two_modifiers_of_a_line_cannot_share_an_identifier_but_modifiers_of_two_lines_can() -> None:
    cheese = {"external_identifier": "cheese", "name": "Cheese", "quantity": 1, "price": 200}

    document = read({"price": 1000, "sub_line_items": [cheese]}, {"price": 1000, "sub_line_items": [cheese]})

    assert points_of(document) == 24
    with pytest.raises(RefusedFields, match=r"line_items\.1\.external_identifier"):
        read({"price": 1}, {"price": 1, "external_identifier": "1"})
    with pytest.raises(RefusedFields, match=r"line_items\.0\.sub_line_items\.1\.external_identifier"):
        read({"price": 1, "sub_line_items": [cheese, cheese]})


def test_an_order_beyond_all_bounds_is_refused() -> None:
    with pytest.raises(RefusedFields, match="total_order_amount"):
        read({"price": 1_000_000_000, "quantity": 2})


# Received, processed --------------------------------------------------------------------------------------------------


def test_an_order_earns_when_it_is_processed_and_only_once(contact: Contact, shop: Shop) -> None:
    received = receive(order(contact, line("a", 1900)), contact, shop)
    assert (received.processed_at, balance(contact)) == (None, 0)

    processed = [till_orders.process(received, now=NOW).points for _time in range(2)]

    assert (processed, balance(contact)) == ([19, 19], 19)
    assert PointsEntry.objects.count() == 1


def test_an_unpaid_order_is_kept_and_earns_once_it_is_paid(contact: Contact, shop: Shop) -> None:
    received = receive(order(contact, line("a", 1900)), contact, shop, paid=False, process=True)
    with pytest.raises(OrderNotDue, match="payment_status"):
        till_orders.process(received, now=NOW)
    assert (received.processed_at, balance(contact)) == (None, 0)

    till_orders.update(received, payment_status=OrderPaymentStatus.PAID, now=NOW + timedelta(hours=1))
    till_orders.process(received, now=NOW + timedelta(hours=2))

    received.refresh_from_db()
    assert (received.paid_at, balance(contact)) == (NOW + timedelta(hours=1), 19)


def test_a_cancelled_order_earns_nothing(contact: Contact, shop: Shop) -> None:
    received = receive(order(contact, line("a", 1900)), contact, shop)
    till_orders.update(received, status=OrderStatus.CANCELLED, now=NOW)

    with pytest.raises(OrderNotDue, match="status"):
        till_orders.process(received, now=NOW)

    assert balance(contact) == 0


def test_cancelling_a_processed_order_moves_no_points(contact: Contact, shop: Shop) -> None:
    processed = receive(order(contact, line("a", 1900)), contact, shop, process=True)

    till_orders.update(processed, status=OrderStatus.CANCELLED, now=NOW)

    processed.refresh_from_db()
    assert (processed.status, balance(contact)) == ("CANCELLED", 19)


def test_points_that_no_balance_could_hold_are_refused_and_nothing_is_kept(contact: Contact, shop: Shop) -> None:
    Unit.objects.filter(pk=find_programme().unit_id).update(points_each=1000)

    with pytest.raises(TooManyPoints):
        receive(order(contact, line("a", 900_000_000)), contact, shop, process=True)

    assert (ProcessedOrder.objects.count(), balance(contact)) == (0, 0)


def test_an_identifier_is_taken_once_by_whoever_comes(contact: Contact, shop: Shop) -> None:
    receive(order(contact, line("a", 1900), identifier="one"), contact, shop, process=True)
    other = member()
    new_dish = replace(line("b", 500), sku="NEW")

    for buyer in (contact, other):
        for processes in (True, False):
            with pytest.raises(Conflict):
                receive(order(buyer, new_dish, identifier="one"), buyer, shop, process=processes)

    assert (ProcessedOrder.objects.count(), balance(contact), balance(other)) == (1, 19, 0)
    assert not CatalogueProduct.objects.filter(sku="NEW").exists()


def test_products_and_charges_never_seen_before_are_added_under_the_lines_name(contact: Contact, shop: Shop) -> None:
    CatalogueProduct.objects.create(sku="PIZZA", name="Margherita")
    document = read(
        {"price": 1000, "product": {"external_identifier": "PIZZA"}, "name": "Pizza"},
        {"price": 500, "product": {"external_identifier": "COLA"}, "name": "Cola"},
        charges=[
            {"external_identifier": "1", "name": "Bag", "total_amount": 10, "type": "BAG"},
            {"external_identifier": "2", "name": "Delivery", "total_amount": 10, "type": "SHIPPING"},
        ],
    )

    receive(document, contact, shop)

    assert set(CatalogueProduct.objects.values_list("sku", "name")) == {("PIZZA", "Margherita"), ("COLA", "Cola")}
    assert list(ChargeDefinition.objects.values_list("external_identifier", "name")) == [("BAG", "Bag")]


def test_what_is_written_while_an_order_is_processed_stays(
    contact: Contact, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    received = receive(order(contact, line("a", 1900)), contact, shop)

    def award_while_the_till_goes_on(ledger: Ledger, order: ProcessedOrder, *, paid_at: datetime) -> None:
        till_orders.update(order, status=OrderStatus.CANCELLED, now=NOW)
        award(ledger, order, paid_at=paid_at)

    monkeypatch.setattr("loyalty.till_orders.award", award_while_the_till_goes_on)

    till_orders.process(received, now=NOW)

    received.refresh_from_db()
    assert (received.status, received.points, received.processed_at) == ("CANCELLED", 19, NOW)


@pytest.mark.parametrize("process", [True, False])
def test_an_order_of_somebody_merged_since_they_were_looked_up_is_the_others(
    contact: Contact, shop: Shop, process: bool
) -> None:
    other, seen_before = member(100), Contact.objects.get(pk=contact.pk)
    merge(contact, other, now=NOW)

    received = receive(order(contact, line("a", 1900)), seen_before, shop, process=process)

    assert (received.contact, balance(contact), balance(other)) == (other, 0, 119 if process else 100)


def test_points_follow_a_contact_that_became_part_of_another(contact: Contact, shop: Shop) -> None:
    received = receive(order(contact, line("a", 1900)), contact, shop)
    other = member(100)
    merge(contact, other, now=NOW)

    till_orders.process(received, now=NOW)

    assert (balance(contact), balance(other)) == (0, 119)


def test_an_order_of_somebody_erased_is_still_processed(contact: Contact, shop: Shop) -> None:
    received = receive(order(contact, line("a", 1900)), contact, shop)
    erase(contact, now=NOW)

    assert till_orders.process(received, now=NOW).points == 19


def test_the_tier_is_that_of_the_moment_of_payment(contact: Contact, shop: Shop) -> None:
    received = receive(order(contact, line("a", 1000)), contact, shop)
    contact.move_to_tier(TierFactory.create(multiplier="2"), now=NOW + timedelta(hours=1))

    assert till_orders.process(received, now=NOW + timedelta(hours=2)).points == 10


def test_a_product_of_our_menu_that_earns_nothing_says_so_in_the_catalogue() -> None:
    demo = ShopValue(reference="demo", name="Demo")
    sync_catalogue(demo, [Product(sku="CARD", name="Gift card", earns_points=False)])
    assert not CatalogueProduct.objects.get().earns_points

    sync_catalogue(demo, [Product(sku="CARD", name="Gift card")])

    assert CatalogueProduct.objects.get().earns_points


# Returned -------------------------------------------------------------------------------------------------------------


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
