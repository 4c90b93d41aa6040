"""The buttons on an order: which ones there are in its state, and what pressing them does. Shared by list and board."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from loyalty import port
from menu.money import format_money
from orders.errors import ChoiceRefused, Conflict
from orders.kitchen import can_be_cancelled, cancel, move
from orders.models import KitchenState, Order, PaymentState, Refund
from orders.paper import tender_words
from orders.refunds import hand_out, try_again
from orders.returns import return_items
from orders.settlement import mark_paid
from orders.sold_cards import issue_again


@dataclass(frozen=True)
class Button:
    """A move as a button: what it posts as `step` (the state seen and the one wanted), and its words."""

    step: str
    label: str | Promise


ONWARD: dict[str, tuple[str, str | Promise]] = {
    KitchenState.RECEIVED: (KitchenState.PREPARING, _("Accept")),
    KitchenState.PREPARING: (KitchenState.READY, _("Ready")),
    KitchenState.READY: (KitchenState.SERVED, _("Served")),
}
BACK: dict[str, tuple[str, str | Promise]] = {
    KitchenState.PREPARING: (KitchenState.RECEIVED, _("Back to new")),
    KitchenState.READY: (KitchenState.PREPARING, _("Back to preparing")),
    KitchenState.SERVED: (KitchenState.READY, _("Back to ready")),
}
_LONGEST_ID = 18  # digits that surely fit in the column of an id
REFUND_ACTIONS = ("hand_out", "try_again")
ACTIONS = ("move", "cancel", "paid", "return", "issue_cards", *REFUND_ACTIONS)


def onward(order: Order) -> Button | None:
    """Return the button of the next step; None where there is none."""
    return _button(order, ONWARD)


def backward(order: Order) -> Button | None:
    """Return the button that undoes the last step; None where there is none."""
    return _button(order, BACK)


def _button(order: Order, steps: dict[str, tuple[str, str | Promise]]) -> Button | None:
    if order.placed_at is None or order.kitchen_state not in steps:
        return None
    target, label = steps[order.kitchen_state]
    return Button(f"{order.kitchen_state}:{target}", label)


def is_to_pay(order: Order) -> bool:
    """Say whether staff may take the money of this order."""
    return (
        order.placed_at is not None
        and order.payment_state == PaymentState.UNPAID
        and order.kitchen_state != KitchenState.CANCELLED
    )


def cancellable(order: Order) -> bool:
    """Say whether staff may cancel this order."""
    return can_be_cancelled(order)


def perform(order: Order, action: str, request: HttpRequest, *, now: datetime) -> None:
    """Do what the button says, in the name of whoever pressed it. Raises Conflict, ChoiceRefused, KeyError (no such
    action).
    """
    by = request.user.get_username()
    seen, _colon, target = request.POST.get("step", "").partition(":")
    performed: dict[str, Callable[[], None]] = {
        "move": lambda: move(order, seen=seen, target=target, now=now),
        "cancel": lambda: cancel(order, by=by, reason=_posted(request, "reason"), now=now),
        "paid": lambda: mark_paid(order, by=by, now=now),
        "return": lambda: _return(order, request, by=by, now=now),
        "issue_cards": lambda: _issue_cards(order, now=now),
        "hand_out": lambda: hand_out(_refund(order, request), by=by, now=now),
        "try_again": lambda: try_again(_refund(order, request), now=now),
    }
    performed[action]()


def _return(order: Order, request: HttpRequest, *, by: str, now: datetime) -> None:
    """Take back the units that the form names: `return-<line id>` is how many of each."""
    wanted = {}
    for name in request.POST:
        text = request.POST.get(name, "")
        field, _dash, line_id = name.partition("-")
        if field == "return" and line_id.isascii() and line_id.isdigit() and text.strip():
            if len(line_id) > _LONGEST_ID:
                raise Conflict(gettext("That is not part of this order."))
            if not (text.strip().isascii() and text.strip().isdigit() and len(text) < 5):
                raise ChoiceRefused({"quantity": gettext("Write how many come back as a number.")})
            wanted[int(line_id)] = int(text)
    return_items(
        order, wanted, key=_posted(request, "key")[:80], by=by, reason=_posted(request, "reason")[:200], now=now
    )


def _posted(request: HttpRequest, name: str) -> str:
    """Return a field of the form without the one character that PostgreSQL holds in no text."""
    return request.POST.get(name, "").replace("\x00", "")


def _issue_cards(order: Order, *, now: datetime) -> None:
    try:
        issue_again(order, now=now)
    except port.ProgrammeAway as away:
        raise Conflict(gettext("The loyalty programme cannot be reached. Please try again later.")) from away


def _refund(order: Order, request: HttpRequest) -> Refund:
    """Return the refund of this order that the button names."""
    pk = request.POST.get("refund", "")
    mine = Refund.objects.filter(payment__order=order).select_related("payment", "attempt")
    found = mine.filter(pk=int(pk)).first() if pk.isascii() and pk.isdigit() and len(pk) <= _LONGEST_ID else None
    if found is None:
        raise Conflict(gettext("This refund is not part of this order."))
    return found


def done_in_words(order: Order, action: str, request: HttpRequest) -> str:
    """Return what the order's history keeps of a button that was pressed."""
    if action in REFUND_ACTIONS:
        refund = _refund(order, request)
        amount = format_money(refund.amount_cents, refund.currency, get_language() or "en")
        words = {"amount": amount, "tender": tender_words(refund.payment), "state": refund.get_state_display()}
        return gettext("Refund of %(amount)s (%(tender)s): %(state)s") % words
    if action == "issue_cards":
        return gettext("Gift cards and vouchers issued")
    return f"{order.get_kitchen_state_display()}, {order.get_payment_state_display()}"


def try_to(order: Order, action: str, request: HttpRequest, *, now: datetime) -> tuple[int, str]:
    """Do what the button says; return 200 and nothing, or the status and the sentence that say why it was not done."""
    try:
        perform(order, action, request, now=now)
    except Conflict as conflict:
        return 409, conflict.message
    except ChoiceRefused as refused:
        return 422, " ".join(refused.errors.values())
    return 200, ""
