"""Signing in by a code, and keys with which another program acts as a contact for minutes."""

from datetime import datetime
from typing import TypedDict

from loyalty.dialects.leat.contacts import SmallContact, small_contact
from loyalty.dialects.leat.moments import write_moment


class SentObject(TypedDict):
    """That a code is on its way."""

    type: str
    message: str


class SessionObject(TypedDict):
    """Whom a session key stands for."""

    contact: SmallContact
    expires_at: str
    used: bool


def sent_object() -> SentObject:
    """Say that a code is on its way."""
    return {"type": "success", "message": "The code has been sent."}


def session_object(*, uuid: str, email: str | None, expires_at: datetime, is_used: bool) -> SessionObject:
    """Return whom a session key stands for."""
    return {"contact": small_contact(uuid, email), "expires_at": write_moment(expires_at), "used": is_used}
