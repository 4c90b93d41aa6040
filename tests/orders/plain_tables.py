"""What diners do with baskets and offers at the plain house, each step as the rules say. Paying is in plain_evening."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from tests.orders.plain_house import (
    HOLD,
    LONGEST_HOLD,
    REWARD_POINTS,
    Applied,
    PlainOrder,
    PlainReward,
    PlainVoucher,
    Refused,
    price,
)


class PlainTables:
    """Everything there is, and what happens to it."""

    def __init__(self, *, now: datetime, points: Sequence[int], money: dict[str, int]) -> None:
        self.now = now
        self.points = list(points)
        self.money = money
        self.vouchers = {
            "tenth": PlainVoucher(owner=0, uses=1, ends_at=now + timedelta(hours=2)),
            "fifth": PlainVoucher(owner=None, uses=1),
            "three": PlainVoucher(owner=None, uses=2),
        }
        self.rewards: dict[str, PlainReward] = {}
        self.orders: list[PlainOrder] = []

    def basket(self, diner: int) -> PlainOrder | None:
        return next((order for order in self.orders if order.diner == diner and not order.is_placed), None)

    # The basket

    def add(self, diner: int, sku: str, quantity: int) -> None:
        order = self.basket(diner)
        if order is None:
            order = PlainOrder(number=len(self.orders), diner=diner)
            self.orders.append(order)
        self._refuse_closed(order)
        order.lines[sku] = order.lines.get(sku, 0) + quantity
        self._tend(order)

    def change(self, diner: int, sku: str, quantity: int) -> None:
        order = self.basket(diner)
        if order is None or sku not in order.lines:
            raise Refused
        self._refuse_closed(order)
        order.lines[sku] = quantity
        if quantity == 0:
            self._remove(order, sku)
        self._tend(order)

    # Offers

    def redeem(self, diner: int, name: str) -> None:
        """Put a voucher or a soup bought before on the basket."""
        if diner == 2:
            raise Refused  # nobody is signed in there
        order = self.basket(diner)
        if order is not None:
            self._drop_lapsed(order)
            if order.find(name) is not None:
                self._tend(order)
                return
        self._refuse_useless(order, name)
        if name.startswith("soup"):
            self._hold_soup(diner, order, name)
        else:
            self._hold_voucher(diner, order, name)

    def _refuse_useless(self, order: PlainOrder | None, name: str) -> None:
        lines = dict(order.lines) if order is not None else {}
        if name.startswith("soup"):
            lines.setdefault("SOUP", 1)
        others = [offer.name for offer in order.offers] if order is not None else []
        if lines and not price(lines, [*others, name]).taken[name]:
            raise Refused

    def _hold_voucher(self, diner: int, order: PlainOrder | None, name: str) -> None:
        voucher = self.vouchers[name]
        is_held = bool(voucher.live(self.now))
        if voucher.owner not in (None, diner) or voucher.used >= voucher.uses:
            raise Refused
        if not voucher.is_current(self.now) and not is_held:
            raise Refused
        was_open = order is None or order.is_open
        order = self._opened(diner)
        voucher.hold(order.number, self.now + HOLD, self.now)
        if not was_open:
            voucher.release(order.number)
            raise Refused
        self._apply(order, name)

    def _hold_soup(self, diner: int, order: PlainOrder | None, name: str) -> None:
        reward = self.rewards[name]
        if reward.owner != diner or reward.collected or reward.given_back:
            raise Refused
        elsewhere = self._on_order(name)
        if order is None and elsewhere is not None and self._held_until(elsewhere, name) > self.now:
            raise Refused  # before a basket is opened for it
        order = self._opened(diner)
        self._refuse_closed(order)
        if elsewhere is not None:
            raise Refused
        if "SOUP" not in order.lines:
            order.lines["SOUP"] = 1
            order.brought_by = name
        self._apply(order, name)

    def _apply(self, order: PlainOrder, name: str) -> None:
        order.offers.append(Applied(name, self.now, self.now + HOLD))
        self._tend(order)

    def _opened(self, diner: int) -> PlainOrder:
        order = self.basket(diner)
        if order is None:
            order = PlainOrder(number=len(self.orders), diner=diner)
            self.orders.append(order)
        return order

    def _on_order(self, name: str) -> PlainOrder | None:
        return next((order for order in self.orders for offer in order.live_offers() if offer.name == name), None)

    def _held_until(self, order: PlainOrder, name: str) -> datetime:
        return next(offer.held_until for offer in order.live_offers() if offer.name == name)

    def withdraw(self, diner: int, name: str, *, tends: bool) -> None:
        order = self.basket(diner)
        if order is None:
            raise Refused
        self._refuse_closed(order)
        offer = order.find(name)
        if offer is not None:
            self._take_off(order, offer)
        if tends:
            self._tend(order)

    def buy(self, diner: int, name: str) -> None:
        """Buy a soup with points; where it cannot go onto the basket it waits."""
        if diner == 2:
            raise Refused
        order = self.basket(diner)
        if order is not None:
            self._drop_lapsed(order)
        if self.points[diner] < REWARD_POINTS:
            raise Refused
        self.points[diner] -= REWARD_POINTS
        self.rewards[name] = PlainReward(owner=diner)
        try:
            self.redeem(diner, name)
        except Refused:
            if order is not None:
                self._tend(order)

    def undo(self, diner: int, name: str) -> None:
        """Give a soup back for its points."""
        reward = self.rewards[name]
        order = self._on_order(name)
        if reward.owner != diner or reward.collected or (order is not None and not order.is_open):
            raise Refused
        if order is not None:
            self._take_off(order, next(offer for offer in order.offers if offer.name == name))
        if not reward.given_back:
            reward.given_back = True
            self.points[diner] += REWARD_POINTS

    def _tend(self, order: PlainOrder) -> None:
        self._drop_lapsed(order)
        for offer in order.live_offers():
            until = min(self.now + HOLD, offer.applied_at + LONGEST_HOLD)
            if offer.held_until < until:
                self._hold_until(order, offer, until)

    def _drop_lapsed(self, order: PlainOrder) -> None:
        lapsed = [offer for offer in order.live_offers() if offer.held_until <= self.now]
        if lapsed:
            self._refuse_closed(order)
        for offer in lapsed:
            self._take_off(order, offer)

    def _hold_until(self, order: PlainOrder, offer: Applied, until: datetime) -> bool:
        if not offer.name.startswith("soup"):
            try:
                self.vouchers[offer.name].hold(order.number, until, self.now)
            except Refused:
                return False
        offer.held_until = until
        return True

    def _take_off(self, order: PlainOrder, offer: Applied) -> None:
        order.offers.remove(offer)
        if not offer.name.startswith("soup"):
            self.vouchers[offer.name].release(order.number)
        elif order.brought_by == offer.name:
            order.brought_by = ""  # where it stays, because there is more of it by now, it is the diner's
            if order.lines.get("SOUP") == 1 and not order.is_placed:
                self._remove(order, "SOUP")

    def _remove(self, order: PlainOrder, sku: str) -> None:
        del order.lines[sku]
        if sku == "SOUP":
            order.brought_by = ""

    def _refuse_closed(self, order: PlainOrder) -> None:
        if not order.is_open:
            raise Refused
