"""Orders that tills send, short to make, and what came of them."""

from collections.abc import Mapping
from typing import Any

from loyalty import till_orders
from loyalty.dialects.leat.orders import read_order
from loyalty.documents import OrderDocument
from loyalty.models import Contact, OrderPaymentStatus, OrderStatus, ProcessedOrder, Shop
from loyalty.till_orders import TillOrder
from tests.loyalty.factories import NOW


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


def receive(
    document: OrderDocument, contact: Contact, shop: Shop, *, paid: bool = True, process: bool = False
) -> ProcessedOrder:
    """Return an order that a till sent, paid and completed, or neither."""
    sent = TillOrder(
        document=document,
        contact=contact,
        shop=shop,
        status=OrderStatus.COMPLETED if paid else OrderStatus.CREATED,
        payment_status=OrderPaymentStatus.PAID if paid else OrderPaymentStatus.UNPAID,
    )
    return till_orders.receive(sent, process=process, now=NOW)


def balance(contact: Contact) -> int:
    contact.refresh_from_db()
    return contact.balance
