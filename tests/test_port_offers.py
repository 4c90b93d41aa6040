"""The contract of the loyalty port for offers: the wallet, vouchers held, redeemed and reversed (loyalty/port.py)."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from loyalty.port import Loyalty, OfferTaken, OfferUnavailable, RedemptionKind, UnknownOffer, WrongKey
from tests.loyalty.benches import TEN_PERCENT, Bench
from tests.loyalty.factories import NOW
from tests.test_port import LATER, bench, member, programme, stranger, voucher_of

__all__ = ["bench", "member", "programme", "stranger"]  # the contract's own fixtures

pytestmark = pytest.mark.django_db


def test_a_wallet_shows_balance_vouchers_and_rewards_in_and_out_of_reach(
    bench: Bench, programme: Loyalty, member: str
) -> None:
    bench.give_points(member, 120)
    code = bench.issue_voucher(member, expires_at=LATER)
    cheap, dear = bench.make_reward(points=100), bench.make_reward(points=160)
    bench.make_reward(collected_later=False)
    bench.make_reward(active=False)

    wallet = programme.wallet(member, shop="demo", now=NOW)

    assert (wallet.balance, wallet.available_points) == (120, 120)
    assert [(voucher.code, voucher.expires_at, voucher.held_until) for voucher in wallet.vouchers] == [
        (code, LATER, None)
    ]
    assert wallet.vouchers[0].attributes == TEN_PERCENT
    assert [(reward.id, reward.points, reward.missing_points) for reward in wallet.rewards] == [
        (cheap, 100, 0),
        (dear, 160, 40),
    ]


def test_a_voucher_is_found_by_its_code_as_typed_and_by_its_id(bench: Bench, programme: Loyalty, member: str) -> None:
    code = bench.issue_voucher(None)

    found = programme.find_voucher(member, f" {code.lower()} ", now=NOW)

    assert found.code == code
    assert programme.find_voucher(member, found.id, now=NOW) == found


def test_a_foreign_voucher_is_an_unknown_one(bench: Bench, programme: Loyalty, member: str, stranger: str) -> None:
    code = bench.issue_voucher(stranger)
    voucher_id = programme.find_voucher(stranger, code, now=NOW).id

    for reference in (code, voucher_id, "NOSUCHCODE", str(uuid.uuid4()), ""):
        with pytest.raises(UnknownOffer):
            programme.find_voucher(member, reference, now=NOW)
    with pytest.raises(UnknownOffer):
        programme.lock(member, voucher_id, holder="order-1", until=LATER, now=NOW)


def test_a_voucher_that_is_over_says_so(bench: Bench, programme: Loyalty, member: str) -> None:
    for code in (bench.issue_voucher(member, expires_at=NOW), bench.issue_voucher(member, active=False)):
        with pytest.raises(OfferUnavailable):
            programme.find_voucher(member, code, now=NOW)


def test_a_hold_is_the_baskets_own_until_it_ends(bench: Bench, programme: Loyalty, member: str) -> None:
    voucher_id = voucher_of(bench, member)

    hold = programme.lock(member, voucher_id, holder="order-1", until=LATER, now=NOW)
    again = programme.lock(member, voucher_id, holder="order-1", until=LATER, now=NOW)
    with pytest.raises(OfferTaken) as refused:
        programme.lock(member, voucher_id, holder="order-2", until=LATER, now=NOW)

    assert hold.until > NOW
    assert again.release_key == hold.release_key
    assert refused.value.until in {hold.until, None}
    after = max(hold.until, LATER) + timedelta(seconds=1)
    taken = programme.lock(member, voucher_id, holder="order-2", until=after + timedelta(minutes=15), now=after)
    assert taken.release_key != hold.release_key


def test_a_hold_is_ended_by_its_key_and_no_other(bench: Bench, programme: Loyalty, member: str) -> None:
    voucher_id = voucher_of(bench, member)
    hold = programme.lock(member, voucher_id, holder="order-1", until=LATER, now=NOW)

    for key in (str(uuid.uuid4()), "nonsense"):
        with pytest.raises(WrongKey):
            programme.release(voucher_id, release_key=key, now=NOW)
    for _repeat in range(2):
        programme.release(voucher_id, release_key=hold.release_key, now=NOW)

    programme.lock(member, voucher_id, holder="order-2", until=LATER, now=NOW)


def redeem(programme: Loyalty, member: str, voucher_id: str, key: str, order: str = "order-1") -> str:
    link = programme.redeem(member, voucher_id, order=order, release_key=key, shop="demo", now=NOW)
    assert (link.kind, link.offer_id) == (RedemptionKind.VOUCHER, voucher_id)
    return link.id


def test_a_voucher_is_redeemed_once_per_order_and_not_for_another(
    bench: Bench, programme: Loyalty, member: str
) -> None:
    voucher_id = voucher_of(bench, member)
    key = programme.lock(member, voucher_id, holder="order-1", until=LATER, now=NOW).release_key

    first, again = (redeem(programme, member, voucher_id, key) for _repeat in range(2))

    assert first == again
    with pytest.raises(OfferUnavailable):
        redeem(programme, member, voucher_id, "", order="order-2")
    with pytest.raises(OfferUnavailable):
        programme.release(voucher_id, release_key=key, now=NOW)
    assert programme.wallet(member, shop="demo", now=NOW).vouchers == ()


def test_a_voucher_with_uses_left_is_still_there(bench: Bench, programme: Loyalty, member: str) -> None:
    voucher_id = voucher_of(bench, member, uses=3)
    key = programme.lock(member, voucher_id, holder="order-1", until=LATER, now=NOW).release_key
    redeem(programme, member, voucher_id, key)

    assert [voucher.uses_left for voucher in programme.wallet(member, shop="demo", now=NOW).vouchers] == [2]


def test_a_lost_hold_is_taken_again_if_the_voucher_is_free(bench: Bench, programme: Loyalty, member: str) -> None:
    voucher_id = voucher_of(bench, member)
    key = programme.lock(member, voucher_id, holder="order-1", until=LATER, now=NOW).release_key
    programme.release(voucher_id, release_key=key, now=NOW)

    assert redeem(programme, member, voucher_id, key)


def test_a_voucher_that_another_basket_took_meanwhile_is_an_overrun(
    bench: Bench, programme: Loyalty, member: str
) -> None:
    voucher_id = voucher_of(bench, member)
    key = programme.lock(member, voucher_id, holder="order-1", until=LATER, now=NOW).release_key
    programme.release(voucher_id, release_key=key, now=NOW)
    programme.lock(member, voucher_id, holder="order-2", until=LATER, now=NOW)

    with pytest.raises(OfferTaken):
        redeem(programme, member, voucher_id, key)


def test_a_reversed_voucher_can_be_used_again(bench: Bench, programme: Loyalty, member: str) -> None:
    voucher_id = voucher_of(bench, member)
    link = programme.redeem(member, voucher_id, order="order-1", release_key="", shop="demo", now=NOW)

    for _repeat in range(2):
        programme.reverse(link, now=NOW)

    assert [voucher.id for voucher in programme.wallet(member, shop="demo", now=NOW).vouchers] == [voucher_id]
    redeem(programme, member, voucher_id, "", order="order-2")


def test_an_unknown_redemption_cannot_be_reversed(bench: Bench, programme: Loyalty, member: str) -> None:
    voucher_id = voucher_of(bench, member)
    link = programme.redeem(member, voucher_id, order="order-1", release_key="", shop="demo", now=NOW)

    for redemption_id in (str(uuid.uuid4()), "nonsense"):
        with pytest.raises(UnknownOffer):
            programme.reverse(replace(link, id=redemption_id), now=NOW)
