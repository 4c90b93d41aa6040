"""The one check after every run: the banks' books, ours, and the programme's say the same to the cent, and nothing is stuck."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from loyalty.models import Contact, GiftCard, MoneyAccount, MoneyEntry, PointsEntry, ProcessedOrder, Redemption, Voucher
from loyalty.models.money import MoneyKind
from menu.models import Restaurant
from orders.models import (
    STORED,
    AppliedOffer,
    Attempt,
    AttemptState,
    KitchenState,
    LineItem,
    Order,
    OrderReturn,
    Payment,
    PaymentState,
    Receipt,
    Refund,
    ReturnedItem,
    SoldCard,
)
from orders.models.refund import RefundState
from orders.sold_cards import GIFT_CARD_LINE, VOUCHER_LINE
from tests.orders.banks import Banks

FINISHED = (PaymentState.PAID, PaymentState.RETURNED)


@dataclass(frozen=True)
class Books:
    """What the books say once they were found in order; amounts in cents."""

    orders: int
    captured: int
    refunded: int
    stored_spent: int
    points: int
    redemptions: int
    presents: int

    def __str__(self) -> str:
        return (
            f"{self.orders} orders paid; banks {money(self.captured)} captured - {money(self.refunded)} refunded = "
            f"ours to the cent; stored money {money(self.stored_spent)} spent; {self.points} points, "
            f"{self.redemptions} redemptions, {self.presents} gift cards and vouchers sold, each once; nothing stuck"
        )


def money(cents: int) -> str:
    return f"{cents / 100:.2f}"


def audit(banks: Banks) -> Books:
    """Compare all the books. Raises AssertionError for the first thing that is not as it must be."""
    nothing_is_stuck()
    captured, refunded = _banks_agree(banks)
    spent = _stored_money_agrees()
    orders = list(Order.objects.filter(payment_state__in=FINISHED))
    for order in orders:
        _is_paid_exactly(order)
    _numbers_have_no_gaps()
    redemptions = _offers_are_used_once(orders)
    return Books(
        len(orders), captured, refunded, spent, _points_are_exact(orders), redemptions, _presents_are_issued_once()
    )


def nothing_is_stuck() -> None:
    """Raise AssertionError naming what still waits for somebody or something."""
    waiting: dict[str, QuerySet[Any]] = {
        "in payment": Order.objects.filter(payment_state__in=[PaymentState.PAYING, PaymentState.UNKNOWN]),
        "not settled": Order.objects.to_settle(),
        "cancelled, not given back": Order.objects.filter(
            kitchen_state=KitchenState.CANCELLED, payment_state=PaymentState.PAID, cancel_finished_at=None
        ),
        "sold, not issued": SoldCard.objects.to_issue(),
        "closed, not given back": SoldCard.objects.closed() | SoldCard.objects.closing(),
        "returns not settled": OrderReturn.objects.filter(settled_at=None),
        "tries open": Attempt.objects.filter(state__in=[AttemptState.STARTED, AttemptState.UNKNOWN]),
        "refunds not done": Refund.objects.exclude(state=RefundState.DONE),
        "stored money in doubt": Payment.objects.stored_in_doubt(),
        "offers to release": AppliedOffer.objects.to_release(),
        "overruns": AppliedOffer.objects.exclude(overrun=""),
    }
    found = {words: list(rows.values()) for words, rows in waiting.items() if rows.exists()}
    assert not found, found


def wait_for_calm(banks: Banks, *, seconds: float, meanwhile: Callable[[], None] = lambda: None) -> float:
    """Wait until nothing is left to be done, a day at the banks passing with each second; return after how many seconds.

    `meanwhile` is done again and again. Raises AssertionError saying what is left.
    """
    started = time.monotonic()
    while True:
        banks.let_a_day_pass()
        Refund.objects.update(ask_again_at=None)  # longer than any pause between our questions
        meanwhile()
        try:
            nothing_is_stuck()
        except AssertionError:
            if time.monotonic() > started + seconds:
                raise
            time.sleep(1)
        else:
            return time.monotonic() - started


def _banks_agree(banks: Banks) -> tuple[int, int]:
    """Each payment captured is a try of ours that is paid, or went back whole; refunds are those we wrote down."""
    everything = banks.ask("payments")["payments"]
    opened = Counter(one["metadata"]["tableside_attempt"] for one in everything)
    assert max(opened.values(), default=1) == 1, "opened twice for one try"
    payments = [one for one in everything if one["state"] == "paid"]
    tries = {str(one.uuid): one for one in Attempt.objects.select_related("payment__order")}
    captured = refunded = 0
    kept: Counter[int] = Counter()
    for one in payments:
        attempt = tries[one["metadata"]["tableside_attempt"]]
        back = _refunded(one)
        captured, refunded = captured + one["units"], refunded + back
        assert (one["units"], one["currency"].upper()) == (attempt.payment.amount_cents, attempt.payment.currency)
        assert one["provider"] == attempt.payment.method
        ours = attempt.refunds.filter(state=RefundState.DONE)
        assert back == _sum(ours, "amount_cents")
        if attempt.state == AttemptState.PAID:
            kept[attempt.payment.order_id] += 1
        else:
            assert (back, ours.get().order_return) == (one["units"], None)
    assert max(kept.values(), default=1) == 1, "captured twice"
    at_banks = Payment.objects.taken().exclude(method__in=[*STORED, "counter"])
    paid = _sum(at_banks, "amount_cents")
    returned = _sum(Refund.objects.filter(payment__in=at_banks).exclude(order_return=None), "amount_cents")
    assert captured - refunded == paid - returned
    assert sum(kept.values()) == at_banks.count(), "paid here and not there"
    return captured, refunded


def _refunded(payment: dict[str, Any]) -> int:
    return sum(refund["units"] for refund in payment["refunds"])


def _stored_money_agrees() -> int:
    """Balances are the sums of their ledgers; what was spent and not given back is what our payments say."""
    sums = MoneyAccount.objects.annotate(sum=Coalesce(Sum("entries__cents"), 0))
    assert not sums.exclude(balance_cents=F("sum")).exists()
    moved = MoneyEntry.objects.filter(kind__in=[MoneyKind.SPEND, MoneyKind.GIVE_BACK])
    taken = Payment.objects.taken().filter(method__in=STORED)
    back = Refund.objects.filter(payment__in=taken).exclude(order_return=None)
    spent = -_sum(moved, "cents")
    assert spent == _sum(taken, "amount_cents") - _sum(back, "amount_cents")
    sources = Counter(moved.filter(kind=MoneyKind.SPEND).values_list("source", flat=True))
    assert max(sources.values(), default=1) == 1
    for payment in taken:
        entry = MoneyEntry.objects.get(source=f"payment:{payment.uuid}", kind=MoneyKind.SPEND)
        assert entry.cents == -payment.amount_cents
    return spent


def _is_paid_exactly(order: Order) -> None:
    """Its tenders add up to its total, its refunds to its returns; it is in the kitchen, or was cancelled there."""
    assert _sum(Payment.objects.filter(order=order).taken(), "amount_cents") == order.total_cents
    back = Refund.objects.filter(payment__order=order).exclude(order_return=None)
    assert _sum(back, "amount_cents") == _sum(order.returns.all(), "refund_cents") <= order.total_cents
    assert order.kitchen_state != KitchenState.NONE
    if order.payment_state == PaymentState.RETURNED:
        assert _sum(back, "amount_cents") == order.total_cents


def _numbers_have_no_gaps() -> None:
    for restaurant in Restaurant.objects.all():
        numbers = Order.objects.filter(restaurant=restaurant).exclude(number=None).order_by("number")
        assert list(numbers.values_list("number", flat=True)) == list(range(1, restaurant.last_order_number + 1))
        receipts = Receipt.objects.filter(restaurant=restaurant).order_by("number")
        assert list(receipts.values_list("number", flat=True)) == list(range(1, restaurant.last_receipt_number + 1))
    sales = Receipt.objects.filter(order_return=None).count()
    assert sales == Order.objects.filter(payment_state__in=FINISHED).count()
    assert Receipt.objects.count() - sales == OrderReturn.objects.count()


def _offers_are_used_once(orders: list[Order]) -> int:
    """A voucher on a paid order was redeemed for it once, and is given back where everything came back; none is held."""
    for order in orders:
        for offer in order.applied_offers.live().exclude(cents=0):
            used = Redemption.objects.get(order_identifier=str(order.uuid), voucher__uuid=offer.offer_id)
            assert offer.redemption_id == str(used.uuid)
            assert (used.reversed_at is not None) == (order.payment_state == PaymentState.RETURNED)
    for voucher in Voucher.objects.all():
        assert voucher.times_redeemed == voucher.redemptions.filter(reversed_at=None).count() <= 1
    baskets = Order.objects.baskets().values_list("uuid", flat=True)
    held = Voucher.objects.locked(now=timezone.now()).values_list("locked_for", flat=True)
    assert set(held) <= {str(basket) for basket in baskets}, "held for nobody"
    return Redemption.objects.count()


def _presents_are_issued_once() -> int:
    """Each unit sold is one gift card of its price, or one voucher, and there are no others; what came back is closed."""
    paid = LineItem.objects.filter(order__payment_state__in=FINISHED, kind__in=[GIFT_CARD_LINE, VOUCHER_LINE])
    cards = vouchers = 0
    for line in paid.select_related("order"):
        sold = list(line.sold_cards.order_by("position"))
        assert [one.position for one in sold] == list(range(line.quantity))
        assert sum(one.returned for one in sold) == _sum(ReturnedItem.objects.filter(line=line), "quantity")
        told = ProcessedOrder.objects.get(external_identifier=str(line.order.uuid)).document["lines"]
        results = {one["external_identifier"]: one["results"] for one in told}[str(line.uuid)]
        assert [result["id"] for result in results] == [one.link_id for one in sold]
        for one in sold:
            if line.kind == GIFT_CARD_LINE:
                entry = MoneyEntry.objects.select_related("account").get(uuid=one.link_id, kind=MoneyKind.SALE)
                card = GiftCard.objects.get(account=entry.account)
                left = 0 if one.returned else line.unit_cents
                assert (entry.cents, entry.account.balance_cents) == (line.unit_cents, left)
                assert (card.code, card.is_active) == (one.code, not one.returned)
                cards += 1
            else:
                voucher = Voucher.objects.get(uuid=one.link_id)
                assert (voucher.code, voucher.deactivated_at is None) == (one.code, not one.returned)
                vouchers += 1
    assert GiftCard.objects.filter(issue_key__startswith="line:").count() == cards
    assert Voucher.objects.filter(issue_key__startswith="sale:").count() == vouchers
    return cards + vouchers


def _points_are_exact(orders: list[Order]) -> int:
    """A point for each whole 1.00 kept of all but gift cards; every contact here has one order, or none that is paid."""
    assert len({order.contact_id for order in orders}) == len(orders)
    total = 0
    for order in orders:
        contact = Contact.objects.get(uuid=order.contact_id)
        cards = order.lines.filter(kind=GIFT_CARD_LINE)
        cards_cents = _sum(cards, "total_cents") - _sum(ReturnedItem.objects.filter(line__in=cards), "cents")
        kept_cents = order.order_amount_cents - _sum(order.returns.all(), "refund_cents") - cards_cents
        of_the_order = PointsEntry.objects.filter(contact=contact).exclude(source__startswith="test:")
        points = _sum(of_the_order, "points")
        assert points == kept_cents // 100
        assert of_the_order.filter(kind="earn").count() <= 1
        total += points
    sums = Contact.objects.annotate(sum=Coalesce(Sum("points_entries__points"), 0))
    assert not sums.exclude(balance=F("sum")).exists()
    return total


def _sum(rows: Any, column: str) -> int:
    return rows.aggregate(sum=Sum(column))["sum"] or 0
