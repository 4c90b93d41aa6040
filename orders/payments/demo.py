"""The demo provider: a bank of our own with a page, books and signed notifications; only `manage.py demo` offers it."""

import hashlib
import json
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.urls import reverse

from orders.models import AttemptState, DemoCharge, DemoRefund
from orders.payments.port import (
    BadWebhook,
    PaymentRequest,
    ProviderRefused,
    ProviderStatus,
    RefundState,
    RefundStatus,
    StartedPayment,
)
from orders.payments.signing import check_signature, sign

SIGNATURE_HEADER = "Demo-Signature"
LATE_SECONDS = 5


class DemoProvider:
    """The payment port on the books of `DemoCharge`."""

    code = "demo"

    def start(self, request: PaymentRequest, *, now: datetime) -> StartedPayment:
        """Open a charge, or return the one opened under this key before."""
        charge, _made = DemoCharge.objects.get_or_create(
            idempotency_key=request.idempotency_key,
            defaults={
                "uuid": request.attempt_uuid,
                "amount_cents": request.amount_cents,
                "currency": request.currency,
                "description": request.description,
                "return_url": request.return_url,
                "declined_url": request.declined_url,
                "cancel_url": request.cancel_url,
                "created_at": now,
            },
        )
        page = reverse("demo_provider", args=[charge.uuid])
        return StartedPayment(reference=str(charge.uuid), redirect_url=f"{settings.SITE_URL}{page}")

    def status(self, attempt_uuid: uuid.UUID, reference: str, *, now: datetime) -> ProviderStatus | None:
        """Return what the books say by `now`."""
        charge = DemoCharge.objects.filter(uuid=attempt_uuid).first()
        return None if charge is None else _status(charge, now=now)

    def cancel(self, attempt_uuid: uuid.UUID, reference: str, *, now: datetime) -> ProviderStatus | None:
        """Close the charge if nobody has chosen an outcome yet."""
        choose(attempt_uuid, outcome=AttemptState.CANCELLED, now=now)
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
        """Book money back, once per key and never more than was paid."""
        charges = DemoCharge.objects.filter(uuid=attempt_uuid)
        with transaction.atomic():
            charges.update(refunded_cents=F("refunded_cents"))  # one refund of a charge at a time
            before = DemoRefund.objects.filter(idempotency_key=idempotency_key, charge_id=attempt_uuid).first()
            if before is not None:
                return _refund_status(before, currency)
            left = charges.filter(outcome=AttemptState.PAID, known_at__lte=now, currency=currency).filter(
                amount_cents__gte=F("refunded_cents") + amount_cents
            )
            if amount_cents < 1 or left.update(refunded_cents=F("refunded_cents") + amount_cents) != 1:
                raise ProviderRefused("more than is left of this payment")
            made = DemoRefund.objects.create(
                charge_id=attempt_uuid, idempotency_key=idempotency_key, amount_cents=amount_cents, created_at=now
            )
        return _refund_status(made, currency)

    def read_webhook(self, body: bytes, headers: Mapping[str, str], *, now: datetime) -> uuid.UUID:
        """Check the signature over the raw bytes, at most 300 s old, and return the charge it is about."""
        check_signature(body, headers.get(SIGNATURE_HEADER, ""), key=_key(), now=now)
        try:
            return uuid.UUID(json.loads(body)["charge"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadWebhook("not understood") from error


def choose(charge_uuid: uuid.UUID, *, outcome: str, now: datetime, late: bool = False) -> bool:
    """Write the person's choice into the books, once; return False where one was made before."""
    known_at = now + timedelta(seconds=LATE_SECONDS) if late else now
    open_charges = DemoCharge.objects.filter(uuid=charge_uuid, outcome="")
    return open_charges.update(outcome=outcome, known_at=known_at) == 1


def notification(charge_uuid: uuid.UUID, *, now: datetime) -> tuple[bytes, dict[str, str]]:
    """Return the body and headers of the signed notification that a charge has changed."""
    body = json.dumps({"event": "charge.changed", "charge": str(charge_uuid)}).encode()
    return body, {SIGNATURE_HEADER: sign(body, key=_key(), sent_at=int(now.timestamp()))}


def _key() -> bytes:
    return hashlib.sha256(b"demo provider" + settings.SECRET_KEY.encode()).digest()


def _status(charge: DemoCharge, *, now: datetime) -> ProviderStatus:
    known = bool(charge.outcome) and charge.known_at is not None and charge.known_at <= now
    return ProviderStatus(
        state=charge.outcome if known else AttemptState.STARTED,
        amount_cents=charge.amount_cents,
        currency=charge.currency,
        refunded_cents=charge.refunded_cents,
    )


def _refund_status(made: DemoRefund, currency: str) -> RefundStatus:
    return RefundStatus(
        reference=str(made.pk), state=RefundState.DONE, amount_cents=made.amount_cents, currency=currency
    )
