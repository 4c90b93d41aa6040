"""Signatures of notifications: `t=<epoch>,v1=<HMAC-SHA256 of "t.body">`, at most 300 s old (docs.stripe.com/webhooks)."""

import hashlib
import hmac
from datetime import datetime, timedelta

from orders.payments.port import BadWebhook

TOLERANCE = timedelta(seconds=300)


def sign(body: bytes, *, key: bytes, sent_at: int) -> str:
    """Return the header's value for `body` sent at `sent_at` (seconds since the epoch)."""
    return f"t={sent_at},v1={_digest(body, key, sent_at)}"


def check_signature(body: bytes, header: str, *, key: bytes, now: datetime) -> None:
    """Raise BadWebhook unless one of the signatures in `header` is that of the raw bytes and the time is near `now`."""
    parts = [part.strip().partition("=") for part in header.split(",")]
    sent = [value for name, _equals, value in parts if name == "t" and value.isascii() and value.isdigit()]
    signatures = [value for name, _equals, value in parts if name == "v1"]
    if len(sent) != 1 or len(sent[0]) > 12 or not signatures:
        raise BadWebhook("no signature")
    sent_at = int(sent[0])
    expected = _digest(body, key, sent_at).encode()
    if not any(hmac.compare_digest(expected, signature.encode()) for signature in signatures):
        raise BadWebhook("wrong signature")
    if abs(now.timestamp() - sent_at) > TOLERANCE.total_seconds():
        raise BadWebhook("too old")


def _digest(body: bytes, key: bytes, sent_at: int) -> str:
    return hmac.new(key, str(sent_at).encode() + b"." + body, hashlib.sha256).hexdigest()
