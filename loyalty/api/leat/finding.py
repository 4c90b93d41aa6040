"""Finding what a call names: shops, contacts by their uuid or their card, offers. What is not there is refused with its code."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

from django.db.models import Model, QuerySet
from pydantic import BeforeValidator, Field

from loyalty.api.fields import Payload, as_uuid
from loyalty.api.leat.answers import Refused, invalid
from loyalty.api.pages import LARGEST_PAGE
from loyalty.dialects.leat.attributes import read_values
from loyalty.dialects.leat.codes import Code
from loyalty.dialects.leat.nested import IdentifierObject
from loyalty.errors import InvalidDetails
from loyalty.models import Contact, ContactIdentifier, Shop, find_definitions

NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")


def _map(value: Any) -> Any:
    return {} if value == [] else value  # PHP writes an empty map so


Attributes = Annotated[dict[str, Any], BeforeValidator(_map)]


class Numbered(Payload):
    """Which page of a list that is always in the same order; `limit` beyond the most is the most."""

    page: int = Field(1, ge=1, le=LARGEST_PAGE)
    limit: int | None = Field(None, ge=1, le=LARGEST_PAGE)


class SentAttributes(Payload):
    """A payload with custom attributes, by name."""

    custom_attributes: Attributes = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Named:
    """A contact, and the card that named them, if one did."""

    contact: Contact
    card: IdentifierObject | None = None


def find[Row: Model](rows: "QuerySet[Row]", uuid: str, code: Code) -> Row:
    """Return the row of this uuid; refuse with `code` where there is none, or it is no uuid."""
    row = _first(rows, uuid)
    if row is None:
        raise Refused(code)
    return row


def find_at_address[Row: Model](rows: "QuerySet[Row]", uuid: str, sentence: str) -> Row:
    """Return the row at an address, where Leat has no code for there being none: the uuid is refused with `sentence`."""
    return require(_first(rows, uuid), "uuid", sentence)


def require[Row: Model](row: Row | None, field: str, sentence: str) -> Row:
    """Return the row that a field named; refuse the field with `sentence` where there is none."""
    if row is None:
        raise invalid(field, sentence)
    return row


def find_shop(uuid: str) -> Shop:
    """Return a shop."""
    return find(Shop.objects.all(), uuid, Code.UNKNOWN_SHOP)


def find_member(uuid: str) -> Contact:
    """Return a contact."""
    return find(Contact.objects.members().select_related("tier"), uuid, Code.UNKNOWN_CONTACT)


def find_named(contact_uuid: str | None, card: str | None) -> Named:
    """Return the contact whom a call names by uuid, by their card, or by both, which must then be the same."""
    if not card:
        if not contact_uuid:
            raise invalid("contact_uuid", "Field required")
        return Named(find_member(contact_uuid))
    row = ContactIdentifier.objects.select_related("contact__tier").filter(value=card).first()
    if row is None:
        raise Refused(Code.UNKNOWN_IDENTIFIER)
    if not row.is_active:
        raise Refused(Code.IDENTIFIER_INACTIVE)
    contact = find_member(contact_uuid) if contact_uuid else row.contact
    if contact is None:
        raise Refused(Code.IDENTIFIER_NOT_LINKED)
    if row.contact_id not in {None, contact.pk}:
        raise invalid("contact_identifier_value", "This is another contact's.")
    return Named(contact, {"name": row.name or None, "value": row.value, "active": row.is_active})


def read_attributes(entity: str, sent: Mapping[str, Any]) -> dict[str, object]:
    """Return custom attributes as their definitions want them; whether they fit is for the engine to say."""
    return read_values(sent, find_definitions(entity)) if sent else {}


def pick_attributes(entity: str, sent: Mapping[str, Any] | None) -> dict[str, object]:
    """Return those of a call's further fields that are custom attributes; clients send back much that they have read."""
    if not sent:
        return {}
    definitions = find_definitions(entity)
    return read_values({name: value for name, value in sent.items() if name in definitions}, definitions)


def check_name(name: str) -> None:
    """Refuse what cannot be the name of an attribute or a perk."""
    if not NAME.fullmatch(name):
        raise invalid("name", "Must be letters, digits, - and _, at most 80.")


@contextmanager
def fields_named(names: Mapping[str, str]) -> Iterator[None]:
    """Refuse what the engine says of its own fields under the names that the call has for them."""
    try:
        yield
    except InvalidDetails as error:
        told = {names.get(field, field): [sentence] for field, sentence in error.errors.items()}
        raise Refused(Code.INVALID, errors=told) from error


def _first[Row: Model](rows: "QuerySet[Row]", uuid: str) -> Row | None:
    known = as_uuid(uuid)
    return rows.filter(uuid=known).first() if known else None
