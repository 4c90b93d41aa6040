"""Webhook subscriptions, and the bodies that subscribers are sent (leat-api.md section 10)."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

from loyalty.dialects.leat.moments import write_moment


class SubscriptionObject(TypedDict):
    """Somebody who wants to be told; the secret is never shown again."""

    uuid: str
    name: str
    event_type: str
    url: str
    properties: list[str]
    status: str
    version: str
    created_at: str


def subscription_object(
    *,
    subscription_uuid: UUID,
    name: str,
    event_type: str,
    url: str,
    properties: Sequence[str],
    is_active: bool,
    created_at: datetime,
) -> SubscriptionObject:
    """Return a subscription."""
    return {
        "uuid": str(subscription_uuid),
        "name": name,
        "event_type": event_type,
        "url": url,
        "properties": list(properties),
        "status": "ACTIVE" if is_active else "INACTIVE",
        "version": "V1",
        "created_at": write_moment(created_at),
    }


def webhook_body(event_type: str, key: str, subject: Mapping[str, Any]) -> str:
    """Return what is sent: the event, and what it is about under the name of its kind."""
    return json.dumps({"type": event_type, "data": {key: subject}}, ensure_ascii=False, separators=(",", ":"))
