"""The contract of the loyalty port for rewards: bought for points, held, collected and undone (loyalty/port.py)."""

import uuid

import pytest

from loyalty.port import (
    Conflict,
    Loyalty,
    NotEnoughPoints,
    OfferTaken,
    OfferUnavailable,
    OutOfStock,
    RedemptionKind,
    UnknownOffer,
    WrongKey,
)
from tests.loyalty.benches import Bench
from tests.loyalty.factories import NOW
from tests.test_port import LATER, balance, bench, buy, member, programme, stranger

__all__ = ["bench", "member", "programme", "stranger"]  # the contract's own fixtures

pytestmark = pytest.mark.django_db


def test_a_reward_is_bought_once_per_key_and_becomes_collectable(bench: Bench, programme: Loyalty, member: str) -> None:
    bench.give_points(member, 250)
    reward_id = bench.make_reward()

    purchase, again = (
        programme.buy(member, reward_id, purchase_key="key-1", shop="demo", now=NOW) for _repeat in range(2)
    )

    assert (purchase.new_balance, again.new_balance) == (150, 150)
    wallet = programme.wallet(member, shop="demo", now=NOW)
    assert wallet.collectables == (purchase.collectable,) == (again.collectable,)
    assert (purchase.collectable.reward_id, purchase.collectable.points) == (reward_id, 100)


def test_a_reward_out_of_reach_names_the_missing_points(bench: Bench, programme: Loyalty, member: str) -> None:
    bench.give_points(member, 60)
    reward_id = bench.make_reward()

    with pytest.raises(NotEnoughPoints) as refused:
        buy(programme, member, reward_id)

    assert refused.value.missing == 40
    assert balance(programme, member) == 60


def test_what_cannot_be_bought_takes_no_points(bench: Bench, programme: Loyalty, member: str) -> None:
    bench.give_points(member, 300)

    with pytest.raises(OutOfStock):
        buy(programme, member, bench.make_reward(stock=0))
    with pytest.raises(OfferUnavailable):
        buy(programme, member, bench.make_reward(active=False))
    for reward_id in (bench.make_reward(collected_later=False), str(uuid.uuid4()), "nonsense"):
        with pytest.raises(UnknownOffer):
            buy(programme, member, reward_id)

    assert balance(programme, member) == 300


def test_a_purchase_key_does_not_buy_another_reward(bench: Bench, programme: Loyalty, member: str) -> None:
    bench.give_points(member, 300)
    buy(programme, member, bench.make_reward())

    with pytest.raises(Conflict):
        buy(programme, member, bench.make_reward())

    assert balance(programme, member) == 200


def test_an_uncollected_purchase_can_be_undone(bench: Bench, programme: Loyalty, member: str, stranger: str) -> None:
    bench.give_points(member, 100)
    collectable_id = buy(programme, member, bench.make_reward())
    with pytest.raises(UnknownOffer):
        programme.undo_purchase(stranger, collectable_id, now=NOW)

    assert programme.undo_purchase(member, collectable_id, now=NOW) == 100
    assert programme.wallet(member, shop="demo", now=NOW).collectables == ()


def test_a_collectable_is_collected_by_one_order_once(bench: Bench, programme: Loyalty, member: str) -> None:
    bench.give_points(member, 100)
    collectable_id = buy(programme, member, bench.make_reward())

    first, again = (
        programme.collect(member, collectable_id, order="order-1", held_at=NOW, shop="demo", now=NOW)
        for _repeat in range(2)
    )

    assert (first, first.kind) == (again, RedemptionKind.COLLECTABLE)
    with pytest.raises((OfferTaken, OfferUnavailable)):
        programme.collect(member, collectable_id, order="order-2", held_at=NOW, shop="demo", now=NOW)
    with pytest.raises(OfferUnavailable):
        programme.undo_purchase(member, collectable_id, now=NOW)


def test_a_reversed_collection_is_collectable_again(bench: Bench, programme: Loyalty, member: str) -> None:
    bench.give_points(member, 100)
    collectable_id = buy(programme, member, bench.make_reward())
    link = programme.collect(member, collectable_id, order="order-1", held_at=NOW, shop="demo", now=NOW)

    for _repeat in range(2):
        programme.reverse(link, now=NOW)

    assert [offer.id for offer in programme.wallet(member, shop="demo", now=NOW).collectables] == [collectable_id]


def test_a_collectable_is_kept_for_a_basket_and_collected_by_it(bench: Bench, programme: Loyalty, member: str) -> None:
    bench.give_points(member, 100)
    collectable_id = buy(programme, member, bench.make_reward())

    holds = [
        programme.lock_collectable(member, collectable_id, holder="order-1", until=LATER, now=NOW)
        for _repeat in range(2)
    ]

    assert [hold.until for hold in holds] == [LATER, LATER]
    assert holds[0].release_key == holds[1].release_key
    assert bool(holds[0].release_key) == bench.holds_collectables
    shown = programme.wallet(member, shop="demo", now=NOW).collectables
    expected = LATER if bench.holds_collectables else None
    assert [(offer.id, offer.held_until) for offer in shown] == [(collectable_id, expected)]
    programme.collect(member, collectable_id, order="order-1", held_at=NOW, shop="demo", now=NOW)
    with pytest.raises((OfferUnavailable, UnknownOffer)):
        programme.lock_collectable(member, collectable_id, holder="order-2", until=LATER, now=NOW)


def test_a_collectable_that_one_basket_has_is_another_ones_after_it_was_let_go(
    bench: Bench, programme: Loyalty, member: str
) -> None:
    bench.give_points(member, 100)
    collectable_id = buy(programme, member, bench.make_reward())
    hold = programme.lock_collectable(member, collectable_id, holder="order-1", until=LATER, now=NOW)

    if bench.holds_collectables:  # else that two baskets do not share one is for the caller
        with pytest.raises(OfferTaken) as taken:
            programme.lock_collectable(member, collectable_id, holder="order-2", until=LATER, now=NOW)
        assert taken.value.until == LATER
        with pytest.raises(OfferTaken):
            programme.collect(member, collectable_id, order="order-2", held_at=NOW, shop="demo", now=NOW)
        with pytest.raises(OfferTaken):
            programme.undo_purchase(member, collectable_id, now=NOW)
        for key in (str(uuid.uuid4()), "nonsense"):
            with pytest.raises(WrongKey):
                programme.release_collectable(collectable_id, release_key=key, now=NOW)
    for _repeat in range(2):
        programme.release_collectable(collectable_id, release_key=hold.release_key, now=NOW)

    programme.lock_collectable(member, collectable_id, holder="order-2", until=LATER, now=NOW)


def test_nobody_keeps_a_collectable_that_is_not_theirs(
    bench: Bench, programme: Loyalty, member: str, stranger: str
) -> None:
    bench.give_points(member, 100)
    collectable_id = buy(programme, member, bench.make_reward())

    for contact_id, reference in ((stranger, collectable_id), (member, str(uuid.uuid4())), (member, "nonsense")):
        with pytest.raises(UnknownOffer):
            programme.lock_collectable(contact_id, reference, holder="order-1", until=LATER, now=NOW)

    shown = programme.wallet(member, shop="demo", now=NOW).collectables
    assert [(offer.id, offer.held_until) for offer in shown] == [(collectable_id, None)]
