"""Who the guest is: address, code or sign-up, signing out. Every success makes a new guest id and moves the basket along.

The limits and the codes themselves are the programme's (the port says TooOften, WrongCode).
"""

import unicodedata
import uuid
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from loyalty import port
from loyalty.domain import normalise_email
from loyalty.port import Asker, Consent, ConsentKind
from menu.models import Table
from orders.basket import why_closed
from orders.errors import ChoiceRefused, Conflict
from orders.guest import Visitor
from orders.models import Guest, Order, PaymentState
from orders.offers import release_due, take_off_everything

log = structlog.get_logger("tableside.identify")

LONGEST_EMAIL = 254


class Step(StrEnum):
    """Where identification goes on: the names of the pages."""

    CODE = "identify_code"
    CODE_OF_LETTERS = "identify_code_of_letters"
    SIGN_UP = "identify_sign_up"
    DONE = "menu"


@dataclass(frozen=True, slots=True, kw_only=True)
class Authenticated:
    """Whom the site's own login has proven: by their address, or by the programme's id of the member."""

    email: str = ""
    contact_id: str = ""


def start(guest: Guest, email: str, *, ip_address: str, now: datetime) -> Step:
    """Take an address: a member is sent a code, another signs up; with code first, everybody is sent one.

    Raises ChoiceRefused (no address), port.TooOften, port.ProgrammeAway.
    """
    email = read_email(email)
    asker = Asker(guest_id=guest.pk, ip_address=ip_address)
    if settings.IDENTIFY_REVEALS_MEMBERSHIP and port.load().find_contact(email, asker=asker, now=now) is None:
        _remember(guest, pending=email)
        return Step.SIGN_UP
    step = _send(guest, email, ip_address=ip_address, now=now)
    _remember(guest, pending=email)
    return step


def resend(guest: Guest, *, ip_address: str, now: datetime) -> Step:
    """Send the code once more: within its life the same one. Raises port.TooOften, port.ProgrammeAway."""
    return _send(guest, guest.pending_email, ip_address=ip_address, now=now)


def check_code(guest: Guest, code: str, *, ip_address: str, now: datetime) -> tuple[Step, Guest]:
    """Judge the code typed in; return the next step and the guest to go on as, a new one when signed in.

    Raises port.WrongCode, port.TooOften, port.ProgrammeAway, and Conflict before the code is looked at.
    """
    refuse_while_paying(guest)
    asker = Asker(guest_id=guest.pk, ip_address=ip_address)
    identified = port.load().check_code(read_code(code), asker=asker, now=now)
    if identified.contact_id is None:
        _remember(guest, pending=identified.email, proven=identified.email)
        return Step.SIGN_UP, guest
    return Step.DONE, _sign_in_proven(guest, identified.contact_id, now=now)


def sign_up(
    guest: Guest,
    *,
    email: str,
    first_name: str,
    last_name: str,
    birthdate: date | None,
    consents: tuple[Consent, ...],
    ip_address: str,
    now: datetime,
) -> tuple[Step, Guest]:
    """Make a member and sign in at once; spending waits for the code mailed now.

    An address that is a member's already signs nobody in: it is answered as identifying is, with a code. So is every
    address that is not proven yet where a code comes first, lest this form tell who is a member.
    Raises ChoiceRefused, Conflict, port.TooOften, port.ProgrammeAway.
    """
    email = read_email(email)
    refuse_while_paying(guest)
    is_proven = bool(guest.proven_email) and guest.proven_email == email
    form = port.SignUp(
        email=email,
        first_name=first_name,
        last_name=last_name,
        birthdate=birthdate,
        consents=consents,
        locale=get_language() or "en",
        is_verified=is_proven,
    )
    if not is_proven and (step := start(guest, email, ip_address=ip_address, now=now)) is not Step.SIGN_UP:
        return step, guest
    try:
        contact_id = port.load().sign_up(form, now=now)
    except port.InvalidDetails as invalid:
        raise ChoiceRefused(invalid.errors) from invalid
    except port.AlreadyMember:  # since we looked
        step = _send(guest, email, ip_address=ip_address, now=now)
        _remember(guest, pending=email)
        return step, guest
    if is_proven:
        return Step.DONE, _sign_in_proven(guest, contact_id, now=now)
    signed_in = sign_in(guest, contact_id, is_verified=False, now=now)
    try:
        _send(signed_in, email, ip_address=ip_address, now=now)
    except (port.TooOften, port.ProgrammeAway) as error:  # they are in all the same, and can ask for a code later
        log.info("no code after sign-up", reason=type(error).__name__)
    else:
        _remember(signed_in, pending=email)
        signed_in.pending_email = email
    return Step.DONE, signed_in


def consents_of(*, terms: bool, terms_wording: str, marketing: bool, marketing_wording: str) -> tuple[Consent, ...]:
    """Return the two choices of the sign-up form with the words that were on it."""
    return (
        Consent(kind=ConsentKind.TERMS, granted=terms, wording=terms_wording),
        Consent(kind=ConsentKind.MARKETING, granted=marketing, wording=marketing_wording),
    )


