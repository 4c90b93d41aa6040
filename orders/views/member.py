"""What the identify pages and my data share: who is at which table, where to go on, and how a refusal is answered."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from math import ceil
from typing import Concatenate

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect, reswap

from loyalty import port
from menu.models import Table
from orders.basket import table_of
from orders.errors import ChoiceRefused, Conflict
from orders.guest import Visitor, VisitRequest, find_guest, seat, write_cookie
from orders.models import Guest
from orders.views.menu import how_to_scan

REFUSALS = (ChoiceRefused, Conflict, port.TooOften, port.WrongCode, port.ProgrammeAway)
_LONGEST_ADDRESS = 2000


@dataclass(frozen=True)
class Refusal:
    """What a page says about a form it does not take: a sentence on top, or one per field."""

    status: int
    problem: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    retry_after: int | None = None


@dataclass(frozen=True)
class Station:
    """Where a request comes from: its table, and the guest, who has no row before the first change."""

    table: Table
    guest: Guest | None


def given[Found, **Arguments](
    find: Callable[[VisitRequest], Found | HttpResponse],
) -> Callable[
    [Callable[Concatenate[VisitRequest, Found, Arguments], HttpResponse]],
    Callable[Concatenate[VisitRequest, Arguments], HttpResponse],
]:
    """Call a view with what `find` finds for its request; where that is an answer already, answer so."""

    def wrap(
        view: Callable[Concatenate[VisitRequest, Found, Arguments], HttpResponse],
    ) -> Callable[Concatenate[VisitRequest, Arguments], HttpResponse]:
        @wraps(view)
        def view_given(request: VisitRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponse:
            found = find(request)
            return found if isinstance(found, HttpResponse) else view(request, found, *args, **kwargs)

        return view_given

    return wrap


def find_station(request: VisitRequest) -> Station | HttpResponse:
    """Return table and guest of a request, or the answer where there is no table or the visit has ended.

    A POST makes the guest's row.
    """
    table = table_of(request.visitor)
    if request.method != "POST":
        return redirect("menu") if table is None else Station(table, find_guest(request.visitor))
    if table is None or request.visitor is None:
        return how_to_scan(request, status=403, problem=_("To sign in, you need to be at a table."))
    guest = seat(request.visitor, table=table, now=timezone.now())
    if guest is None:
        ended = _("Your visit has ended. Please scan the code on the table again.")
        return how_to_scan(request, status=403, problem=ended)
    return Station(table, guest)


def next_page(request: VisitRequest) -> str:
    """Return the page of ours that the diner was on their way to; empty where none is named, or a login page itself."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith("/")
    is_page = wanted.isprintable() and len(wanted) <= _LONGEST_ADDRESS and not wanted.startswith(reverse("identify"))
    return wanted if is_ours and is_page else ""


def go(request: VisitRequest, url: str, *, visitor: Visitor | None = None) -> HttpResponse:
    """Lead on to `url` after a form, as `visitor` from now on if one is given."""
    response: HttpResponse
    if request.htmx:
        response = HttpResponseClientRedirect(url)
    else:
        response = redirect(url)
        response.status_code = 303
    if visitor is not None:
        write_cookie(response, visitor)
    return response


def read_refusal(error: Exception) -> Refusal:
    """Return how one of REFUSALS is answered."""
    match error:
        case ChoiceRefused():
            return Refusal(422, errors=error.errors)
        case port.WrongCode():
            wrong = _("This code is not right, or not valid any more. Use the newest mail from us, or send a new code.")
            return Refusal(422, errors={"code": wrong})
        case port.TooOften():
            return Refusal(429, wait_words(error.retry_after), retry_after=error.retry_after)
        case Conflict():
            return Refusal(409, error.message)
        case _:
            return Refusal(503, away_words())


def wait_words(seconds: int) -> str:
    """Say that a limit is reached and how long to wait, in seconds or whole minutes."""
    if seconds < 100:
        text = ngettext(
            "That was a bit often. Please try again in %(count)d second.",
            "That was a bit often. Please try again in %(count)d seconds.",
            seconds,
        )
        return text % {"count": seconds}
    minutes = ceil(seconds / 60)
    text = ngettext(
        "That was a bit often. Please try again in %(count)d minute.",
        "That was a bit often. Please try again in %(count)d minutes.",
        minutes,
    )
    return text % {"count": minutes}


def away_words() -> str:
    """Say that the programme cannot be reached."""
    return _(
        "The rewards cannot be reached right now. You can order as always; please try this again in a few minutes."
    )


def show(
    request: VisitRequest,
    page: str,
    table: Table,
    context: dict[str, object],
    *,
    refusal: Refusal | None = None,
) -> HttpResponse:
    """Render `page`, or after a POST by htmx its fragment `form`, with what it has to say about a refusal."""
    refusal = refusal or Refusal(200)
    is_fragment = request.htmx and request.method == "POST"
    response = render(
        request,
        f"orders/{page}.html{'#form' if is_fragment else ''}",
        {
            "restaurant": table.restaurant,
            "table": table,
            "language": get_language(),
            "next": next_page(request),
            "problem": refusal.problem,
            "errors": refusal.errors,
            **context,
        },
        status=refusal.status,
    )
    if refusal.retry_after is not None:
        response["Retry-After"] = str(refusal.retry_after)
    # Tells our script that this is a page of ours to be shown, not the error page of a server in between.
    return reswap(response, "outerHTML") if is_fragment else response
