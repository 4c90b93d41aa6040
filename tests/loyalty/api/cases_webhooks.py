"""Webhook subscriptions."""

from collections.abc import Mapping
from datetime import datetime

from loyalty.models import WebhookEvent
from loyalty.webhooks import subscribe
from tests.loyalty.api.cases import UNKNOWN, Case, Refusal
from tests.loyalty.api.shapes import EMPTY_LIST, MOMENT, STR, UUID, VIEWING_META, one_of

SUBSCRIPTION = {
    "uuid": UUID,
    "name": STR,
    "event_type": STR,
    "url": STR,
    "properties": [STR],
    "status": one_of("ACTIVE", "INACTIVE"),
    "version": one_of("V1"),
    "created_at": MOMENT,
}


def prepare(now: datetime) -> Mapping[str, str]:
    """A subscription to vouchers used."""
    row = subscribe(
        name="Shop",
        event=WebhookEvent.VOUCHER_REDEEMED,
        url="https://example.com/hooks",
        secret="s3cret",
        properties=[],
        now=now,
    )
    return {"subscription": str(row.uuid)}


UNKNOWN_ONE = (
    Refusal(80300, path=f"/webhook-subscriptions/{UNKNOWN}"),
    Refusal(80300, path="/webhook-subscriptions/nothing"),
)

CASES = [
    Case(
        name="listed",
        method="GET",
        path="/webhook-subscriptions",
        shape=[SUBSCRIPTION],
        meta=VIEWING_META,
        expect={"0.uuid": "{subscription}", "0.status": "ACTIVE"},
        refusals=(Refusal(1003, {"page": "first"}, names="page"),),
    ),
    Case(
        name="made",
        method="POST",
        path="/webhook-subscriptions",
        payload={
            "name": "Mails",
            "event_type": "contact_updated",
            "url": "https://example.com/contacts",
            "secret": "of their own",
            "attributes": ["firstname", "email"],
        },
        status=201,
        shape=SUBSCRIPTION,
        expect={"event_type": "contact_updated", "properties.1": "email", "created_at": "2026-06-03T17:30:00+00:00"},
        refusals=(
            Refusal(1003, {"name": ...}, names="name"),
            Refusal(1003, {"event_type": "somebody_sneezed"}, names="event_type"),
            Refusal(1003, {"attributes": ...}, names="attributes"),
            Refusal(1003, {"url": "nowhere"}, names="url"),
            Refusal(1003, {"url": "ftp://example.com/"}, names="url"),
            Refusal(1003, {"url": "http://127.0.0.1:8000/admin/"}, names="url"),
        ),
    ),
    Case(
        name="shown",
        method="GET",
        path="/webhook-subscriptions/{subscription}",
        shape=SUBSCRIPTION,
        expect={"name": "Shop"},
        refusals=UNKNOWN_ONE,
    ),
    Case(
        name="changed",
        method="PUT",
        path="/webhook-subscriptions/{subscription}",
        payload={"name": "Shop 2", "url": "https://example.com/other", "status": "INACTIVE"},
        shape=SUBSCRIPTION,
        expect={"name": "Shop 2", "status": "INACTIVE", "event_type": "voucher_redeemed"},
        refusals=(
            Refusal(1003, {"status": "ASLEEP"}, names="status"),
            Refusal(1003, {"url": "http://10.0.0.1/"}, names="url"),
            *UNKNOWN_ONE,
        ),
    ),
    Case(
        name="deleted",
        method="DELETE",
        path="/webhook-subscriptions/{subscription}",
        shape=EMPTY_LIST,
        refusals=UNKNOWN_ONE,
        repeat=80300,
    ),
]
