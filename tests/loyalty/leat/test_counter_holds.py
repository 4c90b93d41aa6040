"""An order to be paid at the counter keeps its voucher for as long as it may wait, though a lock at Leat lasts an hour."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from loyalty.backends.leat.programme import LeatLoyalty
from loyalty.models import Contact
from loyalty.port import OfferTaken
from menu.models import Product
from orders import settlement
from orders.checkout import COUNTER_HOLD
from orders.counter_holds import renew_counter_holds
from orders.models import AppliedOffer, Order
from tests.factories import ProductFactory, TableFactory
from tests.loyalty.leat.running import House, LeatBench
from tests.loyalty.leat.test_lost_answers import wait_until_back
from tests.loyalty.leat.test_outage import hidden
from tests.loyalty.leat.troubled import BadLine
from tests.orders.members import seat_member
from tests.test_port import form

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@dataclass
class Waiting:
    """An order placed with a voucher, unpaid, and the clock of both sides."""

    on_leat: LeatLoyalty
    house: House
    member: str
    order: Order
    placed_at: datetime

    def sweep(self, **later: float) -> datetime:
        """Let time go by until so much after the order, and have the worker come round; return the moment."""
        now = self.placed_at + timedelta(**later)
        self.house.set_clock(now)
        renew_counter_holds(now=now)
        return now

    @property
    def offer(self) -> AppliedOffer:
        return self.order.applied_offers.get()

    def lock_elsewhere(self, *, now: datetime) -> None:
        """Put the voucher on another basket."""
        until = now + timedelta(minutes=15)
        self.on_leat.lock(self.member, self.offer.offer_id, holder="order-2", until=until, now=now)

    def pay(self, *, now: datetime) -> AppliedOffer:
        """Have staff take the money; return the offer then."""
        self.house.set_clock(now)
        settlement.mark_paid(self.order, by="anna", now=now)
        return self.offer


@pytest.fixture
def waiting(client: Client, on_leat: LeatLoyalty, leat_house: House) -> Waiting:
    now = timezone.now()
    soup: Product = ProductFactory.create(restaurant=TableFactory.create().restaurant, name="Soup", price_cents=1200)
    member = on_leat.sign_up(form(), now=now)
    code = LeatBench.going_on(leat_house, on_leat.leat).issue_voucher(member)
    voucher_id = on_leat.find_voucher(member, code, now=now).id
    seat_member(client, soup.restaurant.tables.get(), Contact(uuid=UUID(member)))
    client.post("/basket/add/", {"product": soup.pk, "quantity": 1})
    client.post(f"/offers/voucher/{voucher_id}/apply/")
    page = client.get("/checkout/").content.decode()
    fields = {name: hidden(page, name) for name in ("checkout_key", "shown_total_cents")}
    assert client.post("/checkout/", {**fields, "method": "counter", "tip": "0"}).status_code == 303
    placed = Order.objects.get()
    assert placed.placed_at is not None
    return Waiting(on_leat, leat_house, member, placed, placed.placed_at)


def test_it_is_held_again_before_each_hour_is_over(waiting: Waiting, line: BadLine) -> None:
    first = waiting.offer.release_key

    for minutes in (30, 50, 70, 100, 120):
        waiting.sweep(minutes=minutes)
    later = waiting.placed_at + timedelta(minutes=155)
    waiting.house.set_clock(later)
    with pytest.raises(OfferTaken):
        waiting.lock_elsewhere(now=later)
    kept = waiting.offer
    paid = waiting.pay(now=later)

    assert line.count("/lock") == 1 + 1 + 2 + 1  # on the basket, at the press, by the worker, elsewhere
    assert kept.release_key != first
    assert kept.held_until is not None
    assert kept.held_until > later
    assert (paid.redeemed_at, paid.overrun) == (later, "")


def test_nobody_holds_it_longer_than_an_order_may_wait(waiting: Waiting, line: BadLine) -> None:
    AppliedOffer.objects.update(held_until=waiting.placed_at + COUNTER_HOLD)
    line.calls.clear()

    waiting.sweep(hours=24, minutes=-10)
    waiting.sweep(hours=25)

    assert line.calls == []


def test_one_that_somebody_else_has_by_now_is_held_again_once_it_is_free(waiting: Waiting) -> None:
    late = waiting.placed_at + timedelta(minutes=61)
    waiting.house.set_clock(late)
    waiting.lock_elsewhere(now=late)

    waiting.sweep(minutes=65)
    lost = waiting.offer
    waiting.sweep(minutes=80)
    kept = waiting.offer

    assert lost.held_until is not None
    assert lost.held_until < late
    assert kept.held_until is not None
    assert kept.held_until > late + timedelta(hours=1)
    assert waiting.pay(now=late + timedelta(minutes=30)).overrun == ""


def test_one_that_somebody_else_has_at_the_counter_is_an_overrun(waiting: Waiting) -> None:
    late = waiting.placed_at + timedelta(minutes=61)
    waiting.house.set_clock(late)
    waiting.lock_elsewhere(now=late)

    now = waiting.sweep(minutes=65)
    paid = waiting.pay(now=now)

    assert (paid.redeemed_at, paid.overrun) == (None, "OfferTaken")
    assert AppliedOffer.objects.overruns().get() == paid
    assert Order.objects.get().settled_at == now


def test_with_leat_away_it_is_held_by_a_later_sweep(waiting: Waiting, line: BadLine) -> None:
    before = waiting.offer
    line.cut()
    waiting.sweep(minutes=50)
    away = waiting.offer
    line.open()
    wait_until_back(waiting.on_leat.leat)

    now = waiting.sweep(minutes=54)

    assert (away.release_key, away.held_until) == (before.release_key, before.held_until)
    kept = waiting.offer
    assert kept.held_until is not None
    assert kept.held_until > now + timedelta(minutes=55)


def test_the_key_of_a_lock_that_was_made_anew_meanwhile_is_not_needed_to_use_it_up(waiting: Waiting) -> None:
    old = waiting.offer.release_key
    now = waiting.sweep(minutes=50)

    waiting.on_leat.redeem(
        waiting.member, waiting.offer.offer_id, order=str(waiting.order.uuid), release_key=old, shop="demo", now=now
    )

    facts = waiting.house.do("facts", email="member@example.com")
    assert (facts["redemptions"], facts["held"]) == (1, 0)
