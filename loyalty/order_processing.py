"""Orders that earn points and returns that correct them, each once by its own external identifier.

Points are never worked out for a return alone: what the kept part of the order earns, less what was counted so far.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, transaction

from loyalty.currency import minor_digits
from loyalty.documents import OrderDocument, OrderLine, ReturnDocument
from loyalty.domain import points_for
from loyalty.errors import Conflict, InvalidDocument, TooMuchReturned, UnknownOrder
from loyalty.ledger import Cause, Ledger, open_ledger
from loyalty.models import (
    Contact,
    EntryKind,
    OrderReturn,
    ProcessedOrder,
    Shop,
    Tier,
    find_programme,
)


def process_order(document: OrderDocument, *, contact: Contact, shop: Shop, now: datetime) -> ProcessedOrder:
    """Record a paid order and add what it earns, once: the same document again returns the same record.

    Raises Conflict (that identifier came with other content), InvalidDocument.
    """
    check_order(document)
    try:
        with open_ledger(contact, now=now) as ledger:
            before = ProcessedOrder.objects.filter(external_identifier=document.external_identifier).first()
            return _same(before, document) if before else _earn(ledger, document, shop=shop)
    except IntegrityError:
        # Somebody else's order of this identifier came between our look and our row.
        before = ProcessedOrder.objects.filter(external_identifier=document.external_identifier).first()
        if before is None:
            raise
        return _same(before, document)


def process_return(document: ReturnDocument, *, now: datetime) -> OrderReturn:
    """Record a return and take back what it un-earns, once: the same document again returns the same record.

    Raises UnknownOrder, Conflict, InvalidDocument (a line that the order does not have), TooMuchReturned.
    """
    order = find_order(document.order_identifier)
    try:
        with open_ledger(order.contact, now=now) as ledger:
            before = OrderReturn.objects.filter(external_identifier=document.external_identifier).first()
            if before is not None:
                return _same(before, document)
            order.refresh_from_db()
            if order.contact_id == ledger.contact.pk:
                return _correct(ledger, order, document)
    except IntegrityError as error:
        raise Conflict from error
    return process_return(document, now=now)  # the contact was merged into another meanwhile


def find_order(external_identifier: str) -> ProcessedOrder:
    """Return the order processed under this identifier, with its contact. Raises UnknownOrder."""
    order = ProcessedOrder.objects.select_related("contact").filter(external_identifier=external_identifier).first()
    if order is None:
        raise UnknownOrder
    return order


def check_order(document: OrderDocument) -> None:
    """Raise InvalidDocument if its lines contradict themselves, or an identifier names two of them."""
    try:
        minor_digits(document.currency)
    except ValueError as error:
        raise InvalidDocument(str(error)) from error
    lines = list(flatten(document.lines))
    if len({line.external_identifier for line, _earns in lines}) != len(lines):
        raise InvalidDocument("two lines have the same external identifier")
    for line, _earns in lines:
        if line.quantity < 0 or line.total_cents != line.price_cents * line.quantity - line.discount_cents:
            raise InvalidDocument(f"line {line.external_identifier}: total is not price x quantity - discount")
        if line.tax_cents < 0:
            raise InvalidDocument(f"line {line.external_identifier}: negative tax")
        if not 0 <= line.order_discount_cents <= line.total_cents:
            raise InvalidDocument(f"line {line.external_identifier}: more is taken off than it costs")


def flatten(lines: tuple[OrderLine, ...], *, earns: bool = True) -> Iterator[tuple[OrderLine, bool]]:
    """Yield all lines and sub-lines, and whether each earns points: a sub-line only where its line does."""
    for line in lines:
        line_earns = earns and line.earns_points
        yield line, line_earns
        yield from flatten(line.sub_lines, earns=line_earns)


def _earn(ledger: Ledger, document: OrderDocument, *, shop: Shop) -> ProcessedOrder:
    programme = find_programme()
    digits = minor_digits(document.currency)
    tier = ledger.contact.tier_at(document.paid_at)
    multiplier = tier.multiplier if tier else Decimal(1)
    earning_cents = sum(
        line.total_cents - line.order_discount_cents + line.tax_cents
        for line, earns in flatten(document.lines)
        if earns
    )
    points = points_for(
        earning_cents,
        currency_digits=digits,
        points_per_unit=programme.unit.points_each,
        tier_multiplier=multiplier,
    )
    cause = Cause(
        source=f"order:{document.external_identifier}",
        shop=shop,
        unit=programme.unit,
        unit_value=Decimal(earning_cents).scaleb(-digits),
    )
    ledger.earn(points, cause, expires_at=programme.points_expire_at(earned_at=document.paid_at))
    _count_earned(ledger, points)
    return ProcessedOrder.objects.create(
        external_identifier=document.external_identifier,
        contact=ledger.contact,
        shop=shop,
        currency=document.currency,
        document=_as_json(document),
        earning_cents=earning_cents,
        points_per_unit=programme.unit.points_each,
        tier_multiplier=multiplier,
        points=points,
        new_balance=ledger.balance,
        paid_at=document.paid_at,
        processed_at=ledger.now,
    )


def _correct(ledger: Ledger, order: ProcessedOrder, document: ReturnDocument) -> OrderReturn:
    earlier = list(order.returns.all())
    returned_cents = _check_return(order, earlier, document)
    kept_points = points_for(
        order.earning_cents - sum(one.returned_cents for one in earlier) - returned_cents,
        currency_digits=minor_digits(order.currency),
        points_per_unit=order.points_per_unit,
        tier_multiplier=order.tier_multiplier,
    )
    points = kept_points - (order.points + sum(one.points for one in earlier))
    earned = ledger.find(f"order:{order.external_identifier}", EntryKind.EARN)
    ledger.correct(-points, Cause(source=f"return:{document.external_identifier}", shop=order.shop, about=earned))
    _count_earned(ledger, points)
    return OrderReturn.objects.create(
        external_identifier=document.external_identifier,
        order=order,
        document=_as_json(document),
        returned_cents=returned_cents,
        points=points,
        new_balance=ledger.balance,
        returned_at=document.returned_at,
        processed_at=ledger.now,
    )


def _check_return(order: ProcessedOrder, earlier: list[OrderReturn], document: ReturnDocument) -> int:
    """Refuse more than is left of any line, in units or in money; return how much of what earns comes back."""
    left = _left_of(order, earlier)
    earning_cents = 0
    for line in document.lines:
        if line.external_identifier not in left or line.quantity < 0 or line.net_cents < 0:
            raise InvalidDocument(f"line {line.external_identifier}")
        quantity, net_cents, earns = left[line.external_identifier]
        if line.quantity > quantity or line.net_cents > net_cents:
            raise TooMuchReturned(f"line {line.external_identifier}")
        left[line.external_identifier] = (quantity - line.quantity, net_cents - line.net_cents, earns)
        earning_cents += line.net_cents if earns else 0
    return earning_cents


def _left_of(order: ProcessedOrder, earlier: list[OrderReturn]) -> dict[str, tuple[int, int, bool]]:
    """Return, by line, the units and the money that earlier returns left, and whether it earns."""
    left: dict[str, tuple[int, int, bool]] = {}

    def add(lines: list[dict[str, Any]], *, earns: bool) -> None:
        for line in lines:
            line_earns = earns and line["earns_points"]
            net_cents = line["total_cents"] - line["order_discount_cents"] + line.get("tax_cents", 0)
            left[line["external_identifier"]] = (line["quantity"], net_cents, line_earns)
            add(line["sub_lines"], earns=line_earns)

    add(order.document["lines"], earns=True)
    for one in earlier:
        for line in one.document["lines"]:
            quantity, net_cents, earns = left[line["external_identifier"]]
            left[line["external_identifier"]] = (quantity - line["quantity"], net_cents - line["net_cents"], earns)
    return left


def _count_earned(ledger: Ledger, points: int) -> None:
    """Keep what the contact has earned in all, and move them up to the tier it reaches; never down."""
    contact = ledger.contact
    contact.earned_points += points
    Contact.objects.filter(pk=contact.pk).update(earned_points=contact.earned_points)
    reached = Tier.objects.filter(reached_at_points__lte=contact.earned_points).order_by("reached_at_points").last()
    current = contact.tier
    if reached is not None and (current is None or (current.reached_at_points or 0) < (reached.reached_at_points or 0)):
        with transaction.atomic():
            contact.move_to_tier(reached, now=ledger.now)


def _same[Record: (ProcessedOrder, OrderReturn)](before: Record, document: OrderDocument | ReturnDocument) -> Record:
    if before.document != _as_json(document):
        raise Conflict
    return before


def _as_json(document: OrderDocument | ReturnDocument) -> Any:
    return json.loads(json.dumps(asdict(document), cls=DjangoJSONEncoder))
