"""Paying with gift cards and a prepaid balance: what they cover is taken once, and comes back when the rest fails."""

from datetime import timedelta

import pytest

from loyalty import gift_cards, money
from loyalty.backends.sold import EmbeddedSales
from loyalty.models import GiftCard, GiftCardProgramme, MoneyAccount, ProcessedOrder
from loyalty.port import ProgrammeAway
from menu.models import Product, Table
from orders import settlement
from orders.errors import Conflict
from orders.guest import Visitor
from orders.kitchen import cancel
from orders.models import Attempt, AttemptState, Order, Payment, Refund, SoldCard
from orders.returns import return_everything, return_items
from tests.factories import NOW, ProductFactory
from tests.loyalty.factories import member
from tests.orders.conftest import AddByForm
from tests.orders.diners import Diner, seat_member, voucher
from tests.orders.fake_bank import FakeBank

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def programme() -> GiftCardProgramme:
    return GiftCardProgramme.objects.create(name="Gift card", currency="EUR", max_amount_cents=10000)


@pytest.fixture
def card(programme: GiftCardProgramme) -> GiftCard:
    """A card with 20.00 on it."""
    return gift_cards.issue_card(programme, cents=2000, key="sale", now=NOW)


@pytest.fixture
def diner(table: Table) -> Diner:
    return seat_member(table, member(0))


@pytest.fixture
def visitor(diner: Diner) -> Visitor:
    return diner.visitor


@pytest.fixture
def stew(diner: Diner, add_by_form: AddByForm) -> Product:
    """Two stews in the basket: 23.40."""
    made: Product = ProductFactory.create(restaurant=diner.table.restaurant, sku="STEW", price_cents=1170)
    add_by_form(made, "quantity=2")
    return made


def left(card: GiftCard) -> int:
    return MoneyAccount.objects.get(pk=card.account_id).balance_cents


def tenders() -> list[tuple[str, int, bool]]:
    rows = Payment.objects.order_by("pk")
    return [(row.method, row.amount_cents, row.paid_at is not None and row.given_up_at is None) for row in rows]


def test_a_card_that_covers_all_needs_no_other_payment_and_earns(
    diner: Diner, add_by_form: AddByForm, card: GiftCard
) -> None:
    """19.20 paid by gift card: no payment page, 19 points."""
    add_by_form(ProductFactory.create(restaurant=diner.table.restaurant, price_cents=1920))

    order = diner.pay(method="", stored=[card])

    assert (order.payment_state, order.kitchen_state, order.points_earned) == ("paid", "received", 19)
    assert (tenders(), left(card)) == ([("gift_card", 1920, True)], 80)


def test_the_rest_is_paid_at_the_bank_and_both_are_on_the_order(
    diner: Diner, stew: Product, card: GiftCard, bank: FakeBank
) -> None:
    order = diner.pay(method="demo", stored=[card])
    before = (order.payment_state, tenders(), left(card))
    attempt = Attempt.objects.get()
    bank.says(attempt, AttemptState.PAID, amount_cents=340)

    settlement.ask_provider(attempt, now=LATER)

    order.refresh_from_db()
    assert before == ("paying", [("gift_card", 2000, True), ("demo", 340, False)], 0)
    assert (order.payment_state, order.points_earned) == ("paid", 23)
    assert tenders() == [("gift_card", 2000, True), ("demo", 340, True)]
    assert ProcessedOrder.objects.get().document["payments"][0]["cents"] == 2000


def test_what_comes_back_goes_to_the_same_tenders(diner: Diner, stew: Product, card: GiftCard, bank: FakeBank) -> None:
    """Paid 20.00 with a card and 3.40 at the bank, 11.70 comes back: 10.00 onto the card, 1.70 to the bank."""
    order = diner.pay(method="demo", stored=[card])
    attempt = Attempt.objects.get()
    bank.says(attempt, AttemptState.PAID, amount_cents=340)
    settlement.ask_provider(attempt, now=LATER)

    for number in range(2):
        return_items(order, {order.lines.get().pk: 1}, key=f"r{number}", by="anna", reason="cold", now=LATER)

    assert list(Refund.objects.values_list("amount_cents", "state")) == [(1000, "done"), (170, "done")] * 2
    assert (left(card), bank.refunded_cents(attempt.uuid)) == (2000, 340)


@pytest.mark.parametrize("word", [AttemptState.DECLINED, AttemptState.CANCELLED, AttemptState.EXPIRED])
def test_a_failed_payment_puts_the_money_back_on_the_card(
    diner: Diner, stew: Product, card: GiftCard, bank: FakeBank, word: AttemptState
) -> None:
    order = diner.pay(method="demo", stored=[card])
    attempt = Attempt.objects.get()
    bank.says(attempt, word)

    for _time in range(2):
        settlement.ask_provider(Attempt.objects.get(), now=LATER)

    order.refresh_from_db()
    assert (order.payment_state, order.placed_at, left(card)) == ("unpaid", None, 2000)
    again = diner.pay(method="counter", stored=[card])
    assert (again.payment_state, left(card)) == ("paid", 0)
    assert [row[2] for row in tenders()] == [False, False, True, True]


def test_a_card_spent_elsewhere_meanwhile_takes_nothing_and_keeps_the_basket(
    diner: Diner, stew: Product, card: GiftCard, programme: GiftCardProgramme
) -> None:
    other = gift_cards.issue_card(programme, cents=300, key="other", now=NOW)
    shown = [diner.stored(other), diner.stored(card)]
    money.spend(card.account, 1, source="elsewhere", now=NOW)

    with pytest.raises(Conflict, match="does not cover"):
        diner.pay(stored=shown)

    order = Order.objects.get()
    assert (order.payment_state, order.placed_at, left(card), left(other)) == ("unpaid", None, 1999, 300)
    assert not [row for row in tenders() if row[2]]


