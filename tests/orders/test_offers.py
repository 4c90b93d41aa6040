"""Offers on the basket: held at the programme, written onto the order, used up after payment, released when they leave."""

import uuid
from datetime import timedelta

import pytest
from django.http import QueryDict

from loyalty import port
from loyalty.models import RewardReception, Voucher
from menu.models import Product, Table
from orders import offers, settlement
from orders.applying import drop_what_no_longer_applies, preview, redeem_on_basket
from orders.basket import change_quantity
from orders.basket_view import read_basket
from orders.errors import ChoiceRefused, Conflict
from orders.guest import Visitor
from orders.identify import sign_in, sign_out
from orders.models import AppliedOffer, Guest, LineItem, Order
from orders.purchases import buy, undo
from orders.returns import finish_cancelled
from orders.showcase import read_showcase
from tests.factories import (
    NOW,
    CategoryFactory,
    ModifierFactory,
    ModifierGroupFactory,
    ProductFactory,
    ProductModifierGroupFactory,
)
from tests.loyalty.factories import RewardFactory, RewardReceptionFactory, member
from tests.orders.conftest import AddByForm
from tests.orders.diners import Diner, seat_member, state_of, voucher

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pizza(table: Table) -> Product:
    pizzas = CategoryFactory.create(restaurant=table.restaurant, slug="pizza")
    made: Product = ProductFactory.create(
        restaurant=table.restaurant, name="Pizza", sku="PIZZA", price_cents=1200, categories=[pizzas]
    )
    return made


@pytest.fixture
def visitor(table: Table) -> Visitor:
    return Visitor(guest_id=uuid.uuid4(), table_code=table.code)


@pytest.fixture
def diner(visitor: Visitor, table: Table, add_by_form: AddByForm, pizza: Product) -> Diner:
    """A member with 120 points and two pizzas in the basket: 24.00."""
    add_by_form(pizza, "quantity=2")
    contact = member(120)
    guest = sign_in(Guest.objects.get(), str(contact.uuid), is_verified=True, now=NOW)
    return Diner(contact, guest, table)


def test_redeeming_locks_the_voucher_and_takes_the_money_off(diner: Diner) -> None:
    ten = voucher(diner)

    row = diner.redeem(ten)

    basket = read_basket(diner.order, now=NOW)
    assert (basket.total_cents, basket.lines[0].offer_names) == (2160, ("Treat",))
    assert (row.held_until, state_of(ten)) == (NOW + timedelta(minutes=15), "LOCKED")


def test_redeeming_twice_is_one_lock(diner: Diner) -> None:
    ten = voucher(diner)

    first, second = diner.redeem(ten), diner.redeem(ten)

    assert first.pk == second.pk
    assert AppliedOffer.objects.count() == 1


def test_a_voucher_held_by_another_phone_is_told_with_its_time(diner: Diner, add_by_form: AddByForm) -> None:
    ten = voucher(diner)
    shown = diner.shown("voucher", ten)
    diner.redeem(ten)
    other = seat_member(diner.table, diner.contact)

    with pytest.raises(Conflict, match="Until 7:45"):
        redeem_on_basket(shown, visitor=other.visitor, table=other.table, guest=other.guest, form=QueryDict(), now=NOW)

    assert AppliedOffer.objects.live().count() == 1


def test_payment_redeems_the_voucher_and_earns_on_what_was_paid(diner: Diner) -> None:
    ten = voucher(diner)
    diner.redeem(ten)

    order = diner.pay()

    row = AppliedOffer.objects.get()
    diner.contact.refresh_from_db()
    assert state_of(ten) == "REDEEMED"
    assert (row.redeemed_at, row.cents, row.overrun) == (NOW, 240, "")
    assert row.redemption_id
    assert (order.points_earned, order.new_balance, order.settled_at) == (21, 141, NOW)
    assert diner.contact.balance == 141


