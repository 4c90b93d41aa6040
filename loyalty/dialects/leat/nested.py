"""What stands inside other objects: the contact, the shop, the unit, the card of a contact, a picture."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypedDict
from uuid import UUID

from loyalty.dialects.leat import contacts, programme, tiers
from loyalty.dialects.leat.contacts import CreditBalance, SmallContact
from loyalty.dialects.leat.programme import UnitObject
from loyalty.dialects.leat.tiers import ShopInside

NOWHERE = UUID(int=0)


class ContactWithBalance(SmallContact):
    """Whose it is, and what they have."""

    credit_balance: CreditBalance


class PlaceObject(ShopInside):
    """Where it was. Our shops are places that one goes to; their addresses are the restaurant's own business."""

    address: dict[str, Any]


class IdentifierObject(TypedDict):
    """With which card the contact was named."""

    name: str | None
    value: str
    active: bool


class MediaObject(TypedDict):
    """A picture."""

    type: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NestedContact:
    """A contact; `id` and `balance` are needed where credits are shown."""

    uuid: UUID
    email: str | None
    id: int = 0
    balance: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NestedShop:
    """A shop; one without id is the programme itself, for what happened in no shop: clients want one everywhere."""

    id: int = 0
    uuid: UUID = NOWHERE
    name: str
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NestedUnit:
    """A unit."""

    id: int
    name: str
    label: str
    prefix: str
    is_default: bool


def small_contact(contact: NestedContact) -> SmallContact:
    """Return a contact without what they have."""
    return contacts.small_contact(str(contact.uuid), contact.email)


def contact_with_balance(contact: NestedContact) -> ContactWithBalance:
    """Return a contact with their credits."""
    balance: CreditBalance = {"balance": contact.balance, "id": contact.id}
    return {"uuid": str(contact.uuid), "email": contact.email, "credit_balance": balance}


def place_object(shop: NestedShop) -> PlaceObject:
    """Return where it was."""
    inside = tiers.shop_inside(id=shop.id, uuid=str(shop.uuid), name=shop.name, reference=shop.reference or "")
    return {**inside, "address": {}}


def unit_object(unit: NestedUnit) -> UnitObject:
    """Return a unit."""
    return programme.unit_object(
        id=unit.id, name=unit.name, label=unit.label, prefix=unit.prefix, is_default=unit.is_default
    )


def media_object(address: str) -> MediaObject | None:
    """Return a picture; none without an address."""
    return {"type": "image", "value": address} if address else None


def flattened(standard: Mapping[str, Any], attributes: Mapping[str, object], *, without: str = "") -> dict[str, Any]:
    """Return an object with custom attributes beside its own keys, which win; `without` names a key that must not be."""
    return {name: value for name, value in attributes.items() if name != without} | dict(standard)
