"""Notifications of the made-up banks: Stripe's signed events, Mollie's bare ids; sent, held, doubled or shuffled."""

import hashlib
import hmac
import json
import queue
import random
import threading
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field

from orders.demo.bank.ledger import Books, Payment, new_id
from orders.demo.bank.stripe_api import intent_document, session_document

RETRY_SECONDS = (0.3, 1.0, 3.0, 10.0)
ANSWER_SECONDS = 10
STRIPE_EVENTS = {
    "paid": ("payment_intent.succeeded", "checkout.session.completed"),
    "pending": ("checkout.session.completed",),
    "late": ("payment_intent.succeeded", "checkout.session.async_payment_succeeded"),
    "declined": ("payment_intent.payment_failed",),
    "expired": ("checkout.session.expired",),
    "refunded": ("charge.refunded",),
}


@dataclass
class Notice:
    """A notification as it goes over the wire; `answers` are the statuses it got, 0 for none."""

    provider: str
    payment: str
    about: str
    url: str
    headers: dict[str, str]
    body: bytes
    answers: list[int] = field(default_factory=list)


class Notices:
    """Sends notifications in a thread of its own; `mode` is "send", "hold" (until `release`) or "drop"."""

    def __init__(self, books: Books, *, stripe_url: str, stripe_secret: str, base: str) -> None:
        self.books = books
        self.stripe_url = stripe_url
        self.stripe_secret = stripe_secret
        self.base = base
        self.mode = "send"
        self.copies = 1
        self.held: list[Notice] = []
        self.sent: list[Notice] = []
        self._queue: queue.Queue[Notice] = queue.Queue()
        threading.Thread(target=self._work, daemon=True, name="notices").start()

    def tell(self, payment: Payment, about: str) -> None:
        """Make the notifications of what happened to a payment."""
        if self.mode == "drop":
            return
        for notice in self._made(payment, about):
            for _copy in range(self.copies):
                if self.mode == "hold":
                    self.held.append(notice)
                else:
                    self._queue.put(notice)

    def release(self, *, shuffle: bool = False, seed: int | None = None) -> int:
        """Send what was held, shuffled if so wished; return how many."""
        held, self.held = self.held, []
        if shuffle:
            random.Random(seed).shuffle(held)  # noqa: S311  an order, not a secret
        for notice in held:
            self._queue.put(notice)
        return len(held)

    def take(self) -> list[Notice]:
        """Hand over what was held instead of sending it."""
        held, self.held = self.held, []
        return held

    def tell_now(self, payment: Payment, about: str) -> None:
        """Send at once and wait for the answers."""
        for notice in self._made(payment, about):
            self._post(notice)

    def _made(self, payment: Payment, about: str) -> list[Notice]:
        if payment.provider == "mollie":
            if about in ("authenticating", "pending") or not payment.webhook_url:
                return []
            body = urllib.parse.urlencode({"id": payment.id}).encode()
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            return [Notice("mollie", payment.id, about, payment.webhook_url, headers, body)]
        if not self.stripe_url:
            return []
        return [self._event(payment, kind) for kind in STRIPE_EVENTS.get(about, ())]

    def _event(self, payment: Payment, kind: str) -> Notice:
        if kind.startswith("checkout"):
            thing = session_document(payment, self.base)
        else:
            intent = intent_document(payment)
            charge = intent["latest_charge"]
            thing = charge if kind.startswith("charge") and isinstance(charge, dict) else intent
        created = int(self.books.now())
        event = {"id": new_id("evt_"), "object": "event", "type": kind, "created": created, "data": {"object": thing}}
        body = json.dumps(event, indent=2).encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": sign(body, secret=self.stripe_secret, sent_at=created),
        }
        return Notice("stripe", payment.id, kind, self.stripe_url, headers, body)

    def _work(self) -> None:
        while True:
            notice = self._queue.get()
            if not self._post(notice) and len(notice.answers) <= len(RETRY_SECONDS):
                later = threading.Timer(RETRY_SECONDS[len(notice.answers) - 1], self._queue.put, [notice])
                later.daemon = True
                later.start()

    def _post(self, notice: Notice) -> bool:
        request = urllib.request.Request(  # noqa: S310  where our own application said
            notice.url, data=notice.body, headers=notice.headers, method="POST"
        )
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as answer:  # noqa: S310
                notice.answers.append(answer.status)
        except urllib.error.HTTPError as refused:
            notice.answers.append(refused.code)
        except OSError:
            notice.answers.append(0)
        self.sent.append(notice)
        return 200 <= notice.answers[-1] < 300


def sign(body: bytes, *, secret: str, sent_at: int) -> str:
    """Return Stripe's signature header, as docs.stripe.com/webhooks#verify-manually describes it."""
    signed = str(sent_at).encode() + b"." + body
    return f"t={sent_at},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"
