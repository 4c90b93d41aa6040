"""Orders that earn points and returns that correct them, each once by its own external identifier: our own app's path.

Points are never worked out for a return alone: what the kept part of the order earns, less what was counted so far.
What tills record first and process later is loyalty.till_orders.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, transaction

from loyalty.currency import minor_digits
from loyalty.documents import OrderDocument, OrderLine, ReturnDocument
from loyalty.domain import points_for
from loyalty.errors import Conflict, InvalidDocument, TooManyPoints, TooMuchReturned, UnknownOrder
from loyalty.ledger import Cause, Ledger, open_ledger
from loyalty.models import Contact, EntryKind, OrderReturn, ProcessedOrder, Programme, Shop, Tier, find_programme
from loyalty.order_parts import Part, PartKey, find_part, left_of, parts_of
from loyalty.values import SoldLink

HIGHEST_BALANCE = 2_000_000_000


def process_order(document: OrderDocument, *, contact: Contact, shop: Shop | None, now: datetime) -> ProcessedOrder:
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


def add_results(external_identifier: str, results: Mapping[str, Sequence[SoldLink]], *, now: datetime) -> None:
    """Write what lines of a processed order brought about, in place of what was known of it. Raises UnknownOrder."""
    with transaction.atomic():
        ProcessedOrder.objects.filter(external_identifier=external_identifier).update(changed_at=now)
        order = find_order(external_identifier)
        for line in order.document["lines"]:
            if (links := results.get(line["external_identifier"])) is not None:
                line["results"] = [_written(link) for link in links]
        order.save(update_fields=["document"])


def find_order(external_identifier: str) -> ProcessedOrder:
    """Return the order processed under this identifier, with its contact. Raises UnknownOrder."""
    order = ProcessedOrder.objects.select_related("contact").filter(external_identifier=external_identifier).first()
    if order is None or order.processed_at is None:
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


def work_out_points(order: ProcessedOrder, *, tier: Tier | None, programme: Programme) -> None:
    """Write into the order (unsaved) what it earns, and at which rate."""
    order.earning_cents = sum(part.net_cents for part in parts_of(order.document).values() if part.earns)
    order.points_per_unit = programme.unit.points_each
    order.tier_multiplier = tier.multiplier if tier else Decimal(1)
    order.points = points_for(
        order.earning_cents,
        currency_digits=minor_digits(order.currency),
        points_per_unit=order.points_per_unit,
        tier_multiplier=order.tier_multiplier,
    )


def award(ledger: Ledger, order: ProcessedOrder, *, paid_at: datetime) -> None:
    """Add what the order earns, and write into it (unsaved) how that came about. Its contact is the ledger's.

    Raises TooManyPoints where no balance could hold them.
    """
    programme = find_programme()
    order.contact = ledger.contact
    work_out_points(order, tier=ledger.contact.tier_at(paid_at), programme=programme)
    if max(order.points, ledger.balance + order.points, ledger.contact.earned_points + order.points) > HIGHEST_BALANCE:
        raise TooManyPoints
    cause = Cause(
        source=f"order:{order.external_identifier}",
        shop=order.shop,
        unit=programme.unit,
        unit_value=Decimal(order.earning_cents).scaleb(-minor_digits(order.currency)),
    )
    ledger.earn(order.points, cause, expires_at=programme.points_expire_at(earned_at=paid_at))
    count_earned(ledger, order.points)
    order.new_balance = ledger.balance
    order.paid_at = paid_at
    order.processed_at = ledger.now


def correct(ledger: Ledger, given_back: OrderReturn) -> None:
    """Take back what a return un-earned, and write into it (unsaved) what that was."""
    order = given_back.order
    earlier = list(order.returns.exclude(processed_at=None).exclude(pk=given_back.pk))
    kept_points = points_for(
        order.earning_cents - sum(one.returned_cents for one in earlier) - given_back.returned_cents,
        currency_digits=minor_digits(order.currency),
        points_per_unit=order.points_per_unit,
        tier_multiplier=order.tier_multiplier,
    )
    given_back.points = kept_points - (order.points + sum(one.points for one in earlier))
    earned = ledger.find(f"order:{order.external_identifier}", EntryKind.EARN)
    cause = Cause(source=f"return:{given_back.external_identifier}", shop=order.shop, about=earned)
    ledger.correct(-given_back.points, cause)
    count_earned(ledger, given_back.points)
    given_back.new_balance = ledger.balance
    given_back.processed_at = ledger.now


def _earn(ledger: Ledger, document: OrderDocument, *, shop: Shop | None) -> ProcessedOrder:
    order = ProcessedOrder(
        external_identifier=document.external_identifier,
        shop=shop,
        currency=document.currency,
        document=as_json(document),
        created_at=ledger.now,
        changed_at=ledger.now,
        completed_at=document.paid_at,
    )
    award(ledger, order, paid_at=document.paid_at)
    order.save(force_insert=True)
    return order


def _correct(ledger: Ledger, order: ProcessedOrder, document: ReturnDocument) -> OrderReturn:
    given_back = OrderReturn(
        external_identifier=document.external_identifier,
        order=order,
        document=as_json(document),
        returned_cents=check_return(order, document),
        returned_at=document.returned_at,
    )
    correct(ledger, given_back)
    given_back.save(force_insert=True)
    return given_back


def check_return(order: ProcessedOrder, document: ReturnDocument) -> int:
    """Refuse more than is left of any line, in units or in money; return how much of what earns comes back.

    Raises InvalidDocument, TooMuchReturned.
    """
    return check_left(left_of(order), document)


def check_left(left: dict[PartKey, Part], document: ReturnDocument) -> int:
    """Do the same for an order whose lines have this left of them."""
    earning_cents = 0
    for line in document.lines:
        part = find_part(left, line.external_identifier, within=line.parent_identifier)
        if part is None or line.quantity < 0 or line.net_cents < 0:
            raise InvalidDocument(f"line {line.external_identifier}")
        if line.quantity > part.quantity or line.net_cents > part.net_cents:
            raise TooMuchReturned(f"line {line.external_identifier}")
        left[part.key] = part.less(line.quantity, line.net_cents, line.total_cents)
        earning_cents += line.net_cents if part.earns else 0
    return earning_cents


def count_earned(ledger: Ledger, points: int) -> None:
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
    if before.document != as_json(document):
        raise Conflict
    return before


def as_json(document: OrderDocument | ReturnDocument) -> Any:
    """Return a document as it is kept."""
    return _written(document)


def _written(value: OrderDocument | ReturnDocument | SoldLink) -> Any:
    return json.loads(json.dumps(asdict(value), cls=DjangoJSONEncoder))
