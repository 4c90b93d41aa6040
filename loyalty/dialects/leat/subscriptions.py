"""Subscriptions: of our consents the one to marketing is a subscription type of Leat's; terms are none."""

from dataclasses import dataclass
from typing import TypedDict


class SubscriptionTypeObject(TypedDict):
    """What can be subscribed to."""

    id: int
    uuid: str
    name: str
    description: str
    active: bool
    strategy: str


class ContactSubscriptionObject(TypedDict):
    """A contact's choice about one type."""

    is_subscribed: bool
    status: str
    subscription_type: SubscriptionTypeObject


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionType:
    """One type; they are fixed, so its uuid is the same in every installation."""

    id: int
    uuid: str
    name: str
    description: str


MARKETING = SubscriptionType(
    id=1,
    uuid="3f9d7b52-7f3e-4a5c-9d1e-2c6b8a4f0e11",
    name="Marketing",
    description="News and offers by e-mail.",
)
TYPES = (MARKETING,)


def type_object(kind: SubscriptionType) -> SubscriptionTypeObject:
    """Return what can be subscribed to; nobody is without having said so."""
    return {
        "id": kind.id,
        "uuid": kind.uuid,
        "name": kind.name,
        "description": kind.description,
        "active": True,
        "strategy": "OPT_IN",
    }


def subscription_object(*, is_subscribed: bool) -> ContactSubscriptionObject:
    """Return a contact's choice about marketing."""
    return {
        "is_subscribed": is_subscribed,
        "status": "SUBSCRIBED" if is_subscribed else "UNSUBSCRIBED",
        "subscription_type": type_object(MARKETING),
    }
