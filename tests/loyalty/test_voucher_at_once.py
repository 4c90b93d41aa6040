"""Vouchers used without a contact and without an order: what the API's clients do."""

import uuid
from datetime import datetime

import pytest

from loyalty import voucher_use
from loyalty.errors import OfferTaken, OfferUnavailable, TooFewUses, Unavailable, WrongKey
from loyalty.models import Contact, Redemption, Voucher, VoucherLock
from tests.loyalty.factories import NOW, ContactFactory, PromotionFactory
from tests.loyalty.vouchers import LATER, USES, key_of, lock, make_voucher

pytestmark = pytest.mark.django_db


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
