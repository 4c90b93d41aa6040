"""The payment port: what we ask of a provider and what it may answer, wherever the money is taken."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class PaymentRequest:
    """One try at taking money. The provider replays its first answer for an idempotency key it has seen."""

    attempt_uuid: uuid.UUID
    idempotency_key: str
    amount_cents: int
    currency: str
    description: str
    return_url: str
    declined_url: str
    cancel_url: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class StartedPayment:
    """The provider's own reference and the address where the diner pays."""

    reference: str
    redirect_url: str


@dataclass(frozen=True, kw_only=True)
class ProviderStatus:
    """What the provider knows of a try: an AttemptState, STARTED while it is open; amounts as the provider booked them."""

    state: str
    amount_cents: int
    currency: str
    refunded_cents: int = 0


class RefundState(StrEnum):
    """Where money on its way back is. PENDING is booked and will be sent, as far as anybody knows."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class RefundStatus:
    """What the provider knows of one refund."""

    reference: str
    state: RefundState
    amount_cents: int
    currency: str


class ProviderTimeout(Exception):
    """No answer: the money may have moved or not. Never to be taken for a failure."""


class ProviderRefused(Exception):
    """A clear no: this call moved no money."""


class BadWebhook(Exception):
    """A notification that is not the provider's, too old, or not to be understood."""


class ForeignWebhook(Exception):
    """The provider's own notification, but about something that is not one of our payments."""


class Provider(Protocol):
    """A hosted payment page somewhere. Calls may raise ProviderTimeout and are made outside transactions.

    A try is known to the provider by our uuid; `reference` is the provider's own, empty where its answer never came.
    Money is captured when the diner pays; there is no second step.
    """

    code: str

    def start(self, request: PaymentRequest, *, now: datetime) -> StartedPayment:
        """Open a payment, or return the one already open under this idempotency key. May raise ProviderRefused."""

    def status(self, attempt_uuid: uuid.UUID, reference: str, *, now: datetime) -> ProviderStatus | None:
        """Ask how a try stands; None where the provider never heard of it."""

    def cancel(self, attempt_uuid: uuid.UUID, reference: str, *, now: datetime) -> ProviderStatus | None:
        """Close a try that is still open, and return how it stands then: it may have been paid a moment before."""

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
        """Send back the whole of a paid try or a part; the same key finds the same refund, however late it comes.

        Raises ProviderRefused where that is more than is left, or nothing was paid. One that FAILED needs a new key.
        """

    def read_webhook(self, body: bytes, headers: Mapping[str, str], *, now: datetime) -> uuid.UUID:
        """Return the try a notification is about; what it says of it is asked for with `status`.

        Raises BadWebhook, or ForeignWebhook. May ask the provider, and then raise ProviderTimeout.
        """
