"""An offer that leaves its order while it is being held for longer: nobody's order, so nothing holds it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from django.test import Client
from pytest_django import Settings

from loyalty.backends.embedded import EmbeddedLoyalty
from loyalty.models import Contact, RewardReception, Voucher
from loyalty.port import Hold
from menu.models import Product, Table
from orders import offers
from orders.models import AppliedOffer, KitchenState, Order
from orders.returns import finish_cancelled
from tests.factories import NOW, ProductFactory
from tests.orders.members import give_reward, give_voucher, seat_member, url_of

pytestmark = pytest.mark.usefixtures("clock")

UNTIL = NOW + timedelta(hours=24)


class Interrupted(EmbeddedLoyalty):
    """A programme to which something else comes first whenever it is asked to hold; name it in LOYALTY_BACKEND."""

    comes_first: ClassVar[Callable[[], object]]

    def lock(self, *named: Any, **options: Any) -> Hold:
        Interrupted.comes_first()
        return super().lock(*named, **options)

    def lock_collectable(self, *named: Any, **options: Any) -> Hold:
        Interrupted.comes_first()
        return super().lock_collectable(*named, **options)


@pytest.fixture
def phone(client: Client, table: Table, noor: Contact) -> Client:
    soup: Product = ProductFactory.create(restaurant=table.restaurant, sku="SOUP", name="Soup", price_cents=1200)
    seat_member(client, table, noor)
    client.post("/basket/add/", {"product": soup.pk, "quantity": 2})
    return client


def is_held(offer: Voucher | RewardReception) -> bool:
    return type(offer).objects.filter(pk=offer.pk, locked_until__gt=NOW).exists()


def hold_longer(order: Order, settings: Settings, *, while_it: Callable[[], object]) -> list[AppliedOffer]:
    """Hold the order's offers for payment; return those that were not."""
    Interrupted.comes_first = staticmethod(while_it)
    settings.LOYALTY_BACKEND = f"{__name__}.Interrupted"
    gone = offers.hold_for_payment(order, until=UNTIL, now=NOW)
    settings.LOYALTY_BACKEND = "embedded"
    return gone


def give_soup(contact: Contact) -> RewardReception:
    return give_reward(contact, product_code="SOUP")


@pytest.mark.parametrize("give", [give_voucher, give_soup])
def test_an_offer_withdrawn_while_it_is_held_for_longer_is_free(
    phone: Client, noor: Contact, settings: Settings, give: Callable[[Contact], Voucher | RewardReception]
) -> None:
    offer = give(noor)
    phone.post(url_of(offer, "apply"))
    row, order = AppliedOffer.objects.get(), Order.objects.get()

    gone = hold_longer(
        order,
        settings,
        while_it=lambda: offers.withdraw(order, kind=row.kind, offer_id=row.offer_id, now=NOW),
    )

    assert gone == [row]
    assert not is_held(offer)


def test_an_offer_of_an_order_cancelled_while_it_is_held_for_longer_is_free(
    phone: Client, noor: Contact, settings: Settings
) -> None:
    ten = give_voucher(noor)
    phone.post(url_of(ten, "apply"))
    order = Order.objects.get()
    Order.objects.update(placed_at=NOW, kitchen_state=KitchenState.CANCELLED, cancelled_at=NOW)

    hold_longer(order, settings, while_it=lambda: finish_cancelled(order, now=NOW))

    assert not is_held(ten)


def test_an_offer_withdrawn_and_put_on_again_while_it_is_held_for_longer_stays_held(
    phone: Client, noor: Contact, settings: Settings
) -> None:
    ten = give_voucher(noor)
    phone.post(url_of(ten, "apply"))
    row, order = AppliedOffer.objects.get(), Order.objects.get()

    def change_twice() -> None:
        settings.LOYALTY_BACKEND = "embedded"
        offers.withdraw(order, kind=row.kind, offer_id=row.offer_id, now=NOW)
        phone.post(url_of(ten, "apply"))

    hold_longer(order, settings, while_it=change_twice)

    assert is_held(ten)
    assert AppliedOffer.objects.live().count() == 1
