"""Identify: the address, the code, signing up. What is decided lives in orders.identify."""

from datetime import date

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from loyalty import port
from orders import identify as identifying
from orders.errors import ChoiceRefused
from orders.guest import VisitRequest
from orders.identify import Authenticated, Step
from orders.models import Guest
from orders.site_login import find_authenticated
from orders.views.member import REFUSALS, Refusal, Station, find_station, given, go, next_page, read_refusal, show

_LONGEST_CODE = 100
_PAGE_METHODS = ["GET", "HEAD", "POST"]


@never_cache
@require_http_methods(_PAGE_METHODS)
@given(find_station)
def identify(request: VisitRequest, station: Station) -> HttpResponse:
    """Ask for the address, or offer to go on as whom the site's own login names (button `continue`)."""
    guest = station.guest
    if guest is not None and guest.may_spend:
        return go(request, next_page(request) or reverse("me"))
    proven = find_authenticated(request)
    if request.method != "POST" or guest is None:
        return _show_identify(request, station, proven)
    try:
        if "continue" in request.POST and proven is not None:
            return _continue(request, station, guest, proven)
        step = identifying.start(guest, request.POST.get("email", ""), ip_address=_ip(request), now=timezone.now())
    except REFUSALS as error:
        return _show_identify(request, station, proven, refusal=read_refusal(error))
    return go(request, _step_url(request, step))


@never_cache
@require_http_methods(_PAGE_METHODS)
@given(find_station)
def identify_code(request: VisitRequest, station: Station, *, has_letters: bool = False) -> HttpResponse:
    """Ask for the code that was mailed, and judge it."""
    guest = station.guest
    if guest is None or not guest.pending_email:
        return go(request, _onward(request, "identify"))
    context = _code_context(guest, has_letters=has_letters)
    if request.method != "POST":
        return show(request, "identify_code", station.table, context)
    code = request.POST.get("code", "")[:_LONGEST_CODE]
    context["code"] = code
    try:
        if not identifying.read_code(code):
            raise ChoiceRefused({"code": _("Please enter the code from the mail.")})
        step, guest = identifying.check_code(guest, code, ip_address=_ip(request), now=timezone.now())
    except REFUSALS as error:
        return show(request, "identify_code", station.table, context, refusal=read_refusal(error))
    if step is Step.DONE:
        return _arrive(request, station, guest)
    return go(request, _step_url(request, step))


@never_cache
@require_POST
@given(find_station)
def resend_code(request: VisitRequest, station: Station) -> HttpResponse:
    """Send the code once more, and say so on the code's page."""
    guest = station.guest
    if guest is None or not guest.pending_email:
        return go(request, _onward(request, "identify"))
    try:
        step = identifying.resend(guest, ip_address=_ip(request), now=timezone.now())
    except REFUSALS as error:
        context = _code_context(guest, has_letters="letters" in request.POST)
        return show(request, "identify_code", station.table, context, refusal=read_refusal(error))
    messages.success(request, _("The code is on its way once more, to %(email)s.") % {"email": guest.pending_email})
    return go(request, _step_url(request, step))


@never_cache
@require_http_methods(_PAGE_METHODS)
@given(find_station)
def identify_sign_up(request: VisitRequest, station: Station) -> HttpResponse:
    """Ask a new member for their details and consents, and let them in."""
    guest = station.guest
    if guest is not None and guest.may_spend:
        return go(request, next_page(request) or reverse("me"))
    is_proven = guest is not None and bool(guest.proven_email)
    if not is_proven and not settings.IDENTIFY_REVEALS_MEMBERSHIP:
        return go(request, _onward(request, "identify"))
    if request.method != "POST" or guest is None:
        pending = QueryDict(mutable=True)
        pending["email"] = guest.pending_email if guest else ""
        return _show_sign_up(request, station, pending, is_proven=is_proven)
    try:
        step, guest = _sign_up(request, guest)
    except REFUSALS as error:
        return _show_sign_up(request, station, request.POST, is_proven=is_proven, refusal=read_refusal(error))
    if step is Step.DONE:
        return _arrive(request, station, guest)
    return go(request, _step_url(request, step))


def _continue(request: VisitRequest, station: Station, guest: Guest, proven: Authenticated) -> HttpResponse:
    """Sign in as the site's own login says, without a code; an address that is no member's signs up, proven."""
    member = identifying.connect(guest, email=proven.email, contact_id=proven.contact_id, now=timezone.now())
    if member is not None:
        return _arrive(request, station, member)
    if proven.email:
        return go(request, _step_url(request, Step.SIGN_UP))
    gone = _("This membership does not exist any more. Please enter your address.")
    return _show_identify(request, station, None, refusal=Refusal(409, gone))


