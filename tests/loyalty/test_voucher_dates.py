"""Vouchers whose date comes while they are locked, or before a redemption is reversed: offer-rules.md, worked cases D."""

from datetime import UTC, datetime, timedelta

import pytest

from loyalty import voucher_use
from loyalty.errors import OfferUnavailable, Unavailable
from loyalty.models import Voucher, VoucherState
from tests.loyalty.factories import NOW
from tests.loyalty.vouchers import LATER, USES, key_of, lock, make_voucher, redeem, state, use_up_but_one

pytestmark = pytest.mark.django_db

MIDNIGHT = datetime(2026, 6, 3, 21, 59, 59, tzinfo=UTC)  # the last second of the day in Amsterdam
TWO_BEFORE = MIDNIGHT - timedelta(seconds=119)
THREE_PAST = MIDNIGHT + timedelta(minutes=3, seconds=1)
FIVE_PAST = MIDNIGHT + timedelta(minutes=5, seconds=1)


@USES
def test_a_voucher_locked_before_midnight_and_paid_after_is_honoured(uses: int) -> None:
    voucher = make_voucher(expires_at=MIDNIGHT, total_redemptions_allowed=uses)
    key = key_of(lock(voucher, until=TWO_BEFORE + timedelta(minutes=15), now=TWO_BEFORE))

    redemption = redeem(voucher, key=key, now=THREE_PAST)

    assert redemption.redeemed_at == THREE_PAST


@USES
@pytest.mark.parametrize("swept", [True, False])
def test_it_is_honoured_too_when_its_lock_lapsed_and_nobody_else_took_it(uses: int, swept: bool) -> None:
    voucher = make_voucher(expires_at=MIDNIGHT, total_redemptions_allowed=uses)
    key = key_of(lock(voucher, until=MIDNIGHT + timedelta(seconds=30), now=TWO_BEFORE))
    if swept:
        voucher_use.expire_locks(now=THREE_PAST)

    redeem(voucher, key=key, now=THREE_PAST)

    assert Voucher.objects.get(pk=voucher.pk).times_redeemed == 1


@USES
def test_released_after_midnight_it_is_expired(uses: int) -> None:
    voucher = make_voucher(expires_at=MIDNIGHT, total_redemptions_allowed=uses)
    use_up_but_one(voucher)
    key = key_of(lock(voucher, until=TWO_BEFORE + timedelta(minutes=15), now=TWO_BEFORE))
    assert state(voucher, now=THREE_PAST) == VoucherState.LOCKED

    voucher_use.release(voucher, release_key=key)

    assert state(voucher, now=FIVE_PAST) == VoucherState.EXPIRED
    with pytest.raises(OfferUnavailable) as refused:
        redeem(voucher, key=key, now=FIVE_PAST)
    assert refused.value.reason == Unavailable.EXPIRED


@USES
def test_a_live_lock_is_extended_past_the_date_of_the_voucher(uses: int) -> None:
    voucher = make_voucher(expires_at=MIDNIGHT, total_redemptions_allowed=uses)
    first = key_of(lock(voucher, until=TWO_BEFORE + timedelta(minutes=15), now=TWO_BEFORE))

    extended = lock(voucher, until=THREE_PAST + timedelta(minutes=40), now=THREE_PAST)

    assert (extended.release_key, extended.locked_until) == (first, THREE_PAST + timedelta(minutes=40))


def test_a_reversal_past_the_date_leaves_the_voucher_expired() -> None:
    voucher = make_voucher(expires_at=LATER)
    redemption = redeem(voucher)

    voucher_use.reverse(redemption, now=LATER + timedelta(days=1))

    assert state(voucher, now=LATER + timedelta(days=1)) == VoucherState.EXPIRED


def test_a_reversal_past_the_date_grants_the_days_of_grace_of_the_promotion() -> None:
    voucher = make_voucher(expires_at=LATER, promotion__reversal_grace_days=7)
    redemption = redeem(voucher)
    next_day = LATER + timedelta(days=1)

    voucher_use.reverse(redemption, now=next_day)

    assert Voucher.objects.get(pk=voucher.pk).expires_at == next_day + timedelta(days=7)
    assert state(voucher, now=next_day) == VoucherState.ACTIVE


def test_a_reversal_before_the_date_keeps_the_date() -> None:
    voucher = make_voucher(promotion__reversal_grace_days=365)
    redemption = redeem(voucher)

    voucher_use.reverse(redemption, now=LATER)

    assert Voucher.objects.get(pk=voucher.pk).expires_at == NOW + timedelta(days=30)
