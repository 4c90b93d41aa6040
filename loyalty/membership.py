"""Joining, details and consents, leaving: sign up, change, erase. Identification by code is loyalty.codes."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from loyalty import till
from loyalty.domain import normalise_email
from loyalty.errors import AlreadyMember, InvalidDetails, UnknownContact
from loyalty.issuing import issue_welcome_voucher
from loyalty.models import Challenge, ConsentRecord, Contact, MoneyEntry, find_programme, lock_contacts
from loyalty.values import Changes, Consent, ConsentKind, SignUp

OLDEST = 130  # years


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
            record_consents(contact, form.consents, now=now)
            issue_welcome_voucher(contact, now=now)
            return contact
    except IntegrityError as error:
        if Contact.objects.with_address(form.email).exists():
            raise AlreadyMember from error
        raise


def change(contact: Contact, changes: Changes, *, now: datetime) -> None:
    """Write new details and consents. Raises InvalidDetails."""
    errors = _name_errors(changes.first_name or "", changes.last_name or "")
    errors |= _birthdate_errors(changes.birthdate, today=find_programme().today(now=now))
    if errors:
        raise InvalidDetails(errors)
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
            Challenge.objects.filter(email=locked.email).delete()
        Contact.objects.filter(pk=contact.pk).update(
            email=None, first_name="", last_name="", birthdate=None, attributes={}, erased_at=locked.erased_at or now
        )
        till.forget(contact)
        contact.points_entries.exclude(reason="", attributes={}).update(reason="", attributes={})
        MoneyEntry.objects.filter(account__contact=contact).exclude(reason="").update(reason="")
        contact.vouchers.filter(deactivated_at=None).update(deactivated_at=now)
        contact.vouchers.exclude(attributes={}).update(attributes={})
