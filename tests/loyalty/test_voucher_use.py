"""Locks, redemptions, reversals: offer-rules.md "Locks" and its worked cases D."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from loyalty import voucher_use
from loyalty.errors import OfferTaken, OfferUnavailable, TooFewUses, Unavailable, UnknownOffer, WrongKey
from loyalty.models import Contact, Promotion, Redemption, Voucher, VoucherLock, VoucherState
from loyalty.models.locks import Lockable
from tests.loyalty.factories import NOW, ContactFactory, PromotionFactory, VoucherFactory

pytestmark = pytest.mark.django_db

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


# Without a contact and without an order: what the API's clients do -----------------------------------------------------


def use(voucher: Voucher, *, times: int = 1, key: uuid.UUID | None = None, now: datetime = NOW) -> list[Redemption]:
    return voucher_use.redeem_at_once(voucher, contact=None, times=times, release_key=key, shop=None, now=now)


def untouched(voucher: Voucher) -> bool:
    return Voucher.objects.get(pk=voucher.pk).times_redeemed == voucher.redemptions.count() == 0


@USES
def test_whoever_has_a_key_to_the_programme_can_hold_anybodys_voucher(uses: int) -> None:
    voucher = make_voucher(total_redemptions_allowed=uses)

    hold = voucher_use.lock(voucher, contact=None, holder="a till's", until=LATER, now=NOW)

    assert use(voucher, key=hold.release_key)[0].release_key == hold.release_key
    assert not voucher.lock_rows.locked(now=NOW).exists()


@USES
def test_a_held_voucher_is_not_used_without_its_key_nor_with_another(uses: int) -> None:
    voucher = make_voucher(total_redemptions_allowed=uses)
    for number in range(uses):
        lock(voucher, f"order-{number}")

    with pytest.raises(OfferTaken):
        use(voucher)
    with pytest.raises(WrongKey):
        use(voucher, key=uuid.uuid4())

    assert untouched(voucher)


@USES
def test_the_key_of_a_hold_that_is_over_does_not_count_any_more(uses: int) -> None:
    voucher = make_voucher(total_redemptions_allowed=uses)
    key = key_of(lock(voucher))

    with pytest.raises(WrongKey):
        use(voucher, key=key, now=LATER)

    assert untouched(voucher)
    assert len(use(voucher, now=LATER)) == 1


def test_several_uses_are_taken_together_or_not_at_all() -> None:
    voucher = make_voucher(total_redemptions_allowed=5)
    key = key_of(lock(voucher))
    other = lock(voucher, "order-2")

    with pytest.raises(TooFewUses) as refused:
        use(voucher, times=6)
    with pytest.raises(OfferTaken):
        use(voucher, times=5, key=key)
    assert refused.value.left == 5
    assert untouched(voucher)

    assert len({used.pk for used in use(voucher, times=4, key=key)}) == 4
    assert Voucher.objects.get(pk=voucher.pk).times_redeemed == 4
    assert VoucherLock.objects.locked(now=NOW).get().release_key == other.release_key


def test_the_limit_per_contact_of_an_open_voucher_counts_all_uses_at_once() -> None:
    voucher = make_voucher(
        promotion=PromotionFactory.create(limit_per_contact=2), contact=None, total_redemptions_allowed=9
    )
    contact: Contact = ContactFactory.create()

    with pytest.raises(OfferUnavailable) as refused:
        voucher_use.redeem_at_once(voucher, contact=contact, times=3, release_key=None, shop=None, now=NOW)

    assert refused.value.reason is Unavailable.LIMIT_REACHED
    assert untouched(voucher)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"deactivated_at": NOW}, Unavailable.DEACTIVATED),
        ({"expires_at": NOW}, Unavailable.EXPIRED),
        ({"activates_at": LATER}, Unavailable.NOT_YET_ACTIVE),
        ({"times_redeemed": 1}, Unavailable.USED_UP),
    ],
)
def test_looking_says_what_using_would_say(fields: dict[str, object], reason: Unavailable) -> None:
    voucher = make_voucher(**fields)

    with pytest.raises(OfferUnavailable) as looked:
        voucher_use.check(voucher, contact=None, now=NOW)
    with pytest.raises(OfferUnavailable) as used:
        use(voucher)

    assert looked.value.reason is used.value.reason is reason


def test_a_contact_of_an_open_voucher_holds_no_more_than_the_limit_per_contact() -> None:
    voucher = make_voucher(
        promotion=PromotionFactory.create(limit_per_contact=1), contact=None, total_redemptions_allowed=9
    )
    contact: Contact = ContactFactory.create()
    voucher_use.lock(voucher, contact=contact, holder="order-1", until=LATER, now=NOW)
    voucher_use.lock(voucher, contact=contact, holder="order-1", until=LATER, now=NOW)

    with pytest.raises(OfferUnavailable) as refused:
        voucher_use.lock(voucher, contact=contact, holder="order-2", until=LATER, now=NOW)

    assert refused.value.reason is Unavailable.LIMIT_REACHED
    voucher_use.redeem(voucher, contact=contact, holder="order-1", release_key=None, shop=None, now=NOW)
    assert Redemption.objects.get().contact == contact


def test_a_hold_for_nobody_does_not_pass_the_limit_per_contact() -> None:
    voucher = make_voucher(
        promotion=PromotionFactory.create(limit_per_contact=1), contact=None, total_redemptions_allowed=9
    )
    contact: Contact = ContactFactory.create()
    voucher_use.redeem(voucher, contact=contact, holder="order-1", release_key=None, shop=None, now=NOW)
    key = key_of(voucher_use.lock(voucher, contact=None, holder="api-1", until=LATER, now=NOW))

    with pytest.raises(OfferUnavailable) as at_once:
        voucher_use.redeem_at_once(voucher, contact=contact, times=1, release_key=key, shop=None, now=NOW)
    with pytest.raises(OfferUnavailable) as for_an_order:
        voucher_use.redeem(voucher, contact=contact, holder="api-1", release_key=key, shop=None, now=NOW)

    assert at_once.value.reason is for_an_order.value.reason is Unavailable.LIMIT_REACHED
    assert Voucher.objects.get(pk=voucher.pk).times_redeemed == 1
