"""Vouchers and gift cards sold from the menu: issued once, shown to their buyer, in the document; back only unused (ADR 34)."""

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client

from loyalty import gift_cards, money, voucher_use
from loyalty.backends.sold import EmbeddedSales
from loyalty.errors import GiftCardUnavailable
from loyalty.models import GiftCardProgramme, ProcessedOrder, Promotion, Voucher
from loyalty.port import IssuedVoucher
from menu.models import Product, Table
from orders import settlement, taking_back
from orders.errors import Conflict
from orders.guest import Visitor
from orders.kitchen import cancel
from orders.models import Order, OrderReturn, Receipt, Refund, SoldCard
from orders.receipts import receipt_text
from orders.returns import finish_all_cancelled, return_items, still_returnable
from orders.sold_cards import issue_again
from tests.factories import NOW, ProductFactory
from tests.loyalty.factories import PromotionFactory, member
from tests.orders.conftest import AddByForm
from tests.orders.crash import Crash
from tests.orders.diners import Diner, seat_member, state_of
from tests.orders.test_checkout_page import hidden, read

pytestmark = pytest.mark.django_db(transaction=True)

LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def buyer(table: Table) -> Diner:
    return seat_member(table, member(0))


@pytest.fixture
def visitor(buyer: Diner) -> Visitor:
    return buyer.visitor


@pytest.fixture
def promotion() -> Promotion:
    made: Promotion = PromotionFactory.create(name="Coffee for free")
    return made


@pytest.fixture
def coffee_book(buyer: Diner, promotion: Promotion) -> Product:
    """A voucher of 8.00 on the menu."""
    made: Product = ProductFactory.create(
        restaurant=buyer.table.restaurant,
        sku="BOOK",
        name="Coffee book",
        price_cents=800,
        kind="voucher",
        promotion=str(promotion.uuid),
    )
    return made


@pytest.fixture
def gift(buyer: Diner) -> Product:
    """A gift card of 25.00 on the menu."""
    GiftCardProgramme.objects.create(name="Gift card", currency="EUR", max_amount_cents=10000)
    made: Product = ProductFactory.create(
        restaurant=buyer.table.restaurant, sku="GIFT", name="Gift", price_cents=2500, kind="gift_card"
    )
    return made


def give_back(order: Order, key: str, /, **quantities: int) -> OrderReturn:
    lines = dict(order.lines.values_list("sku", "pk"))
    wanted = {lines[sku]: quantity for sku, quantity in quantities.items()}
    return return_items(order, wanted, key=key, by="anna", reason="by mistake", now=LATER)


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


def test_an_unused_voucher_comes_back_closed_and_a_used_one_does_not(
    buyer: Diner, add_by_form: AddByForm, coffee_book: Product
) -> None:
    add_by_form(coffee_book, "quantity=2")
    order = buyer.pay()
    used, unused = Voucher.objects.order_by("pk")
    voucher_use.redeem(used, contact=buyer.contact, holder="till", release_key=None, shop=None, now=NOW)

    with pytest.raises(Conflict, match="Only 1 of Coffee book"):
        give_back(order, "r0", BOOK=2)
    assert (state_of(unused), OrderReturn.objects.exists()) == ("ACTIVE", False)

    made, again = (give_back(order, "r1", BOOK=1) for _press in range(2))

    assert (made, made.refund_cents, made.is_everything) == (again, 800, True)
    assert (state_of(used), state_of(unused)) == ("REDEEMED", "DEACTIVATED")
    assert still_returnable(order, now=LATER) == []
    with pytest.raises(Conflict, match="Only 0 of Coffee book"):
        give_back(order, "r2", BOOK=1)


def test_a_full_gift_card_comes_back_emptied_and_closed(buyer: Diner, add_by_form: AddByForm, gift: Product) -> None:
    add_by_form(gift, "quantity=2")
    order = buyer.pay()
    spent, full = SoldCard.objects.all()
    money.spend(gift_cards.find_card(spent.code, now=NOW).account, 100, source="till", now=NOW)
    account = gift_cards.find_card(full.code, now=NOW).account
    returnable = still_returnable(order, now=LATER)

    made = give_back(order, "r1", GIFT=1)

    account.refresh_from_db()
    assert [left for _line, left in returnable] == [1]
    assert (made.refund_cents, account.balance_cents) == (2500, 0)
    with pytest.raises(GiftCardUnavailable):
        gift_cards.find_card(full.code, now=LATER)
    assert gift_cards.find_card(spent.code, now=LATER).account.balance_cents == 2400


