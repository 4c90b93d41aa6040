"""Locks, redemptions, reversals: offer-rules.md "Locks" and its worked cases D. Dates: test_voucher_dates."""

import uuid
from datetime import timedelta

import pytest

from loyalty import voucher_use
from loyalty.errors import OfferTaken, OfferUnavailable, Unavailable, UnknownOffer, WrongKey
from loyalty.models import Contact, Promotion, Redemption, Voucher, VoucherLock, VoucherState
from tests.loyalty.factories import NOW, ContactFactory, PromotionFactory
from tests.loyalty.vouchers import LATER, USES, key_of, lock, make_voucher, redeem, state, use_up_but_one

pytestmark = pytest.mark.django_db


@USES
def test_the_same_basket_gets_the_same_lock(uses: int) -> None:
    voucher = make_voucher(total_redemptions_allowed=uses)

    first = key_of(lock(voucher))
    again = lock(voucher, until=LATER + timedelta(minutes=5), now=NOW + timedelta(minutes=5))

    assert again.release_key == first
    assert again.locked_until == LATER + timedelta(minutes=5)
    assert VoucherLock.objects.count() == (0 if uses == 1 else 1)


@USES
def test_two_tabs_with_one_basket_redeem_once(uses: int) -> None:
    voucher = make_voucher(total_redemptions_allowed=uses)
    keys = {key_of(lock(voucher)) for _tab in range(2)}

    redemptions = {redeem(voucher, key=key).pk for key in [*keys, *keys]}

    assert len(redemptions) == 1
    assert Voucher.objects.get(pk=voucher.pk).times_redeemed == 1


@USES
def test_another_basket_is_refused_with_the_time_the_hold_ends(uses: int) -> None:
    voucher = make_voucher(total_redemptions_allowed=uses)
    use_up_but_one(voucher)
    lock(voucher)

    with pytest.raises(OfferTaken) as refused:
        lock(voucher, "order-2")

    assert refused.value.until == LATER
    assert state(voucher) == VoucherState.LOCKED


def test_locks_and_uses_of_a_multi_use_voucher_never_exceed_what_is_allowed() -> None:
    voucher = make_voucher(total_redemptions_allowed=3)
    redeem(voucher, "order-1")
    lock(voucher, "order-2")
    assert state(voucher) == VoucherState.ACTIVE
    lock(voucher, "order-3")

    with pytest.raises(OfferTaken):
        lock(voucher, "order-4")

    assert state(voucher) == VoucherState.LOCKED


@USES
def test_a_lock_past_its_time_blocks_nobody_though_no_worker_ran_for_a_day(uses: int) -> None:
    voucher = make_voucher(total_redemptions_allowed=uses)
    use_up_but_one(voucher)
    first = key_of(lock(voucher))
    tomorrow = NOW + timedelta(days=1)
    assert state(voucher, now=tomorrow) == VoucherState.ACTIVE

    taken = lock(voucher, "order-2", until=tomorrow + timedelta(minutes=15), now=tomorrow)

    assert taken.release_key != first
    assert state(voucher, now=tomorrow) == VoucherState.LOCKED


@USES
def test_a_lock_is_over_at_its_very_end(uses: int) -> None:
    voucher = make_voucher(total_redemptions_allowed=uses)
    use_up_but_one(voucher)
    lock(voucher)

    assert state(voucher, now=LATER - timedelta(microseconds=1)) == VoucherState.LOCKED
    assert state(voucher, now=LATER) == VoucherState.ACTIVE


@USES
def test_a_released_voucher_is_active_again(uses: int) -> None:
    voucher = make_voucher(total_redemptions_allowed=uses)
    key = key_of(lock(voucher))

    voucher_use.release(voucher, release_key=key)

    assert state(voucher) == VoucherState.ACTIVE
    assert not voucher.lock_rows.locked(now=NOW).exists()


@USES
def test_a_wrong_key_releases_nothing(uses: int) -> None:
    voucher = make_voucher(total_redemptions_allowed=uses)
    use_up_but_one(voucher)
    lock(voucher)

    with pytest.raises(WrongKey):
        voucher_use.release(voucher, release_key=uuid.uuid4())

    assert state(voucher) == VoucherState.LOCKED


@USES
def test_a_second_release_is_a_quiet_no_op(uses: int) -> None:
    voucher = make_voucher(total_redemptions_allowed=uses)
    key = key_of(lock(voucher))
    voucher_use.release(voucher, release_key=key)

    voucher_use.release(voucher, release_key=key)

    assert state(voucher) == VoucherState.ACTIVE


@USES
def test_a_release_after_redeem_is_refused(uses: int) -> None:
    voucher = make_voucher(total_redemptions_allowed=uses)
    key = key_of(lock(voucher))
    redeem(voucher, key=key)

    with pytest.raises(OfferUnavailable) as refused:
        voucher_use.release(voucher, release_key=key)

    assert refused.value.reason == Unavailable.USED_UP
    assert Voucher.objects.get(pk=voucher.pk).times_redeemed == 1


def test_a_release_by_whom_somebody_else_took_over_ends_nothing() -> None:
    voucher = make_voucher()
    old = key_of(lock(voucher))
    tomorrow = NOW + timedelta(days=1)
    lock(voucher, "order-2", until=tomorrow + timedelta(minutes=15), now=tomorrow)

    with pytest.raises(WrongKey):
        voucher_use.release(voucher, release_key=old)

    assert state(voucher, now=tomorrow) == VoucherState.LOCKED


