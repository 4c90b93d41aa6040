"""Paying again after a payment that took nothing: what is written down is the basket as it is then, nothing of the first try."""

from datetime import timedelta

import pytest
from django.http import QueryDict

from menu.models import Product, Table
from orders import identify, offers, settlement
from orders.basket import add, change_quantity
from orders.choices import product_for_sale, read_choice
from orders.models import AppliedOffer, AppliedShare, Attempt, AttemptState, Guest, LineItem, Order
from orders.tips import TipChoice
from tests.factories import NOW, ModifierFactory, ModifierGroupFactory, ProductFactory, ProductModifierGroupFactory
from tests.loyalty.factories import member
from tests.orders.conftest import AddByForm
from tests.orders.diners import Diner, voucher
from tests.orders.fake_bank import FakeBank

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(seconds=30)
TEN_OFF_PIZZA = {"discount_type": "percentage_discount", "discount_value": "10", "product_code": "PIZZA"}


@pytest.fixture
def pizza(table: Table) -> Product:
    made: Product = ProductFactory.create(restaurant=table.restaurant, sku="PIZZA", price_cents=1200)
    return made


@pytest.fixture
def diner(table: Table, add_by_form: AddByForm, pizza: Product) -> Diner:
    """A member with two pizzas and a coffee that is taxed otherwise: 29.00."""
    coffee: Product = ProductFactory.create(restaurant=table.restaurant, sku="COFFEE", price_cents=500, tax_rate=21)
    add_by_form(pizza, "quantity=2")
    add_by_form(coffee)
    contact = member(120)
    return Diner(contact, identify.sign_in(Guest.objects.get(), str(contact.uuid), is_verified=True, now=NOW), table)


def decline(bank: FakeBank) -> None:
    """Have the bank say no to the newest try."""
    bank.says(Attempt.objects.latest("pk"), AttemptState.DECLINED)
    settlement.reconcile(now=LATER)


def taxes_of(order: Order) -> list[tuple[int, int]]:
    return [(int(tax.rate), tax.base_cents) for tax in order.taxes.all()]


def test_nothing_of_a_declined_try_is_left_after_the_next_one(diner: Diner, bank: FakeBank) -> None:
    """First 29.00 less 1.20 on one pizza and 10 % of the rest, with a tip; then the coffee alone, without a tip: 5.00."""
    on_pizza, on_all = voucher(diner, **TEN_OFF_PIZZA), voucher(diner)
    diner.redeem(on_pizza)
    diner.redeem(on_all)
    order = diner.pay(method="demo", tip=TipChoice(code="10"))
    first = order.total_cents, taxes_of(order), order.tip_cents
    decline(bank)
    change_quantity(diner.order, LineItem.objects.get(sku="PIZZA").pk, quantity=0, now=NOW)
    offers.withdraw(diner.order, kind="voucher", offer_id=str(on_all.uuid), now=NOW)

    again = diner.pay(method="demo")

    assert first == (2792, [(9, 2052), (21, 450)], 290)
    assert (again.total_cents, again.tip_cents, again.total_discount_cents) == (500, 0, 0)
    assert (list(again.charges.all()), taxes_of(again)) == ([], [(21, 500)])
    assert list(again.lines.values_list("sku", "total_cents")) == [("COFFEE", 500)]
    assert list(AppliedOffer.objects.order_by("pk").values_list("offer_id", "cents")) == [
        (str(on_pizza.uuid), 0),
        (str(on_all.uuid), 0),
    ]
    assert not AppliedShare.objects.exists()


def test_the_shares_of_the_next_try_are_its_own(diner: Diner, bank: FakeBank) -> None:
    on_pizza = voucher(diner, **TEN_OFF_PIZZA)
    diner.redeem(on_pizza)
    diner.pay(method="demo")
    decline(bank)
    pizzas = LineItem.objects.get(sku="PIZZA")
    change_quantity(diner.order, pizzas.pk, quantity=1, now=NOW)

    again = diner.pay(method="demo")

    row = AppliedOffer.objects.get()
    assert (again.total_cents, row.cents, row.is_order_level) == (1580, 120, False)
    assert list(row.shares.values_list("line", "cents", "units")) == [(pizzas.pk, 120, 1)]


def test_new_prices_are_paid_with_the_tip_and_the_offer_that_the_diner_saw_with_them(
    diner: Diner, pizza: Product
) -> None:
    """Pizzas at 13.00, one with cheese of 2.50: 46.50, less 10 % of one pizza; a tip of 10 % of 46.50."""
    group = ModifierGroupFactory.create(restaurant=diner.table.restaurant)
    ProductModifierGroupFactory.create(product=pizza, group=group)
    cheese = ModifierFactory.create(group=group, price_cents=200)
    offered = product_for_sale(diner.table.restaurant, pizza.pk, now=NOW)
    choice = read_choice(offered, QueryDict(f"modifier-{group.pk}={cheese.pk}"))
    with_cheese = add(visitor=diner.visitor, table=diner.table, offered=offered, choice=choice, now=NOW)
    diner.redeem(voucher(diner, **TEN_OFF_PIZZA))
    pizza.price_cents = 1300
    pizza.save()
    cheese.price_cents = 250
    cheese.save()

    order = diner.pay(tip=TipChoice(code="10"))

    sub = with_cheese.sub_lines.get()
    assert (order.items_cents, order.tip_cents) == (4650, 465)
    assert (sub.unit_cents, sub.total_cents) == (250, 250)
    assert order.total_cents == 4650 - 130 + 465
