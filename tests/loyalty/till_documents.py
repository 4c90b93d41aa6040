"""Orders that tills send, short to make."""

from loyalty import till_orders
from loyalty.documents import OrderDocument
from loyalty.models import Contact, OrderPaymentStatus, OrderStatus, ProcessedOrder, Shop
from loyalty.till_orders import TillOrder
from tests.loyalty.factories import NOW


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