def test_settling_again_earns_and_redeems_nothing_more(diner: Diner) -> None:
    diner.redeem(voucher(diner))
    order = diner.pay()
    Order.objects.update(settled_at=None)

    settlement.settle(order, now=NOW + timedelta(hours=1))

    diner.contact.refresh_from_db()
    assert diner.contact.balance == 141


def test_withdrawing_releases_and_takes_the_item_it_added_along(diner: Diner, table: Table) -> None:
    ProductFactory.create(restaurant=table.restaurant, name="Coffee", sku="COFFEE", price_cents=350)
    free = voucher(diner, discount_type="free_item", product_code="COFFEE")
    diner.redeem(free)
    with_coffee = read_basket(diner.order, now=NOW)

    offers.withdraw(diner.order, kind="voucher", offer_id=str(free.uuid), now=NOW)

    assert (with_coffee.total_cents, [line.total_cents for line in with_coffee.lines]) == (2400, [2400, 0])
    assert (read_basket(diner.order, now=NOW).count, state_of(free)) == (2, "ACTIVE")
    assert AppliedOffer.objects.get().released_at == NOW


def test_a_free_item_already_in_the_basket_is_not_added_again(diner: Diner) -> None:
    diner.redeem(voucher(diner, discount_type="free_item", product_code="PIZZA"))

    basket = read_basket(diner.order, now=NOW)

    assert (basket.count, basket.total_cents) == (2, 1200)


def test_the_item_an_offer_brings_asks_its_required_choice(diner: Diner, table: Table) -> None:
    coffee = ProductFactory.create(restaurant=table.restaurant, sku="COFFEE", price_cents=350)
    milk = ModifierGroupFactory.create(restaurant=table.restaurant, name="Milk", min_choices=1, max_choices=1)
    ProductModifierGroupFactory.create(product=coffee, group=milk)
    oat = ModifierFactory.create(group=milk, name="Oat", price_cents=50)
    free = voucher(diner, discount_type="free_item", product_code="COFFEE")

    with pytest.raises(ChoiceRefused, match="Milk"):
        diner.redeem(free)
    assert state_of(free) == "ACTIVE"
    diner.redeem(free, f"modifier-{milk.pk}={oat.pk}")

    assert read_basket(diner.order, now=NOW).total_cents == 2450


def test_an_offer_without_effect_is_refused_and_not_locked(diner: Diner, table: Table) -> None:
    CategoryFactory.create(restaurant=table.restaurant, slug="wine")
    wine = voucher(diner, discount_type="percentage_discount", discount_value="50", category="wine")
    short = voucher(diner, discount_type="absolute_discount", discount_value="5", minimum_cents=3000)

    with pytest.raises(Conflict, match="Nothing in your basket"):
        diner.redeem(wine)
    with pytest.raises(Conflict, match=r"needs €6\.00 more"):
        diner.redeem(short)

    assert (state_of(wine), state_of(short), AppliedOffer.objects.count()) == ("ACTIVE", "ACTIVE", 0)


def test_an_offer_that_names_nothing_sold_here_or_makes_no_sense_is_shown_as_not_usable(diner: Diner) -> None:
    strange = voucher(diner, discount_type="free_item", product_code="LOBSTER")
    nonsense = voucher(diner, discount_type="percentage_discount", discount_value="ten")

    for row in (strange, nonsense):
        shown = diner.shown("voucher", row)
        assert not shown.is_usable
        assert preview(shown, diner.table.restaurant, diner.order, now=NOW).refusal

    assert not AppliedOffer.objects.exists()


def test_an_exclusive_offer_worth_more_replaces_and_releases_the_others(diner: Diner) -> None:
    ten = voucher(diner)
    half = voucher(diner, discount_type="percentage_discount", discount_value="50", exclusive=True)
    diner.redeem(ten)
    told = preview(diner.shown("voucher", half), diner.table.restaurant, diner.order, now=NOW)

    diner.redeem(half)

    assert told.replaced == ("Treat",)
    assert [row.offer_id for row in AppliedOffer.objects.live()] == [str(half.uuid)]
    assert (state_of(ten), read_basket(diner.order, now=NOW).total_cents) == ("ACTIVE", 1200)


