"""Who the guest is: address, code or sign-up, signing out. Every success makes a new guest id and moves the basket along.

The limits and the codes themselves are the programme's (the port says TooOften, WrongCode).
"""

import uuid
from datetime import date, datetime
from enum import StrEnum

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from loyalty import port
from loyalty.port import Asker, Consent, ConsentKind
from menu.models import Table
from orders.errors import ChoiceRefused
from orders.guest import Visitor, seat
from orders.models import Guest, Order
from orders.offers import take_off_everything


class Step(StrEnum):
    """Where identification goes on: the names of the pages."""

    CODE = "identify_code"
    SIGN_UP = "identify_sign_up"
    DONE = "menu"


def start(guest: Guest, email: str, *, ip_address: str, now: datetime) -> Step:
    """Take an address: a member is sent a code, another signs up; with code first, everybody is sent one.

    Raises ChoiceRefused (no address), port.TooOften, port.ProgrammeAway.
    """
    email = read_email(email)
    asker = Asker(guest_id=guest.pk, ip_address=ip_address)
    programme = port.load()
    known = not settings.IDENTIFY_REVEALS_MEMBERSHIP or programme.find_contact(email, asker=asker, now=now) is not None
    if known:
        programme.send_code(email, locale=get_language() or "en", asker=asker, now=now)
    Guest.objects.filter(pk=guest.pk).update(pending_email=email, proven_email="")
    return Step.CODE if known else Step.SIGN_UP


def resend(guest: Guest, *, ip_address: str, now: datetime) -> None:
    """Send the code once more: within its life the same one. Raises port.TooOften, port.ProgrammeAway."""
    asker = Asker(guest_id=guest.pk, ip_address=ip_address)
    port.load().send_code(guest.pending_email, locale=get_language() or "en", asker=asker, now=now)


def check_code(guest: Guest, code: str, *, ip_address: str, now: datetime) -> tuple[Step, Guest]:
    """Judge the code typed in; return the next step and the guest to go on as, a new one when signed in.

    Raises port.WrongCode, port.TooOften, port.ProgrammeAway.
    """
    asker = Asker(guest_id=guest.pk, ip_address=ip_address)
    identified = port.load().check_code(code.replace("-", "").replace("–", ""), asker=asker, now=now)
    if identified.contact_id is None:
        Guest.objects.filter(pk=guest.pk).update(pending_email=identified.email, proven_email=identified.email)
        return Step.SIGN_UP, guest
    if identified.is_first_verification:
        end_unverified(identified.contact_id, except_for=guest, now=now)
    return Step.DONE, sign_in(guest, identified.contact_id, is_verified=True, now=now)


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

    An address that is a member's already signs nobody in: it is answered as identifying is, with a code.
    Raises ChoiceRefused, port.TooOften, port.ProgrammeAway.
    """
    email = read_email(email)
    is_proven = bool(guest.proven_email) and guest.proven_email == email
    programme = port.load()
    asker = Asker(guest_id=guest.pk, ip_address=ip_address)
    form = port.SignUp(
        email=email,
        first_name=first_name,
        last_name=last_name,
        birthdate=birthdate,
        consents=consents,
        locale=get_language() or "en",
        is_verified=is_proven,
    )
    try:
        contact_id = programme.sign_up(form, now=now)
    except port.InvalidDetails as invalid:
        raise ChoiceRefused(invalid.errors) from invalid
    except port.AlreadyMember:
        programme.send_code(email, locale=form.locale, asker=asker, now=now)
        Guest.objects.filter(pk=guest.pk).update(pending_email=email, proven_email="")
        return Step.CODE, guest
    signed_in = sign_in(guest, contact_id, is_verified=is_proven, now=now)
    if not is_proven:
        Guest.objects.filter(pk=signed_in.pk).update(pending_email=email)
        asker = Asker(guest_id=signed_in.pk, ip_address=ip_address)
        programme.send_code(email, locale=form.locale, asker=asker, now=now)
    return Step.DONE, signed_in


def consents_of(*, terms: bool, terms_wording: str, marketing: bool, marketing_wording: str) -> tuple[Consent, ...]:
    """Return the two choices of the sign-up form with the words that were on it."""
    return (
        Consent(kind=ConsentKind.TERMS, granted=terms, wording=terms_wording),
        Consent(kind=ConsentKind.MARKETING, granted=marketing, wording=marketing_wording),
    )


def sign_in(guest: Guest, contact_id: str, *, is_verified: bool, now: datetime) -> Guest:
    """Return a new guest who is this member, with the old one's orders; the old id is worth nothing from now on.

    Where somebody else was signed in before, their offers leave the basket first.
    """
    if guest.contact_id and guest.contact_id != contact_id:
        take_off_everything(guest, now=now)
    return _replace(guest, contact_id=contact_id, verified_at=now if is_verified else None, now=now)


def sign_out(guest: Guest, *, now: datetime) -> Guest:
    """Return a new guest who is nobody, with the basket but none of the member's offers in it."""
    take_off_everything(guest, now=now)
    return _replace(guest, contact_id="", verified_at=None, now=now, baskets_only=True)


def connect(guest: Guest, *, email: str = "", contact_id: str = "", now: datetime) -> Guest | None:
    """Sign in whom the site itself has authenticated, by proven address or member id; None: no member has this address."""
    programme = port.load()
    if not contact_id:
        found = programme.find_contact(read_email(email), asker=None, now=now)
        if found is None:
            return None
        contact_id = found
    else:
        programme.details(contact_id)
    return sign_in(guest, contact_id, is_verified=True, now=now)


def end_unverified(contact_id: str, *, except_for: Guest, now: datetime) -> int:
    """End every other browser that waits in this account without having proven its address; return how many."""
    waiting = Guest.objects.filter(contact_id=contact_id, verified_at=None, ended_at=None).exclude(pk=except_for.pk)
    return waiting.update(ended_at=now)


def read_email(text: str) -> str:
    """Return the address, tidied. Raises ChoiceRefused on "email"."""
    email = text.strip()
    try:
        validate_email(email)
    except ValidationError as error:
        message = _("Please enter your e-mail address, such as name@example.com.")
        raise ChoiceRefused({"email": message}) from error
    return email


def visitor_of(guest: Guest, table: Table) -> Visitor:
    """Return what goes into the cookie for this guest."""
    return Visitor(guest_id=guest.pk, table_code=table.code)


def begin(visitor: Visitor, table: Table, *, now: datetime) -> Guest | None:
    """Return the visitor's row, made if need be; None where it was ended."""
    return seat(visitor, table=table, now=now)


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
