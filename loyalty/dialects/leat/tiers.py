"""Tiers, shops and perks: what members can reach, where, and what they get there."""

import uuid
from dataclasses import dataclass
from typing import Any, TypedDict

_NAMESPACE = uuid.UUID("a5b50f3c-5c0e-4b52-8a3c-0d8f5d0f7c21")


class TierObject(TypedDict):
    """A level of membership."""

    uuid: str
    name: str
    description: str | None
    position: int
    media: None


class NoTier(TypedDict):
    """What the official client needs of a contact without a tier: an object all the same."""

    name: None


class ShopObject(TypedDict):
    """A restaurant."""

    uuid: str
    name: str
    type: str
    reference: str | None


class ShopInside(ShopObject):
    """A restaurant inside another object."""

    id: int


class PerkOption(TypedDict):
    """A value that a perk can have."""

    label: str
    value: str
    default: bool


class PerkObject(TypedDict):
    """An advantage."""

    uuid: str
    label: str
    name: str
    data_type: str
    options: list[PerkOption]


@dataclass(frozen=True, slots=True, kw_only=True)
class TierRecord:
    """What is shown of a tier."""

    id: int
    name: str
    description: str
    position: int


def tier_object(record: TierRecord) -> TierObject:
    """Return a tier; its uuid follows from its id, since no call is ever sent one."""
    return {
        "uuid": str(uuid.uuid5(_NAMESPACE, str(record.id))),
        "name": record.name,
        "description": record.description or None,
        "position": record.position,
        "media": None,
    }


def shop_object(*, uuid: str, name: str, reference: str) -> ShopObject:
    """Return a restaurant, which people walk into."""
    return {"uuid": uuid, "name": name, "type": "physical", "reference": reference}


def shop_inside(*, id: int, uuid: str, name: str, reference: str) -> ShopInside:  # noqa: A002
    """Return a restaurant for inside another object."""
    return {"id": id, **shop_object(uuid=uuid, name=name, reference=reference)}


def perk_object(*, uuid: str, label: str, name: str, data_type: str, options: list[Any]) -> PerkObject:
    """Return a perk."""
    return {
        "uuid": uuid,
        "label": label,
        "name": name,
        "data_type": data_type,
        "options": [
            {"label": option["label"], "value": option["value"], "default": bool(option.get("default"))}
            for option in options
        ],
    }
