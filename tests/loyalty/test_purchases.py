"""Buying a reward with points, undoing it, collecting it: offer-rules.md "Rewards and points", worked cases D and F."""

from datetime import timedelta

import pytest

from loyalty import purchases
from loyalty.errors import (
    Conflict,
    LoyaltyError,
    NotEnoughPoints,
    OfferTaken,
    OfferUnavailable,
    OutOfStock,
    Unavailable,
    UnknownOffer,
)
from loyalty.models import Contact, PointsEntry, Redemption, Reward, RewardReception
from tests.loyalty.factories import NOW, ContactFactory, RewardFactory, RewardReceptionFactory, member

pytestmark = pytest.mark.django_db


def buy(contact: Contact, reward: Reward, *, key: str = "key") -> tuple[RewardReception, int]:
    return purchases.buy(reward, contact=contact, purchase_key=key, shop=None, now=NOW)


def make_reward(**fields: object) -> Reward:
    made: Reward = RewardFactory.create(**fields)
    return made


def bought(**fields: object) -> RewardReception:
    made: RewardReception = RewardReceptionFactory.create(**fields)
    return made


def collect(reception: RewardReception, order: str = "order-1", **moments: object) -> Redemption:
    arguments = {"held_at": NOW, "now": NOW} | moments
    return purchases.collect(
        reception,
        contact=reception.contact,
        order_identifier=order,
        shop=None,
        **arguments,  # type: ignore[arg-type]
    )


def test_a_purchase_takes_the_points_at_once_and_gives_a_collectable_reward_with_an_end() -> None:
    contact = member(120)
    reward = make_reward()

    reception, balance = buy(contact, reward)

    assert balance == 20
    assert (reception.points, reception.expires_at) == (100, NOW + timedelta(days=30))
    assert list(contact.receptions.collectable(now=NOW)) == [reception]


def test_with_120_points_two_tabs_cannot_both_buy_a_reward_of_100() -> None:
    contact = member(120)
    reward = make_reward()
    buy(contact, reward, key="first tab")

    with pytest.raises(NotEnoughPoints) as refused:
        buy(contact, reward, key="second tab")

    assert refused.value.missing == 80
    contact.refresh_from_db()
    assert contact.balance == 20
    assert contact.receptions.count() == 1


def test_the_same_form_posted_twice_buys_once() -> None:
    contact = member(300)
    reward = make_reward(stock=5)

    first, again = (buy(contact, reward) for _post in range(2))

    assert first == again
    reward.refresh_from_db()
    assert (reward.stock, reward.purchases) == (4, 1)


def test_a_purchase_key_buys_no_second_reward() -> None:
    contact = member(300)
    buy(contact, make_reward())

    with pytest.raises(Conflict):
        buy(contact, make_reward())

    assert PointsEntry.objects.filter(kind="spend").count() == 1


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"stock": 0}, OutOfStock),
        ({"purchase_limit": 3, "purchases": 3}, OutOfStock),
        ({"is_active": False}, OfferUnavailable),
        ({"limit_per_contact": 0}, OfferUnavailable),
        ({"required_points": 121}, NotEnoughPoints),
    ],
)
def test_a_refused_purchase_changes_nothing(fields: dict[str, object], error: type[LoyaltyError]) -> None:
    contact = member(120)
    reward = make_reward(**fields)

    with pytest.raises(error):
        buy(contact, reward)

    contact.refresh_from_db()
    assert contact.balance == 120
    assert not contact.receptions.exists()
    assert Reward.objects.values("stock", "purchases").get() == {"stock": reward.stock, "purchases": reward.purchases}


def test_a_limit_per_contact_counts_what_was_not_undone() -> None:
    contact = member(500)
    reward = make_reward(limit_per_contact=1)
    reception, _balance = buy(contact, reward)
    with pytest.raises(OfferUnavailable) as refused:
        buy(contact, reward, key="again")
    assert refused.value.reason == Unavailable.LIMIT_REACHED

    purchases.undo(reception, contact=contact, now=NOW)

    assert buy(contact, reward, key="again")[1] == 400


