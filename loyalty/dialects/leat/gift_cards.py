"""Gift cards, their programmes and transactions (leat-api.md section 9). Amounts are whole minor units."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

from loyalty.dialects.leat.amounts import display_amount, major_units
from loyalty.dialects.leat.moments import write_moment, write_optional_moment
from loyalty.dialects.leat.nested import NestedShop, PlaceObject, place_object

SENT = "Email successfully sent"
"""The bare text for which a known shop plugin looks in `data`."""


class NestedProgramme(TypedDict):
    """What a gift card says about its programme."""

    id: int
    uuid: str
    name: str
    max_amount_in_cents: int
    calculator_flow: str
    expiration_days: int | None


class GiftCardProgramObject(NestedProgramme):
    """A kind of gift card."""

    active: bool
    card_count: int
    settles: int
    min_amount_in_cents: int | None


class GiftCardObject(TypedDict):
    """A gift card; `hash` is its code, `amount_in_cents` what is on it."""

    id: int
    uuid: str
    type: str
    hash: str
    amount_in_cents: int
    amount: float
    display_amount: str
    upgradeable: bool
    active: bool
    expiration_date: str | None
    formatted_expiration_date: str | None
    url: str
    giftcard_program: NestedProgramme
    giftcard_recipients: list[Any]


class CardInside(TypedDict):
    """The card of a transaction."""

    id: int
    uuid: str


class GiftCardTransactionObject(TypedDict):
    """Money put on a card or (negative) taken off."""

    id: int
    uuid: str
    amount_in_cents: int
    type: str
    settled: bool
    card: CardInside
    card_id: int
    shop: PlaceObject
    shop_id: int
    settlements: list[Any]
    custom_attributes: dict[str, Any]
    created_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownProgramme:
    """A kind of gift card; `cards` is how many there are."""

    id: int
    uuid: UUID
    name: str
    max_cents: int
    valid_days: int | None
    is_active: bool
    cards: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownGiftCard:
    """A gift card's values; `digits` are the decimals of its currency."""

    id: int
    uuid: UUID
    code: str
    balance_cents: int
    currency: str
    digits: int
    can_be_topped_up: bool
    is_active: bool
    expires_at: datetime | None
    address: str
    """Of a page about the card."""
    programme: ShownProgramme


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCardEntry:
    """A movement on a gift card."""

    id: int
    uuid: UUID
    cents: int
    card_id: int
    card_uuid: UUID
    shop: NestedShop
    attributes: Mapping[str, object]
    created_at: datetime


def nested_programme(programme: ShownProgramme) -> NestedProgramme:
    """Return the programme inside a card."""
    return {
        "id": programme.id,
        "uuid": str(programme.uuid),
        "name": programme.name,
        "max_amount_in_cents": programme.max_cents,
        "calculator_flow": "DEFAULT",
        "expiration_days": programme.valid_days,
    }


def programme_object(programme: ShownProgramme) -> GiftCardProgramObject:
    """Return a programme by itself."""
    return {
        **nested_programme(programme),
        "active": programme.is_active,
        "card_count": programme.cards,
        "settles": 0,
        "min_amount_in_cents": None,
    }


def gift_card_object(card: ShownGiftCard) -> GiftCardObject:
    """Return a gift card."""
    return {
        "id": card.id,
        "uuid": str(card.uuid),
        "type": "DIGITAL",
        "hash": card.code,
        "amount_in_cents": card.balance_cents,
        "amount": major_units(card.balance_cents, digits=card.digits),
        "display_amount": display_amount(card.balance_cents, currency=card.currency, digits=card.digits),
        "upgradeable": card.can_be_topped_up,
        "active": card.is_active,
        "expiration_date": write_optional_moment(card.expires_at),
        "formatted_expiration_date": write_moment(card.expires_at)[:10] if card.expires_at else None,
        "url": card.address,
        "giftcard_program": nested_programme(card.programme),
        "giftcard_recipients": [],
    }


def transaction_object(entry: ShownCardEntry) -> GiftCardTransactionObject:
    """Return a movement on a card."""
    return {
        "id": entry.id,
        "uuid": str(entry.uuid),
        "amount_in_cents": entry.cents,
        "type": "STANDARD",
        "settled": False,
        "card": {"id": entry.card_id, "uuid": str(entry.card_uuid)},
        "card_id": entry.card_id,
        "shop": place_object(entry.shop),
        "shop_id": entry.shop.id,
        "settlements": [],
        "custom_attributes": dict(entry.attributes),
        "created_at": write_moment(entry.created_at),
    }