def test_a_crash_between_closing_and_paying_back_is_made_good_by_the_same_form(
    buyer: Diner, add_by_form: AddByForm, gift: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_by_form(gift, "quantity=2")
    order = buyer.pay()

    def crash(*_arguments: object, **_named: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr("orders.returns._write", crash)
        with pytest.raises(SystemExit):
            give_back(order, "r1", GIFT=1)
    closed = SoldCard.objects.exclude(taken_back_at=None).count()

    made = give_back(order, "r1", GIFT=1)

    assert (closed, SoldCard.objects.exclude(taken_back_at=None).count()) == (1, 1)
    assert (made.refund_cents, made.is_everything, Refund.objects.get().amount_cents) == (2500, False, 2500)


@pytest.mark.parametrize("kind", ["gift_card", "voucher"])
def test_a_crash_before_our_note_of_the_closing_is_made_good_by_the_same_form(
    buyer: Diner,
    add_by_form: AddByForm,
    gift: Product,
    coffee_book: Product,
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The programme has closed it, and our row says nothing of it."""
    product = gift if kind == "gift_card" else coffee_book
    add_by_form(product)
    order = buyer.pay()
    take_back = EmbeddedSales.take_back

    def take_back_and_crash(*arguments: Any, **named: Any) -> None:
        take_back(*arguments, **named)
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(EmbeddedSales, "take_back", take_back_and_crash)
        with pytest.raises(Crash):
            give_back(order, "r1", **{product.sku: 1})
    noted = SoldCard.objects.get().taken_back_at

    made = give_back(order, "r1", **{product.sku: 1})

    assert (noted, made.refund_cents, made.is_everything) == (None, product.price_cents, True)
    assert SoldCard.objects.get().returned


def test_what_a_return_closed_and_did_not_pay_back_is_to_be_looked_at(
    buyer: Diner, add_by_form: AddByForm, gift: Product, admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_by_form(gift)
    order = buyer.pay()

    def crash(*_arguments: object, **_named: object) -> None:
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr("orders.returns._write", crash)
        with pytest.raises(Crash):
            give_back(order, "r1", GIFT=1)
    (listed,) = admin_client.get("/admin/to-look-at/").context["refunds"]
    give_back(order, "r1", GIFT=1)

    assert listed.order == order
    assert listed.what == "Gift was closed to be taken back, but its return got no further: no money went back."
    assert listed.next_step == "Take it back again on the order; the money goes back then."
    (left,) = admin_client.get("/admin/to-look-at/").context["refunds"]
    assert left.what == "€25.00 is to be handed out at the counter."


def test_what_is_returned_while_it_is_issued_again_is_closed(
    buyer: Diner, add_by_form: AddByForm, coffee_book: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_by_form(coffee_book)
    Promotion.objects.update(is_active=False)
    order = buyer.pay()
    Promotion.objects.update(is_active=True)
    issue_voucher = EmbeddedSales.issue_voucher

    def issue_while_it_comes_back(*arguments: Any, **named: Any) -> IssuedVoucher:
        give_back(order, "r1", BOOK=1)
        return issue_voucher(*arguments, **named)

    with monkeypatch.context() as patched:
        patched.setattr(EmbeddedSales, "issue_voucher", issue_while_it_comes_back)
        with pytest.raises(Conflict, match="taken back meanwhile"):
            issue_again(order, now=LATER)

    assert state_of(Voucher.objects.get()) == "DEACTIVATED"
    assert (SoldCard.objects.get().code, Refund.objects.get().amount_cents) == ("", 800)


def test_what_is_issued_while_it_comes_back_is_not_taken_for_never_issued(
    buyer: Diner, add_by_form: AddByForm, coffee_book: Product
) -> None:
    add_by_form(coffee_book)
    Promotion.objects.update(is_active=False)
    order = buyer.pay()
    Promotion.objects.update(is_active=True)
    as_read = SoldCard.objects.select_related("line").get()
    issue_again(order, now=LATER)

    with pytest.raises(Conflict, match="Only 0 of Coffee book"):
        taking_back._close(as_read, now=LATER)

    assert SoldCard.objects.get().taken_back_at is None
    assert state_of(Voucher.objects.get()) == "ACTIVE"


def test_a_cancelled_order_gives_back_what_was_not_used_and_is_looked_at_no_more(
    buyer: Diner, add_by_form: AddByForm, gift: Product
) -> None:
    add_by_form(gift, "quantity=2")
    order = buyer.pay()
    money.spend(gift_cards.find_card(SoldCard.objects.all()[0].code, now=NOW).account, 1, source="till", now=NOW)

    cancel(order, by="anna", reason="by mistake", now=LATER)

    order.refresh_from_db()
    assert (order.payment_state, OrderReturn.objects.get().refund_cents) == ("returned", 2500)
    assert finish_all_cancelled(now=LATER) == 0


def test_a_cancelled_order_of_nothing_but_used_cards_is_looked_at_no_more(
    buyer: Diner, add_by_form: AddByForm, gift: Product
) -> None:
    add_by_form(gift)
    order = buyer.pay()
    money.spend(gift_cards.find_card(SoldCard.objects.get().code, now=NOW).account, 1, source="till", now=NOW)

    cancel(order, by="anna", reason="by mistake", now=LATER)

    order.refresh_from_db()
    assert (order.payment_state, finish_all_cancelled(now=LATER)) == ("paid", 0)
    assert not OrderReturn.objects.exists()