def test_an_undone_purchase_gives_points_and_stock_back_once() -> None:
    contact = member(120)
    reward = make_reward(stock=1)
    reception, _balance = buy(contact, reward)

    balances = [purchases.undo(reception, contact=contact, now=NOW) for _repeat in range(2)]

    assert balances == [120, 120]
    reward.refresh_from_db()
    assert (reward.stock, reward.purchases) == (1, 0)
    assert not contact.receptions.collectable(now=NOW).exists()


@pytest.mark.parametrize(
    ("fields", "reason"),
    [({"collected_at": NOW}, Unavailable.USED_UP), ({"expires_at": NOW}, Unavailable.EXPIRED)],
)
def test_a_collected_or_ended_reward_cannot_be_undone(fields: dict[str, object], reason: Unavailable) -> None:
    reception = bought(**fields)

    with pytest.raises(OfferUnavailable) as refused:
        purchases.undo(reception, contact=reception.contact, now=NOW)

    assert refused.value.reason == reason
    assert not PointsEntry.objects.exists()


def test_somebody_elses_reward_is_an_unknown_one() -> None:
    reception = bought()
    stranger: Contact = ContactFactory.create()

    with pytest.raises(UnknownOffer):
        purchases.undo(reception, contact=stranger, now=NOW)
    with pytest.raises(UnknownOffer):
        purchases.collect(reception, contact=stranger, order_identifier="order-1", held_at=NOW, shop=None, now=NOW)

    reception.refresh_from_db()
    assert (reception.collected_at, reception.reversed_at) == (None, None)


def test_a_reward_is_collected_once_per_order_and_by_one_order_only() -> None:
    reception = bought()

    first, again = (collect(reception) for _repeat in range(2))
    with pytest.raises(OfferTaken):
        collect(reception, "order-2")

    assert first == again
    assert Redemption.objects.count() == 1


def test_a_reward_that_ended_while_the_order_had_it_is_honoured() -> None:
    reception = bought(expires_at=NOW + timedelta(minutes=1))

    redemption = collect(reception, held_at=NOW, now=NOW + timedelta(minutes=5))

    assert redemption.redeemed_at == NOW + timedelta(minutes=5)


def test_a_reward_that_ended_before_the_order_had_it_is_refused() -> None:
    reception = bought(expires_at=NOW)

    with pytest.raises(OfferUnavailable) as refused:
        collect(reception)

    assert refused.value.reason == Unavailable.EXPIRED
    assert not Redemption.objects.exists()


def test_an_undone_reward_cannot_be_collected() -> None:
    reception = bought(reversed_at=NOW)

    with pytest.raises(OfferUnavailable) as refused:
        collect(reception)

    assert refused.value.reason == Unavailable.TAKEN_BACK


def test_a_reversed_collection_is_collectable_again_with_its_own_old_end() -> None:
    reception = bought()
    redemption = collect(reception)

    for _repeat in range(2):
        purchases.reverse_collection(redemption, now=NOW + timedelta(days=2))

    assert list(RewardReception.objects.collectable(now=NOW + timedelta(days=2))) == [reception]
    reception.refresh_from_db()
    assert reception.expires_at == NOW + timedelta(days=30)
    assert collect(reception, "order-2").order_identifier == "order-2"


def test_what_was_bought_stays_as_it_was_when_staff_change_the_reward() -> None:
    contact = member(120)
    reward = make_reward(title="Free coffee")
    reception, _balance = buy(contact, reward)

    Reward.objects.update(title="Free tea", attributes={})

    reception.refresh_from_db()
    assert (reception.title, reception.attributes["product_code"]) == ("Free coffee", "COFFEE")


def test_a_reward_that_is_not_collected_later_is_handed_out_at_once_and_comes_back_when_undone() -> None:
    contact = member(120)
    reward = make_reward(is_pre_redeemable=False, stock=1)

    reception, balance = buy(contact, reward)

    assert (balance, reception.collected_at, reception.expires_at) == (20, NOW, None)
    assert reception.redemptions.get().redeemed_at == NOW
    later = NOW + timedelta(hours=1)
    assert purchases.undo(reception, contact=contact, now=later) == 120
    assert purchases.undo(reception, contact=contact, now=later) == 120
    reception.refresh_from_db()
    reward.refresh_from_db()
    assert (reception.reversed_at, reception.redemptions.get().reversed_at) == (later, later)
    assert (reward.stock, reward.purchases) == (1, 0)
