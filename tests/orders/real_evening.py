"""The real house for the same evening: the application's operations on its database, and the facts they left there."""

import uuid
from copy import copy
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.http import QueryDict

from loyalty import gift_cards, money, voucher_use
from loyalty.models import (
    Contact,
    GiftCard,
    GiftCardProgramme,
    MoneyAccount,
    RewardReception,
    Voucher,
    VoucherLock,
)
from loyalty.port import MoneyKind, StoredMoney
from menu.models import Product, Table
from orders import kitchen, offers, purchases, return_settlement, returns, settlement
from orders.basket import add, change_quantity, find_basket
from orders.checkout import PayForm, place, read_checkout, seal_choices
from orders.choices import product_for_sale, read_choice
from orders.guest import Visitor, seat
from orders.models import (
    AppliedOffer,
    Attempt,
    Guest,
    Order,
)
from orders.payments import demo
from orders.redeeming import redeem
from orders.tending import tend_offers
from orders.tips import TipChoice
from tests.factories import ProductFactory, TableFactory
from tests.loyalty.factories import PromotionFactory, RewardFactory, VoucherFactory, member
from tests.orders.diners import seat_member
from tests.orders.plain_house import DISCOUNTS, PRICES, SERVICE_PERCENT

type Facts = dict[str, Any]


# One row for whatever is wrong, of all books at once: read after every step.
WRONG_BOOKS = """
SELECT 'points are not the sum of their ledger', c.id FROM loyalty_contact c
 WHERE c.balance <> COALESCE((SELECT SUM(e.points) FROM loyalty_pointsentry e WHERE e.contact_id = c.id), 0)
UNION ALL
SELECT 'stored money is not the sum of its ledger', a.id FROM loyalty_moneyaccount a
 WHERE a.balance_cents < 0
    OR a.balance_cents <> COALESCE((SELECT SUM(e.cents) FROM loyalty_moneyentry e WHERE e.account_id = a.id), 0)
UNION ALL
SELECT 'a voucher was used another number of times', v.id FROM loyalty_voucher v
 WHERE v.times_redeemed > v.total_redemptions_allowed OR v.times_redeemed <>
       (SELECT COUNT(*) FROM loyalty_redemption r WHERE r.voucher_id = v.id AND r.reversed_at IS NULL)
UNION ALL
SELECT 'an offer was used twice for one order', MIN(r.id) FROM loyalty_redemption r
 GROUP BY r.voucher_id, r.reception_id, r.order_identifier HAVING COUNT(*) > 1
UNION ALL
SELECT 'points came twice', MIN(e.id) FROM loyalty_pointsentry e
 GROUP BY e.contact_id, e.source, e.kind HAVING COUNT(*) > 1
UNION ALL
SELECT 'an order was paid with another amount', o.id FROM orders_order o
 WHERE o.payment_state IN ('paid', 'returned') AND o.total_cents <>
       COALESCE((SELECT SUM(p.amount_cents) FROM orders_payment p
                  WHERE p.order_id = o.id AND p.given_up_at IS NULL AND p.paid_at IS NOT NULL), 0)
UNION ALL
SELECT 'another amount came back', r.id FROM orders_orderreturn r
 WHERE r.refund_cents <>
       COALESCE((SELECT SUM(b.amount_cents) FROM orders_refund b WHERE b.order_return_id = r.id), 0)
UNION ALL
SELECT 'a refund stands still', b.id FROM orders_refund b JOIN orders_payment p ON p.id = b.payment_id
 WHERE b.state <> 'done' AND p.method <> 'counter'
UNION ALL
SELECT 'a tender gave back more than it took', p.id FROM orders_payment p
 WHERE p.amount_cents < COALESCE((SELECT SUM(b.amount_cents) FROM orders_refund b WHERE b.payment_id = p.id), 0)
UNION ALL
SELECT 'the bank knows other refunds', p.id FROM orders_attempt a
  JOIN orders_payment p ON p.id = a.payment_id JOIN orders_democharge c ON c.uuid = a.uuid
 WHERE c.refunded_cents <>
       COALESCE((SELECT SUM(b.amount_cents) FROM orders_refund b WHERE b.attempt_id = a.id AND b.state = 'done'), 0)
UNION ALL
SELECT 'a receipt number is missing', MAX(r.number) FROM orders_receipt r HAVING COUNT(*) <> COALESCE(MAX(r.number), 0)
"""


