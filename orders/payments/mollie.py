"""Mollie: hosted payments through its own SDK. Loaded only where its key is set.

Its notifications are an unsigned id: what they are about is asked for.
"""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.urls import reverse
from mollie.api.client import Client
from mollie.api.error import Error, NotFoundError, RequestSetupError, ResponseError
from mollie.api.objects.payment import Payment
from mollie.api.objects.refund import Refund

from orders.models import AttemptState
from orders.payments.port import (
    BadWebhook,
    ForeignWebhook,
    PaymentRequest,
    ProviderRefused,
    ProviderStatus,
    ProviderTimeout,
    RefundState,
    RefundStatus,
    StartedPayment,
)
from orders.payments.units import from_mollie, to_mollie

# How a payment and a refund of ours are told from whatever else the account takes.
ATTEMPT, REFUND = "tableside_attempt", "tableside_refund"
LOOK_BACK = timedelta(hours=24)
LONGEST_ID = 64
# Too many requests, or one like it is on its way: ask again.
ASK_AGAIN = frozenset({408, 409, 425, 429})
STATES = {
    "paid": AttemptState.PAID,
    "failed": AttemptState.DECLINED,
    "canceled": AttemptState.CANCELLED,
    "expired": AttemptState.EXPIRED,
}
REFUND_STATES = {"refunded": RefundState.DONE, "failed": RefundState.FAILED, "canceled": RefundState.FAILED}


class MollieProvider:
    """The payment port on a Mollie account."""

    code = "mollie"

    def __init__(self) -> None:
        seconds: Any = settings.PAYMENT_TIMEOUT_SECONDS  # the SDK hands fractions on as they are
        # No retries of its own: reconciliation asks again, and the diner does not wait for it.
        self._client = Client(api_endpoint=settings.MOLLIE_API_BASE, timeout=(seconds, seconds), retry=0)
        self._client.set_api_key(settings.MOLLIE_API_KEY)

    def start(self, request: PaymentRequest, *, now: datetime) -> StartedPayment:
        """Open a payment, or return the one opened under this key before."""
        try:
            payment = self._client.payments.create(
                {
                    "amount": to_mollie(request.amount_cents, request.currency),
                    "description": request.description,
                    "redirectUrl": request.return_url,
                    "cancelUrl": request.cancel_url,
                    "webhookUrl": f"{settings.SITE_URL}{reverse('webhook', args=[self.code])}",
                    "metadata": {ATTEMPT: str(request.attempt_uuid)},
                },
                idempotency_key=request.idempotency_key,
            )
        except Error as error:
            raise _meaning(error) from error
        return StartedPayment(reference=payment.id, redirect_url=payment.checkout_url or "")

    def status(self, attempt_uuid: uuid.UUID, reference: str, *, now: datetime) -> ProviderStatus | None:
        """Return how the payment stands and what has been sent back of it."""
        payment = self._find(attempt_uuid, reference, now=now)
        return None if payment is None else _status(payment)

    def cancel(self, attempt_uuid: uuid.UUID, reference: str, *, now: datetime) -> ProviderStatus | None:
        """Close the payment where Mollie lets us; with some ways to pay it only ends by itself."""
        payment = self._find(attempt_uuid, reference, now=now)
        if payment is None or payment.status in STATES or not payment.is_cancelable:
            return None if payment is None else _status(payment)
        with _unknown_without_answer():
            try:
                self._client.payments.delete(payment.id)
            except ResponseError as error:
                if error.status != 422:  # paid a moment ago, say: what is asked for now says how
                    raise
        return self.status(attempt_uuid, payment.id, now=now)

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
        """Send money back, once per key: looked for first, as Mollie forgets keys after an hour and we do not."""
        payment = self._find(attempt_uuid, reference, now=now)
        if payment is None or payment.status != "paid" or payment.amount["currency"] != currency:
            raise ProviderRefused("nothing was paid in this currency")
        if (made := _find_refund(payment, idempotency_key)) is not None:
            return _refund_status(made)
        try:
            made = payment.refunds.create(
                {
                    "amount": to_mollie(amount_cents, currency),
                    "metadata": {ATTEMPT: str(attempt_uuid), REFUND: idempotency_key},
                },
                idempotency_key=idempotency_key,
            )
        except Error as error:
            raise _meaning(error) from error
        return _refund_status(made)

    def read_webhook(self, body: bytes, headers: Mapping[str, str], *, now: datetime) -> uuid.UUID:
        """Fetch the payment whose id was sent and return the try in its metadata."""
        try:
            (payment_id,) = parse_qs(body.decode("ascii"), strict_parsing=True, max_num_fields=5)["id"]
        except (ValueError, KeyError) as error:
            raise BadWebhook("not understood") from error
        if not payment_id.startswith("tr_") or not payment_id[3:].isalnum() or len(payment_id) > LONGEST_ID:
            raise BadWebhook("no payment id")
        payment = self._fetch(payment_id)
        if payment is None:
            raise BadWebhook("unknown payment")
        try:
            return uuid.UUID(_metadata(payment)[ATTEMPT])
        except (ValueError, KeyError) as error:
            raise ForeignWebhook from error

    def _find(self, attempt_uuid: uuid.UUID, reference: str, *, now: datetime) -> Payment | None:
        """Return the payment of this try; without a reference by going through the latest ones."""
        if reference:
            found = self._fetch(reference)
            return found if found is not None and _is_of(found, attempt_uuid) else None
        since = now - LOOK_BACK
        with _unknown_without_answer():
            for payment in _all_of(self._client.payments.list(limit=250)):
                if _is_of(payment, attempt_uuid):
                    return self._fetch(payment.id)
                if datetime.fromisoformat(payment.created_at) < since:
                    break
        return None

    def _fetch(self, payment_id: str) -> Payment | None:
        with _unknown_without_answer():
            try:
                return self._client.payments.get(payment_id)
            except NotFoundError:
                return None


