"""Credit receptions, reward receptions and collectable rewards (leat-api.md sections 6.2, 6.3 and 7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NotRequired, TypedDict
from uuid import UUID

from loyalty.dialects.leat.moments import write_moment
from loyalty.dialects.leat.nested import (
    ContactWithBalance,
    IdentifierObject,
    NestedContact,
    NestedShop,
    NestedUnit,
    PlaceObject,
    contact_with_balance,
    flattened,
    place_object,
    unit_object,
)
from loyalty.dialects.leat.programme import UnitObject
from loyalty.dialects.leat.rewards import ShownReward, reward_object

CHANNEL = "BUSINESS_DASHBOARD"
"""The official client demands one; which word the service itself uses for the API is not known (section 7)."""

NO_END = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
"""The official client cannot take a collectable without an end: this one means that there is none."""


class CreditReceptionObject(TypedDict):
    """Credits given or (negative) taken; custom attributes come beside these keys."""

    type: str
    uuid: str
    credits: int
    contact: ContactWithBalance
    shop: PlaceObject
    contact_identifier: IdentifierObject | None
    channel: str
    created_at: str
    unit: UnitObject
    unit_value: float | None


class RewardCodeObject(TypedDict):
    """What is shown for a digital reward."""

    code: str


class RewardReceptionObject(TypedDict):
    """Credits spent on a reward."""

    type: str
    uuid: str
    title: str
    credits: int
    contact: ContactWithBalance
    shop: PlaceObject
    contact_identifier: IdentifierObject | None
    channel: str
    created_at: str
    reward: dict[str, Any]
    expires_at: str
    expiration_date: str
    has_been_collected: bool
    digital_reward: NotRequired[dict[str, Any]]
    digital_reward_code: NotRequired[RewardCodeObject]


class CollectableObject(TypedDict):
    """A reward that was bought and can be collected."""

    uuid: str
    title: str
    contact: ContactWithBalance
    reward: dict[str, Any]
    created_at: str
    expires_at: str
    has_been_collected: bool


class CollectedObject(CollectableObject):
    """The union of what two generations of the official client want: `uuid` is the redemption's."""

    status: str


class ReversedCollection(TypedDict):
    """A collection that was undone."""

    uuid: str
    status: str


class CalculatedObject(TypedDict):
    """What would be given."""

    credits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCredits:
    """A movement of credits that is no purchase of a reward; `unit_value` is in whole units (10.40)."""

    uuid: UUID
    points: int
    contact: NestedContact
    shop: NestedShop
    created_at: datetime
    unit: NestedUnit
    unit_value: float | None
    attributes: Mapping[str, object]
    identifier: IdentifierObject | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownReception:
    """A reward bought: title and discount as they were then, `is_collected` as it is now."""

    uuid: UUID
    title: str
    points: int
    contact: NestedContact
    shop: NestedShop
    reward: ShownReward
    created_at: datetime
    expires_at: datetime | None
    is_collected: bool
    identifier: IdentifierObject | None = None


def credit_reception_object(reception: ShownCredits) -> dict[str, Any]:
    """Return credits given or taken."""
    standard: CreditReceptionObject = {
        "type": "credit_reception",
        "uuid": str(reception.uuid),
        "credits": reception.points,
        "contact": contact_with_balance(reception.contact),
        "shop": place_object(reception.shop),
        "contact_identifier": reception.identifier,
        "channel": CHANNEL,
        "created_at": write_moment(reception.created_at),
        "unit": unit_object(reception.unit),
        "unit_value": reception.unit_value,
    }
    return flattened(standard, reception.attributes)


def reward_reception_object(reception: ShownReception) -> RewardReceptionObject:
    """Return credits spent on a reward; one that is digital has a code to show, which is the reception's own name."""
    ends = write_moment(reception.expires_at or NO_END)
    is_digital = reception.reward.reward_type == "DIGITAL"
    shown: RewardReceptionObject = {
        "type": "digital_reward_reception" if is_digital else "reward_reception",
        "uuid": str(reception.uuid),
        "title": reception.title,
        "credits": -reception.points,
        "contact": contact_with_balance(reception.contact),
        "shop": place_object(reception.shop),
        "contact_identifier": reception.identifier,
        "channel": CHANNEL,
        "created_at": write_moment(reception.created_at),
        "reward": reward_object(reception.reward),
        "expires_at": ends,
        "expiration_date": ends,
        "has_been_collected": reception.is_collected,
    }
    if is_digital:
        shown["digital_reward"] = reward_object(reception.reward)
        shown["digital_reward_code"] = {"code": str(reception.uuid)}
    return shown


def collectable_object(reception: ShownReception) -> CollectableObject:
    """Return a reward that was bought; its uuid is that of the loyalty transaction, which the collect path takes."""
    return {
        "uuid": str(reception.uuid),
        "title": reception.title,
        "contact": contact_with_balance(reception.contact),
        "reward": reward_object(reception.reward),
        "created_at": write_moment(reception.created_at),
        "expires_at": write_moment(reception.expires_at or NO_END),
        "has_been_collected": reception.is_collected,
    }


def collected_object(reception: ShownReception, redemption_uuid: UUID) -> CollectedObject:
    """Return what collecting answers: the collectable under the name of its redemption."""
    collectable: CollectableObject = {**collectable_object(reception), "has_been_collected": True}
    return {**collectable, "uuid": str(redemption_uuid), "status": "COLLECTED"}


def reversed_collection(uuid: UUID) -> ReversedCollection:
    """Return what reversing a collection answers."""
    return {"uuid": str(uuid), "status": "REVERSED"}
