"""Cards and the like that name a contact, and keys of minutes for another program to act as one."""

import secrets
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from loyalty.models import Contact, ContactIdentifier, SessionKey, WebhookEvent
from loyalty.tokens import digest_of
from loyalty.webhooks import announce

SESSION_LIFE = timedelta(minutes=15)


class IdentifierExists(Exception):
    """There is an identifier of this value already; nothing was changed."""


class AlreadyLinked(Exception):
    """The identifier names another contact; nothing was changed."""


def create(value: str, *, name: str, contact: Contact | None, now: datetime) -> ContactIdentifier:
    """Make an identifier, of nobody or of `contact`. Raises IdentifierExists."""
    try:
        with transaction.atomic():
            made = ContactIdentifier.objects.create(value=value, name=name, contact=contact, created_at=now)
            announce(WebhookEvent.CONTACT_IDENTIFIER_CREATED, made.uuid, now=now)
            return made
    except IntegrityError as error:
        raise IdentifierExists from error


def link(identifier: ContactIdentifier, contact: Contact) -> None:
    """Make the identifier name `contact`; twice is quiet. Raises AlreadyLinked where it names another."""
    free = ContactIdentifier.objects.filter(pk=identifier.pk, contact=None)
    if free.update(contact=contact) == 1:
        return
    if not ContactIdentifier.objects.filter(pk=identifier.pk, contact=contact).exists():
        raise AlreadyLinked


def unlink(identifier: ContactIdentifier) -> bool:
    """Make the identifier name nobody; return whether it named somebody."""
    return ContactIdentifier.objects.filter(pk=identifier.pk).exclude(contact=None).update(contact=None) == 1


def open_session(contact: Contact, *, now: datetime) -> str:
    """Return a key that says once, within a quarter of an hour, that its bearer is this contact."""
    key = secrets.token_urlsafe(32)
    SessionKey.objects.create(digest=digest_of(key), contact=contact, created_at=now, expires_at=now + SESSION_LIFE)
    return key


def find_session(key: str, *, now: datetime) -> SessionKey | None:
    """Return what a key stands for; None once it was used or its time is over."""
    live = SessionKey.objects.select_related("contact").filter(used_at=None, expires_at__gt=now)
    return live.filter(digest=digest_of(key), contact__erased_at=None).first()


def use_session(session: SessionKey, *, now: datetime) -> bool:
    """Use a key up; return whether nobody had."""
    return SessionKey.objects.filter(pk=session.pk, used_at=None).update(used_at=now) == 1


def forget_old(*, now: datetime) -> int:
    """Delete keys whose time is over; return how many."""
    deleted, _by_model = SessionKey.objects.filter(expires_at__lte=now).delete()
    return deleted
