"""The basket: what is in it, changing a line, the note to the kitchen, giving up a payment under way."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from menu.food import Allergen
from menu.models import Table
from orders import settlement
from orders.basket import change_quantity, find_basket, set_note, table_of
from orders.basket_view import read_basket
from orders.checkout import basket_is_paying
from orders.choices import read_quantity
from orders.currency import follow_currency
from orders.errors import ChoiceRefused, Conflict
from orders.guest import VisitRequest, find_guest
from orders.models import Guest, LineItem, Order
from orders.repeats import minutes_since_same
from orders.showcase import Showcase, read_showcase
from orders.tending import tend_offers
from orders.views.menu import how_to_scan
from orders.views.tickets import basket_context


@never_cache
@require_safe
def basket(request: VisitRequest) -> HttpResponse:
    """Show the basket of this browser at its table's restaurant."""
    table = table_of(request.visitor)
    if table is None:
        return how_to_scan(request, status=403, problem=_("To order, you need to be at a table."))
    return show_basket(request, table)


@never_cache
@require_POST
def change_line(request: VisitRequest, line_id: int) -> HttpResponse:
    """Set the quantity of a line; 0 removes it, and a quantity on the line just removed puts it back."""
    table, order = _own_basket(request)
    if table is None:
        return how_to_scan(request, status=403)
    if order is None:
        raise Http404
    errors: dict[str, str] = {}
    quantity = read_quantity(request.POST.get("quantity", ""), errors, least=0)
    if errors:
        return show_basket(request, table, problem=errors["quantity"], status=422)
    now = timezone.now()
    try:
        line = change_quantity(order, line_id, quantity=quantity, now=now)
        told = tend_offers(order, now=now)
    except LineItem.DoesNotExist as error:
        raise Http404 from error
    except Conflict as conflict:
        return show_basket(request, table, problem=conflict.message, status=409)
    said = _("%(name)s removed.") if quantity == 0 else _("%(name)s: %(count)d in your basket.")
    return _changed(request, table, said % {"name": line.name, "count": quantity}, told)


@never_cache
@require_POST
def note_order(request: VisitRequest) -> HttpResponse:
    """Keep the note to the kitchen for the whole order."""
    table, order = _own_basket(request)
    if table is None:
        return how_to_scan(request, status=403)
    if order is None:
        raise Http404
    text = request.POST.get("note", "")
    now = timezone.now()
    try:
        set_note(order, note=text, now=now)
        told = tend_offers(order, now=now)
    except ChoiceRefused as refused:
        return show_basket(request, table, note=text, note_error=refused.errors["note"], status=422)
    except Conflict as conflict:
        return show_basket(request, table, problem=conflict.message, status=409)
    return _changed(request, table, _("Your note is saved."), told)


@never_cache
@require_POST
def give_up_payment(request: VisitRequest) -> HttpResponse:
    """Cancel the payment under way; the basket opens again as soon as the provider has said that nothing was taken."""
    table, order = _own_basket(request)
    if table is None:
        return how_to_scan(request, status=403)
    if order is None:
        return redirect("basket")
    settlement.cancel_payment(order, now=timezone.now())
    order.refresh_from_db()
    if order.placed_at is not None:
        return redirect(order)
    if basket_is_paying(order):
        messages.info(request, _("We are asking the payment provider to cancel. This can take a moment."))
    else:
        messages.info(request, _("The payment was cancelled. Nothing was charged and your basket is as it was."))
    return redirect("basket")


def show_basket(
    request: VisitRequest,
    table: Table,
    *,
    problem: str = "",
    said: str = "",
    told: Sequence[str] = (),
    note: str | None = None,
    note_error: str = "",
    status: int = 200,
) -> HttpResponse:
    """Show the basket as it is now: the whole page, or the fragment where htmx changed something.

    `said` is what was done, for the live region; `told` is what happened to offers along with it.
    """
    assert request.visitor is not None  # a table comes only with a visitor
    now = timezone.now()
    order = find_basket(request.visitor, table.restaurant)
    if order is not None:
        told = [*told, *follow_currency(order, now=now)]
    guest = order.guest if order else find_guest(request.visitor)
    showcase = _showcase(guest, table, order, now=now)
    shown = read_basket(order, now=now, rate=showcase.rate if showcase else None) if order else None
    context = {
        "restaurant": table.restaurant,
        "language": get_language(),
        "table": table,
        "order": order,
        "basket": shown,
        "is_paying": order is not None and basket_is_paying(order),
        "refusal": table.restaurant.refusal(now=now),
        "problem": problem,
        "said": said,
        "told": told,
        **basket_context(guest, showcase, shown, table.restaurant, now=now),
        "note": note if note is not None else order.note if order else "",
        "note_error": note_error,
        "minutes_since_same": minutes_since_same(order, shown.items, now=now) if order and shown else None,
        "allergen_names": json.dumps({key: str(label) for key, label in Allergen.choices}, ensure_ascii=False),
    }
    fragment = "#basket" if request.htmx and request.method == "POST" else ""
    return render(request, f"orders/basket.html{fragment}", context, status=status)


def _own_basket(request: VisitRequest) -> tuple[Table | None, Order | None]:
    table = table_of(request.visitor)
    if table is None or request.visitor is None:
        return None, None
    return table, find_basket(request.visitor, table.restaurant)


def _showcase(guest: Guest | None, table: Table, order: Order | None, *, now: datetime) -> Showcase | None:
    """Return the member's offers; None for whoever is none."""
    if guest is None or not guest.is_member:
        return None
    return read_showcase(guest, table.restaurant, order, now=now)


def _changed(request: VisitRequest, table: Table, said: str, told: Sequence[str]) -> HttpResponse:
    if request.htmx:
        return show_basket(request, table, said=said, told=told)
    tell(request, said, told)
    return redirect("basket")


def tell(request: VisitRequest, said: str, told: Iterable[str]) -> None:
    """Keep for the next page what was done, and what happened to offers along with it."""
    if said:
        messages.success(request, said)
    for words in told:
        messages.warning(request, words)
