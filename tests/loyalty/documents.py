"""Orders and returns for tests, short to write."""

import uuid
from datetime import datetime

from loyalty.models import Contact
from loyalty.port import OrderDocument, OrderLine, ReturnDocument, ReturnedLine
from tests.loyalty.factories import NOW


def line(
    identifier: str,
    price_cents: int,
    *,
    quantity: int = 1,
    discount_cents: int = 0,
    order_discount_cents: int = 0,
    earns_points: bool = True,
    sub_lines: tuple[OrderLine, ...] = (),
) -> OrderLine:
    """Return a line whose total fits its price."""
    return OrderLine(
        external_identifier=identifier,
        name=identifier,
        sku=identifier.upper(),
        quantity=quantity,
        price_cents=price_cents,
        total_cents=price_cents * quantity - discount_cents,
        discount_cents=discount_cents,
        order_discount_cents=order_discount_cents,
        earns_points=earns_points,
        sub_lines=sub_lines,
    )


def order(
    contact: Contact, *lines: OrderLine, identifier: str = "", paid_at: datetime = NOW, currency: str = "EUR"
) -> OrderDocument:
    """Return a paid order of these lines."""
    amount = sum(one.total_cents for one in lines)
    discounts = sum(one.discount_cents + one.order_discount_cents for one in lines)
    return OrderDocument(
        external_identifier=identifier or str(uuid.uuid4()),
        contact_id=str(contact.uuid),
        shop="demo",
        currency=currency,
        paid_at=paid_at,
        order_amount_cents=amount,
        total_discount_cents=discounts,
        total_cents=amount - sum(one.order_discount_cents for one in lines),
        lines=lines,
    )


def give_back(
    order_identifier: str, *lines: tuple[str, int, int], identifier: str = "", returned_at: datetime = NOW
) -> ReturnDocument:
    """Return a return of (line, quantity, net cents)."""
    return ReturnDocument(
        external_identifier=identifier or str(uuid.uuid4()),
        order_identifier=order_identifier,
        returned_at=returned_at,
        lines=tuple(
            ReturnedLine(external_identifier=one, quantity=quantity, net_cents=cents) for one, quantity, cents in lines
        ),
    )
