"""Vouchers and gift cards sold from the menu: issued once, shown to their buyer, in the document, also those issued late (ADR 34)."""

from html import unescape
from typing import Any

import pytest
from django.test import Client

from loyalty.backends.embedded import EmbeddedLoyalty
from loyalty.models import ProcessedOrder, Promotion, Voucher
from loyalty.order_processing import as_json
from menu.models import Product, Table
from orders import settlement
from orders.earning import order_document
from orders.errors import Conflict
from orders.models import Order, Receipt, SoldCard
from orders.receipts import receipt_text
from orders.sold_cards import issue_again
from tests.factories import NOW
from tests.orders.buyers import LATER, buyer, visitor
from tests.orders.conftest import AddByForm
from tests.orders.crash import Crash
from tests.orders.diners import Diner
from tests.orders.test_checkout_page import hidden, read

__all__ = ["buyer", "visitor"]  # fixtures

pytestmark = pytest.mark.django_db


def test_each_unit_is_a_voucher_of_its_buyer_and_the_lines_result(
    buyer: Diner, add_by_form: AddByForm, coffee_book: Product
) -> None:
    add_by_form(coffee_book, "quantity=2")

    order = buyer.pay()
    settlement.settle(order, now=LATER)

    vouchers = list(Voucher.objects.order_by("pk"))
    (line,) = ProcessedOrder.objects.get().document["lines"]
    assert [voucher.contact for voucher in vouchers] == [buyer.contact] * 2
    assert line["results"] == [{"id": str(voucher.uuid), "kind": "VOUCHER"} for voucher in vouchers]
    assert (order.total_cents, order.points_earned) == (1600, 16)
    receipt = receipt_text(Receipt.objects.select_related("restaurant", "order").get())
    assert all(voucher.code in receipt for voucher in vouchers)


def test_a_guest_without_an_account_gets_the_code_on_the_orders_page(
    client: Client, table: Table, coffee_book: Product
) -> None:
    client.get(f"/t/{table.code}/")
    client.post("/basket/add/", {"product": coffee_book.pk, "quantity": 1})
    client.post("/checkout/", {**hidden(read(client)), "method": "counter"})
    order = Order.objects.get()

    settlement.mark_paid(order, by="anna", now=NOW)

    voucher = Voucher.objects.get()
    shown = unescape(client.get(f"/orders/{order.uuid}/").content.decode())
    assert voucher.contact is None
    assert "Your voucher: Coffee book" in shown
    assert voucher.code in shown
    assert voucher.code not in Client().get(f"/orders/{order.uuid}/").content.decode()


def test_what_the_programme_refuses_is_paid_and_asked_for_again(
    buyer: Diner, add_by_form: AddByForm, coffee_book: Product, promotion: Promotion
) -> None:
    add_by_form(coffee_book)
    Promotion.objects.update(is_active=False)

    order = buyer.pay()

    assert (order.payment_state, SoldCard.objects.get().problem) == ("paid", "OfferUnavailable")
    assert not Voucher.objects.exists()
    with pytest.raises(Conflict, match="refused still"):
        issue_again(order, now=LATER)
    Promotion.objects.update(is_active=True)
    assert issue_again(order, now=LATER) == 1
    assert SoldCard.objects.get().code == Voucher.objects.get().code


def test_what_is_issued_late_is_its_lines_result_too(
    buyer: Diner, add_by_form: AddByForm, coffee_book: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused when the order was processed; staff ask again, and the first of two tries stops before it is noted here."""
    add_by_form(coffee_book, "quantity=2")
    Promotion.objects.update(voucher_limit=1)
    order = buyer.pay()
    line, points = order.lines.get(), order.points_earned
    before = [one["results"] for one in ProcessedOrder.objects.get().document["lines"]]
    Promotion.objects.update(voucher_limit=None)
    add_results = EmbeddedLoyalty.add_results

    def tell_and_crash(*arguments: Any, **named: Any) -> None:
        add_results(*arguments, **named)
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(EmbeddedLoyalty, "add_results", tell_and_crash)
        with pytest.raises(Crash):
            issue_again(order, now=LATER)
    assert issue_again(order, now=LATER) == 1

    first, late = (str(voucher.uuid) for voucher in Voucher.objects.order_by("pk"))
    processed = ProcessedOrder.objects.get()
    assert before == [[{"id": first, "kind": "VOUCHER"}]]
    assert [(one["external_identifier"], one["results"]) for one in processed.document["lines"]] == [
        (str(line.uuid), [{"id": first, "kind": "VOUCHER"}, {"id": late, "kind": "VOUCHER"}])
    ]
    assert (processed.points, processed.document) == (points, as_json(order_document(order)))


def test_what_a_guest_without_an_account_bought_is_issued_late_without_a_document(
    client: Client, table: Table, coffee_book: Product
) -> None:
    Promotion.objects.update(is_active=False)
    client.get(f"/t/{table.code}/")
    client.post("/basket/add/", {"product": coffee_book.pk, "quantity": 1})
    client.post("/checkout/", {**hidden(read(client)), "method": "counter"})
    order = Order.objects.get()
    with pytest.raises(Conflict, match="still being finished"):
        issue_again(order, now=LATER)
    settlement.mark_paid(order, by="anna", now=NOW)
    Promotion.objects.update(is_active=True)

    assert issue_again(order, now=LATER) == 1

    assert not ProcessedOrder.objects.exists()
    assert SoldCard.objects.get().code == Voucher.objects.get().code