def _sign_up(request: VisitRequest, guest: Guest) -> tuple[Step, Guest]:
    form = request.POST
    errors: dict[str, str] = {}
    birthdate = read_birthdate(form.get("birthdate", ""), errors)
    if not form.get("terms"):
        errors["terms"] = _("Please accept the terms to join.")
    try:
        identifying.read_email(form.get("email", ""))
    except ChoiceRefused as refused:
        errors = {**refused.errors, **errors}
    if errors:
        raise ChoiceRefused(errors)
    return identifying.sign_up(
        guest,
        email=form.get("email", ""),
        first_name=form.get("first_name", ""),
        last_name=form.get("last_name", ""),
        birthdate=birthdate,
        consents=identifying.consents_of(
            terms=True,
            terms_wording=terms_wording(),
            marketing=bool(form.get("marketing")),
            marketing_wording=marketing_wording(),
        ),
        ip_address=_ip(request),
        now=timezone.now(),
    )


def read_birthdate(text: str, errors: dict[str, str]) -> date | None:
    """Return the date of a `type=date` field, None where it is empty; what is no date is told in `errors`."""
    try:
        birthdate = parse_date(text.strip())
    except ValueError:
        birthdate = None
    if birthdate is None and text.strip():
        errors["birthdate"] = _("Please write the birthdate as year, month and day, such as 1990-04-12.")
    return birthdate


def terms_wording() -> str:
    """Return what members agree to, as the page shows it and the log of consents keeps it."""
    text = _(
        "I accept the terms: my orders and details are kept to count points and give offers; points and offers are mine"
        " alone, are not paid out in money, and end when I delete my data, which I can do at any time."
    )
    return f"{text} {settings.TERMS_URL}".strip()


def marketing_wording() -> str:
    """Return what members agree to when they want mail about offers."""
    return _("Send me offers and news by e-mail. I can stop this at any time.")


def _show_identify(
    request: VisitRequest, station: Station, proven: Authenticated | None, *, refusal: Refusal | None = None
) -> HttpResponse:
    guest = station.guest
    email = request.POST.get("email", "") or (guest.pending_email if guest else "")
    context: dict[str, object] = {"email": email, "proven_name": _name_of(proven)}
    return show(request, "identify", station.table, context, refusal=refusal)


def _code_context(guest: Guest, *, has_letters: bool) -> dict[str, object]:
    step = Step.CODE_OF_LETTERS if has_letters else Step.CODE
    return {"email": guest.pending_email, "has_letters": has_letters, "code_url": reverse(step)}


def _show_sign_up(
    request: VisitRequest, station: Station, form: QueryDict, *, is_proven: bool, refusal: Refusal | None = None
) -> HttpResponse:
    context: dict[str, object] = {
        "form": form,
        "is_proven": is_proven,
        "today": station.table.restaurant.local(timezone.now()).date(),
        "terms_wording": terms_wording(),
        "terms_url": settings.TERMS_URL,
        "marketing_wording": marketing_wording(),
    }
    return show(request, "identify_sign_up", station.table, context, refusal=refusal)


def _name_of(proven: Authenticated | None) -> str:
    """Return what the button calls whom the site's login names; empty where the programme knows no such member."""
    if proven is None or proven.email:
        return proven.email if proven else ""
    try:
        details = port.load().details(proven.contact_id)
    except (port.UnknownContact, port.ProgrammeAway):
        return ""
    return details.email or details.first_name


def _arrive(request: VisitRequest, station: Station, guest: Guest) -> HttpResponse:
    """Welcome a member and lead on as them: from here the browser is another guest."""
    try:
        first_name = port.load().details(guest.contact_id).first_name
    except (port.UnknownContact, port.ProgrammeAway):
        first_name = ""
    welcome = _("Welcome, %(name)s.") % {"name": first_name} if first_name else _("Welcome.")
    if not guest.may_spend:
        welcome = " ".join((welcome, _("You earn points from this order on.")))
    messages.success(request, welcome)
    visitor = identifying.visitor_of(guest, station.table)
    return go(request, next_page(request) or reverse("menu"), visitor=visitor)


def _step_url(request: VisitRequest, step: Step) -> str:
    return _onward(request, step.value)


def _onward(request: VisitRequest, name: str) -> str:
    """Return the address of the next page of signing in, which keeps where the diner was on their way to."""
    wanted = next_page(request)
    return f"{reverse(name)}?{urlencode({'next': wanted})}" if wanted else reverse(name)


def _ip(request: VisitRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))
