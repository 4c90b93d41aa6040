"""Redeeming, from the form on: what happens to what was on the basket before, and what the diner is told of it."""

from datetime import timedelta

import pytest
from django.http import QueryDict

from loyalty.models import Voucher
from menu.models import Product, Table
from orders import identify
from orders.applying import preview
from orders.basket_view import read_basket
from orders.models import AppliedOffer, Guest
from orders.redeeming import Redeemed, redeem
from tests.factories import NOW, ProductFactory
from tests.loyalty.factories import member
from tests.orders.conftest import AddByForm
from tests.orders.diners import Diner, voucher

pytestmark = pytest.mark.django_db


@pytest.fixture
def pizza(table: Table) -> Product:
    made: Product = ProductFactory.create(restaurant=table.restaurant, sku="PIZZA", price_cents=1200)
    return made


@pytest.fixture
def diner(table: Table, add_by_form: AddByForm, pizza: Product) -> Diner:
    """A member with two pizzas in the basket: 24.00."""
    add_by_form(pizza, "quantity=2")
    contact = member(120)
    return Diner(contact, identify.sign_in(Guest.objects.get(), str(contact.uuid), is_verified=True, now=NOW), table)


def press(diner: Diner, offer: Voucher, *, minutes: int) -> Redeemed:
    return redeem(
        "voucher",
        str(offer.uuid),
        visitor=diner.visitor,
        table=diner.table,
        guest=diner.guest,
        form=QueryDict(),
        now=NOW + timedelta(minutes=minutes),
    )


@pytest.mark.parametrize(("minutes", "left"), [(14, 1), (15, 2), (16, 2)])
def test_what_ran_out_and_is_redeemed_again_is_not_told_to_have_left(diner: Diner, minutes: int, left: int) -> None:
    ten = voucher(diner)
    press(diner, ten, minutes=0)

    done = press(diner, ten, minutes=minutes)

    assert (done.told, done.replaced, AppliedOffer.objects.count()) == ((), (), left)
    assert AppliedOffer.objects.live().get().held_until == NOW + timedelta(minutes=minutes + 15)


def test_what_ran_out_beside_the_offer_redeemed_is_told(diner: Diner) -> None:
    press(diner, voucher(diner), minutes=0)

    done = press(diner, voucher(diner), minutes=16)

    assert [text.partition(",")[0] for text in done.told] == ["The time Treat was held for ran out"]
    assert AppliedOffer.objects.live().count() == 1


def test_redeeming_an_offer_holds_the_others_for_longer(diner: Diner) -> None:
    press(diner, voucher(diner), minutes=0)

    press(diner, voucher(diner), minutes=10)

    assert set(AppliedOffer.objects.values_list("held_until", flat=True)) == {NOW + timedelta(minutes=25)}


def test_what_an_offer_would_take_off_is_told_at_the_menus_present_prices(diner: Diner, pizza: Product) -> None:
    shown = diner.shown("voucher", voucher(diner))
    pizza.price_cents = 1300
    pizza.save()

    looked = preview(shown, diner.table.restaurant, read_basket(diner.order, now=NOW), now=NOW)

    assert looked.saved_cents == 260
