"""Stripe: hosted Checkout Sessions through its own SDK. Loaded only where its keys are set.

A refused card is no end here: the diner stays on Stripe's page and tries another one, until the session is closed.
"""

import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta

import stripe
from django.conf import settings
from stripe import PaymentIntent, Refund
from stripe.checkout import Session

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
from orders.payments.signing import check_signature
from orders.payments.units import from_stripe, to_stripe

# How a payment and a refund of ours are told from whatever else the account takes.
ATTEMPT, REFUND = "tableside_attempt", "tableside_refund"
# A session lives at least 30 minutes from its opening. Ours are closed when the window ends; counted from there, the
# same try asks for the same end however often it is sent.
SESSION_TAIL = timedelta(minutes=31)
# How far back a session is looked for whose opening was never answered. Stripe forgets idempotency keys after a day.
LOOK_BACK = timedelta(hours=24)
EVERYTHING = ["payment_intent.latest_charge"]
REFUSALS = (stripe.CardError, stripe.InvalidRequestError, stripe.AuthenticationError, stripe.PermissionError)
# A bank that answers days later said no: the session is complete, the payment is not.
REFUSED_LATER = frozenset({"requires_payment_method", "canceled"})
REFUND_STATES = {"succeeded": RefundState.DONE, "failed": RefundState.FAILED, "canceled": RefundState.FAILED}


class StripeProvider:
    """The payment port on a Stripe account."""

    code = "stripe"

    def __init__(self) -> None:
        stripe.enable_telemetry = False
        seconds = settings.PAYMENT_TIMEOUT_SECONDS
        # No retries of its own: reconciliation asks again, and the diner does not wait for it.
        self._client = stripe.StripeClient(
            settings.STRIPE_SECRET_KEY,
            base_addresses={"api": settings.STRIPE_API_BASE.rstrip("/")},
            http_client=stripe.RequestsClient(timeout=(seconds, seconds)),
            max_network_retries=0,
        )

    def start(self, request: PaymentRequest, *, now: datetime) -> StartedPayment:
        """Open a session, or return the one opened under this key before."""
        amount = to_stripe(request.amount_cents, request.currency)
        metadata = {ATTEMPT: str(request.attempt_uuid)}
        try:
            session = self._client.v1.checkout.sessions.create(
                {
                    "mode": "payment",
                    "client_reference_id": str(request.attempt_uuid),
                    "metadata": metadata,
                    "payment_intent_data": {"metadata": metadata, "description": request.description},
                    "line_items": [
                        {
                            "quantity": 1,
                            "price_data": {
                                "currency": request.currency.lower(),
                                "unit_amount": amount,
                                "product_data": {"name": request.description},
                            },
                        }
                    ],
                    "adaptive_pricing": {"enabled": False},
                    "success_url": request.return_url,
                    "cancel_url": request.cancel_url,
                    "expires_at": int((request.expires_at + SESSION_TAIL).timestamp()),
                },
                {"idempotency_key": request.idempotency_key},
            )
        except stripe.StripeError as error:
            if not _failed_for_good(error):
                raise _meaning(error) from error
            opened = self._find(request.attempt_uuid, "", now=now)
            if opened is None:
                raise ProviderRefused("stripe failed") from error
            session = opened
        return StartedPayment(reference=session.id, redirect_url=session.url or "")

    def status(self, attempt_uuid: uuid.UUID, reference: str, *, now: datetime) -> ProviderStatus | None:
        """Return how the session stands and what has been sent back of it."""
        session = self._find(attempt_uuid, reference, now=now)
        return None if session is None else _status(session)

    def cancel(self, attempt_uuid: uuid.UUID, reference: str, *, now: datetime) -> ProviderStatus | None:
        """Close the session where it is open; Stripe refuses once somebody pays in it."""
        session = self._find(attempt_uuid, reference, now=now)
        if session is None:
            return None
        if session.status == "open":
            # Refused where it was finished a moment ago: what is asked for next says how.
            with _unknown_without_answer(), suppress(stripe.InvalidRequestError):
                self._client.v1.checkout.sessions.expire(session.id)
        status = self.status(attempt_uuid, session.id, now=now)
        if status is not None and status.state == AttemptState.EXPIRED:
            return replace(status, state=AttemptState.CANCELLED)
        return status

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
        """Send money back, once per key: looked for first, as Stripe forgets keys and we do not."""
        session = self._find(attempt_uuid, reference, now=now)
        if session is None or session.payment_status != "paid" or (session.currency or "").upper() != currency:
            raise ProviderRefused("nothing was paid in this currency")
        if (made := self._find_refund(session, idempotency_key)) is not None:
            return _refund_status(made)
        try:
            made = self._client.v1.refunds.create(
                {
                    "payment_intent": _intent_id(session),
                    "amount": to_stripe(amount_cents, currency),
                    "metadata": {ATTEMPT: str(attempt_uuid), REFUND: idempotency_key},
                },
                {"idempotency_key": idempotency_key},
            )
        except stripe.StripeError as error:
            if not _failed_for_good(error):
                raise _meaning(error) from error
            made = self._find_refund(session, idempotency_key)
            if made is None:
                raise ProviderRefused("stripe failed") from error
        return _refund_status(made)

    def read_webhook(self, body: bytes, headers: Mapping[str, str], *, now: datetime) -> uuid.UUID:
        """Check the signature over the raw bytes, at most 300 s old, and return the try in the object's metadata."""
        key = settings.STRIPE_WEBHOOK_SECRET.encode()
        check_signature(body, headers.get("Stripe-Signature", ""), key=key, now=now)
        try:
            metadata = json.loads(body)["data"]["object"].get("metadata") or {}
            if ATTEMPT not in metadata:
                raise ForeignWebhook
            return uuid.UUID(metadata[ATTEMPT])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadWebhook("not understood") from error

    def _find(self, attempt_uuid: uuid.UUID, reference: str, *, now: datetime) -> Session | None:
        """Return the session of this try; without a reference by going through the latest ones."""
        sessions = self._client.v1.checkout.sessions
        with _unknown_without_answer():
            if not reference:
                since = int((now - LOOK_BACK).timestamp())
                latest = sessions.list({"limit": 100, "created": {"gte": since}}).auto_paging_iter()
                reference = next((one.id for one in latest if one.client_reference_id == str(attempt_uuid)), "")
            if not reference:
                return None
            try:
                session = sessions.retrieve(reference, {"expand": EVERYTHING})
            except stripe.InvalidRequestError as error:
                if error.http_status == 404:
                    return None
                raise
        return session if session.client_reference_id == str(attempt_uuid) else None

    def _find_refund(self, session: Session, idempotency_key: str) -> Refund | None:
        if session.payment_intent is None:
            return None
        with _unknown_without_answer():
            made = self._client.v1.refunds.list({"payment_intent": _intent_id(session), "limit": 100})
            return next((one for one in made.auto_paging_iter() if _key_of(one) == idempotency_key), None)


