"""Offers on the basket: held at the programme, written onto the order, used up after payment, released when they leave."""

from datetime import timedelta

import pytest
from django.http import QueryDict
from pytest_django import DjangoAssertNumQueries

from loyalty import port
from loyalty.models import Voucher
from menu.models import Product, Table
from orders import offers, settlement
from orders.applying import preview
from orders.basket import add, change_quantity
from orders.basket_view import read_basket
from orders.choices import product_for_sale, read_choice
from orders.errors import ChoiceRefused, Conflict
from orders.guest import Visitor
from orders.identify import sign_in, sign_out
from orders.models import AppliedOffer, Guest, LineItem, Order
from orders.redeeming import redeem
from orders.showcase import read_showcase
from orders.tending import drop_what_no_longer_applies, tend_offers
from tests.factories import (
    NOW,
    CategoryFactory,
    ModifierFactory,
    ModifierGroupFactory,
    ProductFactory,
    ProductModifierGroupFactory,
)
from tests.loyalty.factories import member
from tests.orders.conftest import AddByForm
from tests.orders.diners import Diner, seat_member, state_of, voucher

pytestmark = pytest.mark.django_db


@pytest.fixture
def pizza(table: Table) -> Product:
    pizzas = CategoryFactory.create(restaurant=table.restaurant, slug="pizza")
    made: Product = ProductFactory.create(
        restaurant=table.restaurant, name="Pizza", sku="PIZZA", price_cents=1200, categories=[pizzas]
    )
    return made


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


@pytest.mark.parametrize("more_lines", [0, 7])
def test_redeeming_reads_the_basket_once_however_long_it_is(
    diner: Diner,
    pizza: Product,
    more_lines: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(more_lines):
        offered = product_for_sale(diner.table.restaurant, pizza.pk, now=NOW)
        choice = read_choice(offered, QueryDict(f"note={number}"))
        add(visitor=diner.visitor, table=diner.table, offered=offered, choice=choice, now=NOW)
    ten, guest = voucher(diner), diner.guest

    with django_assert_num_queries(24):
        done = redeem(
            "voucher",
            str(ten.uuid),
            visitor=diner.visitor,
            table=diner.table,
            guest=guest,
            form=QueryDict(),
            now=NOW,
        )

    assert (done.name, done.replaced, done.told) == ("Treat", (), ())


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
        other.put(shown)

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
        assert preview(shown, diner.table.restaurant, read_basket(diner.order, now=NOW), now=NOW).refusal

    assert not AppliedOffer.objects.exists()


def test_an_exclusive_offer_worth_more_replaces_and_releases_the_others(diner: Diner) -> None:
    ten = voucher(diner)
    half = voucher(diner, discount_type="percentage_discount", discount_value="50", exclusive=True)
    diner.redeem(ten)
    told = preview(diner.shown("voucher", half), diner.table.restaurant, read_basket(diner.order, now=NOW), now=NOW)

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


def test_an_exclusive_offer_leaves_for_one_that_is_worth_more(diner: Diner) -> None:
    small = voucher(diner, discount_type="absolute_discount", discount_value="1", exclusive=True)
    ten = voucher(diner)
    diner.redeem(small)

    diner.redeem(ten)

    assert [row.offer_id for row in AppliedOffer.objects.live()] == [str(ten.uuid)]
    assert (state_of(small), read_basket(diner.order, now=NOW).total_cents) == ("ACTIVE", 2160)


def test_the_menu_is_not_read_for_offers_that_every_basket_is_large_enough_for(
    diner: Diner, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    diner.redeem(voucher(diner))
    order = diner.order

    with django_assert_num_queries(1):
        tend_offers(order, now=NOW)


def test_a_minimum_not_met_any_more_ends_the_lock_and_says_what_is_missing(diner: Diner) -> None:
    five = voucher(diner, discount_type="absolute_discount", discount_value="5", minimum_cents=2000)
    diner.redeem(five)
    order = diner.order

    change_quantity(order, order.lines.get().pk, quantity=1, now=NOW)
    told = drop_what_no_longer_applies(order, diner.applied, now=NOW)

    assert list(told.values()) == ["Treat needs €8.00 more."]
    assert (state_of(five), AppliedOffer.objects.live().count()) == ("ACTIVE", 0)


def test_a_change_of_the_basket_renews_the_hold_for_an_hour_at_most(diner: Diner) -> None:
    ten = voucher(diner)
    diner.redeem(ten)

    for minutes, until in ((10, 25), (20, 35), (34, 49), (48, 60), (59, 60)):
        offers.renew(diner.applied, now=NOW + timedelta(minutes=minutes))
        assert AppliedOffer.objects.get().held_until == NOW + timedelta(minutes=until)

    assert (state_of(ten, minutes=59), state_of(ten, minutes=60)) == ("LOCKED", "ACTIVE")


def test_an_abandoned_lock_is_free_again_by_itself(diner: Diner) -> None:
    ten = voucher(diner)
    diner.redeem(ten)
    other = seat_member(diner.table, diner.contact)

    taken = other.showcase(minutes=16).find("voucher", str(ten.uuid))
    assert taken is not None
    row = other.put(taken, minutes=16)
    lapsed = offers.drop_lapsed(diner.order, diner.applied, now=NOW + timedelta(minutes=16))

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


def test_a_member_earns_without_any_offer_and_a_stranger_does_not(diner: Diner) -> None:
    order = diner.pay()

    assert (order.points_earned, order.new_balance) == (24, 144)
