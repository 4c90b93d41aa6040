"""The order's own page: success, the receipt, and where the food is."""

import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRedirect

from orders.basket import owns
from orders.doorbell import ring
from orders.guest import VisitRequest
from orders.models import KitchenState, LineItem, Order, PaymentState
from orders.tasks import reconcile_payments
from orders.views.order_money import read_money
from orders.views.order_points import points_of

# After this long nobody looks at the page for news any more.
_LIVE_FOR = timedelta(hours=4)
_STEPS = (KitchenState.RECEIVED, KitchenState.PREPARING, KitchenState.READY, KitchenState.SERVED)
_POINTS_COMING = frozenset({"pending", "away"})
_OVER = frozenset({KitchenState.SERVED, KitchenState.CANCELLED})


@dataclass(frozen=True)
class Step:
    """One station of the order in the kitchen: past, now or to come."""

    name: str
    place: str


@dataclass(frozen=True)
class ReceiptLine:
    """A line of the receipt; the amounts include its modifiers."""

    item: LineItem
    modifiers: tuple[LineItem, ...]
    gross_cents: int
    total_cents: int
    offer_names: tuple[str, ...]


@never_cache
@require_safe
def order(request: VisitRequest, order_uuid: uuid.UUID) -> HttpResponse:
    """Show the order: to its guest with everything, to whoever else has the address only state and lines.

    What asks for news (htmx) says what it shows already (`seen`) and gets 204 as long as that still holds.
    """
    found = get_object_or_404(
        Order.objects.select_related("restaurant", "guest").prefetch_related("charges", "taxes"), uuid=order_uuid
    )
    is_own = owns(request.visitor, found.guest)
    if _is_basket(found):
        if not is_own:
            raise Http404
        return HttpResponseClientRedirect("/basket/") if request.htmx else redirect("basket")
    has_points = "" if found.points_earned is None else "earned-"
    money = read_money(found, is_own=is_own)
    state = f"{has_points}{money.state}{found.payment_state}-{found.kitchen_state}"
    seen = request.GET.get("seen", "")
    if request.htmx and seen == state:
        return HttpResponse(status=204)
    placed = found.placed_at is not None
    if not placed:
        ring(reconcile_payments)
    lines = _lines(found)
    earning_cents = sum(line.total_cents for line in lines if line.item.earns_points)
    points = points_of(found, earning_cents=earning_cents, now=timezone.now()) if is_own else None
    context = {
        "restaurant": found.restaurant,
        "language": get_language(),
        "order": found,
        "is_own": is_own,
        "is_placed": placed,
        "placed_local": found.restaurant.local(found.placed_at) if found.placed_at else None,
        "is_checking": not placed,
        "is_new": not seen or not seen.endswith(tuple(KitchenState.values[1:])),
        "is_cancelled": found.kitchen_state == KitchenState.CANCELLED,
        "is_returned": found.payment_state == PaymentState.RETURNED,
        "is_to_be_paid": placed and found.payment_state == PaymentState.UNPAID,
        "is_live": _is_live(found, waits_for_points=points is not None and points.state in _POINTS_COMING),
        "state": state,
        "steps": _steps(found),
        "lines": lines,
        "points": points,
        "money": money,
    }
    return render(request, "orders/order.html", context)


def _is_basket(found: Order) -> bool:
    """Whether this is not an order yet: no payment under way either, so there is nothing to wait for."""
    return (
        found.placed_at is None
        and found.payment_state == PaymentState.UNPAID
        and found.kitchen_state == KitchenState.NONE
    )


def _is_live(found: Order, *, waits_for_points: bool) -> bool:
    """Whether there is still news to come."""
    recent = found.placed_at is None or timezone.now() - found.placed_at < _LIVE_FOR
    return recent and (waits_for_points or found.kitchen_state not in _OVER)


def _steps(found: Order) -> tuple[Step, ...]:
    names = (_("Received"), _("Being prepared"), _("Ready"), _("Served"))
    here = _STEPS.index(KitchenState(found.kitchen_state)) if found.kitchen_state in _STEPS else -1
    return tuple(
        Step(name=name, place="past" if place < here else "now" if place == here else "")
        for place, name in enumerate(names)
    )


def _lines(found: Order) -> tuple[ReceiptLine, ...]:
    """The lines with their modifiers and offers, in three queries however many there are."""
    items = found.lines.filter(parent=None, quantity__gt=0).prefetch_related(
        "sub_lines__shares__offer", "shares__offer"
    )
    return tuple(_line(item) for item in items)


def _line(item: LineItem) -> ReceiptLine:
    parts = [item, *item.sub_lines.all()]
    offers = dict.fromkeys(share.offer.name for part in parts for share in part.shares.all() if share.cents)
    return ReceiptLine(
        item=item,
        modifiers=tuple(parts[1:]),
        gross_cents=sum(part.gross_cents for part in parts),
        total_cents=sum(part.total_cents for part in parts),
        offer_names=tuple(offers),
    )
