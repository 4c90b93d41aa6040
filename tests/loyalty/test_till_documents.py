"""What orders of tills say: amounts, shares and points, as they are read from what a till sends."""

from typing import Any

import pytest

from loyalty import till_orders
from loyalty.dialects.leat.orders import RefusedFields
from loyalty.documents import OrderDocument
from tests.loyalty.factories import NOW
from tests.loyalty.till_documents import read

pytestmark = pytest.mark.django_db


def points_of(document: OrderDocument) -> int:
    return till_orders.simulate(document, contact=None, now=NOW)


def off(cents: int, **fields: Any) -> dict[str, Any]:
    return {"external_identifier": f"off-{cents}", "name": "Off", "amount": cents, "applied_to": "ORDER", **fields}


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