@contextmanager
def _unknown_without_answer() -> Iterator[None]:
    """Take whatever goes wrong while asking for no answer."""
    try:
        yield
    except stripe.StripeError as error:
        raise ProviderTimeout(type(error).__name__) from error


def _meaning(error: stripe.StripeError) -> ProviderRefused | ProviderTimeout:
    """Return what an error says of a call that moves money: a clear no, or nothing (no answer, busy, 5xx, key in use)."""
    if isinstance(error, REFUSALS):
        return ProviderRefused(error.code or type(error).__name__)
    return ProviderTimeout(type(error).__name__)


def _failed_for_good(error: stripe.StripeError) -> bool:
    """Say whether Stripe repeats a failure of its own that it keeps under the key: that call is over, never to succeed."""
    replayed = (error.headers or {}).get("Idempotent-Replayed") == "true"
    return replayed and (error.http_status or 0) >= 500


def _key_of(made: Refund) -> str:
    return made.metadata[REFUND] if made.metadata is not None and REFUND in made.metadata else ""


def _intent_id(session: Session) -> str:
    intent = session.payment_intent
    return intent.id if isinstance(intent, PaymentIntent) else intent or ""


def _status(session: Session) -> ProviderStatus:
    currency = (session.currency or "").upper()
    intent = session.payment_intent if isinstance(session.payment_intent, PaymentIntent) else None
    charge = intent.latest_charge if intent is not None and not isinstance(intent.latest_charge, str) else None
    amount = session.amount_total or 0
    state = AttemptState.STARTED
    if session.payment_status == "paid":
        state = AttemptState.PAID
        amount = intent.amount_received if intent is not None else amount
    elif session.status == "expired":
        state = AttemptState.EXPIRED
    elif session.status == "complete" and intent is not None and intent.status in REFUSED_LATER:
        state = AttemptState.DECLINED
    return ProviderStatus(
        state=state,
        amount_cents=from_stripe(amount, currency),
        currency=currency,
        refunded_cents=from_stripe(charge.amount_refunded, currency) if charge is not None else 0,
    )


def _refund_status(made: Refund) -> RefundStatus:
    currency = made.currency.upper()
    return RefundStatus(
        reference=made.id,
        state=REFUND_STATES.get(made.status or "", RefundState.PENDING),
        amount_cents=from_stripe(made.amount, currency),
        currency=currency,
    )
