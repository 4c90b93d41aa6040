"""Rewards on the basket: held while they are on it, collected after payment; bought for points, and given back for them."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from loyalty import port
from loyalty.backends.embedded import EmbeddedLoyalty
from loyalty.models import RewardReception
from loyalty.port import Hold
from orders import offers, settlement
from orders.basket_view import read_basket
from orders.errors import Conflict
from orders.identify import sign_out
from orders.models import AppliedOffer, Order
from orders.purchases import undo
from orders.returns import finish_cancelled
from tests.factories import NOW
from tests.loyalty.factories import RewardFactory, RewardReceptionFactory
from tests.orders.diners import Diner, seat_member, state_of, voucher
from tests.orders.test_offers import diner, pizza

__all__ = ["diner", "pizza"]  # fixtures

pytestmark = pytest.mark.django_db


def test_a_collectable_reward_is_on_one_order_at_a_time_and_collected_after_payment(diner: Diner) -> None:
    reward = RewardReceptionFactory.create(
        contact=diner.contact, attributes={"discount_type": "free_item", "product_code": "PIZZA"}
    )
    shown = diner.shown("collectable", reward)
    diner.redeem(reward)
    other = seat_member(diner.table, diner.contact)

    with pytest.raises(Conflict, match="another order"):
        other.put(shown)
    order = diner.pay()

    assert (order.total_cents, AppliedOffer.objects.get(order=order).redeemed_at) == (1200, NOW)
    assert not diner.showcase().collectables


def bought_pizza(diner: Diner, **fields: object) -> RewardReception:
    made: RewardReception = RewardReceptionFactory.create(
        contact=diner.contact, attributes={"discount_type": "free_item", "product_code": "PIZZA"}, **fields
    )
    return made


def holder_of(reception: RewardReception, *, minutes: int = 0) -> str:
    """Return who holds it then, if anybody."""
    held = RewardReception.objects.locked(now=NOW + timedelta(minutes=minutes)).filter(pk=reception.pk)
    return held.values_list("locked_for", flat=True).first() or ""


def test_a_reward_on_the_basket_is_held_at_the_programme_until_it_is_taken_off(diner: Diner) -> None:
    reward = bought_pizza(diner)
    row = diner.redeem(reward)
    order = str(diner.order.uuid)
    held = holder_of(reward), holder_of(reward, minutes=14), holder_of(reward, minutes=15)

    offers.renew(diner.applied, now=NOW + timedelta(minutes=10))
    renewed = holder_of(reward, minutes=24)
    offers.withdraw(diner.order, kind="collectable", offer_id=str(reward.uuid), now=NOW)

    row.refresh_from_db()
    assert (held, renewed, holder_of(reward)) == ((order, order, ""), order, "")
    assert row.released_at == NOW
    assert diner.shown("collectable", reward).is_usable


def test_a_reward_taken_off_and_put_on_again_is_held_still(diner: Diner) -> None:
    reward = bought_pizza(diner)
    diner.redeem(reward)
    offers.take_off(AppliedOffer.objects.get(), now=NOW)

    diner.redeem(reward)
    offers.release_due(now=NOW)

    assert holder_of(reward) == str(diner.order.uuid)


def test_a_hold_taken_again_and_not_written_down_ends_with_the_offer(diner: Diner) -> None:
    ten, reward = voucher(diner), bought_pizza(diner)
    rows = diner.redeem(ten), diner.redeem(reward)
    order, later = diner.order, NOW + timedelta(minutes=20)
    programme, day = port.load(), NOW + timedelta(days=1)
    hold = {"holder": str(order.uuid), "until": day, "now": later}
    programme.lock(diner.guest.contact_id, rows[0].offer_id, **hold)  # type: ignore[arg-type]
    programme.lock_collectable(diner.guest.contact_id, rows[1].offer_id, **hold)  # type: ignore[arg-type]
    held = state_of(ten, minutes=20), holder_of(reward, minutes=20)

    offers.drop_lapsed(order, diner.applied, now=later)

    assert held == ("LOCKED", str(order.uuid))
    assert (state_of(ten, minutes=20), holder_of(reward, minutes=20)) == ("ACTIVE", "")


class Trusting(EmbeddedLoyalty):
    """A programme that holds no rewards, and so never looks whether one has ended; name it in LOYALTY_BACKEND."""

    def lock_collectable(self, contact_id: str, collectable_id: str, *, until: datetime, **_options: Any) -> Hold:
        return Hold(release_key="", until=until)


def test_a_reward_that_ended_since_it_was_looked_at_is_not_put_on_whoever_holds_it(
    diner: Diner, settings: Settings
) -> None:
    reward = bought_pizza(diner, expires_at=NOW + timedelta(minutes=5))
    shown = diner.shown("collectable", reward)
    settings.LOYALTY_BACKEND = f"{__name__}.Trusting"

    with pytest.raises(Conflict, match="cannot be used any more"):
        diner.put(shown, minutes=5)
    before = AppliedOffer.objects.exists()
    diner.put(shown, minutes=4)

    assert (before, AppliedOffer.objects.live().count()) == (False, 1)


def test_signing_out_lets_the_reward_go(diner: Diner) -> None:
    reward = bought_pizza(diner)
    diner.redeem(reward)

    sign_out(diner.guest, now=NOW)

    assert holder_of(reward) == ""


def test_a_basket_that_is_refused_the_offer_holds_nothing(diner: Diner) -> None:
    reward = bought_pizza(diner)
    shown = diner.shown("collectable", reward)
    Order.objects.update(payment_state="paying")

    with pytest.raises(Conflict):
        offers.apply_collectable(diner.order, diner.guest, collectable_of(diner, shown.id), picked=None, now=NOW)

    assert holder_of(reward) == ""
    assert not AppliedOffer.objects.exists()


def collectable_of(diner: Diner, offer_id: str) -> port.CollectableOffer:
    wallet = diner.showcase().wallet
    assert wallet is not None
    return next(offer for offer in wallet.collectables if offer.id == offer_id)


def test_payment_holds_the_reward_for_as_long_as_it_may_take(diner: Diner, demo_mode: None) -> None:
    reward = bought_pizza(diner)
    diner.redeem(reward)

    order = diner.pay(method="demo")
    held = [holder_of(reward, minutes=minutes) for minutes in (0, 39)]
    settlement.cancel_payment(order, now=NOW + timedelta(minutes=5))
    after_cancelling = holder_of(reward, minutes=6)
    offers.withdraw(diner.order, kind="collectable", offer_id=str(reward.uuid), now=NOW + timedelta(minutes=6))

    assert held == [str(order.uuid)] * 2
    assert after_cancelling == str(order.uuid)  # as a voucher's lock stays: the diner may try again
    assert holder_of(reward, minutes=6) == ""


def test_a_reward_that_was_handed_out_elsewhere_is_told_before_anything_is_paid(diner: Diner) -> None:
    reward = bought_pizza(diner)
    diner.redeem(reward)
    RewardReception.objects.update(locked_until=NOW, collected_at=NOW)

    with pytest.raises(Conflict, match="cannot be used any more, so the total has changed"):
        diner.pay(minutes=1)

    assert not AppliedOffer.objects.live().exists()
    assert not Order.objects.exclude(placed_at=None).exists()


def test_an_order_cancelled_unpaid_lets_the_reward_go(diner: Diner) -> None:
    reward = bought_pizza(diner)
    diner.redeem(reward)
    order = diner.pay(is_marked=False)
    held = holder_of(reward, minutes=23 * 60)
    Order.objects.update(kitchen_state="cancelled")
    order.refresh_from_db()

    finish_cancelled(order, now=NOW)

    assert held == str(order.uuid)
    assert holder_of(reward) == ""


def test_buying_a_reward_spends_once_and_puts_it_on_the_basket(diner: Diner) -> None:
    reward = RewardFactory.create(
        required_points=100, attributes={"discount_type": "free_item", "product_code": "PIZZA"}
    )
    shown = diner.showcase().find("reward", str(reward.uuid))
    assert shown is not None

    bought = [diner.buy(shown, "same") for _press in range(2)]

    diner.contact.refresh_from_db()
    assert [(each.new_balance, each.refusal) for each in bought] == [(20, ""), (20, "")]
    assert (diner.contact.balance, RewardReception.objects.count(), AppliedOffer.objects.live().count()) == (20, 1, 1)
    assert read_basket(diner.order, now=NOW).total_cents == 1200


def test_a_reward_out_of_reach_or_out_of_stock_spends_nothing(diner: Diner) -> None:
    dear = RewardFactory.create(required_points=160)
    last = RewardFactory.create(required_points=10, stock=1)
    case = diner.showcase()
    shown = [case.find("reward", str(row.uuid)) for row in (dear, last)]
    type(last).objects.filter(pk=last.pk).update(stock=0)

    for offer, words in zip(shown, ("40 points missing", "out of stock"), strict=True):
        assert offer is not None
        with pytest.raises(Conflict, match=words):
            diner.buy(offer, words)

    diner.contact.refresh_from_db()
    assert diner.contact.balance == 120
    assert not RewardReception.objects.exists()


def test_a_purchase_not_collected_yet_can_be_undone(diner: Diner) -> None:
    reward = RewardFactory.create(
        required_points=100, attributes={"discount_type": "free_item", "product_code": "PIZZA"}
    )
    shown = diner.showcase().find("reward", str(reward.uuid))
    assert shown is not None
    diner.buy(shown, "key")

    balance = undo(diner.guest, str(RewardReception.objects.get().uuid), now=NOW)

    assert (balance, AppliedOffer.objects.live().count()) == (120, 0)


def test_a_reward_on_an_order_that_waits_to_be_paid_cannot_go_back_for_its_points(diner: Diner) -> None:
    soup = RewardFactory.create(attributes={"discount_type": "free_item", "product_code": "PIZZA"})
    shop = diner.table.restaurant.slug
    bought = port.load().buy(str(diner.contact.uuid), str(soup.uuid), purchase_key="k", shop=shop, now=NOW)
    diner.redeem(RewardReception.objects.get())
    order = diner.pay(is_marked=False)

    with pytest.raises(Conflict, match="on an order you placed"):
        undo(diner.guest, bought.collectable.id, now=NOW)

    diner.contact.refresh_from_db()
    assert diner.contact.balance == 20
    settlement.mark_paid(order, by="anna", now=NOW)
    assert not AppliedOffer.objects.exclude(overrun="").exists()


def test_a_reward_taken_off_again_goes_back_while_the_basket_is_being_paid(diner: Diner, demo_mode: None) -> None:
    soup = RewardFactory.create(attributes={"discount_type": "free_item", "product_code": "PIZZA"})
    shop = diner.table.restaurant.slug
    bought = port.load().buy(str(diner.contact.uuid), str(soup.uuid), purchase_key="k", shop=shop, now=NOW)
    diner.redeem(RewardReception.objects.get())
    offers.withdraw(diner.order, kind="collectable", offer_id=bought.collectable.id, now=NOW)
    diner.pay(method="demo")

    undo(diner.guest, bought.collectable.id, now=NOW)

    diner.contact.refresh_from_db()
    assert diner.contact.balance == 120
