"""What a diner sees of their offers, in as many queries for fifty as for one."""

from datetime import timedelta
from decimal import Decimal

import pytest
from pytest_django import DjangoAssertNumQueries

from loyalty import voucher_use
from loyalty.backends.embedded import EmbeddedLoyalty
from loyalty.models import Contact, Promotion, RewardReception, Voucher
from loyalty.port import Tier, UnknownContact, Wallet
from tests.loyalty.factories import (
    NOW,
    PromotionFactory,
    RewardFactory,
    RewardReceptionFactory,
    TierFactory,
    VoucherFactory,
    member,
)

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def wallet(contact: Contact) -> Wallet:
    return EmbeddedLoyalty().wallet(str(contact.uuid), shop="demo", now=NOW)


def test_a_new_member_has_nothing_yet() -> None:
    contact = member(first_name="Noor", verified_at=None)

    empty = wallet(contact)

    assert (empty.first_name, empty.is_verified, empty.balance, empty.available_points) == ("Noor", False, 0, 0)
    assert (empty.vouchers, empty.collectables, empty.rewards, empty.tier) == ((), (), (), None)
    assert (empty.points_per_unit, empty.tier_multiplier) == (Decimal(1), Decimal(1))


def test_vouchers_and_collectables_are_shown_soonest_ending_first_and_rewards_cheapest_first() -> None:
    contact = member(150)
    for days in (30, None, 2):
        ends = None if days is None else NOW + days * DAY
        VoucherFactory.create(contact=contact, expires_at=ends, promotion__name=f"voucher {days}")
        RewardReceptionFactory.create(contact=contact, expires_at=ends, title=f"collectable {days}")
    for points in (500, 150, 151):
        RewardFactory.create(title=f"for {points}", required_points=points)

    shown = wallet(contact)

    assert [offer.name for offer in shown.vouchers] == ["voucher 2", "voucher 30", "voucher None"]
    assert [offer.name for offer in shown.collectables] == ["collectable 2", "collectable 30", "collectable None"]
    names = [(offer.name, offer.missing_points) for offer in shown.rewards if offer.name.startswith("for ")]
    assert names == [("for 150", 0), ("for 151", 1), ("for 500", 350)]


@pytest.mark.parametrize(
    "fields",
    [
        {"expires_at": NOW},
        {"activates_at": NOW + DAY},
        {"deactivated_at": NOW},
        {"times_redeemed": 1},
        {"promotion__is_active": False},
    ],
)
def test_a_voucher_that_cannot_be_used_is_not_shown(fields: dict[str, object]) -> None:
    contact = member()
    VoucherFactory.create(contact=contact, **fields)

    assert wallet(contact).vouchers == ()


@pytest.mark.parametrize("fields", [{"expires_at": NOW}, {"collected_at": NOW}, {"reversed_at": NOW}])
def test_a_reward_that_cannot_be_collected_is_not_shown(fields: dict[str, object]) -> None:
    contact = member()
    RewardReceptionFactory.create(contact=contact, **fields)

    assert wallet(contact).collectables == ()


@pytest.mark.parametrize(
    "fields",
    [
        {"is_active": False},
        {"is_pre_redeemable": False},
        {"stock": 0},
        {"purchase_limit": 1, "purchases": 1},
        {"limit_per_contact": 0},
    ],
)
def test_a_reward_that_cannot_be_bought_is_not_shown(fields: dict[str, object]) -> None:
    RewardFactory.create(**fields)

    assert wallet(member(1000)).rewards == ()


def test_a_reward_bought_as_often_as_allowed_is_not_shown_to_that_contact() -> None:
    reward = RewardFactory.create(limit_per_contact=1)
    buyer, other = member(500), member(500)
    RewardReceptionFactory.create(contact=buyer, reward=reward)

    assert (len(wallet(buyer).rewards), len(wallet(other).rewards)) == (0, 1)


def test_a_held_voucher_says_until_when() -> None:
    contact = member()
    single: Voucher = VoucherFactory.create(contact=contact, promotion__name="single")
    several: Voucher = VoucherFactory.create(contact=contact, promotion__name="several", total_redemptions_allowed=2)
    until = NOW + timedelta(minutes=15)
    for voucher in (single, several):
        voucher_use.lock(voucher, contact=contact, holder="order-1", until=until, now=NOW)

    shown = {offer.name: (offer.uses_left, offer.held_until) for offer in wallet(contact).vouchers}
    assert shown == {"single": (1, until), "several": (2, None)}

    voucher_use.lock(several, contact=contact, holder="order-2", until=until + DAY, now=NOW)
    assert {offer.name: offer.held_until for offer in wallet(contact).vouchers}["several"] == until


def test_a_voucher_held_past_its_date_is_still_shown() -> None:
    contact = member()
    voucher: Voucher = VoucherFactory.create(contact=contact, expires_at=NOW)
    before = NOW - timedelta(minutes=1)
    voucher_use.lock(voucher, contact=contact, holder="order-1", until=NOW + DAY, now=before)

    assert [offer.id for offer in wallet(contact).vouchers] == [str(voucher.uuid)]


def test_points_past_their_date_are_not_in_the_balance_though_no_worker_ran() -> None:
    contact = member(100, now=NOW - 10 * DAY, expires_at=NOW)

    assert (contact.balance, wallet(contact).balance, wallet(contact).available_points) == (100, 0, 0)


def test_a_balance_below_zero_is_shown_as_it_is_and_buys_nothing() -> None:
    contact = member()
    Contact.objects.filter(pk=contact.pk).update(balance=-15)
    RewardFactory.create(required_points=100)

    shown = wallet(contact)

    assert (shown.balance, shown.available_points, shown.rewards[0].missing_points) == (-15, 0, 115)


def test_the_tier_comes_with_its_multiplier() -> None:
    contact = member()
    contact.move_to_tier(TierFactory.create(name="Gold", multiplier="1.5"), now=NOW)

    assert wallet(contact).tier == Tier(name="Gold", multiplier=Decimal("1.5"))


def test_only_discount_attributes_leave_the_programme() -> None:
    contact = member()
    promotion: Promotion = PromotionFactory.create(
        attributes={"discount_type": "free_item", "product_code": "COLA", "internal_note": "x"}, currency="CHF"
    )
    VoucherFactory.create(contact=contact, promotion=promotion)

    offer = wallet(contact).vouchers[0]

    assert (offer.attributes, offer.currency) == ({"discount_type": "free_item", "product_code": "COLA"}, "CHF")


@pytest.mark.parametrize("contact_id", ["", "nonsense", "00000000-0000-0000-0000-000000000000"])
def test_an_unknown_contact_is_told_so(contact_id: str) -> None:
    with pytest.raises(UnknownContact):
        EmbeddedLoyalty().wallet(contact_id, shop="demo", now=NOW)


@pytest.mark.parametrize("offers", [1, 50])
def test_a_wallet_takes_four_queries_however_many_offers_there_are(
    offers: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    contact = member(1000)
    for number in range(offers):
        voucher: Voucher = VoucherFactory.create(contact=contact, total_redemptions_allowed=1 + number % 2)
        voucher_use.lock(voucher, contact=contact, holder="order-1", until=NOW + DAY, now=NOW)
        RewardReceptionFactory.create(contact=contact)

    with django_assert_num_queries(4):
        shown = wallet(contact)

    assert (len(shown.vouchers), len(shown.collectables)) == (offers, offers)
    assert RewardReception.objects.count() == offers
