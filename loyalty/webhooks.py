"""Telling others what happens in the programme: who wants to know what, and the rows that say it is to be told.

Whatever changes something calls `announce` in the transaction of the change. Sending is loyalty.webhook_delivery.
"""

import ipaddress
from collections.abc import Collection
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from celery import signature
from django.conf import settings

from loyalty import doorbell
from loyalty.models import WebhookDelivery, WebhookEvent, WebhookSubscription

DELIVER = "loyalty.tasks.deliver_webhooks"
LONGEST_URL = 500
BATCH = 500


class UnusableAddress(ValueError):
    """Nothing may be sent to this address; the text says why."""


def announce(
    event: WebhookEvent, *subjects: UUID, now: datetime, changed: Collection[str] | None = None, body: str = ""
) -> None:
    """Write down that subscribers of `event` are to be told about these rows; one query where there are none.

    `changed` are the attributes that changed: whoever named some hears of those alone. `body` is what to send where the
    row will be gone by then.
    """
    if not subjects:
        return
    interested = [
        subscription
        for subscription in WebhookSubscription.objects.filter(event_type=event, is_active=True)
        if changed is None or not subscription.properties or set(subscription.properties) & set(changed)
    ]
    if not interested:
        return
    WebhookDelivery.objects.bulk_create(
        [
            WebhookDelivery(
                subscription=subscription, event_type=event, subject=subject, body=body, created_at=now, due_at=now
            )
            for subscription in interested
            for subject in subjects
        ],
        batch_size=BATCH,
    )
    doorbell.ring(signature(DELIVER))


def subscribe(
    *, name: str, event: WebhookEvent, url: str, secret: str, properties: Collection[str], now: datetime
) -> WebhookSubscription:
    """Add somebody who wants to be told. Raises UnusableAddress."""
    check_address(url)
    return WebhookSubscription.objects.create(
        name=name, event_type=event, url=url, secret=secret, properties=list(properties), created_at=now
    )


def forget(email: str | None, subjects: Collection[UUID]) -> None:
    """Drop what was to be sent about these rows of a person or names them; it is written anew, without them, when due."""
    kept = WebhookDelivery.objects.exclude(body="")
    if email:
        kept.filter(body__contains=email).update(body="")
    ordered = list(subjects)
    for start in range(0, len(ordered), BATCH):
        kept.filter(subject__in=ordered[start : start + BATCH]).update(body="")


def check_address(url: str) -> None:
    """Raise UnusableAddress unless `url` is http or https to a host that may be called, as far as its text tells.

    What a name stands for is looked up, and checked again, at each delivery.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UnusableAddress("Must be an address such as https://example.com/webhooks.") from error
    host = parts.hostname
    if parts.scheme not in {"http", "https"} or not host or port == 0 or not url.isascii() or len(url) > LONGEST_URL:
        raise UnusableAddress("Must be an address such as https://example.com/webhooks.")
    if any(letter.isspace() or not letter.isprintable() for letter in url) or "\\" in url:
        raise UnusableAddress("Must be an address such as https://example.com/webhooks.")
    if parts.username is not None or parts.password is not None:
        raise UnusableAddress("Must not contain a name or a password.")
    try:
        is_private = not may_call(host)
    except ValueError:
        is_private = not settings.WEBHOOK_PRIVATE_ADDRESSES and host.rstrip(".").split(".")[-1] == "localhost"
    if is_private:
        raise UnusableAddress("Must be a public address.")


def may_call(address: str) -> bool:
    """Say whether a numeric address is one of the public network, or a setting allows others. Raises ValueError."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if settings.WEBHOOK_PRIVATE_ADDRESSES:
        return True
    if isinstance(found, ipaddress.IPv6Address):
        inside = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inside is not None:
            found = inside
        elif found in ipaddress.ip_network("64:ff9b::/96"):
            found = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
    return found.is_global and not found.is_multicast
