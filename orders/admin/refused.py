"""Orders and returns that the loyalty programme would not take, on "To look at": what happened, "Seen" and "Try again"."""

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from menu.money import format_money
from orders.admin.board import for_staff
from orders.admin.matters import MOST, Matter, clock_words
from orders.admin.orders import leave_trace
from orders.errors import Conflict
from orders.models import Order, OrderReturn, PaymentState
from orders.refusals import settle_order_again, settle_return_again

# Why the programme refused, by the name of its answer.
WHY: dict[str, str | Promise] = {
    "Conflict": _("It has something else under the same identifier."),
    "InvalidDocument": _("To it, the amounts do not add up."),
    "TooManyPoints": _("The member would have more points than a balance can hold."),
    "TooMuchReturned": _("To it, more came back than was bought."),
    "UnknownOrder": _("It does not know this order."),
    "UnknownOffer": _("It does not know this offer any more."),
}

_ORDER_STEP = _(
    "The guest owes nothing and is served as usual. Have whoever looks after the loyalty programme see what is wrong, then press “Try again”. If it cannot be mended, give the member their points by hand and press “Seen”."
)
_GONE_STEP = _("All of it came back, so that no points are missing. Press “Seen”.")
_RETURN_STEP = _(
    "The guest's money goes back as usual. Have whoever looks after the loyalty programme see what is wrong, then press “Try again”. If it cannot be mended, put the member's points and offers right by hand and press “Seen”."
)


def read_refused() -> list[Matter]:
    """Return what the programme refused, until it took it or somebody saw it; orders, then returns, newest first."""
    orders = Order.objects.refused().select_related("restaurant").order_by("-paid_at", "-pk")[:MOST]
    returns = OrderReturn.objects.refused().select_related("order__restaurant").order_by("-returned_at", "-pk")[:MOST]
    return [*map(_refused_order, orders), *map(_refused_return, returns)]


def _refused_order(order: Order) -> Matter:
    is_gone = order.payment_state == PaymentState.RETURNED
    what = gettext("Paid, but the loyalty programme did not take the order: no points were given.")
    return Matter(
        order=order,
        when=clock_words(order, order.paid_at),
        what=f"{what} {_reason(order)}",
        next_step=str(_GONE_STEP if is_gone else _ORDER_STEP),
        link=reverse("admin:orders_order_change", args=[order.pk]),
        seen_link=reverse("refused", args=["orders", order.pk, "seen"]),
        again_link="" if is_gone else reverse("refused", args=["orders", order.pk, "again"]),
    )


def _refused_return(made: OrderReturn) -> Matter:
    words = {"amount": format_money(made.refund_cents, made.order.currency, get_language() or "en")}
    if made.points is None and made.order.points_earned is not None:
        what = gettext("%(amount)s came back, but the loyalty programme did not correct the points.") % words
    else:
        what = gettext("%(amount)s came back, but the member did not get back the offer they had used.") % words
    return Matter(
        order=made.order,
        when=clock_words(made.order, made.returned_at),
        what=f"{what} {_reason(made)}",
        next_step=str(_RETURN_STEP),
        link=reverse("admin:orders_order_change", args=[made.order_id]),
        seen_link=reverse("refused", args=["returns", made.pk, "seen"]),
        again_link=reverse("refused", args=["returns", made.pk, "again"]),
    )


def _reason(refused: Order | OrderReturn) -> str:
    return str(WHY.get(refused.refusal, refused.refusal))


@for_staff
@require_POST
def refused(request: HttpRequest, kind: str, pk: int, action: str) -> HttpResponse:
    """Do what a button of the list says, for who may change orders; a second time changes nothing."""
    if not request.user.has_perm("orders.change_order"):
        raise PermissionDenied
    pressed: dict[tuple[str, str], Callable[[], None]] = {
        ("orders", "seen"): lambda: _see(get_object_or_404(Order, pk=pk), request),
        ("returns", "seen"): lambda: _see(get_object_or_404(OrderReturn, pk=pk), request),
        ("orders", "again"): lambda: _try_order(pk, request, now=timezone.now()),
        ("returns", "again"): lambda: _try_return(pk, request, now=timezone.now()),
    }
    if (kind, action) not in pressed:
        raise Http404
    pressed[kind, action]()
    return redirect("attention")


def _see(row: Order | OrderReturn, request: HttpRequest) -> None:
    if not row.refusal:
        raise Http404
    unseen = Order.objects.refused() if isinstance(row, Order) else OrderReturn.objects.refused()
    unseen.filter(pk=row.pk).update(refusal_seen_at=timezone.now(), refusal_seen_by=request.user.get_username())


def _try_order(pk: int, request: HttpRequest, *, now: datetime) -> None:
    order = get_object_or_404(Order.objects.select_related("restaurant"), pk=pk)
    _try(lambda: settle_order_again(order, now=now), order, request)


def _try_return(pk: int, request: HttpRequest, *, now: datetime) -> None:
    made = get_object_or_404(OrderReturn.objects.select_related("order"), pk=pk)
    _try(lambda: settle_return_again(made, now=now), made.order, request)


def _try(settle_again: Callable[[], None], order: Order, request: HttpRequest) -> None:
    """Try once more, say what came of it, and leave a trace in the order's history where it was taken."""
    try:
        settle_again()
    except Conflict as conflict:
        messages.error(request, conflict.message)
        return
    said = gettext("Recorded in the loyalty programme")
    leave_trace(request, order, said)
    messages.success(request, gettext("Order %(order)s: %(state)s.") % {"order": order, "state": said})
