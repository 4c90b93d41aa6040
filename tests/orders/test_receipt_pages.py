"""The diner's receipts as PDF, the codes of gift cards bought and what came back: for the guest whose order it is."""

import uuid
from html import unescape

import pytest
from django.test import Client

from loyalty.models import GiftCardProgramme
from menu.models import Table
from orders import settlement
from orders.models import Order, Receipt, SoldCard
from orders.paper import paper_of
from orders.returns import return_items
from tests.factories import NOW, ProductFactory
from tests.orders.logins import scan
from tests.orders.test_checkout_page import hidden, read

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def buy(diner: Client, table: Table, **fields: object) -> Order:
    """Have two of something of 25.00 ordered by the pages, to be paid at the counter."""
    thing = ProductFactory.create(restaurant=table.restaurant, price_cents=2500, name="Voucher book", **fields)
    diner.post("/basket/add/", {"product": thing.pk, "quantity": 2})
    diner.post("/checkout/", {**hidden(read(diner)), "method": "counter"})
    return Order.objects.get()


def pay(order: Order) -> None:
    settlement.mark_paid(order, by="anna", now=NOW)


@pytest.fixture
def order(diner: Client, table: Table) -> Order:
    return buy(diner, table)


@pytest.fixture
def cards(diner: Client, table: Table) -> Order:
    """Two gift cards of 25.00."""
    GiftCardProgramme.objects.create(name="Gift card", currency="EUR", max_amount_cents=10000, expiration_days=365)
    return buy(diner, table, kind="gift_card", discountable=False, earns_points=False)


def page(client: Client, order: Order) -> str:
    return unescape(client.get(f"/orders/{order.uuid}/").content.decode())


def test_there_is_a_receipt_once_the_order_is_paid(diner: Client, order: Order) -> None:
    address = f"/orders/{order.uuid}/receipt.pdf"
    before = (diner.get(address).status_code, address in page(diner, order))

    pay(order)

    answer = diner.get(address)
    assert before == (404, False)
    assert address in page(diner, order)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF")
    assert "no-store" in answer.headers["Cache-Control"]
    assert diner.post(address).status_code == 405


def test_a_return_has_a_receipt_of_its_own_and_is_on_the_page(diner: Client, order: Order) -> None:
    pay(order)
    return_items(order, {order.lines.get().pk: 1}, key="r", by="anna", reason="spilt", now=NOW)
    number = Receipt.objects.get(order_return__isnull=False).number
    address = f"/orders/{order.uuid}/receipts/{number}.pdf"

    shown = page(diner, order)

    assert "Returned: 1 × Voucher book, €25.00" in shown
    assert address in shown
    assert "spilt" not in shown
    assert diner.get(address).content.startswith(b"%PDF")
    for wrong in (number - 1, number + 1, 10**17):
        assert diner.get(f"/orders/{order.uuid}/receipts/{wrong}.pdf").status_code == 404


def test_nobody_else_gets_a_receipt(diner: Client, order: Order, table: Table) -> None:
    pay(order)
    return_items(order, {order.lines.get().pk: 1}, key="r", by="anna", reason="spilt", now=NOW)
    number = Receipt.objects.get(order_return__isnull=False).number

    for somebody in (scan(table), Client()):
        for path in ("receipt.pdf", f"receipts/{number}.pdf"):
            assert somebody.get(f"/orders/{order.uuid}/{path}").status_code == 404
        shown = page(somebody, order)
        assert "Returned: 1 × Voucher book, €25.00" in shown
        assert ".pdf" not in shown
    assert diner.get(f"/orders/{uuid.uuid4()}/receipt.pdf").status_code == 404


def test_the_codes_bought_are_shown_to_their_buyer_alone(diner: Client, cards: Order, table: Table) -> None:
    before = page(diner, cards)
    pay(cards)
    codes = list(SoldCard.objects.values_list("code", flat=True))

    shown = page(diner, cards)

    assert len(set(codes)) == 2
    assert "Your gift card" not in before
    assert shown.count("Your gift card:") == 2
    assert "€25.00" in shown
    assert "Valid until" in shown
    for somebody in (scan(table), Client()):
        strange = page(somebody, cards)
        assert "Your gift card" not in strange
    for code in codes:
        assert code in shown
        assert code not in strange


def test_a_page_that_looks_for_news_gets_the_codes(diner: Client, cards: Order) -> None:
    Order.objects.update(payment_state="paid")
    seen = "paid-received"
    assert diner.get(f"/orders/{cards.uuid}/?seen={seen}", headers=HTMX).status_code == 204
    Order.objects.update(payment_state="unpaid")
    pay(cards)

    answer = diner.get(f"/orders/{cards.uuid}/?seen={seen}", headers=HTMX)

    assert answer.status_code == 200
    assert SoldCard.objects.all()[0].code in answer.content.decode()


def test_a_card_that_was_not_issued_says_whom_to_ask(diner: Client, cards: Order) -> None:
    GiftCardProgramme.objects.all().delete()
    pay(cards)

    assert "Your gift card is not ready. Please ask our staff: it is paid for." in page(diner, cards)


def test_a_receipt_names_codes_whole_for_the_buyer_and_by_their_end_for_staff(diner: Client, cards: Order) -> None:
    pay(cards)
    code = SoldCard.objects.all()[0].code
    receipt = Receipt.objects.select_related("restaurant", "order").get()

    said = [[row.words for row in paper_of(receipt, with_codes=whole).rows] for whole in (True, False)]

    assert f"Code {code}" in said[0]
    assert f"Code …{code[-4:]}" in said[1]
    assert f"Code {code}" not in said[1]
