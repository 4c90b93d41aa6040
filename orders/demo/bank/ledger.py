"""The made-up banks' books: payments, refunds, and every movement of money. Amounts are in the provider's own units."""

import secrets
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

FINAL = frozenset({"paid", "failed", "canceled", "expired"})


@dataclass
class Refund:
    """Money sent back."""

    id: str
    units: int
    metadata: dict[str, str]
    created: float


@dataclass
class Payment:
    """One payment. State: open, authenticating, pending (chosen, answered later), or one of FINAL."""

    id: str
    provider: str
    units: int
    currency: str
    description: str
    metadata: dict[str, str]
    success_url: str
    cancel_url: str
    created: float
    expires: float
    state: str = "open"
    was_declined: bool = False
    client_reference_id: str = ""
    webhook_url: str = ""
    refunds: list[Refund] = field(default_factory=list)

    @property
    def refunded(self) -> int:
        """What was sent back so far."""
        return sum(refund.units for refund in self.refunds)


@dataclass(frozen=True)
class Entry:
    """A movement of money: captured or refunded."""

    kind: str
    provider: str
    payment: str
    units: int
    currency: str
    metadata: dict[str, str]


class Refused(Exception):
    """The bank will not do it; the text says why."""


class Books:
    """All payments and entries, one change at a time; tells `changed` of every payment that has changed."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.payments: dict[str, Payment] = {}
        self.entries: list[Entry] = []
        self.clock_offset = 0.0
        self.changed: Callable[[Payment, str], None] = lambda payment, event: None

    def now(self) -> float:
        """Return the bank's time; a test may set it ahead."""
        return time.time() + self.clock_offset

    def open(self, payment: Payment) -> Payment:
        """Enter a new payment."""
        with self.lock:
            self.payments[payment.id] = payment
        return payment

    def find(self, payment_id: str, provider: str) -> Payment | None:
        """Return a payment as it is now: one past its time has expired."""
        with self.lock:
            payment = self.payments.get(payment_id)
            if payment is None or payment.provider != provider:
                return None
            if payment.state in ("open", "authenticating") and payment.expires <= self.now():
                self._move(payment, "expired", "expired")
            return payment

    def newest(self, provider: str) -> Iterable[Payment]:
        """Return all payments of a provider, the newest first."""
        with self.lock:
            return [payment for payment in reversed(self.payments.values()) if payment.provider == provider]

    def authenticate(self, payment: Payment) -> None:
        """Send the payer to their bank's own page first."""
        self._choose(payment, "authenticating", "authenticating")

    def pay(self, payment: Payment) -> None:
        """Capture the money."""
        with self.lock:
            self._choose(payment, "paid", "paid")
            self._enter("captured", payment, payment.units)

    def wait(self, payment: Payment) -> None:
        """Take the payer's order, to be answered later."""
        self._choose(payment, "pending", "pending")

    def answer_late(self, payment: Payment) -> None:
        """Capture what was left waiting."""
        with self.lock:
            if payment.state != "pending":
                raise Refused("not waiting")
            payment.state = "paid"
            self._enter("captured", payment, payment.units)
        self.changed(payment, "late")

    def decline(self, payment: Payment, *, for_good: bool) -> None:
        """Refuse the payer's card; where that is not for good they may try another."""
        with self.lock:
            payment.was_declined = True
            self._choose(payment, "failed" if for_good else "open", "declined")

    def close(self, payment: Payment, state: str) -> None:
        """End an open payment as `canceled` or `expired`."""
        self._choose(payment, state, state)

    def refund(self, payment: Payment, refund: Refund) -> Refund:
        """Send money back, never more than was captured."""
        with self.lock:
            if payment.state != "paid":
                raise Refused("nothing was captured")
            if refund.units < 1 or refund.units > payment.units - payment.refunded:
                raise Refused("greater than unrefunded amount")
            payment.refunds.append(refund)
            self._enter("refunded", payment, refund.units)
        self.changed(payment, "refunded")
        return refund

    def _choose(self, payment: Payment, state: str, event: str) -> None:
        with self.lock:
            current = self.find(payment.id, payment.provider)
            if current is None or current.state not in ("open", "authenticating"):
                raise Refused(f"the payment is {payment.state}")
            self._move(payment, state, event)

    def _move(self, payment: Payment, state: str, event: str) -> None:
        payment.state = state
        self.changed(payment, event)

    def _enter(self, kind: str, payment: Payment, units: int) -> None:
        self.entries.append(Entry(kind, payment.provider, payment.id, units, payment.currency, payment.metadata))


def new_id(prefix: str, length: int = 24) -> str:
    """Return a new unguessable id of letters and digits."""
    letters = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    return prefix + "".join(secrets.choice(letters) for _ in range(length))
