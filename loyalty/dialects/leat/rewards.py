"""Rewards: their custom attributes stand beside their own keys, and never a key `attributes` (leat-api.md section 6.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypedDict
from uuid import UUID

from loyalty.dialects.leat.nested import MediaObject, flattened, media_object


class RewardObject(TypedDict):
    """A reward's own keys; custom attributes come beside them."""

    id: int
    uuid: str
    title: str
    description: str
    required_credits: int
    reward_type: str
    type: str
    is_active: bool
    active: bool
    media: MediaObject | None
    cost_price: float | None
    stock: int | None
    pre_redeemable: bool
    expiration_duration: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownReward:
    """A reward's values; `cost_price` is in major units."""

    id: int
    uuid: UUID
    title: str
    description: str
    points: int
    reward_type: str
    is_active: bool
    media_url: str
    cost_price: float | None
    stock: int | None
    is_pre_redeemable: bool
    valid_seconds: int | None
    attributes: Mapping[str, object]


def reward_object(reward: ShownReward) -> dict[str, Any]:
    """Return a reward."""
    standard: RewardObject = {
        "id": reward.id,
        "uuid": str(reward.uuid),
        "title": reward.title,
        "description": reward.description,
        "required_credits": reward.points,
        "reward_type": reward.reward_type,
        "type": reward.reward_type,
        "is_active": reward.is_active,
        "active": reward.is_active,
        "media": media_object(reward.media_url),
        "cost_price": reward.cost_price,
        "stock": reward.stock,
        "pre_redeemable": reward.is_pre_redeemable,
        "expiration_duration": reward.valid_seconds,
    }
    return flattened(standard, reward.attributes, without="attributes")
