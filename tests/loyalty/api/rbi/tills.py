"""A till in tests: it speaks RBI's JSON over Django's client, with numbers read exactly."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.test import Client

from loyalty import till
from loyalty.models import Contact, Reward, RewardReception, Voucher
from tests.loyalty.factories import NOW

ROOT = "/api/rbi/loyalty"
VENDOR = {
    "operator": "7",
    "posType": "Partner",
    "storeId": "demo",
    "supportingPos": "",
    "terminal": "2",
    "transactionId": "pos-1",
}
NOT_FOUND = "00000000-0000-4000-8000-000000000000"


class Reply:
    """An answer: its status, its JSON."""

    def __init__(self, response: Any) -> None:
        self.response = response
        self.status: int = response.status_code
        assert response["Content-Type"] == "application/json", response.content
        self.body: dict[str, Any] = json.loads(response.content, parse_float=Decimal)

    @property
    def code(self) -> str:
        """The top-level code of a refusal, after a look at its shape."""
        assert self.status >= 400, self.body
        assert set(self.body) - {"details"} == {"code", "isEngineError", "message", "statusCode"}
        assert self.body["statusCode"] == self.status
        assert self.body["message"]
        return str(self.body["code"])

    @property
    def rules(self) -> list[tuple[str, str]]:
        """The broken rules: code and incentive."""
        found = self.body["details"]["ruleEvaluation"]
        assert all({"code", "ruleId", "message", "incentiveId"} <= set(rule) for rule in found)
        return [(rule["code"], rule["incentiveId"]) for rule in found]

    @property
    def points(self) -> tuple[int, int, int]:
        """The balance, points earned, points redeemed."""
        assert self.status == 200, self.body
        assert set(self.body) == {"loyaltyId", "points", "pointsEarned", "pointsRedeemed", "transactionId"}
        return self.body["points"], self.body["pointsEarned"], self.body["pointsRedeemed"]


class Till:
    """A till with a key."""

    def __init__(self, key: str) -> None:
        self.key = key

    def send(
        self, method: str, path: str, body: object = None, *, headers: Mapping[str, str] | None = None, key: str = ""
    ) -> Reply:
        """Send JSON, or a text as it is."""
        content = body if isinstance(body, str | bytes) else json.dumps(body) if body is not None else ""
        response = Client(raise_request_exception=False).generic(
            method,
            path if path.startswith("/api/") else f"{ROOT}{path}",
            content,
            content_type="application/json",
            headers={"x-api-key": key or self.key, **(headers or {})},
        )
        return Reply(response)

    def identify(self, identifier: str, *, headers: Mapping[str, str] | None = None, **vendor: str) -> Reply:
        """Scan a code or a loyalty id."""
        body = {"identifier": identifier, "posVendor": VENDOR | vendor}
        return self.send("POST", "/identify", body, headers=headers)

    def scan(self, contact: Contact, **vendor: str) -> Reply:
        """Scan the loyalty id, which must work."""
        found = self.send("POST", "/identify", {"identifier": str(contact.uuid), "posVendor": VENDOR | vendor})
        assert found.status == 200, found.body
        return found

    def validate(self, found: Reply, body: Mapping[str, Any], *, headers: Mapping[str, str] | None = None) -> Reply:
        """Ask whether this could be claimed."""
        return self.send("POST", f"/transaction/pos/validate/{found.body['transactionId']}", body, headers=headers)

    def update(self, found: Reply, body: Mapping[str, Any], *, headers: Mapping[str, str] | None = None) -> Reply:
        """Send the basket."""
        return self.send("PUT", f"/transaction/pos/{found.body['transactionId']}", body, headers=headers)

    def void(self, found: Reply, body: Mapping[str, Any] | None = None) -> Reply:
        """Cancel."""
        return self.send("PUT", f"/transaction/pos/{found.body['transactionId']}/void", body or {})


def basket(
    found: Reply,
    *lines: Mapping[str, Any],
    status: str = "CLAIMED",
    discounts: object = None,
    **changed: Any,
) -> dict[str, Any]:
    """Return a basket with these lines; all discounts and lines that Identify named, unless others are given."""
    applied = found.body["eligibleDiscounts"] if discounts is None else discounts
    details = {
        "appliedDiscounts": applied,
        "currency": "EUR",
        "order": list(lines),
        "payments": [],
        "posVendor": dict(VENDOR),
    }
    return {
        "channel": "Restaurant",
        "created": "2026-06-03T17:30:00Z",
        "loyaltyId": found.body["loyaltyUser"]["id"],
        "serviceMode": "TABLE_SERVICE",
        "status": status,
        "transactionDetails": details,
        "transactionId": found.body["transactionId"],
    } | changed


def item(price: str | float, *, quantity: int = 1, **changed: Any) -> dict[str, Any]:
    """Return a line of something to eat."""
    return {
        "name": "soup",
        "price": price,
        "productId": "SOUP",
        "productType": "item",
        "quantity": quantity,
        "referenceId": "1",
        "tax": 0,
    } | changed


def reward_line(reward: Reward, **changed: Any) -> dict[str, Any]:
    """Return a reward as a till names it by its incentive."""
    named = {"incentiveId": str(reward.uuid), "productType": "reward", "productId": "COFFEE", "referenceId": "9"}
    return item(0, **(named | changed))


def mark(contact: Contact, *offers: Voucher | RewardReception | Reward) -> None:
    """Mark offers for the till, in this order."""
    for offer in offers:
        till.mark(offer, contact=contact, now=NOW)
