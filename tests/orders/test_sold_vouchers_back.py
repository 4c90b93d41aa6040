"""Vouchers and gift cards sold that come back: only unused, closed first, and whoever stopped in between can go on (ADR 34)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from loyalty import gift_cards, money, voucher_use
from loyalty.backends.sold import EmbeddedSales
from loyalty.errors import GiftCardUnavailable
from loyalty.models import GiftCard, GiftCardProgramme, Promotion, Voucher
from loyalty.port import IssuedVoucher
from menu.models import Product
from orders import taking_back
from orders.errors import Conflict
from orders.kitchen import cancel
from orders.models import OrderReturn, Refund, SoldCard
from orders.returns import finish_all_cancelled, return_items, still_returnable
from orders.sold_cards import issue_again
from tests.factories import NOW
from tests.orders.buyers import LATER, buyer, give_back, visitor
from tests.orders.conftest import AddByForm
from tests.orders.crash import Crash
from tests.orders.diners import Diner, state_of

__all__ = ["buyer", "visitor"]  # fixtures

pytestmark = pytest.mark.django_db


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


@pytest.mark.parametrize("reads", [1, 2, 3, 4])
def test_a_form_pressed_twice_at_once_closes_no_more_than_it_returns(
    buyer: Diner, add_by_form: AddByForm, gift: Product, reads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first press is done between two questions of the second one: how often and in which order it asks is the code's."""
    add_by_form(gift, "quantity=2")
    order = buyer.pay()
    asked = 0

    def press_first(execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        nonlocal asked
        result = execute(sql, *arguments)
        asked += sql.startswith("SELECT")
        if asked == reads:
            asked += 1
            give_back(order, "r1", GIFT=1)
        return result

    wanted = dict.fromkeys(order.lines.values_list("pk", flat=True), 1)
    with connection.execute_wrapper(press_first):
        made = return_items(order, wanted, key="r1", by="anna", reason="by mistake", now=LATER)

    assert (OrderReturn.objects.get(), made.refund_cents) == (made, 2500)
    assert not SoldCard.objects.closed().exists()


@pytest.mark.parametrize("kind", ["gift_card", "voucher"])
def test_a_crash_before_our_note_of_the_closing_is_made_good_by_the_same_form(
    buyer: Diner,
    add_by_form: AddByForm,
    gift: Product,
    coffee_book: Product,
    kind: str,
    admin_client: Client,
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
    (listed,) = admin_client.get("/admin/to-look-at/").context["refunds"]

    made = give_back(order, "r1", **{product.sku: 1})

    assert (noted, made.refund_cents, made.is_everything) == (None, product.price_cents, True)
    assert SoldCard.objects.get().returned
    assert (listed.order, listed.next_step) == (order, "Take it back again on the order; the money goes back then.")
    assert listed.what == (
        f"{product.name} was being closed to be taken back: it may not be usable any more, and no money went back."
    )
    (left,) = admin_client.get("/admin/to-look-at/").context["refunds"]
    assert "is to be handed out at the counter" in left.what


def test_the_one_that_a_try_may_have_closed_comes_back_first_and_one_that_was_used_is_no_matter(
    buyer: Diner, add_by_form: AddByForm, gift: Product, admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_by_form(gift, "quantity=2")
    order = buyer.pay()
    first, second = SoldCard.objects.all()
    SoldCard.objects.filter(pk=second.pk).update(closing_at=NOW)

    give_back(order, "r1", GIFT=1)

    assert list(SoldCard.objects.values_list("returned", flat=True)) == [False, True]

    account = gift_cards.find_card(first.code, now=NOW).account
    take_back = EmbeddedSales.take_back

    def use_first(*arguments: Any, **named: Any) -> None:
        money.spend(account, 1, source="till", now=NOW)
        take_back(*arguments, **named)

    with monkeypatch.context() as patched:
        patched.setattr(EmbeddedSales, "take_back", use_first)
        with pytest.raises(Conflict, match="Only 0 of Gift"):
            give_back(order, "r2", GIFT=1)
    matters = admin_client.get("/admin/to-look-at/").context["refunds"]

    assert not SoldCard.objects.closing().exists()
    assert [matter.what for matter in matters] == ["€25.00 is to be handed out at the counter."]


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
        monkeypatch.setattr(EmbeddedSales, "issue_voucher", issue_voucher)
        give_back(order, "r1", BOOK=1)
        return issue_voucher(*arguments, **named)

    monkeypatch.setattr(EmbeddedSales, "issue_voucher", issue_while_it_comes_back)
    with pytest.raises(Conflict, match="taken back meanwhile"):
        issue_again(order, now=LATER)

    assert state_of(Voucher.objects.get()) == "DEACTIVATED"
    assert (SoldCard.objects.get().returned, Refund.objects.get().amount_cents) == (True, 800)


@pytest.mark.parametrize("kind", ["gift_card", "voucher"])
def test_what_was_issued_late_and_not_noted_is_closed_when_it_comes_back(
    buyer: Diner,
    add_by_form: AddByForm,
    gift: Product,
    coffee_book: Product,
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The programme has issued it, and our row says that it never did."""
    product = gift if kind == "gift_card" else coffee_book
    add_by_form(product)
    for offered in (Promotion, GiftCardProgramme):
        offered.objects.update(is_active=False)
    order = buyer.pay()
    for offered in (Promotion, GiftCardProgramme):
        offered.objects.update(is_active=True)

    def crash(*_arguments: object, **_named: object) -> None:
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr("orders.sold_cards._tell_late", crash)
        with pytest.raises(Crash):
            issue_again(order, now=LATER)
    noted = SoldCard.objects.get().link_id

    made = give_back(order, "r1", **{product.sku: 1})

    assert (noted, made.refund_cents, SoldCard.objects.get().returned) == ("", product.price_cents, True)
    if kind == "voucher":
        assert state_of(Voucher.objects.get()) == "DEACTIVATED"
    else:
        assert [(card.is_active, card.account.balance_cents) for card in GiftCard.objects.all()] == [(False, 0)]


def test_what_is_refused_still_comes_back_as_never_issued(
    buyer: Diner, add_by_form: AddByForm, coffee_book: Product
) -> None:
    add_by_form(coffee_book)
    Promotion.objects.update(is_active=False)
    order = buyer.pay()
    SoldCard.objects.update(issuing_at=NOW)

    made = give_back(order, "r1", BOOK=1)

    assert (made.refund_cents, made.is_everything, Voucher.objects.exists()) == (800, True, False)
    assert SoldCard.objects.get().issuing_at is None


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
