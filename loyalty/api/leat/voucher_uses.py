"""What happens to a voucher at a till or in a shop: locked for an hour, released, redeemed, reversed."""

import uuid as uuids
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router
from pydantic import Field

from loyalty import voucher_use
from loyalty.api.auth import Bearer
from loyalty.api.fields import Payload, Sent, Text, as_uuid
from loyalty.api.leat.answers import Answer, Refused, answer, invalid
from loyalty.api.leat.finding import find_member, find_shop
from loyalty.api.leat.showing import shown_redemption, shown_voucher
from loyalty.api.leat.vouchers import find_by_code, find_by_uuid
from loyalty.dialects.leat.codes import Code
from loyalty.dialects.leat.vouchers import (
    RedeemedObject,
    ShownLock,
    VoucherLockObject,
    VoucherObject,
    lock_object,
    redeemed_many,
    redeemed_voucher,
    voucher_object,
)
from loyalty.errors import OfferTaken, OfferUnavailable, TooFewUses, Unavailable, UnknownOffer, WrongKey
from loyalty.models import Contact, Redemption, Voucher, VoucherState

router = Router(tags=["Use of vouchers"], auth=Bearer("offers"))
LOCK_LIFE = timedelta(hours=1)
HOLDER = "api:"


class Key(Payload):
    """The key of a lock."""

    release_key: Text


class Checked(Payload):
    """For whom and where a voucher is looked at."""

    shop_uuid: Text
    contact_uuid: Text | None = None


class RedeemedOnce(Payload):
    """A voucher to be used once. The shop is told by newer clients only."""

    code: Text
    contact_uuid: Text | None = None
    release_key: Text | None = None
    shop_uuid: Text | None = None


class RedeemedOften(RedeemedOnce):
    """A voucher to be used several times at once."""

    shop_uuid: Text
    number_of_times: int = Field(ge=1, le=50)


@router.post("/vouchers/{uuid}/lock", response=Answer[VoucherLockObject])
def lock(request: HttpRequest, uuid: str) -> HttpResponse:
    """Keep a voucher from everybody else for an hour. Each lock has a key of its own, whoever asked."""
    now = timezone.now()
    voucher = find_by_uuid(uuid)
    with _refused(voucher):
        row = voucher_use.lock(voucher, contact=None, holder=f"{HOLDER}{uuids.uuid4()}", until=now + LOCK_LIFE, now=now)
    assert row.release_key is not None
    held = ShownLock(release_key=row.release_key, locked_at=row.locked_at or now, ends_at=row.locked_until)
    return answer(lock_object(voucher.uuid, VoucherState.LOCKED.value, held))


@router.post("/vouchers/{uuid}/release", response=Answer[VoucherLockObject])
def release(request: HttpRequest, uuid: str, key: Sent[Key]) -> HttpResponse:
    """End a lock; a second time changes nothing."""
    now = timezone.now()
    voucher = find_by_uuid(uuid)
    release_key = _read_key(key.release_key)
    held = voucher.lock_rows.filter(release_key=release_key).first()
    with _refused(voucher):
        try:
            voucher_use.release(voucher, release_key=release_key)
        except WrongKey:
            if voucher.state(now=now) is VoucherState.REDEEMED:
                raise OfferUnavailable(Unavailable.USED_UP) from None
            raise
    voucher.refresh_from_db(fields=["locked_until"])
    began = held.locked_at if held is not None and held.locked_at is not None else now
    ended = ShownLock(release_key=release_key, locked_at=began, ends_at=None, released_at=now)
    return answer(lock_object(voucher.uuid, voucher.state(now=now).value, ended))


@router.post("/vouchers/redeem", response=Answer[VoucherObject])
def redeem(request: HttpRequest, wanted: Sent[RedeemedOnce]) -> HttpResponse:
    """Use a voucher once, by its code."""
    voucher, uses, now = _redeem(wanted, times=1)
    return answer(redeemed_voucher(shown_voucher(voucher, now=now), shown_redemption(uses[0])))


