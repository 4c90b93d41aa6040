"""Promotions: by themselves with their values inside `attributes`, and inside a voucher with both (leat-api.md section 5.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypedDict
from uuid import UUID

from loyalty.dialects.leat.nested import MediaObject, flattened, media_object

SINGLE_USE, MULTI_USE = "SINGLE_USE", "MULTI_USE"


class PromotionObject(TypedDict):
    """What vouchers are made of."""

    uuid: str
    name: str
    description: str
    type: str
    voucher_limit: int | None
    limit_per_contact: int | None
    redemptions_per_voucher: int
    expiration_duration: int | None
    media: MediaObject | None
    attributes: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPromotion:
    """A promotion's values; `valid_seconds` is how long its vouchers last."""

    uuid: UUID
    name: str
    description: str
    voucher_limit: int | None
    limit_per_contact: int | None
    redemptions_per_voucher: int
    valid_seconds: int | None
    media_url: str
    attributes: Mapping[str, object]


def promotion_object(promotion: ShownPromotion) -> PromotionObject:
    """Return a promotion as lists and finds show it."""
    return {
        "uuid": str(promotion.uuid),
        "name": promotion.name,
        "description": promotion.description,
        "type": SINGLE_USE if promotion.redemptions_per_voucher == 1 else MULTI_USE,
        "voucher_limit": promotion.voucher_limit,
        "limit_per_contact": promotion.limit_per_contact,
        "redemptions_per_voucher": promotion.redemptions_per_voucher,
        "expiration_duration": promotion.valid_seconds,
        "media": media_object(promotion.media_url),
        "attributes": dict(promotion.attributes),
    }


def embedded_promotion(promotion: ShownPromotion) -> dict[str, Any]:
    """Return a promotion as it stands in a voucher: its attributes beside its own keys, and inside `attributes` too."""
    return flattened(promotion_object(promotion), promotion.attributes)
