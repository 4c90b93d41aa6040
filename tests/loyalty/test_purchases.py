"""Buying a reward with points, undoing it, collecting it: offer-rules.md "Rewards and points", worked cases D and F."""

import uuid
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
    WrongKey,
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


# Holds ----------------------------------------------------------------------------------------------------------------


def hold(reception: RewardReception, holder: str = "order-1", *, minutes: int = 0) -> uuid.UUID:
    """Hold for a quarter of an hour from then; return the key."""
    now = NOW + timedelta(minutes=minutes)
    until = now + timedelta(minutes=15)
    purchases.hold(reception, contact=reception.contact, holder=holder, until=until, now=now)
    reception.refresh_from_db()
    assert reception.release_key is not None
    return reception.release_key


def test_a_hold_keeps_others_away_until_it_ends_and_is_one_for_its_holder() -> None:
    reception = bought()
    key = hold(reception)

    again = hold(reception, minutes=5)
    with pytest.raises(OfferTaken) as taken:
        hold(reception, "order-2", minutes=6)
    with pytest.raises(OfferTaken):
        collect(reception, "order-2")
    with pytest.raises(OfferTaken):
        purchases.undo(reception, contact=reception.contact, now=NOW)

    assert (again, taken.value.until) == (key, NOW + timedelta(minutes=20))
    assert hold(reception, "order-2", minutes=20) != key


def test_whoever_holds_it_collects_it_also_past_its_date() -> None:
    reception = bought(expires_at=NOW + timedelta(minutes=1))
    hold(reception)

    hold(reception, minutes=5)
    redemption = collect(reception, now=NOW + timedelta(minutes=10))

    assert redemption.order_identifier == "order-1"
    assert RewardReception.objects.get().locked_until is None


def test_a_hold_is_let_go_by_its_own_key_and_twice_is_quiet() -> None:
    reception = bought()
    old = hold(reception)

    for _repeat in range(2):
        purchases.release(reception, release_key=old)
    new = hold(reception, "order-2")
    for key in (old, uuid.uuid4()):
        with pytest.raises(WrongKey):
            purchases.release(reception, release_key=key)

    reception.refresh_from_db()
    assert (reception.locked_for, reception.release_key) == ("order-2", new)


def test_what_was_collected_is_not_let_go() -> None:
    reception = bought()
    key = hold(reception)
    collect(reception)

    with pytest.raises(OfferUnavailable) as refused:
        purchases.release(reception, release_key=key)

    assert refused.value.reason is Unavailable.USED_UP


def test_a_worker_tidies_up_holds_past_their_time_and_no_others() -> None:
    lapsed, live = bought(), bought()
    hold(lapsed)
    hold(live, minutes=5)

    ended = [purchases.expire_holds(now=NOW + timedelta(minutes=15)) for _run in range(2)]

    lapsed.refresh_from_db()
    live.refresh_from_db()
    assert ended == [1, 0]
    assert (lapsed.locked_until, live.locked_until) == (None, NOW + timedelta(minutes=20))


def test_what_is_held_is_shown_with_its_end_and_not_told_as_free() -> None:
    reception = bought()
    hold(reception)

    shown = RewardReception.objects.to_show(now=NOW).get()

    assert shown.held_until(now=NOW) == NOW + timedelta(minutes=15)
    assert shown.held_until(now=NOW + timedelta(minutes=15)) is None
    assert not RewardReception.objects.collectable(now=NOW).exists()
