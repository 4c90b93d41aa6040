"""Contact identifiers: cards and the like (leat-api.md section 3.4)."""

from typing import TypedDict

from loyalty.dialects.leat.contacts import SmallContact, small_contact


class CardObject(TypedDict):
    """An identifier and whose it is."""

    name: str | None
    value: str
    active: bool
    contact: SmallContact | None


def card_object(*, name: str, value: str, is_active: bool, contact: tuple[str, str | None] | None) -> CardObject:
    """Return an identifier; `contact` is a uuid and an address."""
    return {
        "name": name or None,
        "value": value,
        "active": is_active,
        "contact": small_contact(*contact) if contact else None,
    }
