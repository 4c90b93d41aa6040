"""Marking an offer for use at a till, and a new code to show there."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from loyalty import port
from orders.guest import VisitRequest
from orders.till import make_till_code, mark_for_till, unmark_for_till
from orders.views.member import given, go
from orders.views.offers import PROBLEMS, Seat, find_member, read_problem, show_all


@never_cache
@require_POST
@given(find_member)
def preselect(request: VisitRequest, seat: Seat, kind: str, offer_id: str) -> HttpResponse:
    """Mark an offer for use at a till, or with `remove` take the mark away; twice is harmless."""
    try:
        if "remove" in request.POST:
            unmark_for_till(seat.guest, kind=kind, offer_id=offer_id)
            return _done(request, seat, _("It is not marked for the till any more."))
        has_left = mark_for_till(seat.guest, seat.table.restaurant, kind=kind, offer_id=offer_id, now=timezone.now())
    except (port.UnknownOffer, port.NoTills) as unknown:
        raise Http404 from unknown
    except PROBLEMS as error:
        problem = read_problem(error)
    else:
        said = _("Marked for the till. Show your code there.")
        if has_left:
            said = " ".join((said, _("It left your basket, where its time had run out.")))
        return _done(request, seat, said)
    return show_all(request, seat, problem=problem)


@never_cache
@require_POST
@given(find_member)
def new_till_code(request: VisitRequest, seat: Seat) -> HttpResponse:
    """Make a code to show at the till; the one before it ends."""
    try:
        make_till_code(seat.guest, now=timezone.now())
    except port.NoTills as unknown:
        raise Http404 from unknown
    except PROBLEMS as error:
        problem = read_problem(error)
    else:
        return _done(request, seat, _("Your code is ready."))
    return show_all(request, seat, problem=problem)


def _done(request: VisitRequest, seat: Seat, said: str) -> HttpResponse:
    """Show the offers as they are now, with what was done for the live region, or after a form without script on top."""
    if request.htmx:
        return show_all(request, seat, said=said)
    messages.success(request, said)
    return go(request, f"{reverse('offers')}#till")
