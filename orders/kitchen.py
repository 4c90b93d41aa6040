"""What the kitchen and the waiters do with a placed order: move it on, move it back, cancel it; answer a call."""

from datetime import datetime

from django.utils.translation import gettext as _

from orders.errors import ChoiceRefused, Conflict
from orders.models import Guest, KitchenState, Order
from orders.models.states import KITCHEN_MOVES
from orders.returns import finish_cancelled

# What a move writes besides the state. Moving back forgets the times that do not hold any more.
_TIMES: dict[str, tuple[str | None, tuple[str, ...]]] = {
    KitchenState.RECEIVED: (None, ("preparing_at", "ready_at", "served_at")),
    KitchenState.PREPARING: ("preparing_at", ("ready_at", "served_at")),
    KitchenState.READY: ("ready_at", ("served_at",)),
    KitchenState.SERVED: ("served_at", ()),
}


def move(order: Order, *, seen: str, target: str, now: datetime) -> None:
    """Move a placed order from the state the person saw to `target`; of two people pressing at once one wins.

    Raises Conflict where the order is elsewhere by now, or where `target` cannot follow.
    """
    if seen not in _TIMES or target not in _TIMES or target not in KITCHEN_MOVES[seen]:
        raise Conflict(_("This order cannot go there."))
    stamped, forgotten = _TIMES[target]
    changes: dict[str, datetime | None] = dict.fromkeys(forgotten)
    if stamped is not None:
        changes[stamped] = now
    placed = Order.objects.filter(pk=order.pk, kitchen_state=seen).exclude(placed_at=None)
    if placed.update(kitchen_state=target, changed_at=now, **changes) != 1:
        raise _overtaken(order)
    order.refresh_from_db()


def cancel(order: Order, *, by: str, reason: str, now: datetime) -> None:
    """Cancel a placed order that was not served yet, and keep who, when and why. Cancelling is a return of
    everything: points are corrected, offers given back; what was paid is recorded as to be paid back.

    Raises Conflict where it cannot be cancelled any more, ChoiceRefused where the reason is missing or too long.
    """
    reason = reason.strip()
    longest = Order._meta.get_field("cancel_reason").max_length or 0
    if not reason:
        raise ChoiceRefused({"reason": _("Please say why the order is cancelled.")})
    if len(reason) > longest:
        sentence = _("The reason is too long: at most %(longest)d characters.") % {"longest": longest}
        raise ChoiceRefused({"reason": sentence})
    open_states = [state for state, targets in KITCHEN_MOVES.items() if KitchenState.CANCELLED in targets]
    placed = Order.objects.filter(pk=order.pk, kitchen_state__in=open_states).exclude(placed_at=None)
    cancelled = placed.update(
        kitchen_state=KitchenState.CANCELLED, cancelled_at=now, cancelled_by=by, cancel_reason=reason, changed_at=now
    )
    if cancelled != 1:
        raise _overtaken(order)
    order.refresh_from_db()
    finish_cancelled(order, now=now)


def answer_call(guest: Guest, *, called_at: datetime) -> None:
    """Take a table's call off the board; one that came since `called_at` keeps ringing. Raises Conflict when gone."""
    if Guest.objects.filter(pk=guest.pk, called_staff_at=called_at).update(called_staff_at=None) != 1:
        raise Conflict(_("This call was answered already."))


def can_be_cancelled(order: Order) -> bool:
    """Say whether staff may cancel this order now."""
    return order.placed_at is not None and KitchenState.CANCELLED in KITCHEN_MOVES[order.kitchen_state]


def _overtaken(order: Order) -> Conflict:
    """Say where the order is now, for whoever pressed second."""
    order.refresh_from_db()
    return Conflict(
        _("Somebody was faster: order %(order)s is “%(state)s” now.")
        % {"order": order, "state": order.get_kitchen_state_display()}
    )
