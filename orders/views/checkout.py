"""The checkout: summary, tip, way to pay, and the button that orders."""

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from menu.models import Restaurant, Table
from orders.basket import find_basket, table_of
from orders.checkout import PayForm, basket_is_paying, place, read_checkout, seal_choices
from orders.currency import follow_currency
from orders.doorbell import ring
from orders.errors import ChoiceRefused, Conflict, OrderingRefused
from orders.guest import Visitor, VisitRequest
from orders.tasks import send_receipts
from orders.tips import TipChoice, read_tip
from orders.views.menu import how_to_scan
from orders.views.stored_money import StoredForm, read_stored

_CHOICES = ("method", "tip", "tip_amount", "email", "gift_card", "prepaid")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def checkout(request: VisitRequest) -> HttpResponse:
    """Show the summary; a POST recalculates it (button `update`) or orders and pays."""
    table = table_of(request.visitor)
    if table is None or request.visitor is None:
        return how_to_scan(request, status=403, problem=_("To order, you need to be at a table."))
    if request.method != "POST":
        return _show(request, table, request.visitor)
    if "update" in request.POST:
        return _update(request, table, request.visitor)
    return _pay(request, table, request.visitor)


def _update(request: VisitRequest, table: Table, visitor: Visitor) -> HttpResponse:
    """Show the summary with the tip chosen; "other" without an amount yet is no mistake."""
    try:
        tip = _read_tip(request.POST, table.restaurant, is_unfinished=not request.POST.get("tip_amount", "").strip())
    except ChoiceRefused as refused:
        return _show(request, table, visitor, errors=refused.errors, status=422)
    stored = read_stored(request, table.restaurant, now=timezone.now())
    status = 429 if stored.retry_after else 422 if stored.errors else 200
    return _show(request, table, visitor, tip=tip, stored=stored, errors=dict(stored.errors), status=status)


def _pay(request: VisitRequest, table: Table, visitor: Visitor) -> HttpResponse:
    now = timezone.now()
    form = _read_form(request, table, stored := read_stored(request, table.restaurant, now=now))
    tip = form.tip
    try:
        url = place(visitor=visitor, table=table, form=form, now=now)
    except ChoiceRefused as refused:
        status = 429 if stored.retry_after else 422
        return _show(request, table, visitor, tip=tip, stored=stored, errors=refused.errors, status=status)
    except OrderingRefused as refused:
        return _show(request, table, visitor, tip=tip, stored=stored, problem=refused.message, status=403)
    except Conflict as conflict:
        return _show(request, table, visitor, tip=tip, stored=stored, problem=conflict.message, status=409)
    if form.email:
        ring(send_receipts)
    if request.htmx:
        return HttpResponseClientRedirect(url)
    response = redirect(url)
    response.status_code = 303
    return response


def _read_form(request: VisitRequest, table: Table, stored: StoredForm) -> PayForm:
    """Read what the button sent; what cannot be read is among its errors."""
    form, tip, errors = request.POST, TipChoice(), dict(stored.errors)
    try:
        tip = _read_tip(form, table.restaurant)
    except ChoiceRefused as refused:
        errors |= refused.errors
    email = form.get("email", "").strip()
    return PayForm(
        method=form.get("method", ""),
        tip=tip,
        email=email,
        checkout_key=key if (key := form.get("checkout_key", "")).isalnum() else "",
        shown_total_cents=form.get("shown_total_cents", ""),
        shown_to_pay_cents=form.get("shown_to_pay_cents"),
        content=seal_choices({name: [text for text in form.getlist(name) if text.strip()] for name in _CHOICES}),
        stored=stored.stored,
        errors=errors,
    )


def _read_tip(form: QueryDict, restaurant: Restaurant, *, is_unfinished: bool = False) -> TipChoice:
    code = form.get("tip", "")
    if is_unfinished and code == "other":
        return TipChoice(code=code)
    return read_tip(code, form.get("tip_amount", ""), restaurant)


def _show(
    request: VisitRequest,
    table: Table,
    visitor: Visitor,
    *,
    tip: TipChoice | None = None,
    stored: StoredForm | None = None,
    errors: dict[str, str] | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    """Show the checkout with what was typed; without anything to pay for, the basket says why."""
    order = find_basket(visitor, table.restaurant)
    if order is None or basket_is_paying(order):
        if status == 200:
            return _to_basket(request)
        return _gone(request, table, problem, status)
    told = follow_currency(order, now=timezone.now())
    stored = stored or StoredForm()
    shown = read_checkout(order, tip=tip or TipChoice(), stored=stored.stored, now=timezone.now())
    if not shown.basket.lines:
        return _to_basket(request) if status == 200 else _gone(request, table, problem, status)
    methods = shown.methods
    context = {
        "restaurant": table.restaurant,
        "language": get_language(),
        "table": table,
        "order": order,
        "basket": shown.basket,
        "checkout": shown,
        "stored": stored,
        "tip": request.POST.get("tip", "") if request.method == "POST" else "",
        "tip_amount": request.POST.get("tip_amount", ""),
        "method": request.POST.get("method") or (methods[0].code if len(methods) == 1 else ""),
        "email": request.POST.get("email", ""),
        "refusal": table.restaurant.refusal(now=timezone.now()),
        "errors": errors or {},
        "problem": problem,
        "told": [words for words in told if words != problem],
    }
    fragment = "#checkout" if request.htmx and request.method == "POST" else ""
    response = render(request, f"orders/checkout.html{fragment}", context, status=status)
    if stored.retry_after:
        response["Retry-After"] = str(stored.retry_after)
    return response


def _to_basket(request: VisitRequest) -> HttpResponse:
    """Lead to the basket, which says what became of it; htmx goes there as a whole page."""
    return HttpResponseClientRedirect(reverse("basket")) if request.htmx else redirect("basket")


def _gone(request: VisitRequest, table: Table, problem: str, status: int) -> HttpResponse:
    """Say why there is nothing to pay any more: the basket is empty, was ordered, or is being paid elsewhere."""
    context = {"restaurant": table.restaurant, "table": table, "problem": problem or _("Your basket is empty.")}
    fragment = "#gone" if request.htmx else ""
    return render(request, f"orders/checkout_gone.html{fragment}", context, status=status)
