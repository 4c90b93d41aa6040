"""What must not happen twice, nor be taken for somebody else's: two sweeps at once, two orders, a lock without its key."""

import threading
import time
import uuid
from datetime import timedelta

import pytest
from django.db import connections

from loyalty.backends.leat import deeds
from loyalty.backends.leat.connection import Connection
from loyalty.backends.leat.programme import LeatLoyalty
from loyalty.models import LeatDeed
from loyalty.port import (
    Asker,
    Loyalty,
    LoyaltyError,
    MoneyKind,
    MoneyLink,
    OfferTaken,
    OfferUnavailable,
    ProgrammeAway,
)
from tests.loyalty.factories import NOW
from tests.loyalty.leat.running import LeatBench
from tests.loyalty.leat.troubled import AFTER, BEFORE, BadLine
from tests.test_port import voucher_of

pytestmark = pytest.mark.once

MEMBER = "member@example.com"


def card_of(bench: LeatBench) -> str:
    asker = Asker(guest_id=uuid.uuid4(), ip_address="192.0.2.1")
    return bench.programme.find_gift_card(bench.make_gift_card(cents=2000), asker=asker, now=NOW).id


@pytest.mark.django_db(transaction=True)
def test_a_sweep_that_began_long_ago_is_not_taken_for_one_that_died(
    bench: LeatBench, line: BadLine, connection: Connection, member: str
) -> None:
    card_id = card_of(bench)
    programme = LeatLoyalty(connection)
    line.pause_seconds = 0.6
    told: list[MoneyLink | LoyaltyError] = []

    def spend(began: timedelta) -> None:
        try:
            told.append(
                programme.spend_money(
                    MoneyKind.GIFT_CARD, card_id, 500, currency="EUR", source="p1", shop="demo", now=NOW + began
                )
            )
        except LoyaltyError as error:
            told.append(error)
        finally:
            connections.close_all()

    first = threading.Thread(target=spend, args=(timedelta(0),))
    second = threading.Thread(target=spend, args=(2 * deeds.PATIENCE,))
    first.start()
    while not line.count("/giftcard-transactions"):
        assert first.is_alive()
        time.sleep(0.01)
    second.start()
    first.join()
    second.join()

    assert told[0] == told[1]
    assert bench.house.do("facts", email=MEMBER)["cards"] == [1500]
    assert line.count("/giftcard-transactions") == 1


@pytest.mark.django_db
def test_a_reward_that_another_order_collected_is_not_taken_for_ours(
    bench: LeatBench, line: BadLine, member: str
) -> None:
    bench.give_points(member, 250)
    bought = bench.programme.buy(member, bench.make_reward(), purchase_key="k", shop="demo", now=NOW).collectable.id

    def collect(order: str) -> object:
        return bench.programme.collect(member, bought, order=order, held_at=NOW, shop="demo", now=NOW)

    collect("order-1")
    line.let_go_wrong(BEFORE, "/collectable-rewards/collect/")
    with pytest.raises(ProgrammeAway):
        collect("order-2")

    with pytest.raises(OfferTaken):
        collect("order-2")
    assert LeatDeed.objects.filter(kind="collect").count() == 1


@pytest.mark.django_db
def test_a_voucher_that_another_order_used_up_is_not_taken_for_ours(
    bench: LeatBench, line: BadLine, member: str
) -> None:
    voucher_id = voucher_of(bench, member)
    redeem(bench.programme, member, voucher_id, "order-1")
    line.let_go_wrong(BEFORE, "/vouchers/redeem")
    with pytest.raises(ProgrammeAway):
        redeem(bench.programme, member, voucher_id, "order-2")

    with pytest.raises(OfferUnavailable):
        redeem(bench.programme, member, voucher_id, "order-2")
    assert LeatDeed.objects.filter(kind="redeem").count() == 1


@pytest.mark.django_db
def test_a_use_that_another_order_made_since_is_not_taken_for_ours(
    bench: LeatBench, line: BadLine, member: str
) -> None:
    voucher_id = voucher_of(bench, member, uses=3)
    line.let_go_wrong(BEFORE, "/vouchers/redeem")
    with pytest.raises(ProgrammeAway):
        redeem(bench.programme, member, voucher_id, "order-1")
    redeem(bench.programme, member, voucher_id, "order-2")

    redeem(bench.programme, member, voucher_id, "order-1")

    assert bench.house.do("facts", email=MEMBER)["redemptions"] == 2


@pytest.mark.django_db
def test_a_voucher_locked_for_the_order_without_its_key_is_used_up_when_the_hour_is_over(
    bench: LeatBench, line: BadLine, member: str
) -> None:
    voucher_id = voucher_of(bench, member)
    soon = NOW + timedelta(minutes=15)
    hold = bench.programme.lock(member, voucher_id, holder="order-1", until=soon, now=NOW)
    line.let_go_wrong(AFTER, "/lock")
    with pytest.raises(ProgrammeAway):
        bench.programme.lock(member, voucher_id, holder="order-1", until=NOW + timedelta(hours=24), now=NOW)

    with pytest.raises(ProgrammeAway):
        redeem(bench.programme, member, voucher_id, "order-1", key=hold.release_key)
    over = NOW + timedelta(minutes=61)
    bench.house.set_clock(over)
    bench.programme.redeem(member, voucher_id, order="order-1", release_key=hold.release_key, shop="demo", now=over)

    assert bench.house.do("facts", email=MEMBER)["redemptions"] == 1


@pytest.mark.django_db
def test_all_of_it_goes_back_onto_a_card_that_takes_no_more_money(bench: LeatBench, member: str) -> None:
    card_id = card_of(bench)
    bench.house.do("take_no_top_ups")
    link = bench.programme.spend_money(
        MoneyKind.GIFT_CARD, card_id, 500, currency="EUR", source="p1", shop="demo", now=NOW
    )

    back = [bench.programme.give_money_back(link, 500, source="r1", now=NOW) for _time in range(2)]

    assert back[0] == back[1]
    assert bench.house.do("facts", email=MEMBER)["cards"] == [2000]


@pytest.mark.django_db
def test_all_of_it_goes_back_after_the_card_was_used_again(bench: LeatBench, member: str) -> None:
    card_id = card_of(bench)
    first, _second = (
        bench.programme.spend_money(
            MoneyKind.GIFT_CARD, card_id, 500, currency="EUR", source=source, shop="demo", now=NOW
        )
        for source in ("p1", "p2")
    )

    bench.programme.give_money_back(first, 500, source="r1", now=NOW)

    assert bench.house.do("facts", email=MEMBER)["cards"] == [1500]


def redeem(programme: Loyalty, member: str, voucher_id: str, order: str, *, key: str = "") -> object:
    return programme.redeem(member, voucher_id, order=order, release_key=key, shop="demo", now=NOW)
