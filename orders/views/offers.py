"""The offers: all of them, a code typed in, redeeming one after asking, taking it off, giving a reward back."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import reswap

from loyalty import port
from menu.models import Table
from orders.basket import find_basket
from orders.basket_view import read_basket
from orders.errors import ChoiceRefused, Conflict, OrderingRefused
from orders.guest import Visitor, VisitRequest, find_seat
from orders.models import Guest, Order
from orders.offers import withdraw
from orders.purchases import undo
from orders.redeeming import Redeemed, redeem
from orders.showcase import find_offer, find_voucher, read_offers, read_showcase
from orders.tending import tend_offers
from orders.views.basket import show_basket, tell
from orders.views.member import away_words, given, go, wait_words
from orders.views.menu import how_to_scan
from orders.views.offer_page import Problem, offer_context
from orders.views.tickets import block_context, points_words, tickets_of
from orders.views.till_block import till_block

KINDS = ("voucher", "collectable", "reward")
PROBLEMS = (port.OfferUnavailable, port.TooOften, Conflict, port.ProgrammeAway)
_LONGEST_CODE = 60


@dataclass(frozen=True)
class Seat:
    """A member at a table."""

    visitor: Visitor
    table: Table
    guest: Guest

    def basket(self) -> Order | None:
        """Return their basket here; one query."""
        return find_basket(self.visitor, self.table.restaurant)


def find_member(request: VisitRequest) -> Seat | HttpResponse:
    """Return the member and their table, or the answer to whoever is none: how to scan, or the way to sign in."""
    seat = find_seat(request.visitor)
    if seat is None or request.visitor is None:
        return how_to_scan(request, status=403, problem=_("To use offers, you need to be at a table."))
    table, guest = seat
    if not guest.is_member:
        onwards = urlencode({"next": request.path if request.method != "POST" else reverse("offers")})
        return go(request, f"{reverse('identify')}?{onwards}")
    return Seat(request.visitor, table, guest)


@never_cache
@require_safe
@given(find_member)
def offers(request: VisitRequest, seat: Seat) -> HttpResponse:
    """Show all offers of the member: what is free, what can be had for points, and a field for a code."""
    return show_all(request, seat)


@never_cache
@require_POST
@given(find_member)
def find_by_code(request: VisitRequest, seat: Seat) -> HttpResponse:
    """Look a voucher up by the code typed in, and lead on to redeeming it."""
    code = " ".join(request.POST.get("code", "").split())
    try:
        found = find_voucher(seat.guest, seat.table.restaurant, _readable(code), now=timezone.now())
    except port.UnknownOffer:
        unknown = _("We do not know this code. Please check it letter by letter.")
        problem = Problem(422, unknown if code else _("Please enter the code of your voucher."))
    except port.OfferUnavailable as gone:
        problem = Problem(422, unavailable_words(gone.reason))
    except PROBLEMS as error:
        problem = read_problem(error)
    else:
        return go(request, reverse("offer", args=["voucher", found.id]))
    return show_all(request, seat, code=code, code_problem=problem)


@never_cache
@require_safe
@given(find_member)
def offer(request: VisitRequest, seat: Seat, kind: str, offer_id: str) -> HttpResponse:
    """Ask before redeeming: what it would do on this basket, what it would replace, or why it cannot be redeemed now."""
    return _show(request, seat, kind, offer_id)


@never_cache
@require_POST
@given(find_member)
def apply_offer(request: VisitRequest, seat: Seat, kind: str, offer_id: str) -> HttpResponse:
    """Hold the offer and put it on the basket, a reward after buying it; sending the form twice changes nothing more."""
    try:
        done = redeem(
            kind,
            offer_id,
            visitor=seat.visitor,
            table=seat.table,
            guest=seat.guest,
            form=request.POST,
            now=timezone.now(),
        )
    except port.UnknownOffer as unknown:
        raise Http404 from unknown
    except ChoiceRefused as refused:
        problem = Problem(422, errors=refused.errors)
    except OrderingRefused as refused:
        problem = Problem(403, refused.message)
    except PROBLEMS as error:
        problem = read_problem(error)
    else:
        return _redeemed(request, seat, done)
    return _show(request, seat, kind, offer_id, problem=problem)


@never_cache
@require_POST
@given(find_member)
def withdraw_offer(request: VisitRequest, seat: Seat, kind: str, offer_id: str) -> HttpResponse:
    """Take an offer off the basket, with the item it brought along, and release it; twice is harmless."""
    now = timezone.now()
    order = seat.basket()
    if order is None or not order.applied_offers.filter(kind=kind, offer_id=offer_id).exists():
        raise Http404
    try:
        taken = withdraw(order, kind=kind, offer_id=offer_id, now=now)
        told = tend_offers(order, now=now)
    except Conflict as conflict:
        return show_basket(request, seat.table, problem=conflict.message, status=409)
    said = (
        _("%(offer)s was taken off your basket. You can redeem it another time.") % {"offer": taken.name}
        if taken
        else ""
    )
    if request.htmx:
        return show_basket(request, seat.table, said=said, told=told)
    tell(request, said, told)
    return go(request, reverse("basket"))


@never_cache
@require_POST
@given(find_member)
def undo_purchase(request: VisitRequest, seat: Seat, offer_id: str) -> HttpResponse:
    """Give the points of a reward that was not collected yet back."""
    try:
        balance = undo(seat.guest, offer_id, now=timezone.now())
    except port.UnknownOffer as unknown:
        raise Http404 from unknown
    except PROBLEMS as error:
        return _show(request, seat, "collectable", offer_id, problem=read_problem(error))
    messages.success(request, _("Your points are back. Balance: %(points)s") % {"points": points_words(balance)})
    return go(request, reverse("offers"))


def read_problem(error: Exception) -> Problem:
    """Return how one of PROBLEMS is told."""
    match error:
        case port.OfferUnavailable():
            return Problem(409, unavailable_words(error.reason))
        case port.TooOften():
            return Problem(429, wait_words(error.retry_after), retry_after=error.retry_after)
        case Conflict():
            return Problem(409, error.message)
        case _:
            return Problem(503, away_words())


def unavailable_words(reason: port.Unavailable) -> str:
    """Say why an offer of the diner's own cannot be used."""
    words = {
        port.Unavailable.EXPIRED: _("This voucher has expired."),
        port.Unavailable.NOT_YET_ACTIVE: _("This voucher cannot be used yet."),
        port.Unavailable.USED_UP: _("This voucher has been used already."),
    }
    return words.get(reason, _("This voucher cannot be used any more."))