def test_an_exclusive_offer_worth_less_is_refused(diner: Diner) -> None:
    diner.redeem(voucher(diner))
    small = voucher(diner, discount_type="absolute_discount", discount_value="1", exclusive=True)

    with pytest.raises(Conflict, match="worth more"):
        diner.redeem(small)

    assert state_of(small) == "ACTIVE"


def test_a_minimum_not_met_any_more_ends_the_lock_and_says_what_is_missing(diner: Diner) -> None:
    five = voucher(diner, discount_type="absolute_discount", discount_value="5", minimum_cents=2000)
    diner.redeem(five)
    order = diner.order

    change_quantity(order, order.lines.get().pk, quantity=1, now=NOW)
    told = drop_what_no_longer_applies(order, now=NOW)

    assert told == ["Treat needs €8.00 more."]
    assert (state_of(five), AppliedOffer.objects.live().count()) == ("ACTIVE", 0)


def test_a_change_of_the_basket_renews_the_hold_for_an_hour_at_most(diner: Diner) -> None:
    ten = voucher(diner)
    diner.redeem(ten)

    for minutes, until in ((10, 25), (20, 35), (34, 49), (48, 60), (59, 60)):
        offers.renew(diner.order, now=NOW + timedelta(minutes=minutes))
        assert AppliedOffer.objects.get().held_until == NOW + timedelta(minutes=until)

    assert (state_of(ten, minutes=59), state_of(ten, minutes=60)) == ("LOCKED", "ACTIVE")


def test_an_abandoned_lock_is_free_again_by_itself(diner: Diner) -> None:
    ten = voucher(diner)
    diner.redeem(ten)
    other = seat_member(diner.table, diner.contact)

    taken = other.showcase(minutes=16).find("voucher", str(ten.uuid))
    assert taken is not None
    row = redeem_on_basket(
        taken,
        visitor=other.visitor,
        table=other.table,
        guest=other.guest,
        form=QueryDict(),
        now=NOW + timedelta(minutes=16),
    )
    lapsed = offers.drop_lapsed(diner.order, now=NOW + timedelta(minutes=16))

    assert [each.order_id for each in lapsed] == [diner.order.pk]
    assert list(AppliedOffer.objects.live()) == [row]
    assert state_of(ten, minutes=16) == "LOCKED"


def test_a_lock_lost_before_paying_and_used_elsewhere_is_a_conflict_with_a_new_total(diner: Diner) -> None:
    ten = voucher(diner)
    diner.redeem(ten)
    other = seat_member(diner.table, diner.contact)
    port.load().lock(
        str(diner.contact.uuid),
        str(ten.uuid),
        holder="elsewhere",
        until=NOW + timedelta(hours=1),
        now=NOW + timedelta(minutes=16),
    )

    with pytest.raises(Conflict, match="cannot be used any more"):
        diner.pay(minutes=17)

    assert other.guest.contact_id == diner.guest.contact_id
    assert read_basket(diner.order, now=NOW).total_cents == 2400
    assert diner.order.placed_at is None


def test_an_offer_gone_after_payment_is_an_overrun_and_the_paid_price_stands(diner: Diner, demo_mode: None) -> None:
    ten = voucher(diner)
    diner.redeem(ten)
    order = diner.pay(method="demo")
    ten.lock_rows.all().delete()
    Voucher.objects.filter(pk=ten.pk).update(times_redeemed=1)
    Order.objects.update(payment_state="paid", paid_at=NOW)

    settlement.settle(Order.objects.get(), now=NOW)

    row = AppliedOffer.objects.get()
    order.refresh_from_db()
    assert row.overrun
    assert row.redeemed_at is None
    assert (order.total_cents, order.points_earned, order.settled_at) == (2160, 21, NOW)


