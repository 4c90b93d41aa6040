"""A hundred phones in four processes and one voucher (trust.md R1), and that these tests would see it if the guard were
gone (R2).
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q

from loyalty import voucher_use
from loyalty.errors import OfferTaken, OfferUnavailable
from loyalty.models import Redemption, Voucher
from loyalty.models.vouchers import VoucherQuerySet
from tests.loyalty.factories import NOW, VoucherFactory
from tests.parallel import PROCESSES, at_once, in_processes
from tests.scale import size

pytestmark = pytest.mark.django_db(transaction=True)

LATER = NOW + timedelta(minutes=15)
ROUNDS = size(ci=5, full=20)
CLIENTS = size(ci=25, full=100)
WON = "won"


def lock_for_own_basket(number: int, *, voucher_id: int) -> str:
    """Be one phone: read the voucher, then lock it for a basket of its own."""
    voucher = Voucher.objects.select_related("promotion", "contact").get(pk=voucher_id)
    assert voucher.contact is not None
    try:
        voucher_use.lock(voucher, contact=voucher.contact, holder=f"order-{number}", until=LATER, now=NOW)
    except OfferTaken:
        return "taken"
    return WON


def lock_for_one_basket(_number: int, *, voucher_id: int) -> str:
    """Be one of several tabs with the same basket; say the key of the hold."""
    voucher = Voucher.objects.select_related("promotion", "contact").get(pk=voucher_id)
    assert voucher.contact is not None
    return str(voucher_use.lock(voucher, contact=voucher.contact, holder="order-1", until=LATER, now=NOW).release_key)


def redeem_for_order(number: int, *, voucher_id: int) -> str:
    """Be one of two workers that settle the same order; say the redemption, or "refused"."""
    voucher = Voucher.objects.select_related("promotion", "contact").get(pk=voucher_id)
    try:
        redemption = voucher_use.redeem(
            voucher, contact=voucher.contact, holder=f"order-{number // 2}", release_key=None, shop=None, now=NOW
        )
    except OfferUnavailable:
        return "refused"
    return str(redemption.uuid)


@pytest.mark.prove(ci=True)
@pytest.mark.parametrize(("uses", "clients"), [(1, 100), (3, CLIENTS)])
def test_of_many_phones_only_as_many_get_the_voucher_as_it_has_uses(uses: int, clients: int) -> None:
    winners = []
    for _round in range(ROUNDS):
        voucher: Voucher = VoucherFactory.create(total_redemptions_allowed=uses)

        answers = in_processes(clients, partial(lock_for_own_basket, voucher_id=voucher.pk))

        assert set(answers) == {WON, "taken"}
        winners.append(answers.count(WON))
        assert voucher.lock_rows.locked(now=NOW).count() == uses

    print(  # noqa: T201 - a proof prints its number
        f"R1 {connection.vendor}: {clients} clients, {PROCESSES} processes, {uses} use(s), {ROUNDS} rounds: "
        f"winners {winners}"
    )
    assert winners == [uses] * ROUNDS


@pytest.mark.prove(ci=True)
def test_two_tabs_of_one_basket_share_one_hold_of_a_multi_use_voucher() -> None:
    for _round in range(ROUNDS):
        voucher: Voucher = VoucherFactory.create(total_redemptions_allowed=3)

        keys = in_processes(8, partial(lock_for_one_basket, voucher_id=voucher.pk))

        assert set(keys) == {str(voucher.locks.get().release_key)}


@pytest.mark.prove(ci=True)
@pytest.mark.parametrize("uses", [1, 3])
def test_of_many_orders_only_as_many_redeem_the_voucher_as_it_has_uses(uses: int) -> None:
    for _round in range(ROUNDS):
        voucher: Voucher = VoucherFactory.create(total_redemptions_allowed=uses)

        answers = Counter(in_processes(CLIENTS, partial(redeem_for_order, voucher_id=voucher.pk)))

        del answers["refused"]
        assert set(answers) == {str(each.uuid) for each in Redemption.objects.filter(voucher=voucher)}
        assert len(answers) == uses
        voucher.refresh_from_db()
        assert voucher.times_redeemed == uses


@contextmanager
def guard_switched_off(monkeypatch: pytest.MonkeyPatch, clients: int) -> Iterator[None]:
    """Let the lock be read-check-save, as it must never be: everybody reads before anybody writes."""
    everybody_has_read = threading.Barrier(clients)
    guarded = VoucherQuerySet.hold

    def read_check_save(rows: VoucherQuerySet, **fields: Any) -> int:
        free = list(rows.values_list("pk", flat=True))
        everybody_has_read.wait(timeout=60)
        return guarded(Voucher.objects.filter(Q(pk__in=free)), **fields)

    with monkeypatch.context() as patched:
        patched.setattr(VoucherQuerySet, "hold", read_check_save)
        yield


@pytest.mark.prove(ci=True)
@pytest.mark.parametrize("round_number", range(size(ci=1, full=5)))
def test_without_the_guard_two_phones_win_so_these_tests_can_see_the_race(
    monkeypatch: pytest.MonkeyPatch, round_number: int
) -> None:
    clients = 16
    voucher: Voucher = VoucherFactory.create()

    with guard_switched_off(monkeypatch, clients):
        answers = at_once(clients, partial(lock_for_own_basket, voucher_id=voucher.pk))

    winners = answers.count(WON)
    print(f"R2 {connection.vendor}: guard off, {clients} clients, round {round_number + 1}: {winners} winners")  # noqa: T201 - a proof prints its number
    assert winners >= 2
