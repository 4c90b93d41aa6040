"""A hundred phones and one voucher (trust.md R1), and that these tests would see it if the guard were gone (R2)."""

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q

from loyalty import voucher_use
from loyalty.errors import OfferTaken, OfferUnavailable
from loyalty.models import Contact, Redemption, Voucher
from loyalty.models.locks import Lockable
from loyalty.models.vouchers import VoucherQuerySet
from tests.loyalty.factories import NOW, VoucherFactory
from tests.loyalty.parallel import at_once, of_type
from tests.scale import size

pytestmark = pytest.mark.django_db(transaction=True)

LATER = NOW + timedelta(minutes=15)
ROUNDS = size(ci=5, full=20)
CLIENTS = size(ci=25, full=100)


def lock_as(voucher_id: int, contact: Contact) -> Callable[[int], object]:
    """Return what one phone does: read the voucher, then lock it for its own basket."""

    def do(number: int) -> object:
        voucher = Voucher.objects.select_related("promotion").get(pk=voucher_id)
        return voucher_use.lock(voucher, contact=contact, holder=f"order-{number}", until=LATER, now=NOW)

    return do


def others(answers: list[object]) -> list[object]:
    """Return what is neither a lock nor a clear refusal."""
    return [answer for answer in answers if not isinstance(answer, Lockable | OfferTaken)]


@pytest.mark.prove(ci=True)
@pytest.mark.parametrize("uses", [1, 3])
def test_of_many_phones_only_as_many_get_the_voucher_as_it_has_uses(uses: int) -> None:
    winners = []
    for _round in range(ROUNDS):
        voucher: Voucher = VoucherFactory.create(total_redemptions_allowed=uses)
        assert voucher.contact is not None

        answers = at_once(CLIENTS, lock_as(voucher.pk, voucher.contact))

        assert others(answers) == []
        winners.append(len(of_type(answers, Lockable)))
        assert voucher.lock_rows.locked(now=NOW).count() == uses

    print(f"R1 {connection.vendor}: {CLIENTS} clients, {uses} use(s), {ROUNDS} rounds: winners {winners}")  # noqa: T201 - a proof prints its number
    assert winners == [uses] * ROUNDS


@pytest.mark.prove(ci=True)
def test_two_tabs_of_one_basket_share_one_hold_of_a_multi_use_voucher() -> None:
    for _round in range(ROUNDS):
        voucher: Voucher = VoucherFactory.create(total_redemptions_allowed=3)
        contact = voucher.contact
        assert contact is not None

        def tab(_number: int, pk: int = voucher.pk, contact: Contact = contact) -> uuid.UUID | None:
            fresh = Voucher.objects.select_related("promotion").get(pk=pk)
            return voucher_use.lock(fresh, contact=contact, holder="order-1", until=LATER, now=NOW).release_key

        keys = at_once(4, tab)

        assert len(set(keys)) == 1
        assert voucher.locks.count() == 1


@pytest.mark.prove(ci=True)
@pytest.mark.parametrize("uses", [1, 3])
def test_of_many_orders_only_as_many_redeem_the_voucher_as_it_has_uses(uses: int) -> None:
    for _round in range(ROUNDS):
        voucher: Voucher = VoucherFactory.create(total_redemptions_allowed=uses)

        def pay(number: int, pk: int = voucher.pk) -> object:
            fresh = Voucher.objects.select_related("promotion", "contact").get(pk=pk)
            # Each order is settled by two workers at once.
            holder = f"order-{number // 2}"
            return voucher_use.redeem(
                fresh, contact=fresh.contact, holder=holder, release_key=None, shop=None, now=NOW
            ).pk

        answers = at_once(CLIENTS, pay)

        assert [answer for answer in answers if not isinstance(answer, int | OfferUnavailable)] == []
        assert len(set(of_type(answers, int))) == uses
        assert Redemption.objects.filter(voucher=voucher).count() == uses
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
    assert voucher.contact is not None

    with guard_switched_off(monkeypatch, clients):
        answers = at_once(clients, lock_as(voucher.pk, voucher.contact))

    winners = len(of_type(answers, Lockable))
    print(f"R2 {connection.vendor}: guard off, {clients} clients, round {round_number + 1}: {winners} winners")  # noqa: T201 - a proof prints its number
    assert winners >= 2
