"""Returns: which units come back, and what they really cost (the stored split, never a new calculation).

Paid units go back before free ones. How the money itself gets back to its tenders: refunds; what the programme is told:
return_settlement.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from loyalty import port
from orders.allocation import allocate
from orders.errors import ChoiceRefused, Conflict
from orders.models import (
    AppliedOffer,
    LineItem,
    Order,
    OrderReturn,
    Payment,
    PaymentState,
    ReturnedItem,
    issue_receipt,
)
from orders.offers import release_due, take_off
from orders.pricing import UnitShare, split_over_units
from orders.refunds import plan, send_due
from orders.return_settlement import returned_units, settle_return
from orders.sold_cards import ISSUED_LINES
from orders.taking_back import count_left, count_takeable, mark_returned, read_takeable, take_back_sold
from orders.tenders import give_up

log = structlog.get_logger("tableside.returns")


def unit_prices(line: LineItem, *, units: int) -> list[int]:
    """Return what each of the `units` of a line or sub-line really cost, in the order they go back: the dearest first."""
    shares = [UnitShare(cents=share.cents, units=share.units) for share in line.shares.all()]
    discounts = split_over_units(unit_cents=line.unit_cents, quantity=units, shares=shares)
    return sorted((line.unit_cents - discount for discount in discounts), reverse=True)


def return_items(
    order: Order, wanted: Mapping[int, int], *, key: str, by: str, reason: str, now: datetime
) -> OrderReturn:
    """Take back units of a paid order: `wanted` maps a line's id to how many. The same key again is the same return.

    Raises ChoiceRefused (nothing, or no reason), Conflict (more than is left, not paid, the key with another content).
    """
    wanted = {line_id: quantity for line_id, quantity in wanted.items() if quantity}
    if not key:
        raise ChoiceRefused({"key": _("Please open the order again and take it back from there.")})
    if not reason.strip():
        raise ChoiceRefused({"reason": _("Please say why it comes back.")})
    if not wanted or min(wanted.values()) < 0:
        raise ChoiceRefused({"quantity": _("Choose what comes back.")})
    lines, taken = _lines(order), returned_units(order)  # read before: the same form, pressed twice, may be done by now
    if not OrderReturn.objects.filter(external_identifier=key).exists():
        _refuse_too_many(lines, taken, wanted)
        if still_paid(order):
            take_back_sold(order, wanted, key=key, now=now)
    takeable = read_takeable(order, now=now)
    try:
        with transaction.atomic(durable=True):
            _take_row(order, now=now)
            before = OrderReturn.objects.filter(external_identifier=key).first()
            if before is not None:
                return _same(before, order, wanted)
            made = _write(order, wanted, takeable, key=key, by=by, reason=reason.strip(), now=now)
    except IntegrityError as error:
        raise Conflict(_("This return was recorded already, for another order.")) from error
    settle_return(made, now=now)
    send_due(now=now, order=order)
    return made


def return_everything(order: Order, *, key: str, by: str, reason: str, now: datetime) -> OrderReturn | None:
    """Take back all that is left of a paid order; None where nothing is. Raises as `return_items` does, and ProgrammeAway."""
    before = OrderReturn.objects.filter(external_identifier=key, order=order).first()
    if before is not None:
        return before
    wanted = {line.pk: left for line, left in _left_of(order, now=now)}
    if not wanted:
        return None
    return return_items(order, wanted, key=key, by=by, reason=reason, now=now)


def still_returnable(order: Order, *, now: datetime) -> list[tuple[LineItem, int]]:
    """Return the lines of a paid order of which something can still come back, with how many units.

    Of gift cards and vouchers sold those that nobody used; none while the programme is away.
    """
    if not still_paid(order):
        return []
    try:
        return _left_of(order, now=now)
    except port.ProgrammeAway:
        return [(line, left) for line, left in _left_of_the_kitchen(order) if left]


def still_paid(order: Order) -> bool:
    """Say whether the order is paid and done with, so that it can come back."""
    return order.payment_state == PaymentState.PAID and order.settled_at is not None


def _left_of(order: Order, *, now: datetime) -> list[tuple[LineItem, int]]:
    """Return what is left of the order's lines; of what they sold of the programme that which can come back."""
    takeable = count_takeable(order, now=now)
    sold = [(line, takeable[line.pk]) for line in order.lines.filter(pk__in=takeable)]
    return [(line, left) for line, left in [*_left_of_the_kitchen(order), *sold] if left]


def _left_of_the_kitchen(order: Order) -> list[tuple[LineItem, int]]:
    taken = returned_units(order)
    lines = order.lines.filter(parent=None).exclude(kind__in=ISSUED_LINES)
    return [(line, line.quantity - taken.get(line.pk, 0)) for line in lines]


def finish_cancelled(order: Order, *, now: datetime) -> None:
    """After staff cancelled an order: of a paid one all items come back, offers of an unpaid one are free again. Repeatable.

    Tip and service charge stay (offer-rules.md, returns), and so do gift cards and vouchers it sold that were used.
    """
    if still_paid(order):
        try:
            return_everything(
                order, key=f"cancel-{order.uuid}", by=order.cancelled_by, reason=order.cancel_reason or "-", now=now
            )
        except port.ProgrammeAway:  # it alone knows which gift cards and vouchers nobody used
            log.warning("programme away", order=str(order.uuid))
        else:
            Order.objects.filter(pk=order.pk).update(cancel_finished_at=now)
    elif order.payment_state == PaymentState.UNPAID:
        with transaction.atomic():
            for offer in order.applied_offers.live().filter(redeemed_at=None):
                take_off(offer, now=now)
            give_up(order, now=now)
        release_due(now=now, orders=[order.pk])
        send_due(now=now, order=order)


