"""Sending what is to be told: signed, to addresses of the public network only, tried again with growing gaps.

One try belongs to one worker: it takes the row by moving its next try ahead, so that a worker that dies costs a gap.
"""

import hashlib
import hmac
import socket
from datetime import datetime, timedelta
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import httpcore
import httpx
import structlog
from django.conf import settings
from django.db.models import Q

from loyalty.api.leat.webhook_bodies import write_body
from loyalty.hurried import Deadline, HurriedNetwork
from loyalty.models import WebhookDelivery
from loyalty.tls import trusted_authorities
from loyalty.webhooks import UnusableAddress, check_address, may_call

log = structlog.get_logger("tableside.webhooks")

GAPS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=8),
)
"""After the first try and each retry: five retries."""

LEASE = timedelta(minutes=1)
"""How long a worker has for one try before another takes it up."""

RUN_SECONDS = 20
LONGEST_TRY_SECONDS = 10
"""For one try as a whole, however slowly the other side answers: the last of a run is over well within its lease."""

KEPT_FOR = timedelta(days=30)
"""How long what arrived or was given up can be looked at."""

BATCH = 50


def deliver_due(*, now: datetime) -> int:
    """Send what is due, as far as it goes in some seconds; return how many arrived. The next run takes the rest.

    A subscriber that does not answer is left alone for the rest of the run, so that nobody waits for it again and again.
    """
    started = monotonic()
    arrived, tried, silent = 0, set[int](), set[int]()
    while monotonic() - started < RUN_SECONDS:
        due = WebhookDelivery.objects.filter(due_at__lte=now).exclude(pk__in=tried).exclude(subscription__in=silent)
        batch = list(due.select_related("subscription").order_by("due_at", "pk")[:BATCH])
        if not batch:
            break
        for delivery in batch:
            tried.add(delivery.pk)
            if delivery.subscription_id in silent or not _take(delivery, now=now):
                continue
            has_arrived = _try(delivery, now=now)
            arrived += has_arrived is True
            if has_arrived is False:
                silent.add(delivery.subscription_id)
            if monotonic() - started >= RUN_SECONDS:
                break
    return arrived


def forget_old(*, now: datetime) -> int:
    """Delete what arrived or was given up long ago; return how many."""
    over = Q(delivered_at__lte=now - KEPT_FOR) | Q(given_up_at__lte=now - KEPT_FOR)
    deleted, _by_model = WebhookDelivery.objects.filter(over, due_at=None).delete()
    return deleted


def sign(body: bytes, secret: str) -> str:
    """Return the signature of these exact bytes: hex HMAC-SHA256."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def account_secret() -> str:
    """Return the key of subscriptions without one of their own: the setting, else one that follows from SECRET_KEY."""
    made = hmac.new(settings.SECRET_KEY.encode(), b"webhooks", hashlib.sha256).hexdigest()
    return settings.WEBHOOK_SECRET or made


def _take(delivery: WebhookDelivery, *, now: datetime) -> bool:
    """Claim the next try; False where another worker has."""
    mine = WebhookDelivery.objects.filter(pk=delivery.pk, due_at=delivery.due_at, attempts=delivery.attempts)
    delivery.attempts += 1
    delivery.due_at = now + max(LEASE, GAPS[min(delivery.attempts, len(GAPS)) - 1])
    return mine.update(attempts=delivery.attempts, due_at=delivery.due_at) == 1


def _try(delivery: WebhookDelivery, *, now: datetime) -> bool | None:
    """Send once and write down how it went; return whether it arrived, None if there was nothing to send."""
    subscription = delivery.subscription
    if not subscription.is_active:
        _give_up(delivery, "the subscription is not active", now=now)
        return None
    if not delivery.body:
        body = write_body(delivery.event_type, delivery.subject, now=now)
        if body is None:
            _give_up(delivery, "what it was about is gone", now=now)
            return None
        delivery.body = body
        delivery.save(update_fields=["body"])
    trouble = _send(subscription.url, delivery.body.encode(), secret=subscription.secret or account_secret())
    if trouble and delivery.attempts > len(GAPS):
        _give_up(delivery, trouble, now=now)
        return False
    delivery.trouble = trouble
    changed = ["trouble"]
    if not trouble:
        # What was said is not kept: it names people. Else it is left alone: it may have been dropped meanwhile.
        delivery.delivered_at, delivery.due_at, delivery.body = now, None, ""
        changed += ["delivered_at", "due_at", "body"]
    delivery.save(update_fields=changed)
    return not trouble


def _give_up(delivery: WebhookDelivery, trouble: str, *, now: datetime) -> None:
    # As of what arrived, the body is not kept; sent again by hand, it is written anew.
    delivery.given_up_at, delivery.due_at, delivery.trouble, delivery.body = now, None, trouble, ""
    delivery.save(update_fields=["given_up_at", "due_at", "trouble", "body"])
    log.warning("webhook given up", delivery=str(delivery.uuid), trouble=trouble)


def _send(url: str, body: bytes, *, secret: str) -> str:
    """POST `body`; return what went wrong, in words without the address. The answer's own body is not read."""
    deadline = Deadline(min(settings.WEBHOOK_TIMEOUT_SECONDS, LONGEST_TRY_SECONDS))
    try:
        check_address(url)
        request = _request(url, body, secret=secret)
        with (
            httpcore.ConnectionPool(
                ssl_context=trusted_authorities(), network_backend=HurriedNetwork(deadline)
            ) as pool,
            pool.stream(**request) as response,
        ):
            return "" if 200 <= response.status < 300 else f"answered {response.status}"
    except UnusableAddress as error:
        return f"address refused: {error}"
    except httpcore.TimeoutException:
        return "no answer in time"
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError, UnicodeError) as error:
        return f"not reached: {type(error).__name__}"


def _request(url: str, body: bytes, *, secret: str) -> dict[str, Any]:
    """Return the request to the address that was checked, under the name that was asked for.

    The name is looked up once, here; connecting by it again could lead elsewhere (DNS rebinding).
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    checked = httpx.URL(url).copy_with(host=_look_up(host, port))
    return {
        "method": "POST",
        "url": str(checked),
        "content": body,
        "headers": {
            "Host": parts.netloc,
            "Content-Type": "application/json",
            "User-Agent": "Tableside-Webhooks",
            "Signature": sign(body, secret),
        },
        "extensions": {"sni_hostname": host},
    }


def _look_up(host: str, port: int) -> str:
    """Return the host's first address. Raises UnusableAddress if any of its addresses may not be called."""
    addresses = [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not addresses or not all(may_call(address) for address in addresses):
        raise UnusableAddress("Must be a public address.")
    return addresses[0]
