"""What Leat answers about orders, points and stored money, as our values. Pure."""

from dataclasses import dataclass
from datetime import datetime

from loyalty.dialects.leat.reading import flag, items, moment, must, parts, text, whole
from loyalty.values import MoneyKind, StoredMoney


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsSeen:
    """What an order or a return did to the points; what Leat does not say is None."""

    points: int | None
    new_balance: int | None


def read_points(answer: object) -> PointsSeen:
    """Read a `result` (leat-api.md section 8.1); with no action set up there is none."""
    result = parts(answer)
    if text(result.get("type")).upper() != "POINTS_TRANSACTION":
        return PointsSeen(points=None, new_balance=None)
    told = parts(result.get("data"))
    return PointsSeen(points=whole(told.get("points")), new_balance=whole(told.get("new_balance")))


def read_order_id(answer: object) -> str:
    """Read an order. Raises Unreadable."""
    return must(parts(answer).get("uuid"), "order uuid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """A row of a list: points that moved, or stored money."""

    id: str
    amount: int
    created_at: datetime | None

    def is_since(self, since: datetime) -> bool:
        """Say whether it may have happened since then."""
        return self.created_at is None or self.created_at >= since


def read_movements(answer: object, *, amount: str) -> list[Movement]:
    """Read a list of transactions whose amount is in the field `amount` (`credits`, `amount_in_cents`)."""
    return [
        Movement(id=text(one.get("uuid")), amount=whole(one.get(amount)) or 0, created_at=moment(one.get("created_at")))
        for one in items(answer)
        if text(one.get("uuid"))
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class CardSeen:
    """A gift card as Leat has it."""

    id: str
    code: str
    balance_cents: int
    is_active: bool
    expires_at: datetime | None

    def money(self, currency: str) -> StoredMoney:
        """Return it as money to pay with; its name gives the code away no further than its end."""
        return StoredMoney(
            kind=MoneyKind.GIFT_CARD,
            id=self.id,
            name=f"…{self.code[-4:]}",
            balance_cents=self.balance_cents,
            currency=currency,
            expires_at=self.expires_at,
        )


def read_card(answer: object) -> CardSeen:
    """Read a gift card (section 9). Raises Unreadable."""
    card = parts(answer)
    return CardSeen(
        id=must(card.get("uuid"), "gift card uuid"),
        code=text(card.get("hash")),
        balance_cents=whole(card.get("amount_in_cents")) or 0,
        is_active=flag(card.get("active")) is not False,
        expires_at=moment(card.get("expiration_date")),
    )


def read_card_programmes(answer: object) -> list[tuple[str, int | None]]:
    """Return the gift card programmes as id and the most a card may hold, in cents (None: no bound)."""
    return [
        (text(one.get("uuid")), whole(one.get("max_amount_in_cents")))
        for one in items(answer)
        if text(one.get("uuid")) and flag(one.get("active")) is not False
    ]


def read_prepaid_cents(answer: object) -> int:
    """Read a prepaid balance."""
    return whole(parts(answer).get("balance_in_cents")) or 0


def read_transaction_id(answer: object) -> str:
    """Read a gift card or prepaid transaction. Raises Unreadable."""
    return must(parts(answer).get("uuid"), "transaction uuid")
