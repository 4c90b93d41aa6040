"""A provider whose answers a test decides: it keeps charges by idempotency key, as real ones do."""

import uuid
from collections.abc import Mapping
from datetime import datetime

from orders.models import Attempt
from orders.payments.port import (
    BadWebhook,
    PaymentRequest,
    ProviderRefused,
    ProviderStatus,
    ProviderTimeout,
    RefundState,
    RefundStatus,
    StartedPayment,
)


class FakeBank:
    """Open charges over 24.00 until a test says otherwise; `silent` makes every call time out, `is_closed` opens no charge."""

    code = "demo"

    def __init__(self) -> None:
        self.charges: dict[str, PaymentRequest] = {}
        self.states: dict[uuid.UUID, ProviderStatus] = {}
        self.refunds: dict[str, tuple[uuid.UUID, RefundStatus]] = {}
        self.silent = False
        self.is_closed = False

    def start(self, request: PaymentRequest, *, now: datetime) -> StartedPayment:
        if self.is_closed:
            raise ProviderRefused
        self.charges.setdefault(request.idempotency_key, request)
        if self.silent:
            raise ProviderTimeout
        return StartedPayment(reference="ref", redirect_url="https://bank.example/pay")

    def status(self, attempt_uuid: uuid.UUID, reference: str, *, now: datetime) -> ProviderStatus | None:
        if self.silent:
            raise ProviderTimeout
        known = any(request.attempt_uuid == attempt_uuid for request in self.charges.values())
        return self.states.get(attempt_uuid, self._open(attempt_uuid) if known else None)

    def cancel(self, attempt_uuid: uuid.UUID, reference: str, *, now: datetime) -> ProviderStatus | None:
        self.states.setdefault(attempt_uuid, ProviderStatus(state="cancelled", amount_cents=2400, currency="EUR"))
        return self.status(attempt_uuid, reference, now=now)

    def refund(
        self,
        attempt_uuid: uuid.UUID,
        reference: str,
        *,
        amount_cents: int,
        currency: str,
        idempotency_key: str,
        now: datetime,
    ) -> RefundStatus:
        if idempotency_key not in self.refunds:
            paid = self.states.get(attempt_uuid)
            left_cents = paid.amount_cents - self.refunded_cents(attempt_uuid) if paid and paid.state == "paid" else 0
            if amount_cents > left_cents:
                raise ProviderRefused
            made = RefundStatus(
                reference=f"refund-{len(self.refunds) + 1}",
                state=RefundState.DONE,
                amount_cents=amount_cents,
                currency=currency,
            )
            self.refunds[idempotency_key] = attempt_uuid, made
        if self.silent:
            raise ProviderTimeout
        return self.refunds[idempotency_key][1]

    def refunded_cents(self, attempt_uuid: uuid.UUID) -> int:
        """What was sent back of a try."""
        return sum(made.amount_cents for attempt, made in self.refunds.values() if attempt == attempt_uuid)

    def read_webhook(self, body: bytes, headers: Mapping[str, str], *, now: datetime) -> uuid.UUID:
        raise BadWebhook

    def _open(self, attempt_uuid: uuid.UUID) -> ProviderStatus:
        return ProviderStatus(state="started", amount_cents=2400, currency="EUR")

    def says(self, attempt: Attempt, state: str, *, amount_cents: int = 2400, currency: str = "EUR") -> None:
        """Decide how an attempt stands at the bank."""
        self.states[attempt.uuid] = ProviderStatus(state=state, amount_cents=amount_cents, currency=currency)


def open_bank() -> FakeBank:
    """Return a new bank: what the dotted path of a provider is called for."""
    return FakeBank()
