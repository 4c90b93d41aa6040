"""The made-up Mollie: payments and refunds as docs.mollie.com/reference describes them, as far as we use them."""

import json
import re
from datetime import UTC, datetime
from typing import Any

from orders.demo.bank.answers import Answer, Call, Differs, InUse, Keys
from orders.demo.bank.ledger import Books, Payment, Refund, Refused, new_id

DECIMALS = {"JPY": 0, "ISK": 0, "KWD": 3, "BHD": 3}  # everything else: 2
LIFE_SECONDS = 15 * 60
KNOWN = {"amount", "description", "redirectUrl", "cancelUrl", "webhookUrl", "metadata"}
TITLES = {400: "Bad Request", 401: "Unauthorized Request", 404: "Not Found", 409: "Conflict"}
PAYMENT = r"/v2/payments/(tr_\w+)"


class Wrong(Exception):
    """A request Mollie refuses; becomes its error document."""

    def __init__(self, status: int, detail: str, *, field: str = "") -> None:
        super().__init__(detail)
        title = TITLES.get(status, "Unprocessable Entity" if status < 500 else "Internal Server Error")
        body: dict[str, object] = {"status": status, "title": title, "detail": detail}
        self.answer = Answer(status, body | ({"field": field} if field else {}))


BROKEN = Wrong(500, "Something went wrong on our side").answer


class Mollie:
    """Answers calls to /v2/."""

    def __init__(self, books: Books, *, api_key: str) -> None:
        self.books = books
        self.api_key = api_key
        self.keys = Keys()

    def operation(self, call: Call) -> str:
        """Name what a call wants, for faults."""
        if call.path.endswith("/refunds"):
            return "refund" if call.method == "POST" else "refund_status"
        return {"POST": "start", "DELETE": "cancel"}.get(call.method, "status")

    def answer(self, call: Call, *, fails: str = "") -> Answer:
        """Answer `call`; `fails` is "before" or "after" for a 500 of Mollie's own, which is not kept under the key."""
        if call.headers.get("Authorization") != f"Bearer {self.api_key}":
            return Wrong(401, "Missing authentication, or failed to authenticate").answer
        if fails == "before":
            return BROKEN
        done = self._answer(call)
        return BROKEN if fails == "after" else done

    def _answer(self, call: Call) -> Answer:
        if call.method == "GET" or not call.key:
            return self._try(call)
        try:
            before = self.keys.begin(call)
        except Differs:
            return Wrong(400, "The idempotency key was used for another request").answer
        except InUse:
            return Wrong(409, "A request with this idempotency key is under way").answer
        if before is not None:
            return Answer(before.status, before.body, {"Idempotent-Replayed": "true"})
        done = self._try(call)
        self.keys.finish(call, done if done.status < 300 else None)
        return done

    def _try(self, call: Call) -> Answer:
        try:
            return Answer(*self._route(call))
        except Wrong as wrong:
            return wrong.answer

    def _route(self, call: Call) -> tuple[int, dict[str, object]]:
        if call.path == "/v2/payments":
            if call.method == "POST":
                return 201, self._open(self._read(call), call.base)
            return 200, self._list(call)
        if match := re.fullmatch(PAYMENT, call.path):
            payment = self._find(match[1])
            if call.method == "DELETE":
                if payment.state != "open":
                    raise Wrong(422, "The payment cannot be canceled")
                self.books.close(payment, "canceled")
            return 200, payment_document(payment, call.base)
        if match := re.fullmatch(PAYMENT + "/refunds", call.path):
            payment = self._find(match[1])
            if call.method == "POST":
                return 201, self._refund(payment, self._read(call), call.base)
            made = [refund_document(payment, refund, call.base, self.books.now()) for refund in payment.refunds]
            return 200, {"count": len(made), "_embedded": {"refunds": made}, "_links": {"next": None}}
        raise Wrong(404, "No such resource")

    def _read(self, call: Call) -> dict[str, Any]:
        try:
            form = json.loads(call.body)
        except ValueError as error:
            raise Wrong(400, "The request body is no JSON") from error
        if not isinstance(form, dict) or set(form) - KNOWN:
            raise Wrong(422, "The request has a field this fake does not know")
        return form

    def _find(self, payment_id: str) -> Payment:
        payment = self.books.find(payment_id, "mollie")
        if payment is None:
            raise Wrong(404, f"No payment exists with token {payment_id}.")
        return payment

    def _open(self, form: dict[str, Any], base: str) -> dict[str, object]:
        units, currency = read_amount(form.get("amount"))
        for name in ("redirectUrl", "webhookUrl", "cancelUrl"):
            if not str(form.get(name, "")).startswith("http"):
                raise Wrong(422, f"The {name} is invalid", field=name)
        if not form.get("description") or units < 1:
            raise Wrong(422, "The description or the amount is missing", field="description")
        now = self.books.now()
        payment = Payment(
            id=new_id("tr_", 10),
            provider="mollie",
            units=units,
            currency=currency,
            description=form["description"],
            metadata=form.get("metadata") or {},
            success_url=form["redirectUrl"],
            cancel_url=form["cancelUrl"],
            webhook_url=form["webhookUrl"],
            created=now,
            expires=now + LIFE_SECONDS,
        )
        return payment_document(self.books.open(payment), base)

    def _list(self, call: Call) -> dict[str, object]:
        limit = int(call.query.get("limit", 50))
        if not 1 <= limit <= 250:
            raise Wrong(400, "The limit is invalid", field="limit")
        everything = list(self.books.newest("mollie"))
        ids = [payment.id for payment in everything]
        start = ids.index(call.query["from"]) if call.query.get("from") in ids else 0
        part, rest = everything[start : start + limit], everything[start + limit :]
        after = {"href": f"{call.base}/v2/payments?limit={limit}&from={rest[0].id}"} if rest else None
        documents = [payment_document(payment, call.base) for payment in part]
        return {"count": len(documents), "_embedded": {"payments": documents}, "_links": {"next": after}}

    def _refund(self, payment: Payment, form: dict[str, Any], base: str) -> dict[str, object]:
        units, currency = read_amount(form.get("amount"))
        if currency != payment.currency:
            raise Wrong(422, "The currency is not that of the payment", field="amount")
        refund = Refund(new_id("re_", 10), units, form.get("metadata") or {}, created=self.books.now())
        try:
            self.books.refund(payment, refund)
        except Refused as refused:
            raise Wrong(422, f"The amount is invalid: {refused}", field="amount") from refused
        return refund_document(payment, refund, base, self.books.now())


