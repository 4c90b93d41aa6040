"""My data: who is signed in, points, details, consent, export, delete, signing out. For signed-in guests only."""

import json

from django.contrib import messages
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loyalty import port
from loyalty.port import Changes, Consent, ConsentKind
from menu.models import Table
from orders import identify as identifying
from orders import my_data
from orders.basket import table_of
from orders.errors import ChoiceRefused, Conflict
from orders.guest import Visitor, VisitRequest, find_guest
from orders.identify import visitor_of
from orders.models import Guest
from orders.views.identify import marketing_wording, read_birthdate
from orders.views.member import Refusal, away_words, find_station, given, go, read_refusal, show
from orders.views.menu import how_to_scan

type Member = tuple[Table, Guest]

_PAGE_METHODS = ["GET", "HEAD", "POST"]


def _find_member(request: VisitRequest) -> Member | HttpResponse:
    """Return table and guest where somebody is signed in, else the answer."""
    station = find_station(request)
    if isinstance(station, HttpResponse):
        return station
    guest = station.guest
    if guest is None or not guest.is_member:
        return go(request, f"{reverse('identify')}?next={reverse('me')}")
    return station.table, guest


def _find_proven(request: VisitRequest) -> Member | HttpResponse:
    """Return table and guest where somebody is signed in with a proven address, else the answer."""
    member = _find_member(request)
    if isinstance(member, HttpResponse) or member[1].may_spend:
        return member
    return go(request, f"{reverse('identify_code')}?next={reverse('me')}")


@never_cache
@require_http_methods(_PAGE_METHODS)
@given(_find_member)
def me(request: VisitRequest, member: Member) -> HttpResponse:
    """Show who is signed in and what is kept; a POST changes names and birthdate."""
    table, guest = member
    if request.method != "POST":
        return _show(request, table, guest)
    try:
        port.load().change_details(guest.contact_id, _read_changes(request.POST), now=timezone.now())
    except port.InvalidDetails as invalid:
        return _show(request, table, guest, refusal=Refusal(422, errors=invalid.errors))
    except ChoiceRefused as refused:
        return _show(request, table, guest, refusal=read_refusal(refused))
    except (port.ProgrammeAway, port.UnknownContact):
        return _show(request, table, guest)
    return _saved(request, table, guest, _("Your details are saved."))


@never_cache
@require_POST
@given(_find_member)
def change_marketing(request: VisitRequest, member: Member) -> HttpResponse:
    """Give or take back the consent to mail about offers (`marketing`: on or off); logged with the words shown."""
    table, guest = member
    wanted = request.POST.get("marketing", "")
    if wanted not in ("on", "off"):
        return _show(request, table, guest, refusal=Refusal(422, _("Please choose on or off.")))
    consent = Consent(kind=ConsentKind.MARKETING, granted=wanted == "on", wording=marketing_wording())
    try:
        port.load().change_details(guest.contact_id, Changes(consents=(consent,)), now=timezone.now())
    except (port.ProgrammeAway, port.UnknownContact):
        return _show(request, table, guest)
    said = _("We will mail you our offers.") if consent.granted else _("You get no more mails about offers.")
    return _saved(request, table, guest, said)


@never_cache
@require_safe
@given(_find_proven)
def export_me(request: VisitRequest, member: Member) -> HttpResponse:
    """Hand out everything that is known about the member as a JSON file; for proven addresses only."""
    table, guest = member
    try:
        record = my_data.export(guest)
    except (port.ProgrammeAway, port.UnknownContact):
        return _show(request, table, guest)
    text = json.dumps(record, cls=DjangoJSONEncoder, indent=2, ensure_ascii=False)
    disposition = {"Content-Disposition": 'attachment; filename="my-data.json"'}
    return HttpResponse(text, content_type="application/json; charset=utf-8", headers=disposition)


@never_cache
@require_http_methods(_PAGE_METHODS)
@given(_find_proven)
def delete_me(request: VisitRequest, member: Member) -> HttpResponse:
    """Ask whether the member is to be deleted, then do it and sign out; for proven addresses only."""
    table, guest = member
    if request.method != "POST":
        return _show(request, table, guest, page="me_delete")
    try:
        nobody = my_data.erase(guest, now=timezone.now())
    except (Conflict, port.ProgrammeAway) as error:
        return _show(request, table, guest, page="me_delete", refusal=read_refusal(error))
    messages.success(request, _("Your data is deleted and you are signed out. Your basket is still here."))
    return go(request, reverse("menu"), visitor=visitor_of(nobody, table))


@never_cache
@require_POST
def sign_out(request: VisitRequest) -> HttpResponse:
    """Sign out, wherever the browser is by now: a table code that was renewed keeps nobody signed in."""
    guest = find_guest(request.visitor)
    if request.visitor is None or guest is None or not guest.is_member:
        return go(request, reverse("menu"))
    try:
        nobody = identifying.sign_out(guest, now=timezone.now())
    except Conflict as conflict:
        table = table_of(request.visitor)
        if table is None:
            return how_to_scan(request, status=409, problem=conflict.message)
        return _show(request, table, guest, refusal=read_refusal(conflict))
    messages.success(request, _("You are signed out."))
    visitor = Visitor(guest_id=nobody.pk, table_code=request.visitor.table_code)
    return go(request, reverse("menu"), visitor=visitor)


def _read_changes(form: QueryDict) -> Changes:
    errors: dict[str, str] = {}
    birthdate = read_birthdate(form.get("birthdate", ""), errors)
    if errors:
        raise ChoiceRefused(errors)
    return Changes(
        first_name=form.get("first_name", ""),
        last_name=form.get("last_name", ""),
        birthdate=birthdate,
        no_birthdate=birthdate is None,
    )


def _show(
    request: VisitRequest,
    table: Table,
    guest: Guest,
    *,
    page: str = "me",
    refusal: Refusal | None = None,
    said: str = "",
) -> HttpResponse:
    """Show the page with what the programme knows; without it, why not, and the way to sign out."""
    now = timezone.now()
    programme = port.load()
    context: dict[str, object] = {"guest": guest, "said": said, "today": table.restaurant.local(now).date()}
    try:
        details = programme.details(guest.contact_id)
        context["wallet"] = programme.wallet(guest.contact_id, shop=table.restaurant.slug, now=now)
    except port.ProgrammeAway:
        return show(request, page, table, context, refusal=Refusal(503, away_words()))
    except port.UnknownContact:
        gone = _("This membership does not exist any more. Please sign out.")
        return show(request, page, table, context, refusal=Refusal(409, gone))
    is_typed = refusal is not None and "first_name" in request.POST
    context |= {
        "details": details,
        "first_name": request.POST["first_name"] if is_typed else details.first_name,
        "last_name": request.POST.get("last_name", "") if is_typed else details.last_name,
        "birthdate": request.POST.get("birthdate", "") if is_typed else _iso(details),
        "wants_mail": details.consents.get(ConsentKind.MARKETING.value, False),
        "marketing_wording": marketing_wording(),
    }
    return show(request, page, table, context, refusal=refusal)


def _iso(details: port.Details) -> str:
    return details.birthdate.isoformat() if details.birthdate else ""


def _saved(request: VisitRequest, table: Table, guest: Guest, said: str) -> HttpResponse:
    if request.htmx:
        return _show(request, table, guest, said=said)
    messages.success(request, said)
    return go(request, reverse("me"))
