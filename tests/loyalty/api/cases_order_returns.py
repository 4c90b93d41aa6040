"""Returns of orders."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from loyalty import till_returns
from loyalty.documents import AskedLine
from loyalty.models import Contact, ReturnStatus, Shop
from loyalty.till_returns import TillReturn
from tests.loyalty.api.cases import UNKNOWN, Case, Refusal
from tests.loyalty.api.cases_orders import RESULT
from tests.loyalty.api.shapes import INT, STR, UUID, one_of
from tests.loyalty.documents import line, order
from tests.loyalty.factories import ContactFactory, ShopFactory
from tests.loyalty.till_documents import receive

RETURN = {
    "uuid": UUID,
    "external_identifier": STR,
    "status": one_of("PENDING", "COMPLETED"),
    "order": {"uuid": UUID},
    "line_item_returns": [{"uuid": UUID, "quantity": INT, "line_item": {"uuid": UUID}}],
    "sub_line_item_returns": [{"uuid": UUID, "quantity": INT, "sub_line_item": {"uuid": UUID}}],
}
PROCESSED = {"return": RETURN, "result": RESULT}


def prepare(now: datetime) -> Mapping[str, str]:
    """An order of 24.00 that earned 24 points, one not paid yet, and a return that was only received."""
    contact: Contact = ContactFactory.create()
    shop: Shop = ShopFactory.create(reference="demo")
    lines = (line("pizza", 1000, quantity=2, sub_lines=(line("cheese", 200, quantity=2),)),)
    bought = receive(order(contact, *lines, identifier="order-1"), contact, shop, process=True)
    receive(order(contact, line("a", 500), identifier="unpaid"), contact, shop, paid=False)
    received = till_returns.receive_return(
        TillReturn(
            external_identifier="received",
            order=receive(order(contact, line("a", 500), identifier="order-2"), contact, shop, process=True),
            status=ReturnStatus.PENDING,
            lines=[AskedLine(external_identifier="a", quantity=1)],
        ),
        process=False,
        now=now,
    )
    return {"order": str(bought.uuid), "received": str(received.uuid)}


WHOLE: Mapping[str, Any] = {
    "external_identifier": "return-1",
    "order": {"external_identifier": "order-1"},
    "status": "COMPLETED",
    "line_items": [
        {
            "external_identifier": "pizza",
            "quantity": 1,
            "reason": "Cold",
            "sub_line_items": [{"external_identifier": "cheese", "quantity": 1, "total_amount": 200}],
        }
    ],
}
ONE: Mapping[str, Any] = WHOLE["line_items"][0]
REFUSALS = (
    Refusal(1003, {"external_identifier": ...}, names="external_identifier"),
    Refusal(1003, {"external_identifier": "received"}, names="external_identifier"),
    Refusal(1003, {"status": "DONE"}, names="status"),
    Refusal(1003, {"order": {}}, names="order.uuid"),
    Refusal(1003, {"order": {"external_identifier": "none"}}, names="order.external_identifier"),
    Refusal(1003, {"order": {"uuid": UNKNOWN}}, names="order.uuid"),
    Refusal(1003, {"order": {"external_identifier": "unpaid"}}, names="order"),
    Refusal(1003, {"line_items": [{**ONE, "external_identifier": "none"}]}, names="line_items"),
    Refusal(1003, {"line_items": [{**ONE, "quantity": 3}]}, names="line_items"),
    Refusal(1003, {"line_items": [{**ONE, "total_amount": 2001}]}, names="line_items"),
    Refusal(1003, {"line_items": [{**ONE, "quantity": -1}]}, names="line_items.0.quantity"),
    Refusal(
        1003,
        {"charges": [{"external_identifier": "none", "total_amount": 1}]},
        names="charges.0.external_identifier",
    ),
)

CASES = [
    Case(
        name="created and processed",
        method="POST",
        path="/order-returns/create-and-process",
        payload=WHOLE,
        shape=PROCESSED,
        expect={
            "result.data.points": 12,
            "result.data.new_balance": 17,
            "return.order.uuid": "{order}",
            "return.line_item_returns.0.quantity": 1,
            "return.sub_line_item_returns.0.quantity": 1,
        },
        refusals=REFUSALS,
        repeat=1003,
    ),
    Case(
        name="money alone given back",
        method="POST",
        path="/order-returns/create-and-process",
        payload={
            **WHOLE,
            "order": {"uuid": "{order}"},
            "line_items": [{"external_identifier": "pizza", "quantity": 0, "total_amount": 250}],
        },
        shape=PROCESSED,
        expect={"result.data.points": 3, "return.line_item_returns.0.quantity": 0},
        repeat=1003,
    ),
    Case(
        name="created",
        method="POST",
        path="/order-returns",
        payload={**WHOLE, "status": "PENDING"},
        shape=RETURN,
        expect={"status": "PENDING"},
        refusals=REFUSALS,
        repeat=1003,
    ),
    Case(
        name="processed",
        method="POST",
        path="/order-returns/{received}/process",
        shape=RESULT,
        expect={"data.points": 5, "data.new_balance": 24},
        refusals=(
            Refusal(1003, path=f"/order-returns/{UNKNOWN}/process", names="uuid"),
            Refusal(1003, path="/order-returns/nothing/process", names="uuid"),
        ),
    ),
]