def test_signing_out_takes_the_offers_off_and_releases_them(diner: Diner) -> None:
    ten = voucher(diner)
    diner.redeem(ten)

    nobody = sign_out(diner.guest, now=NOW)

    order = Order.objects.get()
    assert (order.guest_id, nobody.contact_id, state_of(ten)) == (nobody.pk, "", "ACTIVE")
    assert LineItem.objects.get().quantity == 2
    assert Guest.objects.get(pk=diner.guest.pk).ended_at == NOW


def test_somebody_else_signing_in_never_has_the_first_ones_offers(diner: Diner) -> None:
    ten = voucher(diner)
    diner.redeem(ten)
    second = member(0)

    guest = sign_in(diner.guest, str(second.uuid), is_verified=True, now=NOW)

    assert not AppliedOffer.objects.live().exists()
    assert state_of(ten) == "ACTIVE"
    assert read_showcase(guest, diner.table.restaurant, None, now=NOW).vouchers == ()


def test_a_collectable_reward_is_on_one_order_at_a_time_and_collected_after_payment(diner: Diner) -> None:
    reward = RewardReceptionFactory.create(
        contact=diner.contact, attributes={"discount_type": "free_item", "product_code": "PIZZA"}
    )
    shown = diner.shown("collectable", reward)
    diner.redeem(reward)
    other = seat_member(diner.table, diner.contact)

    with pytest.raises(Conflict, match="another order"):
        redeem_on_basket(shown, visitor=other.visitor, table=other.table, guest=other.guest, form=QueryDict(), now=NOW)
    order = diner.pay()

    assert (order.total_cents, AppliedOffer.objects.get(order=order).redeemed_at) == (1200, NOW)
    assert not diner.showcase().collectables


def bought_pizza(diner: Diner) -> RewardReception:
    made: RewardReception = RewardReceptionFactory.create(
        contact=diner.contact, attributes={"discount_type": "free_item", "product_code": "PIZZA"}
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

    offers.renew(diner.order, now=NOW + timedelta(minutes=10))
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

    offers.drop_lapsed(order, now=later)

    assert held == ("LOCKED", str(order.uuid))
    assert (state_of(ten, minutes=20), holder_of(reward, minutes=20)) == ("ACTIVE", "")


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

    bought = [
        buy(
            shown,
            purchase_key="same",
            visitor=diner.visitor,
            table=diner.table,
            guest=diner.guest,
            form=QueryDict(),
            now=NOW,
        )
        for _press in range(2)
    ]

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
            buy(
                offer,
                purchase_key=words,
                visitor=diner.visitor,
                table=diner.table,
                guest=diner.guest,
                form=QueryDict(),
                now=NOW,
            )

    diner.contact.refresh_from_db()
    assert diner.contact.balance == 120
    assert not RewardReception.objects.exists()


def test_a_purchase_not_collected_yet_can_be_undone(diner: Diner) -> None:
    reward = RewardFactory.create(
        required_points=100, attributes={"discount_type": "free_item", "product_code": "PIZZA"}
    )
    shown = diner.showcase().find("reward", str(reward.uuid))
    assert shown is not None
    buy(
        shown,
        purchase_key="key",
        visitor=diner.visitor,
        table=diner.table,
        guest=diner.guest,
        form=QueryDict(),
        now=NOW,
    )

    balance = undo(diner.guest, str(RewardReception.objects.get().uuid), now=NOW)

    assert (balance, AppliedOffer.objects.live().count()) == (120, 0)


def test_a_member_earns_without_any_offer_and_a_stranger_does_not(diner: Diner) -> None:
    order = diner.pay()

    assert (order.points_earned, order.new_balance) == (24, 144)


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
