"""The made-up Stripe: Checkout Sessions and refunds as docs.stripe.com/api describes them, as far as we use them."""

import re
from urllib.parse import parse_qsl

from orders.demo.bank.answers import Answer, Call, Differs, InUse, Keys
from orders.demo.bank.ledger import Books, Payment, Refund, Refused, new_id

KNOWN = re.compile(
    r"mode|client_reference_id|success_url|cancel_url|expires_at|adaptive_pricing\[enabled\]|metadata\[\w+\]"
    r"|payment_intent_data\[(metadata\]\[\w+|description)\]|line_items\[0\]\[quantity\]"
    r"|line_items\[0\]\[price_data\]\[(currency|unit_amount|product_data\]\[name)\]|expand\[\d+\]"
)
THREE_DECIMALS = ("bhd", "jod", "kwd", "omr", "tnd")
SESSION = "/v1/checkout/sessions"


class Wrong(Exception):
    """A request Stripe refuses; becomes its error document."""

    def __init__(self, message: str, *, code: str = "", status: int = 400, kind: str = "invalid_request_error") -> None:
        super().__init__(message)
        error = {"type": kind, "message": message} | ({"code": code} if code else {})
        self.answer = Answer(status, {"error": error})


class Stripe:
    """Answers calls to /v1/."""

    def __init__(self, books: Books, *, secret_key: str) -> None:
        self.books = books
        self.secret_key = secret_key
        self.keys = Keys()

    def operation(self, call: Call) -> str:
        """Name what a call wants, for faults."""
        if call.path.startswith("/v1/refunds"):
            return "refund" if call.method == "POST" else "refund_status"
        if call.path.endswith("/expire"):
            return "cancel"
        return "start" if call.method == "POST" else "status"

    def answer(self, call: Call, *, fails: str = "") -> Answer:
        """Answer `call`; `fails` is "before" or "after" for a 500 of Stripe's own, kept under the key like any answer."""
        if call.headers.get("Authorization") != f"Bearer {self.secret_key}":
            return Wrong("Invalid API Key provided", status=401).answer
        if call.method != "POST" or not call.key:
            return self._try(call, fails=fails)
        try:
            before = self.keys.begin(call)
        except Differs:
            text = "Keys for idempotent requests can only be used with the same parameters they were first used with."
            return Wrong(text, kind="idempotency_error").answer
        except InUse:
            text = "There is currently another in-progress request using this Idempotent Key."
            return Wrong(text, code="idempotency_key_in_use", status=409).answer
        if before is not None:
            return Answer(before.status, before.body, {"Idempotent-Replayed": "true"})
        answer = self._try(call, fails=fails)
        self.keys.finish(call, answer if answer.status in {200, 500} else None)
        return answer

    def _try(self, call: Call, *, fails: str) -> Answer:
        broken = Wrong("Something went wrong on our end.", kind="api_error", status=500).answer
        if fails == "before":
            return broken
        try:
            body = self._route(call)
        except Wrong as wrong:
            return wrong.answer
        return broken if fails else Answer(200, body)

    def _route(self, call: Call) -> dict[str, object]:
        form = dict(parse_qsl(call.body.decode(), keep_blank_values=True)) if call.method == "POST" else call.query
        if call.path == SESSION:
            return self._open(form, call.base) if call.method == "POST" else self._list_sessions(form, call.base)
        if call.path == "/v1/refunds":
            return self._refund(form) if call.method == "POST" else self._list_refunds(form)
        if match := re.fullmatch(SESSION + r"/(\w+)(/expire)?", call.path):
            payment = self._find(match[1])
            if match[2]:
                try:
                    self.books.close(payment, "expired")
                except Refused as refused:
                    raise Wrong("Only Checkout Sessions with a status in ['open'] can be expired.") from refused
            return session_document(payment, call.base, is_whole=call.method == "GET")
        raise Wrong(f"Unrecognized request URL ({call.method}: {call.path}).", status=404)

    def _find(self, session_id: str) -> Payment:
        payment = self.books.find(session_id, "stripe")
        if payment is None:
            raise Wrong(f"No such checkout.session: '{session_id}'", code="resource_missing", status=404)
        return payment

    def _open(self, form: dict[str, str], base: str) -> dict[str, object]:
        if unknown := [name for name in form if not KNOWN.fullmatch(name)]:
            raise Wrong(f"Received unknown parameter: {unknown[0]}", code="parameter_unknown")
        price = "line_items[0][price_data]"
        try:
            units, currency = int(form[f"{price}[unit_amount]"]), form[f"{price}[currency]"]
            expires, now = int(form["expires_at"]), self.books.now()
        except (KeyError, ValueError) as error:
            raise Wrong(f"Missing required param or invalid integer: {error}") from error
        if form.get("mode") != "payment" or form["line_items[0][quantity]"] != "1":
            raise Wrong("mode and quantity are not what this fake knows")
        if not re.fullmatch(r"[a-z]{3}", currency) or (currency in THREE_DECIMALS and units % 10):
            raise Wrong(f"Invalid currency or amount: {units} {currency}", code="invalid_amount")
        if units < (50 if currency in ("eur", "usd") else 1):
            raise Wrong("The total amount due must add up to at least €0.50 eur", code="amount_too_small")
        if not now + 1800 - 5 <= expires <= now + 86400:
            raise Wrong(
                "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation."
            )
        if not all(form.get(name, "").startswith("http") for name in ("success_url", "cancel_url")):
            raise Wrong("Not a valid URL", code="url_invalid")
        payment = self.books.open(
            Payment(
                id=new_id("cs_test_", 40),
                provider="stripe",
                units=units,
                currency=currency,
                description=form[f"{price}[product_data][name]"],
                metadata=metadata_of(form),
                success_url=form["success_url"],
                cancel_url=form["cancel_url"],
                client_reference_id=form.get("client_reference_id", ""),
                created=now,
                expires=expires,
            )
        )
        return session_document(payment, base)

    def _list_sessions(self, query: dict[str, str], base: str) -> dict[str, object]:
        since = float(query.get("created[gte]", 0))
        found = [payment for payment in self.books.newest("stripe") if int(payment.created) >= since]
        documents = [session_document(payment, base) for payment in found]
        return page(documents, query, SESSION)

    def _refund(self, form: dict[str, str]) -> dict[str, object]:
        payment = self._by_intent(form.get("payment_intent", ""))
        refund = Refund(
            new_id("re_"), int(form.get("amount", payment.units)), metadata_of(form), created=self.books.now()
        )
        try:
            self.books.refund(payment, refund)
        except Refused as refused:
            if payment.refunded == payment.units:
                raise Wrong("Charge has already been refunded.", code="charge_already_refunded") from refused
            raise Wrong(f"Refund amount ({refund.units}) is {refused} on charge") from refused
        return refund_document(payment, refund)

    def _list_refunds(self, query: dict[str, str]) -> dict[str, object]:
        payment = self._by_intent(query.get("payment_intent", ""))
        return page([refund_document(payment, refund) for refund in reversed(payment.refunds)], query, "/v1/refunds")

    def _by_intent(self, intent: str) -> Payment:
        payment = self.books.find(intent.replace("pi_", "cs_test_", 1), "stripe")
        if payment is None or not intent.startswith("pi_") or payment.state not in ("paid", "pending"):
            raise Wrong(f"No such payment_intent: '{intent}'", code="resource_missing", status=404)
        return payment


