"""The demo provider: a bank of our own with a page, books and signed notifications; only `manage.py demo` offers it."""

import hashlib
import hmac
import json
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse

from orders.models import AttemptState, DemoCharge
from orders.payments.port import BadWebhook, PaymentRequest, ProviderStatus, StartedPayment

SIGNATURE_HEADER = "Demo-Signature"
TOLERANCE = timedelta(seconds=300)
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

    def read_webhook(self, body: bytes, headers: Mapping[str, str], *, now: datetime) -> uuid.UUID:
        """Check the signature over the raw bytes, at most 300 s old, and return the charge it is about."""
        try:
            parts = dict(part.split("=", 1) for part in headers.get(SIGNATURE_HEADER, "").split(","))
            sent_at, signature = int(parts["t"]), parts["v1"]
        except (ValueError, KeyError) as error:
            raise BadWebhook("no signature") from error
        if not hmac.compare_digest(_sign(body, sent_at).encode(), signature.encode()):
            raise BadWebhook("wrong signature")
        if abs(now.timestamp() - sent_at) > TOLERANCE.total_seconds():
            raise BadWebhook("too old")
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
    sent_at = int(now.timestamp())
    return body, {SIGNATURE_HEADER: f"t={sent_at},v1={_sign(body, sent_at)}"}


def _sign(body: bytes, sent_at: int) -> str:
    key = hashlib.sha256(b"demo provider" + settings.SECRET_KEY.encode()).digest()
    return hmac.new(key, str(sent_at).encode() + b"." + body, hashlib.sha256).hexdigest()


def _status(charge: DemoCharge, *, now: datetime) -> ProviderStatus:
    known = bool(charge.outcome) and charge.known_at is not None and charge.known_at <= now
    return ProviderStatus(
        state=charge.outcome if known else AttemptState.STARTED,
        amount_cents=charge.amount_cents,
        currency=charge.currency,
    )
