"""Returns of tills: received and processed, then or later. What a till leaves open is taken from the order as it is kept."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import IntegrityError

from loyalty.documents import AskedLine, ReturnDocument, ReturnedLine
from loyalty.errors import Conflict, InvalidDocument, OrderNotDue, TooMuchReturned
from loyalty.ledger import Ledger, open_ledger
from loyalty.models import OrderReturn, ProcessedOrder, ReturnStatus
from loyalty.order_parts import Part, PartKey, find_part, left_of
from loyalty.order_processing import as_json, check_return, correct


@dataclass(frozen=True, slots=True, kw_only=True)
class TillReturn:
    """A return as a till sends it."""

    external_identifier: str
    order: ProcessedOrder
    status: ReturnStatus
    lines: Sequence[AskedLine]


def receive_return(sent: TillReturn, *, process: bool, now: datetime) -> OrderReturn:
    """Keep a return; with `process` take back at once what it un-earns.

    Raises Conflict (its external identifier was used before), OrderNotDue (the order was not processed),
    InvalidDocument (a line that the order does not have), TooMuchReturned. Then nothing is changed.
    """
    order = sent.order
    try:
        with open_ledger(order.contact, now=now) as ledger:
            if OrderReturn.objects.filter(external_identifier=sent.external_identifier).exists():
                raise Conflict
            order.refresh_from_db()
            if order.contact_id == ledger.contact.pk:
                return _receive(ledger, sent, process=process)
    except IntegrityError as error:  # another contact's return took the identifier meanwhile
        raise Conflict from error
    return receive_return(sent, process=process, now=now)  # the contact was merged into another meanwhile


def process_received(given_back: OrderReturn, *, now: datetime) -> OrderReturn:
    """Take back what a return un-earns, once: again, it is what it was."""
    with open_ledger(given_back.order.contact, now=now) as ledger:
        given_back.refresh_from_db()
        if given_back.order.contact_id == ledger.contact.pk:
            if given_back.processed_at is None:
                correct(ledger, given_back)
                given_back.save()
            return given_back
    return process_received(given_back, now=now)  # the contact was merged into another meanwhile


def _receive(ledger: Ledger, sent: TillReturn, *, process: bool) -> OrderReturn:
    order = sent.order
    if order.processed_at is None:
        raise OrderNotDue("order")
    document = ReturnDocument(
        external_identifier=sent.external_identifier,
        order_identifier=order.external_identifier,
        returned_at=ledger.now,
        lines=work_out(sent.lines, left=left_of(order), shares_are_told=order.document.get("shares_are_told", False)),
    )
    given_back = OrderReturn(
        external_identifier=sent.external_identifier,
        order=order,
        status=sent.status,
        document=as_json(document),
        returned_cents=check_return(order, document),
        returned_at=ledger.now,
    )
    if process:
        correct(ledger, given_back)
    given_back.save(force_insert=True)
    return given_back


def work_out(
    lines: Sequence[AskedLine], *, left: dict[PartKey, Part], shares_are_told: bool
) -> tuple[ReturnedLine, ...]:
    """Return what each line asked for comes to, of what is left. Raises InvalidDocument, TooMuchReturned."""
    left = dict(left)
    returned = []
    for asked in lines:
        part = find_part(left, asked.external_identifier, within=asked.parent_identifier)
        if part is None:
            raise InvalidDocument(f"line {asked.external_identifier}")
        if asked.quantity > part.quantity:
            raise TooMuchReturned(f"line {asked.external_identifier}")
        line = _work_out(asked, part, is_net=shares_are_told)
        left[part.key] = part.less(line.quantity, line.net_cents, line.total_cents)
        returned.append(line)
    return tuple(returned)


def _work_out(asked: AskedLine, part: Part, *, is_net: bool) -> ReturnedLine:
    line = ReturnedLine(
        external_identifier=part.key[1] or part.key[0],
        parent_identifier=part.key[0] if part.key[1] else "",
        quantity=asked.quantity,
        net_cents=0,
        reason=asked.reason,
    )
    if asked.total_cents is not None and (asked.order_discount_cents is not None or asked.tax_cents is not None):
        net_cents = asked.total_cents - (asked.order_discount_cents or 0) + (asked.tax_cents or 0)
        return replace(line, net_cents=net_cents, total_cents=asked.total_cents)
    if asked.total_cents is not None and is_net:
        return replace(line, net_cents=asked.total_cents)
    total_cents = _total_cents(asked, part)
    return replace(line, net_cents=_net_cents(total_cents, asked.quantity, part), total_cents=total_cents)


def _total_cents(asked: AskedLine, part: Part) -> int:
    """Return the line's amount: as told; else that of the units, less the discount told or their part of the line's."""
    if asked.total_cents is not None:
        if asked.total_cents > part.total_cents:
            raise TooMuchReturned(f"line {asked.external_identifier}")
        return asked.total_cents
    if asked.discount_cents is not None:
        return max(0, min(part.price_cents * asked.quantity - asked.discount_cents, part.total_cents))
    return part.total_cents * asked.quantity // part.quantity if part.quantity else 0


def _net_cents(total_cents: int, quantity: int, part: Part) -> int:
    """Return what an amount of the line really cost: its part of discounts on the order off, of added tax in."""
    if part.total_cents:
        return part.net_cents * total_cents // part.total_cents
    return part.net_cents if quantity == part.quantity else 0
