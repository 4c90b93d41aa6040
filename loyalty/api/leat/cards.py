"""Contact identifiers: found, made, changed, linked and unlinked, always by their value."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router
from pydantic import Field

from loyalty import identifiers
from loyalty.api.auth import Bearer
from loyalty.api.fields import Payload, Sent, Text
from loyalty.api.leat.answers import Answer, Refused, answer
from loyalty.api.leat.finding import find_member
from loyalty.dialects.leat.cards import CardObject, card_object
from loyalty.dialects.leat.codes import Code
from loyalty.models import ContactIdentifier

router = Router(tags=["Contact identifiers"], auth=Bearer("contacts"))


class ByValue(Payload):
    """An identifier's value."""

    contact_identifier_value: Text


class NewContactIdentifier(ByValue):
    """An identifier to be made, perhaps a contact's at once."""

    contact_identifier_name: str = Field("", max_length=120)
    contact_uuid: Text | None = None


class ChangedCard(ByValue):
    """What to change of an identifier."""

    contact_identifier_name: str | None = Field(None, max_length=120)
    contact_identifier_active: bool | None = None


class LinkedCard(ByValue):
    """Whose an identifier is to be."""

    contact_uuid: Text


class UnlinkedCard(ByValue):
    """Whose an identifier is to be no more; the contact need not be named."""

    contact_uuid: Text | None = None


@router.get("/contact-identifiers/find", response=Answer[CardObject])
def find(request: HttpRequest, asked: Query[ByValue]) -> HttpResponse:
    """Return an identifier, active or not."""
    return answer(show_card(find_card(asked.contact_identifier_value, inactive_too=True)))


@router.post("/contact-identifiers", response=Answer[CardObject])
def create(request: HttpRequest, card: Sent[NewContactIdentifier]) -> HttpResponse:
    """Make an identifier."""
    contact = find_member(card.contact_uuid) if card.contact_uuid else None
    try:
        made = identifiers.create(
            card.contact_identifier_value, name=card.contact_identifier_name, contact=contact, now=timezone.now()
        )
    except identifiers.IdentifierExists as error:
        raise Refused(Code.IDENTIFIER_EXISTS) from error
    return answer(show_card(made))


@router.put("/contact-identifiers", response=Answer[CardObject])
def update(request: HttpRequest, card: Sent[ChangedCard]) -> HttpResponse:
    """Change an identifier's name, or whether it can be used."""
    row = find_card(card.contact_identifier_value, inactive_too=True)
    if card.contact_identifier_name is not None:
        row.name = card.contact_identifier_name
    if card.contact_identifier_active is not None:
        row.is_active = card.contact_identifier_active
    row.save(update_fields=["name", "is_active"])
    return answer(show_card(row))


@router.delete("/contact-identifiers", response=Answer[None])
def delete(request: HttpRequest, card: Sent[ByValue]) -> HttpResponse:
    """Delete an identifier."""
    find_card(card.contact_identifier_value, inactive_too=True).delete()
    return answer(None)


@router.put("/contact-identifiers/link", response=Answer[CardObject])
def link(request: HttpRequest, card: Sent[LinkedCard]) -> HttpResponse:
    """Make an identifier a contact's."""
    row, contact = find_card(card.contact_identifier_value), find_member(card.contact_uuid)
    try:
        identifiers.link(row, contact)
    except identifiers.AlreadyLinked as error:
        raise Refused(Code.IDENTIFIER_LINKED) from error
    row.contact = contact
    return answer(show_card(row))


@router.put("/contact-identifiers/unlink", response=Answer[CardObject])
def unlink(request: HttpRequest, card: Sent[UnlinkedCard]) -> HttpResponse:
    """Make an identifier nobody's."""
    row = find_card(card.contact_identifier_value, inactive_too=True)
    is_anothers = card.contact_uuid is not None and row.contact_id != find_member(card.contact_uuid).pk
    if is_anothers or not identifiers.unlink(row):
        raise Refused(Code.IDENTIFIER_NOT_LINKED)
    row.contact = None
    return answer(show_card(row))


@router.get("/contacts/{uuid}/contact-identifiers", response=Answer[list[CardObject]])
def list_cards(request: HttpRequest, uuid: str) -> HttpResponse:
    """Return the identifiers of a contact."""
    contact = find_member(uuid)
    return answer([show_card(row) for row in contact.identifiers.select_related("contact")])


def find_card(value: str, *, inactive_too: bool = False) -> ContactIdentifier:
    """Return the identifier with this value. Refuses with 60003, and 60004 where it cannot be used."""
    row = ContactIdentifier.objects.select_related("contact").filter(value=value).first()
    if row is None:
        raise Refused(Code.UNKNOWN_IDENTIFIER)
    if not row.is_active and not inactive_too:
        raise Refused(Code.IDENTIFIER_INACTIVE)
    return row


def show_card(row: ContactIdentifier) -> CardObject:
    """Return an identifier as Leat's JSON."""
    contact = row.contact
    return card_object(
        name=row.name,
        value=row.value,
        is_active=row.is_active,
        contact=(str(contact.uuid), contact.email) if contact is not None else None,
    )
