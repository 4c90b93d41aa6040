"""Proving an address by a code that our worker mails, and session keys. Limits are those of our own pages."""

import uuid as uuids

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from loyalty import codes, doorbell, identifiers, tasks
from loyalty.api.auth import ApiRequest, Bearer
from loyalty.api.fields import Email, Payload, Sent, Text
from loyalty.api.leat.answers import Answer, Refused, answer
from loyalty.api.leat.finding import find_member
from loyalty.dialects.leat.codes import Code
from loyalty.dialects.leat.contacts import ContactUuid
from loyalty.dialects.leat.verification import SentObject, SessionObject, sent_object, session_object
from loyalty.domain import normalise_email
from loyalty.models import ApiToken, Contact, SessionKey
from loyalty.values import Asker

router = Router(tags=["Contact verification"], auth=Bearer("contacts", action="write"))
_NAMESPACE = uuids.UUID("1d8c7e0e-5d53-4f0e-9c63-9f2f3f6f8f10")


class SendCode(Payload):
    """Whom to send a code."""

    email: Email


class TypedCode(Payload):
    """A code as it was typed."""

    email: Email
    code: Text


@router.post("/contact-verification/send", response=Answer[SentObject])
def send_code(request: ApiRequest, sent: Sent[SendCode]) -> HttpResponse:
    """Have a code mailed to a contact."""
    contact = Contact.objects.with_address(sent.email).first()
    if contact is None:
        raise Refused(Code.UNKNOWN_CONTACT)
    challenge = codes.send(
        sent.email, locale=contact.locale, asker=asker_of(request.auth, sent.email), now=timezone.now()
    )
    doorbell.ring(tasks.mail_code, str(challenge.uuid))
    return answer(sent_object())


@router.post("/contact-verification/verify", response=Answer[ContactUuid])
def verify_code(request: ApiRequest, typed: Sent[TypedCode]) -> HttpResponse:
    """Judge a code, once; the address is proven by it. Whatever is wrong with a code is not told."""
    now = timezone.now()
    challenge = codes.check(typed.code, asker=asker_of(request.auth, typed.email), now=now)
    contact = Contact.objects.with_address(challenge.email).first()
    if contact is None:
        raise Refused(Code.UNKNOWN_LOGIN_CODE)
    contact.verify(now=now)
    return answer({"uuid": str(contact.uuid)})


@router.get("/contact-verification/auth-token/{uuid}", response=Answer[str])
def auth_token(request: HttpRequest, uuid: str) -> HttpResponse:
    """Return a key that says once, within a quarter of an hour, that its bearer is this contact."""
    return answer(identifiers.open_session(find_member(uuid), now=timezone.now()))


@router.get("/contact-session-tokens/{token}", response=Answer[SessionObject])
def show_session(request: HttpRequest, token: str) -> HttpResponse:
    """Return whom a session key stands for."""
    return answer(_shown(_find_session(token), is_used=False))


@router.post("/contact-session-tokens/{token}/use", response=Answer[SessionObject])
def use_session(request: HttpRequest, token: str) -> HttpResponse:
    """Use a session key up."""
    session = _find_session(token)
    if not identifiers.use_session(session, now=timezone.now()):
        raise Refused(Code.UNKNOWN_LOGIN_CODE)
    return answer(_shown(session, is_used=True))


def asker_of(token: ApiToken, email: str) -> Asker:
    """Return who asks, for the limits: per program and address, since the program's own network says nothing.

    Bearer tokens of one client are one program: a code asked for with yesterday's is typed in with today's.
    """
    program = token.issued_by_id or token.pk
    name = f"{program}:{normalise_email(email)}"
    return Asker(guest_id=uuids.uuid5(_NAMESPACE, name), ip_address=f"api:{program}")


def _find_session(token: str) -> SessionKey:
    session = identifiers.find_session(token, now=timezone.now())
    if session is None:
        raise Refused(Code.UNKNOWN_LOGIN_CODE)
    return session


def _shown(session: SessionKey, *, is_used: bool) -> SessionObject:
    contact = session.contact
    return session_object(uuid=str(contact.uuid), email=contact.email, expires_at=session.expires_at, is_used=is_used)
