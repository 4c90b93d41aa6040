"""Joining, details and consents, leaving: sign up, change, erase. Identification by code is loyalty.codes."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from loyalty import till
from loyalty.domain import normalise_email
from loyalty.errors import AlreadyMember, InvalidDetails, UnknownContact
from loyalty.issuing import issue_welcome_voucher
from loyalty.models import (
    Challenge,
    ConsentRecord,
    Contact,
    GiftCardMail,
    LeatLogin,
    MoneyEntry,
    WebhookEvent,
    find_programme,
    lock_contacts,
)
from loyalty.values import Changes, Consent, ConsentKind, SignUp
from loyalty.webhooks import announce, forget

OLDEST = 130  # years
# What subscribers of changes call them (leat-api.md section 3.1).
LEAT_NAMES = {"first_name": "firstname", "last_name": "lastname", "birthdate": "birthdate"}


def sign_up(form: SignUp, *, now: datetime) -> Contact:
    """Make a contact, keep what was agreed to with its wording, and issue the welcome voucher.

    Raises InvalidDetails, and AlreadyMember without having looked at or changed that member.
    """
    check_sign_up(form, today=find_programme().today(now=now))
    try:
        with transaction.atomic():
            contact = Contact.objects.create(
                email=form.email,
                first_name=form.first_name.strip(),
                last_name=form.last_name.strip(),
                birthdate=form.birthdate,
                locale=form.locale,
                created_at=now,
                verified_at=now if form.is_verified else None,
            )
            announce(WebhookEvent.CONTACT_CREATED, contact.uuid, now=now)
            record_consents(contact, form.consents, now=now)
            issue_welcome_voucher(contact, now=now)
            return contact
    except IntegrityError as error:
        if Contact.objects.with_address(form.email).exists():
            raise AlreadyMember from error
        raise


def enrol(email: str, *, now: datetime, locale: str = "en") -> Contact:
    """Make a contact of whom no more than the address is known yet: another program signed them up, and asks the rest.

    Like a sign-up of ours it is not verified and gets the welcome voucher. Raises InvalidDetails, AlreadyMember.
    """
    errors = email_errors(email)
    if errors:
        raise InvalidDetails(errors)
    try:
        with transaction.atomic():
            contact = Contact.objects.create(email=email, locale=locale, created_at=now)
            announce(WebhookEvent.CONTACT_CREATED, contact.uuid, now=now)
            issue_welcome_voucher(contact, now=now)
            return contact
    except IntegrityError as error:
        if Contact.objects.with_address(email).exists():
            raise AlreadyMember from error
        raise


def enrol_anonymous(*, now: datetime) -> Contact:
    """Make a contact of whom nothing is known yet."""
    with transaction.atomic():
        contact = Contact.objects.create(created_at=now)
        announce(WebhookEvent.CONTACT_CREATED, contact.uuid, now=now)
        return contact


def claim(contact: Contact, email: str, *, now: datetime) -> bool:
    """Give a contact without an address one, and the welcome voucher; False where it has one already.

    Raises InvalidDetails, AlreadyMember.
    """
    errors = email_errors(email)
    if errors:
        raise InvalidDetails(errors)
    nameless = Contact.objects.members().filter(pk=contact.pk, email=None)
    try:
        with transaction.atomic():
            if nameless.update(email=normalise_email(email)) != 1:
                return False
            announce(WebhookEvent.CONTACT_UPDATED, contact.uuid, now=now, changed=["email"])
            issue_welcome_voucher(contact, now=now)
            return True
    except IntegrityError as error:
        if Contact.objects.with_address(email).exists():
            raise AlreadyMember from error
        raise


def change(contact: Contact, changes: Changes, *, now: datetime) -> None:
    """Write new details and consents. Raises InvalidDetails."""
    check_changes(changes, today=find_programme().today(now=now))
    fields: dict[str, Any] = {
        name: value.strip()
        for name, value in {"first_name": changes.first_name, "last_name": changes.last_name}.items()
        if value is not None
    }
    if changes.birthdate is not None or changes.no_birthdate:
        fields["birthdate"] = changes.birthdate
    with transaction.atomic():
        if fields and Contact.objects.members().filter(pk=contact.pk).update(**fields) != 1:
            raise UnknownContact
        if fields:
            announce(WebhookEvent.CONTACT_UPDATED, contact.uuid, now=now, changed=[LEAT_NAMES[name] for name in fields])
        record_consents(contact, changes.consents, now=now)


def record_consents(contact: Contact, consents: Iterable[Consent], *, now: datetime) -> None:
    """Add to the log what was chosen, with the words that were shown."""
    ConsentRecord.objects.bulk_create(
        ConsentRecord(
            contact=contact,
            kind=consent.kind.value,
            granted=consent.granted,
            wording=consent.wording,
            given_at=now,
        )
        for consent in consents
    )


def check_sign_up(form: SignUp, *, today: date) -> None:
    """Raise InvalidDetails with a sentence per field at fault."""
    errors = email_errors(form.email)
    errors |= _name_errors(form.first_name, form.last_name)
    errors |= _birthdate_errors(form.birthdate, today=today)
    if not any(consent.kind is ConsentKind.TERMS and consent.granted for consent in form.consents):
        errors["terms"] = gettext("Please accept the terms to join.")
    if errors:
        raise InvalidDetails(errors)


def check_changes(changes: Changes, *, today: date) -> None:
    """Raise InvalidDetails with a sentence per field at fault."""
    errors = _name_errors(changes.first_name or "", changes.last_name or "")
    errors |= _birthdate_errors(changes.birthdate, today=today)
    if errors:
        raise InvalidDetails(errors)


def email_errors(email: str) -> dict[str, str]:
    """Return the sentence about an address that cannot be one; empty if it can."""
    try:
        validate_email(normalise_email(email))
    except ValidationError:
        return {"email": gettext("Please enter an e-mail address such as name@example.com.")}
    if len(normalise_email(email)) > 254:
        return {"email": gettext("This e-mail address is too long.")}
    return {}


def _name_errors(first_name: str, last_name: str) -> dict[str, str]:
    names = {"first_name": first_name.strip(), "last_name": last_name.strip()}
    errors = {}
    for field, name in names.items():
        if len(name) > 80:
            errors[field] = gettext("Please use at most 80 letters.")
        elif not name.isprintable():
            errors[field] = gettext("Please use letters only.")
    return errors


def _birthdate_errors(birthdate: date | None, *, today: date) -> dict[str, str]:
    if birthdate is not None and birthdate > today:
        return {"birthdate": gettext("A birthdate cannot be in the future.")}
    if birthdate is not None and birthdate.year < today.year - OLDEST:
        return {"birthdate": gettext("Please check the year of the birthdate.")}
    return {}


def erase(contact: Contact, *, now: datetime) -> None:
    """Make the contact anonymous for good: the person goes, the rows with points and money stay. Repeatable."""
    with transaction.atomic():
        locked = lock_contacts(contact.pk)[0]
        if locked.email:
            forget_codes(locked.email)
        forget(locked.email, _subjects_of(locked))
        Contact.objects.filter(pk=contact.pk).update(
            email=None, first_name="", last_name="", birthdate=None, attributes={}, erased_at=locked.erased_at or now
        )
        contact.identifiers.all().delete()
        contact.session_keys.all().delete()
        till.forget(contact)
        contact.points_entries.exclude(reason="", attributes={}).update(reason="", attributes={})
        MoneyEntry.objects.filter(account__contact=contact).exclude(reason="", attributes={}).update(
            reason="", attributes={}
        )
        GiftCardMail.objects.filter(contact=contact).delete()
        gone = list(contact.vouchers.filter(deactivated_at=None).values_list("uuid", flat=True))
        contact.vouchers.filter(uuid__in=gone).update(deactivated_at=now)
        announce(WebhookEvent.VOUCHER_DELETED, *gone, now=now)
        contact.vouchers.exclude(attributes={}).update(attributes={})


def _subjects_of(contact: Contact) -> list[UUID]:
    """Return the uuids of the rows that subscribers are told of and that show the contact."""
    told = [contact.identifiers, contact.vouchers, contact.points_entries]
    found = [uuid for rows in told for uuid in rows.values_list("uuid", flat=True)]
    return [contact.uuid, *found, *MoneyEntry.objects.filter(account__contact=contact).values_list("uuid", flat=True)]


def forget_codes(email: str) -> None:
    """Delete the codes that were sent to somebody who is erased."""
    if email:
        Challenge.objects.filter(email=normalise_email(email)).delete()
        LeatLogin.objects.filter(email=normalise_email(email)).delete()