@contextmanager
def _unknown_without_answer() -> Iterator[None]:
    """Take whatever goes wrong while asking for no answer."""
    try:
        yield
    except Error as error:
        raise ProviderTimeout(type(error).__name__) from error


def _meaning(error: Error) -> ProviderRefused | ProviderTimeout:
    """Return what an error says of a call that moves money: a clear no, or nothing (no answer, busy, 5xx)."""
    if isinstance(error, RequestSetupError):
        return ProviderRefused(type(error).__name__)
    if isinstance(error, ResponseError) and 400 <= int(error.status or 0) < 500 and error.status not in ASK_AGAIN:
        return ProviderRefused(f"{type(error).__name__} {error.field or ''}".strip())
    return ProviderTimeout(type(error).__name__)


def _all_of(page: Any) -> Iterator[Any]:
    """Go through a list of Mollie's page by page; each is asked for when it is reached."""
    while page is not None:
        yield from page
        page = page.get_next()


def _metadata(thing: Payment | Refund) -> dict[str, str]:
    return thing.metadata if isinstance(thing.metadata, dict) else {}


def _is_of(payment: Payment, attempt_uuid: uuid.UUID) -> bool:
    return _metadata(payment).get(ATTEMPT) == str(attempt_uuid)


def _find_refund(payment: Payment, idempotency_key: str) -> Refund | None:
    with _unknown_without_answer():
        made = _all_of(payment.refunds.list(limit=250))
        return next((one for one in made if _metadata(one).get(REFUND) == idempotency_key), None)


def _status(payment: Payment) -> ProviderStatus:
    amount_cents, currency = _read(payment.amount)
    refunded = payment.amount_refunded
    return ProviderStatus(
        state=STATES.get(payment.status, AttemptState.STARTED),
        amount_cents=amount_cents,
        currency=currency,
        refunded_cents=_read(refunded)[0] if refunded else 0,
    )


def _refund_status(made: Refund) -> RefundStatus:
    amount_cents, currency = _read(made.amount)
    return RefundStatus(
        reference=made.id,
        state=REFUND_STATES.get(made.status, RefundState.PENDING),
        amount_cents=amount_cents,
        currency=currency,
    )


def _read(amount: Any) -> tuple[int, str]:
    try:
        return from_mollie(amount)
    except ValueError as error:
        raise ProviderTimeout("not understood") from error