# What the plain house knows as numbers: one reading for all, since it is done after every step.
NUMBERS = """
SELECT 'points', c.id, c.balance, '', 0 FROM loyalty_contact c
UNION ALL
SELECT 'money', a.id, a.balance_cents, '', 0 FROM loyalty_moneyaccount a
UNION ALL
SELECT 'lines', l.order_id, l.quantity, l.sku, 0 FROM orders_lineitem l WHERE l.quantity > 0
UNION ALL
SELECT 'bank', p.order_id, p.amount_cents, CASE WHEN a.finished_at IS NULL THEN '' ELSE a.state END, c.refunded_cents
  FROM orders_attempt a JOIN orders_payment p ON p.id = a.payment_id LEFT JOIN orders_democharge c ON c.uuid = a.uuid
"""


class RealHouse:
    """A restaurant with two tables, two members and somebody who is not one; and what they have."""

    def __init__(self, *, now: datetime, points: list[int], cents: dict[str, int]) -> None:
        self.tables: list[Table] = [TableFactory.create()]
        house = self.tables[0].restaurant
        house.service_charge_percent = SERVICE_PERCENT
        house.tip_percents = [10]
        house.save()
        self.tables.append(TableFactory.create(restaurant=house))
        self.products: dict[str, Product] = {
            sku: ProductFactory.create(restaurant=house, sku=sku, price_cents=cents) for sku, cents in PRICES.items()
        }
        members = [seat_member(self.tables[0], member(balance, now=now)) for balance in points]
        self.contacts: list[Contact] = [each.contact for each in members]
        self.visitors = [each.visitor for each in members]
        nobody = Visitor(guest_id=uuid.uuid4(), table_code=self.tables[0].code)
        seat(nobody, table=self.tables[0], now=now)
        self.visitors.append(nobody)
        self.seats = [self.tables[0]] * 3
        reward = RewardFactory.create(attributes=DISCOUNTS["soup"], expiration_duration=None)
        self.reward_id = str(reward.uuid)
        self.vouchers: dict[str, Voucher] = {
            "tenth": self._voucher("tenth", contact=self.contacts[0], expires_at=now + timedelta(hours=2)),
            "fifth": self._voucher("fifth", contact=None, expires_at=None),
            "three": self._voucher("three", contact=None, expires_at=None, total_redemptions_allowed=2),
        }
        self._put_money(cents, now=now)
        self.receptions: dict[str, RewardReception] = {}

    def _voucher(self, name: str, **fields: Any) -> Voucher:
        made: Voucher = VoucherFactory.create(
            promotion=PromotionFactory.create(name=name, attributes=DISCOUNTS[name]), **fields
        )
        return made

    def _put_money(self, cents: dict[str, int], *, now: datetime) -> None:
        programme = GiftCardProgramme.objects.create(name="Gift card", currency="EUR", max_amount_cents=10000)
        self.cards: dict[str, GiftCard] = {
            name: gift_cards.issue_card(programme, cents=cents[name], key=name, now=now) for name in ("large", "small")
        }
        account = money.prepaid_account(self.contacts[0])
        money.top_up(account, cents["prepaid"], source="start", by="anna", now=now)
        self.accounts = {name: card.account_id for name, card in self.cards.items()} | {"prepaid": account.pk}

    def opened_again(self) -> "RealHouse":
        """Return the house as it opened: for another evening, once the database is again as it was then."""
        house = copy(self)
        house.visitors, house.seats, house.receptions = list(self.visitors), list(self.seats), {}
        return house

    # Diners

    def guest(self, diner: int) -> Guest:
        return Guest.objects.get(pk=self.visitors[diner].guest_id)

    def basket(self, diner: int) -> Order | None:
        return find_basket(self.visitors[diner], self.tables[0].restaurant)

    def orders(self) -> list[Order]:
        return list(Order.objects.select_related("restaurant").order_by("pk"))

    def scan(self, diner: int, table: int) -> None:
        self.seats[diner] = self.tables[table]
        self.visitors[diner] = Visitor(guest_id=self.visitors[diner].guest_id, table_code=self.tables[table].code)

    def add(self, diner: int, sku: str, quantity: int, *, now: datetime) -> None:
        table = self.seats[diner]
        offered = product_for_sale(table.restaurant, self.products[sku].pk, now=now)
        choice = read_choice(offered, QueryDict(f"quantity={quantity}"))
        line = add(visitor=self.visitors[diner], table=table, offered=offered, choice=choice, now=now)
        tend_offers(line.order, now=now)

    def change(self, diner: int, sku: str, quantity: int, *, now: datetime) -> None:
        order = self.basket(diner)
        assert order is not None
        line = order.lines.get(sku=sku, parent=None, quantity__gt=0)
        change_quantity(order, line.pk, quantity=quantity, now=now)
        tend_offers(order, now=now)

    def redeem(self, diner: int, name: str, *, now: datetime) -> None:
        soup = self.receptions.get(name)
        kind, row = ("voucher", self.vouchers[name]) if soup is None else ("collectable", soup)
        self._redeem(diner, kind, str(row.uuid), QueryDict(), now=now)

    def buy(self, diner: int, name: str, *, presses: int, now: datetime) -> None:
        form = QueryDict(f"purchase_key={name}")
        for _press in range(presses):
            self._redeem(diner, "reward", self.reward_id, form, now=now)
        self.receptions[name] = RewardReception.objects.get(purchase_key=name)

    def _redeem(self, diner: int, kind: str, offer_id: str, form: QueryDict, *, now: datetime) -> None:
        visitor, table, guest = self.visitors[diner], self.seats[diner], self.guest(diner)
        redeem(kind, offer_id, visitor=visitor, table=table, guest=guest, form=form, now=now)

    def undo(self, diner: int, name: str, *, now: datetime) -> None:
        purchases.undo(self.guest(diner), str(self.receptions[name].uuid), now=now)

    def withdraw(self, diner: int, name: str, *, tends: bool, now: datetime) -> None:
        order = self.basket(diner)
        assert order is not None
        soup = self.receptions.get(name)
        kind, row = ("voucher", self.vouchers[name]) if soup is None else ("collectable", soup)
        offers.withdraw(order, kind=kind, offer_id=str(row.uuid), now=now)
        if tends:
            tend_offers(order, now=now)

    def stored(self, diner: int, name: str) -> StoredMoney:
        """What the checkout found when it looked: a card's code or the member's own balance."""
        account = MoneyAccount.objects.get(pk=self.accounts[name])
        kind = MoneyKind.PREPAID if name == "prepaid" else MoneyKind.GIFT_CARD
        owner = self.contacts[0].uuid if name == "prepaid" else self.cards[name].uuid
        return StoredMoney(
            kind=kind, id=str(owner), name=name, balance_cents=account.balance_cents, currency=account.currency
        )

    def form(self, order: Order, diner: int, method: str, stored: list[str], tip: str, *, now: datetime) -> PayForm:
        """What the page the diner looks at would send."""
        found = tuple(self.stored(diner, name) for name in stored)
        shown = read_checkout(order, tip=TipChoice(code=tip), stored=found, now=now)
        total_cents = str(shown.total_cents)
        return PayForm(
            method=method,
            tip=TipChoice(code=tip),
            email="",
            checkout_key=shown.checkout_key,
            shown_total_cents=total_cents,
            content=seal_choices({"method": [method], "tip": [tip], "stored": stored}),
            stored=found,
        )

    def press(self, diner: int, form: PayForm, *, now: datetime) -> str:
        return place(visitor=self.visitors[diner], table=self.seats[diner], form=form, now=now)

    # The bank, staff, the worker

    def attempt(self, number: int, tried: int) -> Attempt:
        rows = Attempt.objects.filter(payment__order=self.orders()[number])
        return rows.select_related("payment__order__restaurant").order_by("pk")[tried]

    def notify(self, attempt: Attempt, *, now: datetime) -> None:
        body, headers = demo.notification(attempt.uuid, now=now)
        settlement.receive_notification("demo", body, headers, now=now)

    def give_back(self, order: Order, wanted: dict[str, int], *, key: str, now: datetime) -> None:
        lines = dict(order.lines.filter(parent=None, quantity__gt=0).values_list("sku", "pk"))
        by_line = {lines.get(sku, 0): count for sku, count in wanted.items()}
        returns.return_items(order, by_line, key=key, by="anna", reason="cold", now=now)

    def cancel(self, order: Order, *, now: datetime) -> None:
        kitchen.cancel(order, by="anna", reason="by mistake", now=now)

    def sweep(self, *, now: datetime) -> None:
        """Do what the worker's tasks do."""
        settlement.reconcile(now=now)
        settlement.settle_paid(now=now)
        returns.finish_all_cancelled(now=now)
        return_settlement.settle_due(now=now)
        offers.release_due(now=now)
        voucher_use.expire_locks(now=now)

    # What became of it

    def held(self, order: Order) -> dict[str, tuple[datetime, datetime]]:
        """Until when the order's offers are held, by their names: as we noted it, and as the programme knows it."""
        held: dict[str, tuple[datetime, datetime]] = {}
        for row in AppliedOffer.objects.live().filter(order=order, redeemed_at=None):
            name, until = self.names()[row.offer_id], row.held_until
            if name in self.vouchers:
                until = self.vouchers[name].lock_rows.get(locked_for=str(order.uuid)).locked_until
            assert row.held_until is not None
            assert until is not None
            held[name] = row.held_until, until
        return held

    def names(self) -> dict[str, str]:
        vouchers = {str(row.uuid): name for name, row in self.vouchers.items()}
        return vouchers | {str(row.uuid): name for name, row in self.receptions.items()}

    def facts(self, *, now: datetime) -> Facts:
        """Read all that the plain house knows too."""
        rows = Order.objects.order_by("pk").values_list(
            "pk", "uuid", "payment_state", "number", "kitchen_state", "total_cents", "points_earned"
        )
        orders = list(enumerate(rows))
        numbers = {row[0]: place for place, row in orders}
        holders = {str(row[1]): place for place, row in orders}
        found = self._numbers()
        balances = {pk: cents for pk, cents, *_rest in found["money"]}
        return {
            "points": [points for _pk, points, *_rest in sorted(found["points"])],
            "money": {name: balances[pk] for name, pk in self.accounts.items()},
            "vouchers": self._vouchers(holders, now=now),
            "orders": [
                (state, bool(number), kitchen == "cancelled", (total_cents, points) if number else None)
                for _place, (_pk, _uuid, state, number, kitchen, total_cents, points) in orders
            ],
            "offers": self._offers(numbers),
            "lines": self._lines(found["lines"], numbers),
            "bank": sorted((numbers[pk], cents, state, back) for pk, cents, state, back in found["bank"]),
        }

    def _numbers(self) -> dict[str, list[tuple[int, int, str, int]]]:
        found: dict[str, list[tuple[int, int, str, int]]] = {"points": [], "money": [], "lines": [], "bank": []}
        with connection.cursor() as cursor:
            cursor.execute(NUMBERS)
            for what, pk, number, word, other in cursor.fetchall():
                found[what].append((pk, number, word, other))
        return found

    def _vouchers(self, holders: dict[str, int], *, now: datetime) -> Facts:
        rows = Voucher.objects.values_list("pk", "times_redeemed", "locked_for", "locked_until")
        used = {pk: times for pk, times, _holder, _until in rows}
        held: dict[int, set[int]] = {pk: set() for pk in used}
        singles = [(pk, holder) for pk, _times, holder, until in rows if until is not None and until > now]
        for pk, holder in [*singles, *VoucherLock.objects.locked(now=now).values_list("voucher", "locked_for")]:
            held[pk].add(holders[holder])
        return {name: (used[made.pk], held[made.pk]) for name, made in self.vouchers.items()}

    def _offers(self, numbers: dict[int, int]) -> list[tuple[Any, ...]]:
        names = self.names()
        rows = AppliedOffer.objects.live().order_by("order_id", "pk")
        return [
            (numbers[pk], names[offer_id], until, redeemed_at is not None, bool(overrun), cents if number else None)
            for pk, offer_id, until, redeemed_at, overrun, cents, number in rows.values_list(
                "order_id", "offer_id", "held_until", "redeemed_at", "overrun", "cents", "order__number"
            )
        ]

    def _lines(self, rows: list[tuple[int, int, str, int]], numbers: dict[int, int]) -> list[dict[str, int]]:
        found: list[dict[str, int]] = [{} for _order in numbers]
        for pk, quantity, sku, _other in rows:
            found[numbers[pk]][sku] = quantity
        return found

    def check_books(self) -> None:
        """Hold the books against themselves: what no plain house is needed for."""
        with connection.cursor() as cursor:
            cursor.execute(WRONG_BOOKS)
            assert cursor.fetchall() == []
