"""Orders of tills as the engine keeps them: received, processed, and what they earn, once."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from loyalty import till_orders
from loyalty.catalogue import sync_catalogue
from loyalty.documents import CatalogueProduct as Product
from loyalty.documents import Shop as ShopValue
from loyalty.errors import Conflict, OrderNotDue, TooManyPoints
from loyalty.ledger import Ledger
from loyalty.membership import erase
from loyalty.merging import merge
from loyalty.models import (
    CatalogueProduct,
    ChargeDefinition,
    Contact,
    OrderPaymentStatus,
    OrderStatus,
    PointsEntry,
    ProcessedOrder,
    Shop,
    Unit,
    find_programme,
)
from loyalty.order_processing import award
from tests.loyalty.documents import line, order
from tests.loyalty.factories import NOW, TierFactory, member
from tests.loyalty.till_documents import balance, read, receive

pytestmark = pytest.mark.django_db


def test_an_order_earns_when_it_is_processed_and_only_once(contact: Contact, shop: Shop) -> None:
    received = receive(order(contact, line("a", 1900)), contact, shop)
    assert (received.processed_at, balance(contact)) == (None, 0)

    processed = [till_orders.process(received, now=NOW).points for _time in range(2)]

    assert (processed, balance(contact)) == ([19, 19], 19)
    assert PointsEntry.objects.count() == 1


def test_an_unpaid_order_is_kept_and_earns_once_it_is_paid(contact: Contact, shop: Shop) -> None:
    received = receive(order(contact, line("a", 1900)), contact, shop, paid=False, process=True)
    with pytest.raises(OrderNotDue, match="payment_status"):
        till_orders.process(received, now=NOW)
    assert (received.processed_at, balance(contact)) == (None, 0)

    till_orders.update(received, payment_status=OrderPaymentStatus.PAID, now=NOW + timedelta(hours=1))
    till_orders.process(received, now=NOW + timedelta(hours=2))

    received.refresh_from_db()
    assert (received.paid_at, balance(contact)) == (NOW + timedelta(hours=1), 19)


def test_a_cancelled_order_earns_nothing(contact: Contact, shop: Shop) -> None:
    received = receive(order(contact, line("a", 1900)), contact, shop)
    till_orders.update(received, status=OrderStatus.CANCELLED, now=NOW)

    with pytest.raises(OrderNotDue, match="status"):
        till_orders.process(received, now=NOW)

    assert balance(contact) == 0


def test_cancelling_a_processed_order_moves_no_points(contact: Contact, shop: Shop) -> None:
    processed = receive(order(contact, line("a", 1900)), contact, shop, process=True)

    till_orders.update(processed, status=OrderStatus.CANCELLED, now=NOW)

    processed.refresh_from_db()
    assert (processed.status, balance(contact)) == ("CANCELLED", 19)


def test_points_that_no_balance_could_hold_are_refused_and_nothing_is_kept(contact: Contact, shop: Shop) -> None:
    Unit.objects.filter(pk=find_programme().unit_id).update(points_each=1000)

    with pytest.raises(TooManyPoints):
        receive(order(contact, line("a", 900_000_000)), contact, shop, process=True)

    assert (ProcessedOrder.objects.count(), balance(contact)) == (0, 0)


def test_an_identifier_is_taken_once_by_whoever_comes(contact: Contact, shop: Shop) -> None:
    receive(order(contact, line("a", 1900), identifier="one"), contact, shop, process=True)
    other = member()
    new_dish = replace(line("b", 500), sku="NEW")

    for buyer in (contact, other):
        for processes in (True, False):
            with pytest.raises(Conflict):
                receive(order(buyer, new_dish, identifier="one"), buyer, shop, process=processes)

    assert (ProcessedOrder.objects.count(), balance(contact), balance(other)) == (1, 19, 0)
    assert not CatalogueProduct.objects.filter(sku="NEW").exists()


def test_products_and_charges_never_seen_before_are_added_under_the_lines_name(contact: Contact, shop: Shop) -> None:
    CatalogueProduct.objects.create(sku="PIZZA", name="Margherita")
    document = read(
        {"price": 1000, "product": {"external_identifier": "PIZZA"}, "name": "Pizza"},
        {"price": 500, "product": {"external_identifier": "COLA"}, "name": "Cola"},
        charges=[
            {"external_identifier": "1", "name": "Bag", "total_amount": 10, "type": "BAG"},
            {"external_identifier": "2", "name": "Delivery", "total_amount": 10, "type": "SHIPPING"},
        ],
    )

    receive(document, contact, shop)

    assert set(CatalogueProduct.objects.values_list("sku", "name")) == {("PIZZA", "Margherita"), ("COLA", "Cola")}
    assert list(ChargeDefinition.objects.values_list("external_identifier", "name")) == [("BAG", "Bag")]


def test_what_is_written_while_an_order_is_processed_stays(
    contact: Contact, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    received = receive(order(contact, line("a", 1900)), contact, shop)

    def award_while_the_till_goes_on(ledger: Ledger, order: ProcessedOrder, *, paid_at: datetime) -> None:
        till_orders.update(order, status=OrderStatus.CANCELLED, now=NOW)
        award(ledger, order, paid_at=paid_at)

    monkeypatch.setattr("loyalty.till_orders.award", award_while_the_till_goes_on)

    till_orders.process(received, now=NOW)

    received.refresh_from_db()
    assert (received.status, received.points, received.processed_at) == ("CANCELLED", 19, NOW)


@pytest.mark.parametrize("process", [True, False])
def test_an_order_of_somebody_merged_since_they_were_looked_up_is_the_others(
    contact: Contact, shop: Shop, process: bool
) -> None:
    other, seen_before = member(100), Contact.objects.get(pk=contact.pk)
    merge(contact, other, now=NOW)

    received = receive(order(contact, line("a", 1900)), seen_before, shop, process=process)

    assert (received.contact, balance(contact), balance(other)) == (other, 0, 119 if process else 100)


def test_points_follow_a_contact_that_became_part_of_another(contact: Contact, shop: Shop) -> None:
    received = receive(order(contact, line("a", 1900)), contact, shop)
    other = member(100)
    merge(contact, other, now=NOW)

    till_orders.process(received, now=NOW)

    assert (balance(contact), balance(other)) == (0, 119)


def test_an_order_of_somebody_erased_is_still_processed(contact: Contact, shop: Shop) -> None:
    received = receive(order(contact, line("a", 1900)), contact, shop)
    erase(contact, now=NOW)

    assert till_orders.process(received, now=NOW).points == 19


def test_the_tier_is_that_of_the_moment_of_payment(contact: Contact, shop: Shop) -> None:
    received = receive(order(contact, line("a", 1000)), contact, shop)
    contact.move_to_tier(TierFactory.create(multiplier="2"), now=NOW + timedelta(hours=1))

    assert till_orders.process(received, now=NOW + timedelta(hours=2)).points == 10


def test_a_product_of_our_menu_that_earns_nothing_says_so_in_the_catalogue() -> None:
    demo = ShopValue(reference="demo", name="Demo")
    sync_catalogue(demo, [Product(sku="CARD", name="Gift card", earns_points=False)])
    assert not CatalogueProduct.objects.get().earns_points

    sync_catalogue(demo, [Product(sku="CARD", name="Gift card")])

    assert CatalogueProduct.objects.get().earns_points