def sign_in(guest: Guest, contact_id: str, *, is_verified: bool, now: datetime) -> Guest:
    """Return a new guest who is this member, with the old one's orders; the old id is worth nothing from now on.

    Where somebody else was signed in before, their offers leave the basket first and their orders stay behind. Raises
    Conflict where that basket is being paid since.
    """
    verified_at = now if is_verified else None
    if guest.is_member and guest.contact_id != contact_id:
        return _leave_for(guest, contact_id=contact_id, verified_at=verified_at, now=now)
    return _replace(guest, contact_id=contact_id, verified_at=verified_at, now=now)


def sign_out(guest: Guest, *, now: datetime) -> Guest:
    """Return a new guest who is nobody, with the basket but none of the member's offers in it. Raises Conflict."""
    refuse_while_paying(guest)
    return _leave_for(guest, contact_id="", verified_at=None, now=now)


def connect(guest: Guest, *, email: str = "", contact_id: str = "", now: datetime) -> Guest | None:
    """Sign in whom the site itself has authenticated, by proven address or member id; None: no such member.

    An address that is no member's is remembered as proven, for the sign-up. Raises ChoiceRefused (no address),
    Conflict, port.ProgrammeAway.
    """
    refuse_while_paying(guest)
    programme = port.load()
    if contact_id:
        try:
            programme.details(contact_id)
        except port.UnknownContact:
            contact_id = ""
    if not contact_id and email:
        email = read_email(email)
        contact_id = programme.find_contact(email, asker=None, now=now) or ""
        if not contact_id:
            _remember(guest, pending=email, proven=email)
    return _sign_in_proven(guest, contact_id, now=now) if contact_id else None


def end_unverified(contact_id: str, *, except_for: Guest, now: datetime) -> int:
    """End every other browser that waits in this account without having proven its address; return how many."""
    waiting = Guest.objects.filter(contact_id=contact_id, verified_at=None, ended_at=None).exclude(pk=except_for.pk)
    return waiting.update(ended_at=now)


def refuse_while_paying(guest: Guest) -> None:
    """Raise Conflict while a member's basket is being paid: its offers and points are theirs until the provider's last word."""
    if not guest.is_member:
        return
    paying = Order.objects.baskets().filter(guest=guest, payment_state__in=[PaymentState.PAYING, PaymentState.UNKNOWN])
    if (order := paying.first()) is not None:
        raise Conflict(why_closed(order))


def read_email(text: str) -> str:
    """Return the address in its one spelling. Raises ChoiceRefused on "email"."""
    email = normalise_email(text)
    try:
        validate_email(email)
        if len(email) > LONGEST_EMAIL:
            raise ValidationError("too long")
    except ValidationError as error:
        message = _("Please enter your e-mail address, such as name@example.com.")
        raise ChoiceRefused({"email": message}) from error
    return email


def read_code(text: str) -> str:
    """Return the letters and digits of a code as typed or pasted: blanks, dashes and wide digits do no harm."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", text) if sign.isalnum())


def visitor_of(guest: Guest, table: Table) -> Visitor:
    """Return what goes into the cookie for this guest."""
    return Visitor(guest_id=guest.pk, table_code=table.code)


def _sign_in_proven(guest: Guest, contact_id: str, *, now: datetime) -> Guest:
    """Sign in with a proven address; whoever waits in the account without having proven it is out.

    Each time, not only the first: a crash right after the first proof must not leave anybody in.
    """
    end_unverified(contact_id, except_for=guest, now=now)
    return sign_in(guest, contact_id, is_verified=True, now=now)


def _send(guest: Guest, email: str, *, ip_address: str, now: datetime) -> Step:
    """Have a code sent; return the page to type it on. An address the programme writes nothing to gets that page too."""
    asker = Asker(guest_id=guest.pk, ip_address=ip_address)
    try:
        has_letters = port.load().send_code(email, locale=get_language() or "en", asker=asker, now=now)
    except port.UnknownContact:
        return Step.CODE
    return Step.CODE_OF_LETTERS if has_letters else Step.CODE


def _remember(guest: Guest, *, pending: str, proven: str = "") -> None:
    Guest.objects.filter(pk=guest.pk).update(pending_email=pending, proven_email=proven)


def _leave_for(guest: Guest, *, contact_id: str, verified_at: datetime | None, now: datetime) -> Guest:
    """Leave the baskets, without the member's offers, to whoever this browser is from now on. Raises Conflict."""
    with transaction.atomic():
        baskets = take_off_everything(guest, now=now)
        fresh = _replace(guest, contact_id=contact_id, verified_at=verified_at, now=now, baskets_only=True)
    release_due(now=now, orders=baskets)
    return fresh


def _replace(
    guest: Guest, *, contact_id: str, verified_at: datetime | None, now: datetime, baskets_only: bool = False
) -> Guest:
    """Move what belongs to the guest to a new id, and end the old one, in one transaction."""
    with transaction.atomic():
        ended = Guest.objects.filter(pk=guest.pk, ended_at=None).update(ended_at=now, pending_email="", proven_email="")
        fresh = Guest.objects.create(
            pk=uuid.uuid4(),
            table_id=guest.table_id,
            created_at=now,
            called_staff_at=guest.called_staff_at,
            contact_id=contact_id,
            verified_at=verified_at,
        )
        if ended == 1:
            orders = Order.objects.filter(guest=guest)
            (orders.baskets() if baskets_only else orders).update(guest=fresh)
        return fresh
