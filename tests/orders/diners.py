"""Members at a table, as the views know them: redeeming, paying, and what became of their vouchers."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import QueryDict

from loyalty import port
from loyalty.models import Contact, GiftCard, MoneyAccount, RewardReception, Voucher
from loyalty.port import Asker, StoredMoney
from menu.models import Table
from orders import settlement
from orders.applying import Preview, preview, redeem_on_basket
from orders.basket import find_basket
from orders.basket_view import Basket, read_basket
from orders.checkout import PayForm, place, read_checkout, seal_choices
from orders.guest import Visitor, seat
from orders.identify import sign_in
from orders.models import AppliedOffer, Guest, Order
from orders.purchases import Bought, buy
from orders.showcase import Showcase, ShownOffer, read_showcase
from orders.tips import TipChoice
from tests.factories import NOW
from tests.loyalty.factories import PromotionFactory, VoucherFactory

NO_TIP = TipChoice()


@dataclass
class Diner:
    """A member at a table, as the views know them."""

    contact: Contact
    guest: Guest
    table: Table

    @property
    def visitor(self) -> Visitor:
        return Visitor(guest_id=self.guest.pk, table_code=self.table.code)

    @property
    def order(self) -> Order:
        found = find_basket(self.visitor, self.table.restaurant)
        assert found is not None
        return found

    def showcase(self, *, minutes: int = 0) -> Showcase:
        order = find_basket(self.visitor, self.table.restaurant)
        return read_showcase(self.guest, self.table.restaurant, order, now=NOW + timedelta(minutes=minutes))

    def shown(self, kind: str, row: Voucher | RewardReception) -> ShownOffer:
        found = self.showcase().find(kind, str(row.uuid))
        assert found is not None
        return found

    def redeem(self, row: Voucher | RewardReception, form: str = "", *, minutes: int = 0) -> AppliedOffer:
        kind = "voucher" if isinstance(row, Voucher) else "collectable"
        return self.put(self.shown(kind, row), form, minutes=minutes)

    @property
    def applied(self) -> list[AppliedOffer]:
        return list(self.order.applied_offers.live())

    def put(self, shown: ShownOffer, form: str = "", *, minutes: int = 0) -> AppliedOffer:
        """Redeem an offer on the basket, as it was shown before."""
        now = NOW + timedelta(minutes=minutes)
        looked, basket = self._look(shown, now=now)
        return redeem_on_basket(shown, looked, basket, **self._asks(form, now=now))

    def buy(self, reward: ShownOffer, purchase_key: str) -> Bought:
        """Buy a reward and put it on the basket."""
        looked, basket = self._look(reward, now=NOW)
        return buy(reward, looked, basket, purchase_key=purchase_key, **self._asks("", now=NOW))

    def _look(self, shown: ShownOffer, *, now: datetime) -> tuple[Preview, Basket | None]:
        order = find_basket(self.visitor, self.table.restaurant)
        basket = read_basket(order, now=now) if order is not None else None
        return preview(shown, self.table.restaurant, basket, now=now), basket

    def _asks(self, form: str, *, now: datetime) -> dict[str, Any]:
        return {
            "visitor": self.visitor,
            "table": self.table,
            "guest": self.guest,
            "form": QueryDict(form),
            "now": now,
        }

    def stored(self, row: GiftCard | MoneyAccount) -> StoredMoney:
        """A gift card, or the diner's own balance, as the checkout finds it."""
        if isinstance(row, GiftCard):
            asker = Asker(guest_id=self.guest.pk, ip_address="127.0.0.1")
            return port.load().find_gift_card(row.code, asker=asker, now=NOW)
        found = port.load().prepaid(str(self.contact.uuid))
        assert found is not None
        return found

    def pay(
        self,
        *,
        method: str = "counter",
        minutes: int = 0,
        stored: Sequence[GiftCard | MoneyAccount | StoredMoney] = (),
        tip: TipChoice = NO_TIP,
        is_marked: bool = True,
    ) -> Order:
        """Press the button; staff take what is to be paid at the counter at once, unless `is_marked` says otherwise."""
        order, now = self.order, NOW + timedelta(minutes=minutes)
        found = tuple(row if isinstance(row, StoredMoney) else self.stored(row) for row in stored)
        shown = read_checkout(order, tip=tip, stored=found, now=now)
        form = PayForm(
            method=method,
            tip=tip,
            email="",
            checkout_key=shown.checkout_key,
            shown_total_cents=str(shown.total_cents),
            content=seal_choices({"method": [method], "tip": [tip.code], "stored": [money.id for money in found]}),
            stored=found,
        )
        place(visitor=self.visitor, table=self.table, form=form, now=now)
        order.refresh_from_db()
        if is_marked and method == "counter" and order.payment_state == "unpaid":
            settlement.mark_paid(order, by="anna", now=now)
            order.refresh_from_db()
        return order


def seat_member(table: Table, contact: Contact) -> Diner:
    visitor = Visitor(guest_id=uuid.uuid4(), table_code=table.code)
    nobody = seat(visitor, table=table, now=NOW)
    assert nobody is not None
    return Diner(contact, sign_in(nobody, str(contact.uuid), is_verified=True, now=NOW), table)


def voucher(diner: Diner, **attributes: object) -> Voucher:
    """Give the diner a voucher with these discount attributes; ten percent off where none are given."""
    chosen = attributes or {"discount_type": "percentage_discount", "discount_value": "10"}
    made: Voucher = VoucherFactory.create(
        contact=diner.contact, promotion=PromotionFactory.create(name="Treat", attributes=chosen)
    )
    return made


def state_of(row: Voucher, *, minutes: int = 0) -> str:
    now = NOW + timedelta(minutes=minutes)
    found = Voucher.objects.select_related("promotion").with_locks(now=now).get(pk=row.pk)
    return str(found.state(now=now)).rpartition(".")[2].upper()