def _readable(code: str) -> str:
    """Return the code where it can be one. Raises port.UnknownOffer."""
    if not code or len(code) > _LONGEST_CODE or not code.isprintable():
        raise port.UnknownOffer
    return code


def _redeemed(request: VisitRequest, seat: Seat, done: Redeemed) -> HttpResponse:
    """Say what was done: in the sheet, or after a form without script in the basket."""
    names = {"offer": done.name, "offers": ", ".join(done.replaced), "reason": done.waits}
    if done.waits:
        said = _("%(offer)s is yours now. It waits among your offers: %(reason)s") % names
    else:
        said = _("%(offer)s was added to your basket.") % names
    told = [_("It took the place of %(offers)s.") % names] if done.replaced else []
    told += done.told
    if not request.htmx:
        tell(request, said, told)
        return go(request, reverse("basket"))
    context = {
        "restaurant": seat.table.restaurant,
        "done": done,
        "said": said,
        "told": told,
        "new_balance": points_words(done.new_balance) if done.new_balance is not None else "",
    }
    response = render(request, "orders/offer.html#done", context)
    response["HX-Trigger"] = "redeemed"
    return response


def show_all(
    request: VisitRequest,
    seat: Seat,
    *,
    said: str = "",
    problem: Problem | None = None,
    code: str = "",
    code_problem: Problem | None = None,
) -> HttpResponse:
    """Show all offers as they are now; after a form sent by htmx the fragment it was for.

    `said` is what was done, for the live region; `problem` goes on top, `code_problem` to the field for a code.
    """
    now = timezone.now()
    restaurant = seat.table.restaurant
    showcase = read_showcase(seat.guest, restaurant, seat.basket(), now=now)
    context = {
        **_page(seat),
        **block_context(seat.guest, showcase, restaurant, now=now),
        "free": tickets_of(showcase.free, restaurant, now=now),
        "rewards": tickets_of(showcase.rewards, restaurant, now=now),
        "till": till_block(seat.guest, showcase, restaurant, now=now),
        "said": said,
        "problem": problem,
        "code": code,
        "code_problem": code_problem,
    }
    return _answer(request, "orders/offers.html", "#code" if code_problem else "#all", context, problem or code_problem)


def _show(
    request: VisitRequest, seat: Seat, kind: str, offer_id: str, *, problem: Problem | None = None
) -> HttpResponse:
    """Show one offer as it stands now; what is gone meanwhile is told, what never was theirs is not found."""
    if kind not in KINDS:
        raise Http404
    now = timezone.now()
    restaurant = seat.table.restaurant
    form = request.POST if request.method == "POST" else request.GET
    context: dict[str, object] = _page(seat)
    order = seat.basket()
    basket = read_basket(order, now=now) if order is not None else None
    showcase = read_offers(seat.guest, restaurant, basket.offers if basket else (), now=now)
    try:
        shown = find_offer(showcase, seat.guest, restaurant, kind=kind, offer_id=offer_id, now=now)
    except port.UnknownOffer as unknown:
        if problem is None:
            raise Http404 from unknown
    except port.TooOften as often:
        problem = problem or Problem(429, wait_words(often.retry_after), retry_after=often.retry_after)
    except port.OfferUnavailable as gone:
        problem = problem or Problem(200, unavailable_words(gone.reason))
    except port.ProgrammeAway:
        problem = problem or Problem(503, away_words())
    else:
        context |= offer_context(shown, showcase, restaurant, basket, form, problem, now=now)
        context["refusal"] = restaurant.refusal(now=now)
    return _answer(request, "orders/offer.html", "#dish", {**context, "problem": problem}, problem)


def _page(seat: Seat) -> dict[str, object]:
    return {
        "restaurant": seat.table.restaurant,
        "table": seat.table,
        "guest": seat.guest,
        "language": get_language(),
    }


def _answer(
    request: VisitRequest, template: str, fragment: str, context: dict[str, object], problem: Problem | None
) -> HttpResponse:
    """Render the page, or after a form sent by htmx its fragment, with the status of what went wrong."""
    is_fragment = request.htmx and request.method == "POST"
    status = problem.status if problem else 200
    response = render(request, f"{template}{fragment if is_fragment else ''}", context, status=status)
    if problem is not None and problem.retry_after is not None:
        response["Retry-After"] = str(problem.retry_after)
    return reswap(response, "outerHTML") if is_fragment and problem is not None else response