def read_amount(amount: object) -> tuple[int, str]:
    """Return an amount as units and currency; exactly the currency's decimals must be there."""
    if not isinstance(amount, dict) or not re.fullmatch(r"[A-Z]{3}", str(amount.get("currency"))):
        raise Wrong(422, "The currency is invalid", field="amount.currency")
    digits = DECIMALS.get(amount["currency"], 2)
    decimals = rf"\.[0-9]{{{digits}}}" if digits else ""
    value = str(amount.get("value"))
    if not re.fullmatch(rf"(0|[1-9][0-9]*){decimals}", value):
        raise Wrong(422, "The amount contains an invalid value", field="amount.value")
    return int(value.replace(".", "")), amount["currency"]


def write_amount(units: int, currency: str) -> dict[str, str]:
    """Return units as Mollie writes them."""
    digits = DECIMALS.get(currency, 2)
    text = str(units).zfill(digits + 1)
    value = f"{text[:-digits]}.{text[-digits:]}" if digits else text
    return {"currency": currency, "value": value}


def payment_document(payment: Payment, base: str) -> dict[str, object]:
    """Return a payment."""
    status = "open" if payment.state == "authenticating" else payment.state
    links: dict[str, object] = {"self": {"href": f"{base}/v2/payments/{payment.id}"}}
    document: dict[str, object] = {
        "resource": "payment",
        "id": payment.id,
        "mode": "test",
        "createdAt": written(payment.created),
        "amount": write_amount(payment.units, payment.currency),
        "description": payment.description,
        "metadata": payment.metadata,
        "status": status,
        "redirectUrl": payment.success_url,
        "webhookUrl": payment.webhook_url,
        "_links": links,
    }
    if status == "open":
        document["isCancelable"] = payment.state == "open"
        document["expiresAt"] = written(payment.expires)
        links["checkout"] = {"href": f"{base}/pay/mollie/{payment.id}"}
    if status == "paid":
        document["amountRefunded"] = write_amount(payment.refunded, payment.currency)
        document["amountRemaining"] = write_amount(payment.units - payment.refunded, payment.currency)
    return document


def refund_document(payment: Payment, refund: Refund, base: str, now: float) -> dict[str, object]:
    """Return a refund: queued when made, on its way two hours later, done the next day."""
    age = now - refund.created
    return {
        "resource": "refund",
        "id": refund.id,
        "paymentId": payment.id,
        "amount": write_amount(refund.units, payment.currency),
        "status": "queued" if age < 7200 else "pending" if age < 86400 else "refunded",
        "metadata": refund.metadata,
        "createdAt": written(refund.created),
        "_links": {"self": {"href": f"{base}/v2/payments/{payment.id}/refunds/{refund.id}"}},
    }


def written(at: float) -> str:
    """Return a time as ISO 8601."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