def finish_all_cancelled(*, now: datetime) -> int:
    """Finish what a crash left undone after a cancellation; return how many orders that were."""
    cancelled = Order.objects.cancelled_unfinished().order_by("payment_state")
    paid = cancelled.filter(payment_state=PaymentState.PAID).exclude(settled_at=None)
    on_it = AppliedOffer.objects.live().filter(order=OuterRef("pk"), redeemed_at=None)
    tenders = Payment.objects.filter(order=OuterRef("pk")).current()
    unpaid = cancelled.filter(payment_state=PaymentState.UNPAID)
    orders = [*paid, *unpaid.filter(Exists(on_it) | Exists(tenders))]
    for order in orders:
        try:
            finish_cancelled(order, now=now)
        except Exception:  # one order that cannot be finished must not keep the others waiting
            log.exception("cancelled order could not be finished", order=str(order.uuid))
    return len(orders)


def _take_row(order: Order, *, now: datetime) -> None:
    """Update the order's row first: of several returns at once each sees what the one before it took."""
    returnable = Order.objects.filter(pk=order.pk, payment_state__in=[PaymentState.PAID, PaymentState.RETURNED])
    if returnable.exclude(settled_at=None).update(changed_at=now) != 1:
        raise Conflict(_("Only an order that is paid can come back."))


def _same(before: OrderReturn, order: Order, wanted: Mapping[int, int]) -> OrderReturn:
    items = before.items.filter(line__parent=None)
    if before.order_id != order.pk or {item.line_id: item.quantity for item in items} != dict(wanted):
        raise Conflict(_("This return was recorded already, with other items."))
    return before


def _lines(order: Order) -> dict[int, LineItem]:
    return {line.pk: line for line in order.lines.filter(parent=None).prefetch_related("shares", "sub_lines__shares")}


def _refuse_too_many(lines: Mapping[int, LineItem], taken: Mapping[int, int], wanted: Mapping[int, int]) -> None:
    if set(wanted) - set(lines):
        raise Conflict(_("That is not part of this order."))
    for line_id, quantity in wanted.items():
        line, left = lines[line_id], lines[line_id].quantity - taken.get(line_id, 0)
        if quantity > left:
            raise Conflict(_("Only %(count)d of %(name)s can still come back.") % {"count": left, "name": line.name})


def _write(
    order: Order, wanted: Mapping[int, int], takeable: Collection[int], *, key: str, by: str, reason: str, now: datetime
) -> OrderReturn:
    lines, taken = _lines(order), returned_units(order)
    _refuse_too_many(lines, taken, wanted)
    items: list[tuple[LineItem, int, int, int]] = []
    for line_id, quantity in wanted.items():
        line = lines[line_id]
        if line.kind in ISSUED_LINES:
            mark_returned(line, quantity)
        already = taken.get(line_id, 0)
        tax_cents = sum(_unit_taxes(line)[already : already + quantity])
        items.append((line, quantity, _cost(line, line.quantity, already, quantity), tax_cents))
        for sub in line.sub_lines.all():
            each = sub.quantity
            cost = _cost(sub, each * line.quantity, each * already, each * quantity)
            items.append((sub, each * quantity, cost, 0))
    tax_is_added = order.tax_is_added
    left = count_left(order, takeable) + sum(
        line.quantity - taken.get(line.pk, 0) - wanted.get(line.pk, 0)
        for line in lines.values()
        if line.kind not in ISSUED_LINES
    )
    made = OrderReturn.objects.create(
        order=order,
        external_identifier=key,
        returned_by=by,
        reason=reason,
        refund_cents=sum(cents + (tax_cents if tax_is_added else 0) for _line, _quantity, cents, tax_cents in items),
        is_everything=left == 0,
        returned_at=now,
    )
    ReturnedItem.objects.bulk_create(
        ReturnedItem(order_return=made, line=line, quantity=quantity, cents=cents, tax_cents=tax_cents)
        for line, quantity, cents, tax_cents in items
    )
    if left == 0:
        Order.objects.filter(pk=order.pk, payment_state=PaymentState.PAID).update(payment_state=PaymentState.RETURNED)
    plan(made, now=now)
    issue_receipt(order, made, now=now)
    return made


def _unit_taxes(line: LineItem) -> list[int]:
    """Return the part of the line's tax in each of its units, sub-lines included, in the order they go back."""
    costs = unit_prices(line, units=line.quantity)
    for sub in line.sub_lines.all():
        prices = unit_prices(sub, units=sub.quantity * line.quantity)
        for unit in range(line.quantity):
            costs[unit] += sum(prices[unit * sub.quantity : (unit + 1) * sub.quantity])
    return allocate(line.tax_cents, costs)


def _cost(line: LineItem, units: int, already: int, quantity: int) -> int:
    return sum(unit_prices(line, units=units)[already : already + quantity])
