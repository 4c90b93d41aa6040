"""Vouchers, their locks, redemptions and batches (leat-api.md sections 5.2 and 5.3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NotRequired, TypedDict
from uuid import UUID

from loyalty.dialects.leat.contacts import SmallContact
from loyalty.dialects.leat.moments import write_moment, write_optional_moment
from loyalty.dialects.leat.nested import NestedContact, small_contact
from loyalty.dialects.leat.promotions import ShownPromotion, embedded_promotion


class RedemptionObject(TypedDict):
    """One use."""

    uuid: str
    created_at: str


class VoucherObject(TypedDict):
    """A voucher."""

    uuid: str
    code: str
    status: str
    name: str
    description: str
    activation_date: str | None
    expiration_date: str | None
    redeemed_at: str | None
    is_redeemed: bool
    total_redemptions_allowed: int
    times_redeemed: int
    redemptions_remaining: int
    attributes: dict[str, Any]
    contact: SmallContact | None
    promotion: dict[str, Any]
    voucher_redemption: NotRequired[RedemptionObject]


class RedeemedObject(TypedDict):
    """A voucher used several times at once."""

    voucher: VoucherObject
    voucher_redemptions: list[RedemptionObject]


class LockedVoucherObject(TypedDict):
    """Of a voucher that is locked or let go, only what changed."""

    uuid: str
    status: str


class LockObject(TypedDict):
    """A lock; the key is what releases it and what redeems in spite of it."""

    release_key: str
    locked_at: str
    unlocked_at: str | None
    system_release_at: str | None


class VoucherLockObject(TypedDict):
    """What locking and releasing answer."""

    voucher: LockedVoucherObject
    lock: LockObject


class BatchObject(TypedDict):
    """Vouchers asked for by number."""

    uuid: str
    type: str
    quantity: int
    status: str
    created_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownVoucher:
    """A voucher's values at one moment; `status` is Leat's word for it."""

    uuid: UUID
    code: str
    status: str
    activates_at: datetime | None
    expires_at: datetime | None
    redeemed_at: datetime | None
    uses: int
    used: int
    attributes: Mapping[str, object]
    contact: NestedContact | None
    promotion: ShownPromotion


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRedemption:
    """One use of a voucher."""

    uuid: UUID
    redeemed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLock:
    """A lock; `released_at` once it was let go."""

    release_key: UUID
    locked_at: datetime
    ends_at: datetime | None
    released_at: datetime | None = None


def voucher_object(voucher: ShownVoucher) -> VoucherObject:
    """Return a voucher; name and description are its promotion's."""
    return {
        "uuid": str(voucher.uuid),
        "code": voucher.code,
        "status": voucher.status,
        "name": voucher.promotion.name,
        "description": voucher.promotion.description,
        "activation_date": write_optional_moment(voucher.activates_at),
        "expiration_date": write_optional_moment(voucher.expires_at),
        "redeemed_at": write_optional_moment(voucher.redeemed_at) if voucher.used else None,
        "is_redeemed": voucher.used >= voucher.uses,
        "total_redemptions_allowed": voucher.uses,
        "times_redeemed": voucher.used,
        "redemptions_remaining": voucher.uses - voucher.used,
        "attributes": dict(voucher.attributes),
        "contact": small_contact(voucher.contact) if voucher.contact else None,
        "promotion": embedded_promotion(voucher.promotion),
    }


def redemption_object(redemption: ShownRedemption) -> RedemptionObject:
    """Return one use."""
    return {"uuid": str(redemption.uuid), "created_at": write_moment(redemption.redeemed_at)}


def redeemed_voucher(voucher: ShownVoucher, redemption: ShownRedemption) -> VoucherObject:
    """Return a voucher just used, with the use."""
    return {**voucher_object(voucher), "voucher_redemption": redemption_object(redemption)}


def redeemed_many(voucher: ShownVoucher, redemptions: Sequence[ShownRedemption]) -> RedeemedObject:
    """Return a voucher just used several times."""
    return {
        "voucher": voucher_object(voucher),
        "voucher_redemptions": [redemption_object(redemption) for redemption in redemptions],
    }


def lock_object(uuid: UUID, status: str, lock: ShownLock) -> VoucherLockObject:
    """Return what locking (not released) and releasing answer."""
    is_over = lock.released_at is not None
    return {
        "voucher": {"uuid": str(uuid), "status": status},
        "lock": {
            "release_key": str(lock.release_key),
            "locked_at": write_moment(lock.locked_at),
            "unlocked_at": write_optional_moment(lock.released_at),
            "system_release_at": None if is_over else write_optional_moment(lock.ends_at),
        },
    }


def batch_object(uuid: UUID, *, quantity: int, created_at: datetime) -> BatchObject:
    """Return a batch; its date is the one that Leat does not write in ISO 8601."""
    return {
        "uuid": str(uuid),
        "type": "vouchers",
        "quantity": quantity,
        "status": "PENDING",
        "created_at": created_at.astimezone(UTC).strftime("%Y-%m-%d, %H:%M"),
    }