def metadata_of(form: dict[str, str]) -> dict[str, str]:
    """Return the metadata in a form."""
    return {match[1]: value for name, value in form.items() if (match := re.fullmatch(r"metadata\[(\w+)\]", name))}


def page(documents: list[dict[str, object]], query: dict[str, str], url: str) -> dict[str, object]:
    """Return a part of a list as Stripe does: `limit` of them, after `starting_after`."""
    limit, after = int(query.get("limit", 10)), query.get("starting_after")
    ids = [document["id"] for document in documents]
    start = ids.index(after) + 1 if after in ids else 0
    part = documents[start : start + limit]
    return {"object": "list", "url": url, "data": part, "has_more": start + limit < len(documents)}


def session_document(payment: Payment, base: str, *, is_whole: bool = False) -> dict[str, object]:
    """Return a session; with `is_whole` the payment intent and its charge inside, as `expand` asks for."""
    is_open = payment.state in ("open", "authenticating")
    status = "open" if is_open else "expired" if payment.state == "expired" else "complete"
    intent = intent_document(payment) if status == "complete" else None
    return {
        "id": payment.id,
        "object": "checkout.session",
        "mode": "payment",
        "livemode": False,
        "client_reference_id": payment.client_reference_id,
        "metadata": payment.metadata,
        "amount_total": payment.units,
        "currency": payment.currency,
        "created": int(payment.created),
        "expires_at": int(payment.expires),
        "status": status,
        "payment_status": "paid" if payment.state == "paid" else "unpaid",
        "payment_intent": intent if is_whole or intent is None else intent["id"],
        "success_url": payment.success_url,
        "cancel_url": payment.cancel_url,
        "url": f"{base}/pay/stripe/{payment.id}" if is_open else None,
    }


def intent_document(payment: Payment) -> dict[str, object]:
    """Return the payment intent of a session that was completed, with its charge."""
    is_paid = payment.state == "paid"
    charge = {
        "id": payment.id.replace("cs_test_", "ch_", 1),
        "object": "charge",
        "amount": payment.units,
        "amount_captured": payment.units,
        "amount_refunded": payment.refunded,
        "refunded": payment.refunded == payment.units,
        "currency": payment.currency,
        "metadata": payment.metadata,
    }
    return {
        "id": payment.id.replace("cs_test_", "pi_", 1),
        "object": "payment_intent",
        "amount": payment.units,
        "amount_received": payment.units if is_paid else 0,
        "currency": payment.currency,
        "metadata": payment.metadata,
        "status": "succeeded" if is_paid else "canceled" if payment.state == "failed" else "processing",
        "latest_charge": charge if is_paid else None,
    }


def refund_document(payment: Payment, refund: Refund) -> dict[str, object]:
    """Return a refund."""
    return {
        "id": refund.id,
        "object": "refund",
        "amount": refund.units,
        "currency": payment.currency,
        "created": int(refund.created),
        "metadata": refund.metadata,
        "payment_intent": payment.id.replace("cs_test_", "pi_", 1),
        "status": "succeeded",
    }
