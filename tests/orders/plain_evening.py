"""The plain house for an evening: what diners, staff, the bank and the worker do about money, and all that it knows."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from tests.orders.plain_house import (
    ASKED_AFTER,
    COUNTER_HOLD,
    LONG_STOP,
    PAYING_HOLD,
    WINDOW,
    Applied,
    PlainOrder,
    Refused,
    Tender,
    Try,
    price,
    share,
)
from tests.orders.plain_tables import PlainTables


class PlainHouse(PlainTables):
    """Everything there is, and what happens to it."""

    # Paying

    def pay(self, diner: int, method: str, stored: Sequence[str], tip_percent: int) -> None:
        """Press the button."""
        order = self.basket(diner)
        if order is None or not order.is_open or not order.lines:
            raise Refused
        bill = price(order.lines, [offer.name for offer in order.offers])
        total_cents = bill.total_cents(tip_percent)
        self._hold_for_payment(order, COUNTER_HOLD if method == "counter" else PAYING_HOLD)
        order.total_cents, order.earning_cents = total_cents, bill.net_cents
        order.units = {sku: sorted(costs, reverse=True) for sku, costs in bill.units.items()}
        for offer in order.offers:
            offer.cents = bill.taken[offer.name]
        order.tenders = []
        left = total_cents
        for account in stored:
            cents = min(left, self.money[account])
            if cents:
                self.money[account] -= cents
                order.tenders.append(Tender(account, cents, is_taken=True))
                left -= cents
        self._ask_for_the_rest(order, method, left)

    def stop_before_paying(self, order: PlainOrder, held: dict[str, tuple[datetime, datetime]]) -> None:
        """The process stopped before the payment was written: any of the offers is held for longer, or gone."""
        for offer in list(order.live_offers()):
            if offer.name not in held:
                self._take_off(order, offer)
                continue
            noted, held_until = held[offer.name]
            assert {noted, held_until} <= {offer.held_until, self.now + COUNTER_HOLD, self.now + PAYING_HOLD}
            if offer.name in self.vouchers:
                self.vouchers[offer.name].holds[order.number] = held_until
            offer.held_until = noted

    def _hold_for_payment(self, order: PlainOrder, window: timedelta) -> None:
        gone = [offer for offer in order.live_offers() if not self._hold_until(order, offer, self.now + window)]
        for offer in gone:
            self._take_off(order, offer)
        if gone:
            raise Refused

    def _ask_for_the_rest(self, order: PlainOrder, method: str, cents: int) -> None:
        if cents == 0:
            self._settle(order)
        elif method == "counter":
            order.tenders.append(Tender("counter", cents))
            order.is_placed = True
        else:
            order.tenders.append(Tender("bank", cents))
            order.tries.append(Try(cents, self.now + WINDOW))
            order.payment = "paying"

    def hear(self, order: PlainOrder, tried: Try) -> None:
        """Learn how a payment stands at the bank: a notification, the sweep or the diner's return."""
        if tried.closed:
            if tried.closed != "paid" and tried.word(self.now) == "paid":
                tried.back_cents = tried.cents  # money that pays for nothing goes back
            return
        if not tried.word(self.now) and self.now >= tried.ends_at:
            tried.choose("cancelled", self.now)
        word = tried.word(self.now)
        if not word and self.now >= tried.ends_at + LONG_STOP:
            word, tried.given_up_at = "expired", self.now
        tried.closed = word
        if word == "paid":
            order.tenders[-1].is_taken = True
            self._settle(order)
        elif word:
            order.payment = "unpaid"
            self._give_up(order)

    def cancel_payment(self, diner: int) -> None:
        order = self.basket(diner)
        if order is None or not order.is_paying:
            raise Refused
        order.tries[-1].choose("cancelled", self.now)
        self.hear(order, order.tries[-1])

    def mark_paid(self, order: PlainOrder) -> None:
        if not order.is_placed or order.payment != "unpaid" or order.is_cancelled:
            raise Refused
        for tender in order.tenders:
            tender.is_taken = True
        self._settle(order)

    def _give_up(self, order: PlainOrder) -> None:
        for tender in order.tenders:
            if tender.account in self.money:
                self.money[tender.account] += tender.cents
        order.tenders = []

    def _settle(self, order: PlainOrder) -> None:
        order.payment, order.is_placed = "paid", True
        for offer in list(order.offers):
            if not offer.cents:
                self._take_off(order, offer)
            elif offer.name.startswith("soup"):
                self._collect(order, offer)
            else:
                offer.is_redeemed = self.vouchers[offer.name].redeem(order.number, self.now)
                offer.is_overrun = not offer.is_redeemed
        if order.diner < 2:
            order.points = order.earning_cents // 100
            self.points[order.diner] += order.points

    def _collect(self, order: PlainOrder, offer: Applied) -> None:
        reward = self.rewards[offer.name]
        offer.is_redeemed = not (reward.collected or reward.given_back)
        offer.is_overrun = not offer.is_redeemed
        reward.collected = reward.collected or offer.is_redeemed

    # Back

    def give_back(self, order: PlainOrder, wanted: dict[str, int]) -> None:
        """Take units of a paid order back."""
        wanted = {sku: count for sku, count in wanted.items() if count}
        if order.payment != "paid" or not wanted:
            raise Refused
        if any(count + order.back.get(sku, 0) > len(order.units.get(sku, [])) for sku, count in wanted.items()):
            raise Refused
        cents = 0
        for sku, count in wanted.items():
            already = order.back.get(sku, 0)
            cents += sum(order.units[sku][already : already + count])
            order.back[sku] = already + count
        self._refund(order, cents)
        order.earning_cents -= cents
        if order.points is not None:
            correction = order.earning_cents // 100 - order.points - order.corrected
            order.corrected += correction
            self.points[order.diner] += correction
        self._give_offers_back(order)

    def _refund(self, order: PlainOrder, cents: int) -> None:
        taken = [tender for tender in order.tenders if tender.is_taken]
        amounts = share(cents, [tender.cents - tender.back_cents for tender in taken])
        for tender, amount in zip(taken, amounts, strict=True):
            tender.back_cents += amount
            if tender.account in self.money:
                self.money[tender.account] += amount
            elif tender.account == "bank":
                order.tries[-1].back_cents += amount

    def _give_offers_back(self, order: PlainOrder) -> None:
        is_everything = all(order.back.get(sku, 0) == len(costs) for sku, costs in order.units.items())
        if is_everything:
            order.payment = "returned"
        for offer in order.offers:
            if not offer.is_redeemed:
                continue
            if offer.name.startswith("soup"):
                reward = self.rewards[offer.name]
                is_back = order.back.get("SOUP", 0) == len(order.units["SOUP"])
                if is_back and order.number not in reward.reversed_for:
                    reward.reversed_for.add(order.number)
                    reward.collected = False
            elif is_everything:
                self.vouchers[offer.name].reverse(order.number)

    def cancel(self, order: PlainOrder) -> None:
        """Staff cancel a placed order: all that was paid comes back."""
        if not order.is_placed or order.is_cancelled:
            raise Refused
        order.is_cancelled = True
        if order.payment == "paid":
            left = {sku: len(costs) - order.back.get(sku, 0) for sku, costs in order.units.items()}
            self.give_back(order, left)
        elif order.payment == "unpaid":
            for offer in list(order.live_offers()):
                self._take_off(order, offer)
            self._give_up(order)

    def sweep(self) -> None:
        """Do what the worker does."""
        for order in self.orders:
            if order.is_paying:
                self.hear(order, order.tries[-1])
            for tried in order.tries:
                if tried.given_up_at is not None and tried.given_up_at > self.now - ASKED_AFTER:
                    self.hear(order, tried)

    # What it knows

    def facts(self) -> dict[str, Any]:
        """Return all that the real house's database knows too."""
        placed = {order.number for order in self.orders if order.is_placed}
        return {
            "points": self.points,
            "money": self.money,
            "vouchers": {name: (one.used, one.live(self.now)) for name, one in self.vouchers.items()},
            "orders": [
                (
                    order.payment,
                    order.is_placed,
                    order.is_cancelled,
                    (order.total_cents, order.points) if order.is_placed else None,
                )
                for order in self.orders
            ],
            "offers": [
                (
                    order.number,
                    offer.name,
                    offer.held_until,
                    offer.is_redeemed,
                    offer.is_overrun,
                    offer.cents if order.number in placed else None,
                )
                for order in self.orders
                for offer in order.offers
            ],
            "lines": [dict(order.lines) for order in self.orders],
            "bank": sorted(
                (order.number, tried.cents, tried.closed, tried.back_cents)
                for order in self.orders
                for tried in order.tries
            ),
        }
