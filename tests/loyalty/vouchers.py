"""Short ways to lock and redeem a voucher in tests, once for vouchers of one use and once for those of several."""

import uuid
from datetime import datetime, timedelta

import pytest

from loyalty import voucher_use
from loyalty.models import Contact, Redemption, Voucher, VoucherState
from loyalty.models.locks import Lockable
from tests.loyalty.factories import NOW, VoucherFactory

LATER = NOW + timedelta(minutes=15)
USES = pytest.mark.parametrize("uses", [1, 3])


def make_voucher(**fields: object) -> Voucher:
    made: Voucher = VoucherFactory.create(**fields)
    return Voucher.objects.select_related("promotion", "contact").get(pk=made.pk)


def owner(voucher: Voucher) -> Contact:
    assert voucher.contact is not None
    return voucher.contact


def lock(voucher: Voucher, holder: str = "order-1", *, until: datetime = LATER, now: datetime = NOW) -> Lockable:
    return voucher_use.lock(voucher, contact=owner(voucher), holder=holder, until=until, now=now)


def key_of(hold: Lockable) -> uuid.UUID:
    assert hold.release_key is not None
    return hold.release_key


def redeem(
    voucher: Voucher, holder: str = "order-1", *, key: uuid.UUID | None = None, now: datetime = NOW
) -> Redemption:
    return voucher_use.redeem(voucher, contact=owner(voucher), holder=holder, release_key=key, shop=None, now=now)


def state(voucher: Voucher, *, now: datetime = NOW) -> VoucherState:
    """Return the state, making sure that the row and the query agree on it."""
    fresh = Voucher.objects.get(pk=voucher.pk)
    found = fresh.state(now=now)
    assert Voucher.objects.in_state(found, now=now).filter(pk=voucher.pk).exists()
    return found


def use_up_but_one(voucher: Voucher) -> None:
    """Leave one use."""
    for number in range(voucher.total_redemptions_allowed - 1):
        redeem(voucher, f"earlier-{number}")