def test_a_crash_after_the_commit_is_finished_by_the_sweep(
    diner: Diner, stew: Product, card: GiftCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(order: Order, **_now: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr("orders.checkout.carry_on", crash)
        with pytest.raises(SystemExit):
            diner.pay(method="counter", stored=[card])
    before = (Order.objects.get().payment_state, left(card))

    settlement.reconcile(now=LATER)

    order = Order.objects.get()
    assert before == ("paying", 2000)
    assert (order.payment_state, order.kitchen_state, left(card)) == ("unpaid", "received", 0)
    assert tenders() == [("gift_card", 2000, True), ("counter", 340, False)]


def test_money_taken_for_a_try_given_up_meanwhile_comes_back(diner: Diner, stew: Product, card: GiftCard) -> None:
    """The process stopped between the programme's answer and our note of it, and the try was given up."""
    order = diner.order
    payment = Payment.objects.create(
        order=order,
        method="gift_card",
        amount_cents=2000,
        currency="EUR",
        account_id=str(card.uuid),
        created_at=NOW,
        asked_at=NOW,
        given_up_at=NOW,
    )
    money.spend(card.account, 2000, source=f"payment:{payment.uuid}", now=NOW)

    for _sweep in range(2):
        settlement.reconcile(now=LATER)

    assert (left(card), Refund.objects.get().state) == (2000, "done")


def test_an_order_at_the_counter_that_is_cancelled_gives_the_card_its_money_back(
    diner: Diner, stew: Product, card: GiftCard
) -> None:
    order = diner.pay(stored=[card], is_marked=False)
    before = (left(card), order.due_cents)

    cancel(order, by="anna", reason="kitchen on fire", now=LATER)

    order.refresh_from_db()
    assert (order.kitchen_state, before, left(card)) == ("cancelled", (0, 340), 2000)


def test_a_prepaid_balance_pays_after_the_cards(diner: Diner, stew: Product, card: GiftCard) -> None:
    account = money.prepaid_account(diner.contact)
    money.top_up(account, 1000, source="t", by="anna", now=NOW)

    order = diner.pay(method="", stored=[card, account])

    account.refresh_from_db()
    assert (order.payment_state, left(card), account.balance_cents) == ("paid", 0, 660)


def test_a_gift_card_sold_is_issued_once_and_shown_to_its_buyer_alone(
    diner: Diner, add_by_form: AddByForm, programme: GiftCardProgramme
) -> None:
    add_by_form(
        ProductFactory.create(
            restaurant=diner.table.restaurant,
            price_cents=2500,
            kind="gift_card",
        ),
        "quantity=2",
    )

    order = diner.pay()
    settlement.settle(order, now=LATER)

    sold = list(SoldCard.objects.all())
    assert (len(sold), order.points_earned) == (2, 0)
    assert [gift_cards.find_card(one.code, now=LATER).account.balance_cents for one in sold] == [2500, 2500]


def test_no_offer_makes_a_gift_card_cheaper_whatever_is_ticked(
    diner: Diner, stew: Product, add_by_form: AddByForm, programme: GiftCardProgramme
) -> None:
    add_by_form(ProductFactory.create(restaurant=diner.table.restaurant, price_cents=2500, kind="gift_card"))

    diner.redeem(voucher(diner, discount_type="percentage_discount", discount_value="20"))
    order = diner.pay()

    assert (order.total_discount_cents, order.total_cents) == (468, 2500 + 2340 - 468)


def test_a_gift_card_without_a_price_is_not_issued_and_holds_nothing_up(
    diner: Diner, add_by_form: AddByForm, programme: GiftCardProgramme
) -> None:
    add_by_form(ProductFactory.create(restaurant=diner.table.restaurant, price_cents=0, kind="gift_card"))

    order = diner.pay(method="")

    order.refresh_from_db()
    assert (order.payment_state, order.settled_at is None) == ("paid", False)
    assert (SoldCard.objects.get().problem, GiftCard.objects.exists()) == ("GiftCardUnavailable", False)


def test_everything_but_a_used_card_is_everything(
    diner: Diner, stew: Product, add_by_form: AddByForm, programme: GiftCardProgramme
) -> None:
    add_by_form(ProductFactory.create(restaurant=diner.table.restaurant, price_cents=2500, kind="gift_card"))
    order = diner.pay()
    money.spend(gift_cards.find_card(SoldCard.objects.get().code, now=NOW).account, 1, source="till", now=NOW)

    made = return_everything(order, key="r", by="anna", reason="cold", now=LATER)

    assert made is not None
    assert (made.refund_cents, made.is_everything) == (2340, True)


def test_what_nobody_can_ask_about_keeps_the_order_from_being_returned_whole(
    diner: Diner, stew: Product, add_by_form: AddByForm, programme: GiftCardProgramme, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_by_form(ProductFactory.create(restaurant=diner.table.restaurant, price_cents=2500, kind="gift_card"))
    order = diner.pay()

    def be_away(*_arguments: object, **_named: object) -> None:
        raise ProgrammeAway

    monkeypatch.setattr(EmbeddedSales, "untouched", be_away)
    made = return_items(order, {order.lines.get(sku="STEW").pk: 2}, key="r", by="anna", reason="cold", now=LATER)

    order.refresh_from_db()
    assert (made.refund_cents, made.is_everything, order.payment_state) == (2340, False, "paid")