@USES
def test_a_second_redeem_for_another_order_is_refused(uses: int) -> None:
    voucher = make_voucher(total_redemptions_allowed=uses)
    use_up_but_one(voucher)
    redeem(voucher)

    with pytest.raises(OfferUnavailable) as refused:
        redeem(voucher, "order-2")

    assert refused.value.reason == Unavailable.USED_UP
    assert voucher.redemptions.count() == uses
    assert state(voucher) == VoucherState.REDEEMED


@USES
def test_a_lost_lock_is_taken_again_when_the_payment_succeeds_and_the_voucher_is_free(uses: int) -> None:
    voucher = make_voucher(total_redemptions_allowed=uses)
    use_up_but_one(voucher)
    key = key_of(lock(voucher))
    voucher_use.release(voucher, release_key=key)

    redeem(voucher, key=key, now=LATER + timedelta(minutes=1))

    assert state(voucher) == VoucherState.REDEEMED


@USES
def test_a_lost_lock_of_a_voucher_that_somebody_else_holds_is_an_overrun(uses: int) -> None:
    voucher = make_voucher(total_redemptions_allowed=uses)
    use_up_but_one(voucher)
    key = key_of(lock(voucher))
    after = LATER + timedelta(minutes=1)
    lock(voucher, "order-2", until=after + timedelta(minutes=15), now=after)

    with pytest.raises(OfferTaken) as refused:
        redeem(voucher, key=key, now=after)

    assert refused.value.until == after + timedelta(minutes=15)
    assert voucher.redemptions.count() == uses - 1


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"expires_at": NOW}, Unavailable.EXPIRED),
        ({"activates_at": NOW + timedelta(seconds=1)}, Unavailable.NOT_YET_ACTIVE),
        ({"deactivated_at": NOW}, Unavailable.DEACTIVATED),
        ({"times_redeemed": 1}, Unavailable.USED_UP),
        ({"promotion__is_active": False}, Unavailable.DEACTIVATED),
    ],
)
@USES
def test_what_cannot_be_used_cannot_be_locked(uses: int, fields: dict[str, object], reason: Unavailable) -> None:
    fields = {name: uses if name == "times_redeemed" else value for name, value in fields.items()}
    voucher = make_voucher(total_redemptions_allowed=uses, **fields)

    with pytest.raises(OfferUnavailable) as refused:
        lock(voucher)

    assert refused.value.reason == reason
    assert not voucher.lock_rows.locked(now=NOW).exists()


@USES
def test_somebody_elses_voucher_is_an_unknown_one(uses: int) -> None:
    voucher = make_voucher(total_redemptions_allowed=uses)
    stranger: Contact = ContactFactory.create()

    with pytest.raises(UnknownOffer):
        voucher_use.lock(voucher, contact=stranger, holder="order-1", until=LATER, now=NOW)
    with pytest.raises(UnknownOffer):
        voucher_use.redeem(voucher, contact=stranger, holder="order-1", release_key=None, shop=None, now=NOW)

    assert state(voucher) == VoucherState.ACTIVE


def test_an_open_voucher_is_for_whoever_types_it_but_within_the_limit_per_contact() -> None:
    promotion: Promotion = PromotionFactory.create(limit_per_contact=1)
    voucher = make_voucher(promotion=promotion, contact=None, total_redemptions_allowed=5)
    diner: Contact = ContactFactory.create()
    voucher_use.redeem(voucher, contact=diner, holder="order-1", release_key=None, shop=None, now=NOW)

    with pytest.raises(OfferUnavailable) as refused:
        voucher_use.lock(voucher, contact=diner, holder="order-2", until=LATER, now=NOW)

    assert refused.value.reason == Unavailable.LIMIT_REACHED
    other: Contact = ContactFactory.create()
    voucher_use.lock(voucher, contact=other, holder="order-3", until=LATER, now=NOW)


@USES
def test_a_reversal_makes_the_voucher_active_again_once(uses: int) -> None:
    voucher = make_voucher(total_redemptions_allowed=uses)
    use_up_but_one(voucher)
    redemption = redeem(voucher)

    for _repeat in range(2):
        voucher_use.reverse(Redemption.objects.get(pk=redemption.pk), now=NOW)

    assert state(voucher) == VoucherState.ACTIVE
    assert Voucher.objects.get(pk=voucher.pk).times_redeemed == uses - 1


@USES
def test_the_worker_tidies_lapsed_locks_once_and_leaves_live_ones(uses: int) -> None:
    lapsed, live = (make_voucher(total_redemptions_allowed=uses) for _voucher in range(2))
    lock(lapsed)
    kept = key_of(lock(live, until=LATER + timedelta(hours=1)))

    assert [voucher_use.expire_locks(now=LATER) for _run in range(2)] == [1, 0]

    assert live.lock_rows.locked(now=LATER).get().release_key == kept


def test_holds_on_multi_use_vouchers_are_forgotten_days_after_they_ended() -> None:
    voucher = make_voucher(total_redemptions_allowed=3)
    lock(voucher)

    voucher_use.expire_locks(now=LATER + timedelta(days=3))

    assert not VoucherLock.objects.exists()


def test_a_deactivated_voucher_stays_with_the_basket_that_holds_it() -> None:
    voucher = make_voucher()
    key = key_of(lock(voucher))
    voucher_use.deactivate(voucher, now=NOW)
    assert state(voucher) == VoucherState.DEACTIVATED

    redeem(voucher, key=key)

    assert Voucher.objects.get(pk=voucher.pk).times_redeemed == 1
