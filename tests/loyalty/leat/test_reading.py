"""What a page asks of Leat: its calls at the same time, not again for some seconds, and anew after our own changes."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache

from loyalty.port import Changes, Loyalty, MarkKind, NoTills, ProgrammeAway, UnknownContact
from tests.loyalty.factories import NOW
from tests.loyalty.leat.running import LeatBench
from tests.loyalty.leat.troubled import BEFORE, BadLine
from tests.test_port import LATER, voucher_of

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def open_wallet(programme: Loyalty, member: str) -> None:
    programme.wallet(member, shop="demo", now=NOW)


def calls_of(line: BadLine, member: str) -> list[str]:
    """Return the paths called so far, without ids and but for signs of life, and forget them."""
    called = sorted(path.replace(member, "…") for _method, path in line.calls if path)
    line.calls.clear()
    return called


PAGE = ["/collectable-rewards", "/contacts/…/credit-balance", "/rewards", "/vouchers"]


def test_a_page_makes_its_calls_at_the_same_time_and_the_next_one_none(
    programme: Loyalty, line: BadLine, member: str
) -> None:
    cache.clear()
    calls_of(line, member)
    line.pause_seconds = 0.3

    open_wallet(programme, member)
    first = calls_of(line, member)
    open_wallet(programme, member)

    assert first == sorted([*PAGE, "/contacts/…", "/orders/simulate"])
    assert calls_of(line, member) == []
    assert line.most_at_once >= len(PAGE)


def test_our_own_changes_are_seen_at_once(bench: LeatBench, programme: Loyalty, line: BadLine, member: str) -> None:
    voucher_id = voucher_of(bench, member)
    open_wallet(programme, member)

    hold = programme.lock(member, voucher_id, holder="order-1", until=LATER, now=NOW)
    locked = programme.wallet(member, shop="demo", now=NOW)
    programme.release(voucher_id, release_key=hold.release_key, now=NOW)
    released = programme.wallet(member, shop="demo", now=NOW)

    assert [voucher.held_until for voucher in locked.vouchers] == [LATER]
    assert [voucher.held_until for voucher in released.vouchers] == [None]


def test_the_rate_of_points_is_what_leat_would_award(programme: Loyalty, member: str) -> None:
    wallet = programme.wallet(member, shop="demo", now=NOW)

    assert (wallet.points_per_unit, wallet.tier_multiplier) == (Decimal(1), Decimal(1))


def test_a_basket_that_let_its_time_pass_makes_room_though_leats_hour_is_not_over(
    bench: LeatBench, programme: Loyalty, line: BadLine, member: str
) -> None:
    voucher_id = voucher_of(bench, member)
    programme.lock(member, voucher_id, holder="order-1", until=LATER, now=NOW)
    after = LATER + timedelta(minutes=1)

    shown = programme.wallet(member, shop="demo", now=after).vouchers
    programme.lock(member, voucher_id, holder="order-2", until=after + timedelta(minutes=15), now=after)

    assert [voucher.held_until for voucher in shown] == [None]
    assert line.count("/release") == 1


def test_a_hold_beyond_leats_hour_is_a_new_lock(bench: LeatBench, programme: Loyalty, member: str) -> None:
    voucher_id = voucher_of(bench, member)
    first = programme.lock(member, voucher_id, holder="order-1", until=LATER, now=NOW)
    late = NOW + timedelta(minutes=50)

    longer = programme.lock(member, voucher_id, holder="order-1", until=late + timedelta(minutes=20), now=late)

    assert not first.is_extendable
    assert longer.release_key != first.release_key
    assert longer.until == late + timedelta(minutes=20)


def test_nobody_is_told_of_a_member_while_a_call_fails(
    bench: LeatBench, programme: Loyalty, line: BadLine, member: str
) -> None:
    line.let_go_wrong(BEFORE, "/credit-balance", times=2)  # a look is tried twice

    with pytest.raises(ProgrammeAway):
        open_wallet(programme, member)
    open_wallet(programme, member)


def test_an_erased_member_is_nobody_at_once(programme: Loyalty, member: str) -> None:
    open_wallet(programme, member)
    programme.erase(member, now=NOW)

    for ask in (
        lambda: programme.wallet(member, shop="demo", now=NOW),
        lambda: programme.change_details(member, Changes(first_name="Noor"), now=NOW),
    ):
        with pytest.raises(UnknownContact):
            ask()
    programme.erase(member, now=NOW)


def test_there_are_no_tills(programme: Loyalty, member: str) -> None:
    assert not programme.wallet(member, shop="demo", now=NOW).has_tills
    assert programme.till_code(member, now=NOW) is None
    for ask in (
        lambda: programme.mark(member, MarkKind.VOUCHER, "any", now=NOW),
        lambda: programme.unmark(member, MarkKind.VOUCHER, "any"),
        lambda: programme.new_till_code(member, now=NOW),
    ):
        with pytest.raises(NoTills):
            ask()
