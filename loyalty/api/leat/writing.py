"""Writing a contact's attributes as another program sends them: fields of ours, and custom ones."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from loyalty import membership
from loyalty.api.leat.answers import Refused, invalid
from loyalty.api.leat.definitions import read_fitting
from loyalty.dialects.leat.codes import Code
from loyalty.dialects.leat.contacts import SYSTEM_NAMES, WRITABLE_FIELDS
from loyalty.dialects.leat.moments import read_day
from loyalty.errors import InvalidDetails, UnknownContact
from loyalty.models import Contact, WebhookEvent, lock_contacts
from loyalty.values import Changes
from loyalty.webhooks import announce


def write_attributes(contact: Contact, values: Mapping[str, Any], *, now: datetime, field: str = "attributes") -> None:
    """Write these values, all or none. Refuses (1003, by name) what is unknown, kept by the system, or does not fit."""
    names = {name: f"{field}.{name}" for name in values}
    system = [name for name in values if name in SYSTEM_NAMES or name.startswith("subscription_status_")]
    if system:
        raise Refused(Code.INVALID, errors={names[name]: ["The system itself keeps this."] for name in system})
    fields = {WRITABLE_FIELDS[name]: value for name, value in values.items() if name in WRITABLE_FIELDS}
    custom = {name: value for name, value in values.items() if name not in WRITABLE_FIELDS}
    changes = _read_changes(fields, names)
    locale = _read_locale(fields.get("locale"), field)
    written = read_fitting("contact", custom, field=field)
    with transaction.atomic():
        locked = next(iter(lock_contacts(contact.pk)), None)
        if locked is None or locked.erased_at is not None:  # since it was looked up
            raise UnknownContact
        if written:
            kept = {**locked.attributes, **written}
            locked.attributes = {name: value for name, value in kept.items() if value is not None}
        if locale:
            locked.locale = locale
        if written or locale:
            locked.save(update_fields=["attributes", "locale"])
            names_told = [*written, *(["locale"] if locale else [])]
            announce(WebhookEvent.CONTACT_UPDATED, contact.uuid, now=now, changed=names_told)
        try:
            membership.change(contact, changes, now=now)
        except InvalidDetails as error:
            told = {f"{field}.{_spelling(name, values)}": [sentence] for name, sentence in error.errors.items()}
            raise Refused(Code.INVALID, errors=told) from error


def _read_changes(fields: Mapping[str, Any], names: Mapping[str, str]) -> Changes:
    for name, value in fields.items():
        if value is not None and not isinstance(value, str | int | float):
            raise invalid(
                next((path for sent, path in names.items() if WRITABLE_FIELDS.get(sent) == name), name),
                "Must be a text.",
            )
    birthdate = _read_birthdate(fields, names)
    return Changes(
        first_name=_text(fields, "first_name"),
        last_name=_text(fields, "last_name"),
        birthdate=birthdate,
        no_birthdate="birthdate" in fields and birthdate is None,
    )


def _text(fields: Mapping[str, Any], name: str) -> str | None:
    return str(fields[name] or "") if name in fields else None


def _read_birthdate(fields: Mapping[str, Any], names: Mapping[str, str]) -> date | None:
    value = fields.get("birthdate")
    if value is None or value == "":
        return None
    try:
        return read_day(str(value))
    except ValueError as error:
        path = next(path for sent, path in names.items() if WRITABLE_FIELDS.get(sent) == "birthdate")
        raise invalid(path, "Must be a date such as 1990-05-31.") from error


def _read_locale(value: Any, field: str) -> str:
    if value is None or value == "":
        return ""
    language = str(value).replace("_", "-").split("-")[0].lower()
    if language not in dict(settings.LANGUAGES):
        raise invalid(f"{field}.locale", f"Must be one of {', '.join(dict(settings.LANGUAGES))}.")
    return language


def _spelling(name: str, values: Mapping[str, Any]) -> str:
    """Return the name that the client used for a field of ours."""
    return next((sent for sent in values if WRITABLE_FIELDS.get(sent) == name), name)
