"""The kitchen board: placed orders as tickets in three columns, calls from the tables, one tap per step; refreshes itself."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps

from django.contrib import admin, messages
from django.contrib.admin.views.decorators import staff_member_required
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from menu.admin.restaurants import IN_A_WORD, may_pause
from menu.models import Restaurant
from orders.admin import moves
from orders.admin.orders import leave_trace
from orders.errors import Conflict
from orders.kitchen import answer_call
from orders.models import Guest, KitchenState, LineItem, Order, PaymentState

COLUMNS = (KitchenState.RECEIVED, KitchenState.PREPARING, KitchenState.READY)
# A ticket waiting longer than this asks for a look.
LATE_MINUTES = 20
CALLS_RING_FOR = timedelta(hours=2)

type View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Ticket:
    """An order on the board, how long it has waited, and the buttons it has."""

    order: Order
    lines: tuple[LineItem, ...]
    minutes: int
    is_late: bool
    onward: moves.Button | None
    backward: moves.Button | None
    is_to_pay: bool


@dataclass(frozen=True)
class Column:
    """A column of the board."""

    state: str
    label: str
    tickets: tuple[Ticket, ...]


@dataclass(frozen=True)
class Call:
    """A table that rang for staff."""

    guest: Guest
    minutes: int


@dataclass(frozen=True)
class Board:
    """Everything on the board of a restaurant."""

    columns: tuple[Column, ...]
    calls: tuple[Call, ...]

    @property
    def rings(self) -> int:
        """How many things wait to be seen: the sound goes on until there are none."""
        return len(self.columns[0].tickets) + len(self.calls)


def read_board(restaurant: Restaurant, *, now: datetime) -> Board:
    """Read the placed orders that are not served yet, oldest first, and the calls; four queries."""
    sub_lines = Prefetch("sub_lines", LineItem.objects.order_by("id"))
    lines = Prefetch("lines", LineItem.objects.filter(parent=None, quantity__gt=0).prefetch_related(sub_lines))
    orders = (
        Order.objects.filter(restaurant=restaurant, kitchen_state__in=COLUMNS)
        .exclude(placed_at=None)
        .order_by("placed_at", "id")
        .prefetch_related(lines, "payments")
    )
    tickets = [_ticket(order, now=now) for order in orders]
    columns = tuple(
        Column(state, str(state.label), tuple(ticket for ticket in tickets if ticket.order.kitchen_state == state))
        for state in COLUMNS
    )
    calling = Guest.objects.filter(
        table__restaurant=restaurant, called_staff_at__gt=now - CALLS_RING_FOR, ended_at=None
    ).select_related("table")
    calls = tuple(Call(guest, _minutes(guest.called_staff_at, now)) for guest in calling.order_by("called_staff_at"))
    return Board(columns=columns, calls=calls)


def _ticket(order: Order, *, now: datetime) -> Ticket:
    minutes = _minutes(order.placed_at, now)
    return Ticket(
        order=order,
        lines=tuple(order.lines.all()),
        minutes=minutes,
        is_late=minutes >= LATE_MINUTES,
        onward=moves.onward(order),
        backward=moves.backward(order),
        is_to_pay=order.payment_state == PaymentState.UNPAID,
    )


def _minutes(since: datetime | None, now: datetime) -> int:
    return max(0, int((now - since).total_seconds() // 60)) if since else 0


def for_staff(view: View) -> View:
    """Let in staff who may see orders; send others to the login, the board's own refreshes too."""
    guarded = staff_member_required(view, login_url="admin:login")

    @wraps(view)
    def inner(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        user = request.user
        if not (user.is_active and user.is_staff) and request.headers.get("HX-Request"):
            return HttpResponse(status=204, headers={"HX-Refresh": "true"})
        if user.is_active and user.is_staff and not user.has_perm("orders.view_order"):
            return render(
                request,
                "config/error.html",
                {"status": 403, "title": _("Not allowed"), "text": _("You are not allowed to see the orders.")},
                status=403,
            )
        return guarded(request, *args, **kwargs)

    return never_cache(inner)


@for_staff
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Show the only restaurant's board, or the list of boards."""
    restaurants = list(Restaurant.objects.order_by("name"))
    if len(restaurants) == 1:
        return HttpResponseRedirect(reverse("board", args=[restaurants[0].slug]))
    context = {**admin.site.each_context(request), "title": _("Kitchen boards"), "restaurants": restaurants}
    return render(request, "orders/admin_boards.html", context)


@for_staff
@require_GET
def board(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the board of a restaurant."""
    return _show(request, get_object_or_404(Restaurant, slug=slug))


@for_staff
@require_POST
def press(request: HttpRequest, slug: str, pk: int, action: str) -> HttpResponse:
    """Press a button of a ticket: move it, cancel it with a reason, or take its money."""
    restaurant = get_object_or_404(Restaurant, slug=slug)
    order = get_object_or_404(Order.objects.exclude(placed_at=None), restaurant=restaurant, pk=pk)
    if action not in moves.ACTIONS:
        raise Http404
    if not request.user.has_perm("orders.change_order"):
        return _answer(request, restaurant, 403, _("You are not allowed to do this."))
    status, refusal = moves.try_to(order, action, request, now=timezone.now())
    if not refusal:
        order.refresh_from_db()
        leave_trace(request, order, moves.done_in_words(order, action, request))
    return _answer(request, restaurant, status, refusal)


@for_staff
@require_POST
def answer(request: HttpRequest, slug: str, guest_id: str) -> HttpResponse:
    """Take a table's call off the board."""
    restaurant = get_object_or_404(Restaurant, slug=slug)
    guest = get_object_or_404(Guest, pk=guest_id, table__restaurant=restaurant)
    if not request.user.has_perm("orders.change_order"):
        return _answer(request, restaurant, 403, _("You are not allowed to do this."))
    try:
        called_at = parse_datetime(request.POST.get("called_at", ""))
    except ValueError:
        called_at = None
    try:
        if called_at is None or timezone.is_naive(called_at):
            raise Conflict(_("This call was answered already."))
        answer_call(guest, called_at=called_at)
    except Conflict as conflict:
        return _answer(request, restaurant, 409, conflict.message)
    return _answer(request, restaurant, 200, "")


def _answer(request: HttpRequest, restaurant: Restaurant, status: int, refusal: str) -> HttpResponse:
    """Answer htmx with the fresh tickets, others with the way back to the board."""
    if request.headers.get("HX-Request"):
        return _show(request, restaurant, template="orders/admin_board.html#tickets", status=status, refusal=refusal)
    if refusal:
        messages.error(request, refusal)
    return HttpResponseRedirect(reverse("board", args=[restaurant.slug]))


def _show(
    request: HttpRequest,
    restaurant: Restaurant,
    *,
    template: str = "orders/admin_board.html",
    status: int = 200,
    refusal: str = "",
) -> HttpResponse:
    now = timezone.now()
    context = {
        **admin.site.each_context(request),
        "title": restaurant.name,
        "restaurant": restaurant,
        "board": read_board(restaurant, now=now),
        "refusal": refusal,
        "is_fragment": "#" in template,
        "ordering_state": IN_A_WORD[restaurant.ordering],
        "may_move": request.user.has_perm("orders.change_order"),
        "may_pause": may_pause(request),
        "clock": f"{restaurant.local(now):%H:%M}",
        "is_nav_sidebar_enabled": False,
    }
    return render(request, template, context, status=status)
