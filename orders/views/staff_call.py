"""The button that rings for the staff."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from orders.basket import table_of
from orders.errors import Conflict
from orders.guest import VisitRequest
from orders.staff_call import call_staff
from orders.views.menu import how_to_scan


@require_POST
def ring_for_staff(request: VisitRequest) -> HttpResponse:
    """Ring for the staff and say so where the button was."""
    table = table_of(request.visitor)
    if table is None or request.visitor is None:
        return how_to_scan(request, status=403)
    text, status = _("Somebody is on the way to you."), 200
    try:
        call_staff(visitor=request.visitor, table=table, now=timezone.now())
    except Conflict as conflict:
        text, status = conflict.message, 409
    if request.htmx:
        return render(request, "orders/menu.html#staff_called", {"text": text}, status=status)
    messages.info(request, text)
    back = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return redirect(back if ours else "menu")
