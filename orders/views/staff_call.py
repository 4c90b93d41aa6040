"""The button that rings for the staff."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from orders.basket import table_of
from orders.errors import Conflict, TooOften
from orders.guest import VisitRequest
from orders.staff_call import call_staff
from orders.views.menu import how_to_scan


@require_POST
def ring_for_staff(request: VisitRequest) -> HttpResponse:
    """Ring for the staff and say so where the button was; without htmx on the page one came from."""
    table = table_of(request.visitor)
    if table is None or request.visitor is None:
        return how_to_scan(request, status=403)
    text, status = _("Somebody is on the way to you."), 200
    try:
        call_staff(visitor=request.visitor, table=table, now=timezone.now())
    except Conflict as conflict:
        text, status = conflict.message, 409
    except TooOften as often:
        return _too_often(request, often)
    if request.htmx:
        return render(request, "orders/menu.html#staff_called", {"text": text}, status=status)
    messages.info(request, text)
    back = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return redirect(back if ours else "menu")


def _too_often(request: VisitRequest, often: TooOften) -> HttpResponse:
    """Say that the bell was heard, and when it can be rung again."""
    if request.htmx:
        response = render(request, "orders/menu.html#staff_called", {"text": often.message}, status=429)
        response["HX-Reswap"] = "outerHTML"
    else:
        problem = {"status": 429, "title": _("One moment, please"), "text": often.message}
        response = render(request, "config/error.html", problem, status=429)
    response["Retry-After"] = str(often.seconds)
    return response