@router.post("/vouchers/multi-redeem", response=Answer[RedeemedObject])
def redeem_often(request: HttpRequest, wanted: Sent[RedeemedOften]) -> HttpResponse:
    """Use a voucher several times at once, or not at all."""
    voucher, uses, now = _redeem(wanted, times=wanted.number_of_times)
    return answer(redeemed_many(shown_voucher(voucher, now=now), [shown_redemption(use) for use in uses]))


@router.post("/vouchers/{uuid}/validate", response=Answer[VoucherObject])
def validate(request: HttpRequest, uuid: str, wanted: Sent[Checked]) -> HttpResponse:
    """Say whether a voucher could be used now, and change nothing."""
    now = timezone.now()
    voucher = find_by_uuid(uuid)
    find_shop(wanted.shop_uuid)
    contact = _find_user(voucher, wanted.contact_uuid)
    with _refused(voucher):
        voucher_use.check(voucher, contact=contact, now=now)
    return answer(voucher_object(shown_voucher(voucher, now=now)))


@router.post("/vouchers/{uuid}/reverse", response=Answer[VoucherObject])
def reverse(request: HttpRequest, uuid: str) -> HttpResponse:
    """Give a use back, named by its own uuid or (the last one) by the voucher's; a second time changes nothing."""
    now = timezone.now()
    known = as_uuid(uuid)
    uses = Redemption.objects.select_related("voucher__promotion", "voucher__contact").exclude(voucher=None)
    redemption = uses.filter(uuid=known).first() if known else None
    if redemption is None:
        redemption = voucher_use.find_use(find_by_uuid(uuid))
        if redemption is None:
            raise invalid("uuid", "This voucher has not been redeemed.")
    voucher_use.reverse(redemption, now=now)
    return answer(voucher_object(shown_voucher(find_by_uuid(str(_voucher_of(redemption).uuid)), now=now)))


def _redeem(wanted: RedeemedOnce, *, times: int) -> tuple[Voucher, list[Redemption], datetime]:
    now = timezone.now()
    voucher = find_by_code(wanted.code)
    shop = find_shop(wanted.shop_uuid) if wanted.shop_uuid else None
    contact = _find_user(voucher, wanted.contact_uuid)
    key = _read_key(wanted.release_key) if wanted.release_key else None
    with _refused(voucher):
        uses = voucher_use.redeem_at_once(voucher, contact=contact, times=times, release_key=key, shop=shop, now=now)
    return voucher, uses, now


def _find_user(voucher: Voucher, contact_uuid: str | None) -> Contact | None:
    """Return who uses the voucher: its owner, or for one that is nobody's the contact who must then be named."""
    owner = voucher.contact
    if contact_uuid is None:
        if owner is None:
            raise invalid("contact_uuid", "This voucher belongs to nobody: say who uses it.")
        return owner
    return owner if owner is not None and str(owner.uuid) == contact_uuid.lower() else find_member(contact_uuid)


def _read_key(text: str) -> uuids.UUID:
    key = as_uuid(text)
    if key is None:
        raise invalid("release_key", "This is not the key of the lock.")
    return key


def _voucher_of(redemption: Redemption) -> Voucher:
    assert redemption.voucher is not None
    return redemption.voucher


@contextmanager
def _refused(voucher: Voucher) -> Iterator[None]:
    """Refuse with the codes that vouchers have."""
    try:
        yield
    except UnknownOffer as error:
        raise invalid("contact_uuid", "This voucher is another contact's.") from error
    except TooFewUses as error:
        raise Refused(Code.TOO_FEW_REDEMPTIONS) from error
    except OfferTaken as error:
        raise Refused(Code.VOUCHER_LOCKED) from error
    except OfferUnavailable as error:
        if error.reason is Unavailable.DEACTIVATED and voucher.deactivated_at is None:
            raise Refused(Code.PROMOTION_INACTIVE) from error
        raise
