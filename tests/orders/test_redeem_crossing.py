"""What another tab does while an offer is being redeemed: between the look at the basket and the writing of the offer."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from django.http import QueryDict
from pytest_django import Settings

from loyalty.backends.embedded import EmbeddedLoyalty
from loyalty.models import Voucher
from loyalty.port import Wallet, load
from menu.models import Product, Table
from orders import identify
from orders.basket import change_quantity
from orders.errors import Conflict
from orders.models import AppliedOffer, Guest, LineItem
from orders.redeeming import Redeemed, redeem
from tests.factories import NOW, ProductFactory
from tests.loyalty.factories import member
from tests.orders.conftest import AddByForm
from tests.orders.diners import Diner, state_of, voucher

pytestmark = pytest.mark.django_db


class Interrupted(EmbeddedLoyalty):
    """A programme to which something else comes first when it is asked for a wallet; name it in LOYALTY_BACKEND."""

    comes_first: ClassVar[list[Callable[[], object]]] = []

    def wallet(self, *named: Any, **options: Any) -> Wallet:
        if Interrupted.comes_first:
            Interrupted.comes_first.pop()()
        return super().wallet(*named, **options)


@pytest.fixture
def diner(table: Table, add_by_form: AddByForm) -> Diner:
    """A member with two pizzas in the basket: 24.00."""
    pizza: Product = ProductFactory.create(restaurant=table.restaurant, sku="PIZZA", price_cents=1200)
    add_by_form(pizza, "quantity=2")
    contact = member(120)
    return Diner(contact, identify.sign_in(Guest.objects.get(), str(contact.uuid), is_verified=True, now=NOW), table)


def redeem_while(diner: Diner, ten: Voucher, comes_first: Callable[[], object], settings: Settings) -> Redeemed:
    Interrupted.comes_first.append(comes_first)
    settings.LOYALTY_BACKEND = f"{__name__}.Interrupted"
    return redeem(
        "voucher",
        str(ten.uuid),
        visitor=diner.visitor,
        table=diner.table,
        guest=diner.guest,
        form=QueryDict(),
        now=NOW,
    )


def test_an_exclusive_offer_takes_the_place_of_what_another_tab_put_on_meanwhile(
    diner: Diner, settings: Settings
) -> None:
    ten = voucher(diner)
    half = voucher(diner, discount_type="percentage_discount", discount_value="50", exclusive=True)

    redeem_while(diner, half, lambda: diner.redeem(ten), settings)

    assert [row.offer_id for row in AppliedOffer.objects.live()] == [str(half.uuid)]
    assert (state_of(ten), state_of(half)) == ("ACTIVE", "LOCKED")


def test_an_offer_redeemed_while_its_member_signs_out_is_on_nobodys_basket(diner: Diner, settings: Settings) -> None:
    ten = voucher(diner)

    with pytest.raises(Conflict, match="has changed since"):
        redeem_while(diner, ten, lambda: identify.sign_out(diner.guest, now=NOW), settings)

    assert not AppliedOffer.objects.exists()
    assert state_of(ten) == "ACTIVE"


def test_a_free_item_whose_line_another_tab_removed_meanwhile_is_brought_along(
    diner: Diner, settings: Settings
) -> None:
    free = voucher(diner, discount_type="free_item", product_code="PIZZA")
    order = diner.order

    redeem_while(diner, free, lambda: change_quantity(order, order.lines.get().pk, quantity=0, now=NOW), settings)

    assert [(line.sku, line.quantity) for line in order.lines.all()] == [("PIZZA", 1)]
    assert AppliedOffer.objects.live().get().added_line == order.lines.get()


def test_an_offer_that_another_tab_left_nothing_for_is_refused(diner: Diner, settings: Settings) -> None:
    ten = voucher(diner, discount_type="percentage_discount", discount_value="10", product_code="PIZZA")
    order = diner.order

    with pytest.raises(Conflict, match="Add something that this offer is for first"):
        redeem_while(diner, ten, lambda: change_quantity(order, order.lines.get().pk, quantity=0, now=NOW), settings)

    assert not AppliedOffer.objects.exists()
    assert state_of(ten) == "ACTIVE"


def test_the_same_form_sent_twice_does_not_stand_in_its_own_way(diner: Diner, table: Table, settings: Settings) -> None:
    """The other one holds the voucher by now, for the very same basket, and has not written that down yet."""
    ProductFactory.create(restaurant=table.restaurant, sku="CAKE", price_cents=650)
    free = voucher(diner, discount_type="free_item", product_code="CAKE")
    contact_id, holder = str(diner.contact.uuid), str(diner.order.uuid)
    until = NOW + timedelta(minutes=15)

    done = redeem_while(
        diner, free, lambda: load().lock(contact_id, str(free.uuid), holder=holder, until=until, now=NOW), settings
    )

    assert done.name == "Treat"
    assert list(LineItem.objects.values_list("sku", "quantity")) == [("PIZZA", 2), ("CAKE", 1)]
