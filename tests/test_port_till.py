"""The contract of the loyalty port at a till: marking offers, and the code that names the member (loyalty/port.py)."""

from datetime import timedelta

import pytest

from loyalty.port import (
    Loyalty,
    MarkKind,
    NotEnoughPoints,
    OfferTaken,
    OfferUnavailable,
    OutOfStock,
    TooOften,
    UnknownOffer,
)
from tests.loyalty.benches import Bench, EmbeddedBench
from tests.loyalty.factories import NOW
from tests.test_port import LATER, buy, member, programme, stranger, voucher_of

__all__ = ["member", "programme", "stranger"]  # the contract's own fixtures

pytestmark = pytest.mark.django_db


@pytest.fixture
def bench() -> Bench:
    """The programmes with tills: only ours. What one without them says: tests/loyalty/leat."""
    return EmbeddedBench()


def marked(programme: Loyalty, member: str) -> list[str]:
    wallet = programme.wallet(member, shop="demo", now=NOW)
    return [offer.id for offer in (*wallet.vouchers, *wallet.collectables, *wallet.rewards) if offer.is_marked]


def test_offers_of_each_kind_are_marked_once_and_unmarked(bench: Bench, programme: Loyalty, member: str) -> None:
    bench.give_points(member, 200)
    voucher_id, reward_id = voucher_of(bench, member), bench.make_reward(points=100)
    offers = [
        (MarkKind.VOUCHER, voucher_id),
        (MarkKind.COLLECTABLE, buy(programme, member, reward_id)),
        (MarkKind.REWARD, reward_id),
    ]
    assert marked(programme, member) == []

    for kind, offer_id in offers * 2:
        programme.mark(member, kind, offer_id, now=NOW)

    assert marked(programme, member) == [offer_id for _kind, offer_id in offers]
    for kind, offer_id in offers * 2:
        programme.unmark(member, kind, offer_id)
    assert marked(programme, member) == []


def test_marking_holds_and_spends_nothing(bench: Bench, programme: Loyalty, member: str) -> None:
    bench.give_points(member, 100)
    voucher_id, reward_id = voucher_of(bench, member), bench.make_reward(points=100)

    programme.mark(member, MarkKind.VOUCHER, voucher_id, now=NOW)
    programme.mark(member, MarkKind.REWARD, reward_id, now=NOW)

    wallet = programme.wallet(member, shop="demo", now=NOW)
    assert (wallet.balance, wallet.available_points, wallet.vouchers[0].held_until) == (100, 100, None)
    assert programme.lock(member, voucher_id, holder="order-1", until=LATER, now=NOW).until == LATER


def test_what_is_not_the_members_cannot_be_marked(bench: Bench, programme: Loyalty, member: str, stranger: str) -> None:
    foreign = voucher_of(bench, stranger)
    open_one = programme.find_voucher(member, bench.issue_voucher(None), now=NOW).id

    for offer_id in (foreign, open_one, "no-such-offer", "00000000-0000-0000-0000-000000000000"):
        with pytest.raises(UnknownOffer):
            programme.mark(member, MarkKind.VOUCHER, offer_id, now=NOW)

    assert marked(programme, member) == []
    assert marked(programme, stranger) == []


def test_what_cannot_be_used_cannot_be_marked(bench: Bench, programme: Loyalty, member: str) -> None:
    bench.give_points(member, 60)
    held = voucher_of(bench, member)
    programme.lock(member, held, holder="order-1", until=LATER, now=NOW)
    over = voucher_of(bench, member, expires_at=NOW + timedelta(minutes=1))

    with pytest.raises(OfferTaken) as taken:
        programme.mark(member, MarkKind.VOUCHER, held, now=NOW)
    with pytest.raises(OfferUnavailable):
        programme.mark(member, MarkKind.VOUCHER, over, now=LATER)
    with pytest.raises(NotEnoughPoints) as short:
        programme.mark(member, MarkKind.REWARD, bench.make_reward(points=100), now=NOW)
    with pytest.raises(OutOfStock):
        programme.mark(member, MarkKind.REWARD, bench.make_reward(points=10, stock=0), now=NOW)

    assert (taken.value.until, short.value.missing) == (LATER, 40)
    assert marked(programme, member) == []


def test_a_till_code_is_six_digits_for_five_minutes(programme: Loyalty, member: str) -> None:
    assert programme.till_code(member, now=NOW) is None

    made = programme.new_till_code(member, now=NOW)

    assert len(made.digits) == 6
    assert made.digits.isdecimal()
    assert made.until == NOW + timedelta(minutes=5)
    assert programme.till_code(member, now=NOW + timedelta(seconds=299)) == made
    over = programme.till_code(member, now=NOW + timedelta(minutes=5))
    assert over is not None
    assert (over.digits, over.until, over.is_used) == ("", made.until, False)


def test_a_new_till_code_takes_the_place_of_the_last(programme: Loyalty, member: str, stranger: str) -> None:
    others = programme.new_till_code(stranger, now=NOW)
    first = programme.new_till_code(member, now=NOW)

    second = programme.new_till_code(member, now=NOW + timedelta(minutes=1))

    assert second.digits != first.digits
    assert programme.till_code(member, now=NOW + timedelta(minutes=1)) == second
    assert programme.till_code(stranger, now=NOW) == others


def test_till_codes_are_not_made_without_end(programme: Loyalty, member: str) -> None:
    for _time in range(20):
        programme.new_till_code(member, now=NOW)

    with pytest.raises(TooOften) as often:
        programme.new_till_code(member, now=NOW)

    assert often.value.retry_after > 0
