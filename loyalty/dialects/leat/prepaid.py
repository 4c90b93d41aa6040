"""Prepaid transactions: money that a contact paid in (leat-api.md section 9)."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from loyalty.dialects.leat.amounts import display_amount
from loyalty.dialects.leat.contacts import SmallContact
from loyalty.dialects.leat.moments import write_moment
from loyalty.dialects.leat.nested import (
    IdentifierObject,
    NestedContact,
    NestedShop,
    PlaceObject,
    place_object,
    small_contact,
)


class PrepaidBalanceObject(TypedDict):
    """What the contact has."""

    balance_in_cents: int
    balance: str


class PrepaidTransactionObject(TypedDict):
    """Money paid in or (negative) spent, and the balance right after it."""

    uuid: str
    amount_in_cents: int
    prepaid_balance: PrepaidBalanceObject
    created_at: str
    shop: PlaceObject
    contact_identifier: IdentifierObject | None
    contact: SmallContact


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPrepaid:
    """A movement of a prepaid balance; `digits` are the decimals of its currency."""

    uuid: UUID
    cents: int
    balance_cents: int
    currency: str
    digits: int
    contact: NestedContact
    shop: NestedShop
    created_at: datetime
    identifier: IdentifierObject | None = None


def prepaid_object(entry: ShownPrepaid) -> PrepaidTransactionObject:
    """Return a movement of a prepaid balance."""
    return {
        "uuid": str(entry.uuid),
        "amount_in_cents": entry.cents,
        "prepaid_balance": {
            "balance_in_cents": entry.balance_cents,
            "balance": display_amount(entry.balance_cents, currency=entry.currency, digits=entry.digits),
        },
        "created_at": write_moment(entry.created_at),
        "shop": place_object(entry.shop),
        "contact_identifier": entry.identifier,
        "contact": small_contact(entry.contact),
    }
