"""What an order's page says of its money besides the sums: receipts, what came back, and the gift cards it sold."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch

from orders.models import Order, OrderReturn, Receipt, ReturnedItem, SoldCard
from orders.sold_cards import VOUCHER_LINE


@dataclass(frozen=True)
class BoughtCard:
    """A gift card, or a voucher by its name, that the order sold. The code is empty as long as it was not issued."""

    code: str
    cents: int
    expires_at: datetime | None
    name: str = ""
    """Of a voucher; empty for a gift card."""


@dataclass(frozen=True)
class CameBack:
    """What came back at once: the items in words, the money, and the number of its receipt."""

    what: str
    cents: int
    number: int | None


@dataclass(frozen=True)
class OrderMoney:
    """All of it; for anybody but the guest without cards and receipts."""

    cards: tuple[BoughtCard, ...]
    returns: tuple[CameBack, ...]
    has_receipt: bool

    @property
    def state(self) -> str:
        """What makes the page another one: how many codes can be read, and how often something came back."""
        codes = sum(bool(card.code) for card in self.cards)
        return f"{'' if not codes else f'cards{codes}-'}{'' if not self.returns else f'back{len(self.returns)}-'}"


def read_money(order: Order, *, is_own: bool) -> OrderMoney:
    """Read what the page shows to the guest (`is_own`) or to whoever else has the address; four queries at most."""
    kept = SoldCard.objects.filter(line__order=order, taken_back_at=None).select_related("line")
    sold = kept if is_own else ()
    numbers = dict(Receipt.objects.filter(order=order).values_list("order_return", "number")) if is_own else {}
    items = Prefetch("items", ReturnedItem.objects.filter(line__parent=None).select_related("line"))
    returns = OrderReturn.objects.filter(order=order).order_by("pk").prefetch_related(items)
    return OrderMoney(
        cards=tuple(_bought(card) for card in sold),
        returns=tuple(
            CameBack(
                ", ".join(f"{item.quantity} × {item.line.name}" for item in made.items.all()),
                made.refund_cents,
                numbers.get(made.pk),
            )
            for made in returns
        ),
        has_receipt=None in numbers,
    )


def _bought(sold: SoldCard) -> BoughtCard:
    name = sold.line.name if sold.line.kind == VOUCHER_LINE else ""
    return BoughtCard(sold.code, sold.line.unit_cents, sold.expires_at, name)
