"""The made-up banks' control address: faults, clock, notifications, presses of a button, and the books to compare with."""

import base64
import json
from collections import Counter
from dataclasses import asdict

from orders.demo.bank.answers import Answer, Call, Keys
from orders.demo.bank.faults import Fault, Faults
from orders.demo.bank.ledger import Books
from orders.demo.bank.notices import Notice, Notices
from orders.demo.bank.pages import Pages


class Control:
    """Answers calls to /control/; each takes and gives JSON."""

    def __init__(
        self, books: Books, faults: Faults, notices: Notices, pages: Pages, all_keys: tuple[Keys, ...]
    ) -> None:
        self.books, self.faults, self.notices, self.pages = books, faults, notices, pages
        self.all_keys = all_keys
        self.first_stripe_url = notices.stripe_url

    def answer(self, call: Call) -> Answer:
        """Do what was asked for; 404 for what there is not."""
        name = call.path.removeprefix("/control/").replace("/", "_")
        step = getattr(self, f"do_{call.method.lower()}_{name}", None)
        if step is None:
            return Answer(404, {"error": "unknown"})
        form = json.loads(call.body) if call.body else {}
        try:
            return Answer(200, step(**form))
        except (TypeError, ValueError, KeyError, LookupError) as error:
            return Answer(400, {"error": repr(error)})

    def do_post_faults(self, **fault: str | float) -> dict[str, object]:
        """Ask for a fault (see faults.Fault)."""
        self.faults.add(Fault(**fault))  # type: ignore[arg-type]
        return {}

    def do_get_faults(self) -> dict[str, object]:
        """Show what went wrong with which calls since the start."""
        return {"done": self.faults.done()}

    def do_post_clock(self, *, ahead: float) -> dict[str, object]:
        """Set the bank's clock ahead of the real one by so many seconds."""
        self.books.clock_offset = ahead
        return {"now": self.books.now()}

    def do_post_press(self, *, payment: str, outcome: str) -> dict[str, object]:
        """Press a button of a payment's page; `payment` is the provider's id."""
        found = self.books.payments[payment]
        location, _page = self.pages.choose(found, outcome)
        return {"location": location, "state": found.state}

    def do_post_tamper(self, *, payment: str, units: int | None = None, currency: str = "") -> dict[str, object]:
        """Book another amount or currency than was asked for."""
        found = self.books.payments[payment]
        found.units, found.currency = units or found.units, currency or found.currency
        return {}

    def do_post_notices(
        self, *, mode: str = "send", copies: int = 1, stripe_url: str | None = None
    ) -> dict[str, object]:
        """Send, hold or drop notifications from now on, each so many times."""
        self.notices.mode, self.notices.copies = mode, copies
        if stripe_url is not None:
            self.notices.stripe_url = stripe_url
        return {}

    def do_post_notices_release(self, *, shuffle: bool = False, seed: int | None = None) -> dict[str, object]:
        """Send what was held."""
        return {"released": self.notices.release(shuffle=shuffle, seed=seed)}

    def do_post_notices_take(self) -> dict[str, object]:
        """Hand over what was held, for a test to deliver itself."""
        return {"notices": [_shown(notice) for notice in self.notices.take()]}

    def do_get_notices(self) -> dict[str, object]:
        """Show what was sent, and how it was answered."""
        return {"notices": [_shown(notice) for notice in self.notices.sent]}

    def do_get_ledger(self) -> dict[str, object]:
        """Show every movement of money, and the sums by provider and currency (in capitals)."""
        with self.books.lock:
            entries = list(self.books.entries)
        sums: dict[str, Counter[str]] = {"captured": Counter(), "refunded": Counter()}
        for entry in entries:
            sums[entry.kind][f"{entry.provider} {entry.currency.upper()}"] += entry.units
        return {"entries": [asdict(entry) for entry in entries], **sums}

    def do_get_payments(self) -> dict[str, object]:
        """Show every payment."""
        with self.books.lock:
            return {"payments": [asdict(payment) for payment in self.books.payments.values()]}

    def do_post_keys_forget(self) -> dict[str, object]:
        """Forget every idempotency key, as Stripe does after a day and Mollie after an hour."""
        for keys in self.all_keys:
            keys.forget()
        return {}

    def do_post_reset(self) -> dict[str, object]:
        """Start over with empty books, no faults and the right time."""
        with self.books.lock:
            self.books.payments.clear()
            self.books.entries.clear()
        self.books.clock_offset = 0.0
        self.do_post_keys_forget()
        self.faults.clear()
        self.notices.mode, self.notices.copies = "send", 1
        self.notices.stripe_url = self.first_stripe_url
        self.notices.held.clear()
        self.notices.sent.clear()
        return {}


def _shown(notice: Notice) -> dict[str, object]:
    return asdict(notice) | {"body": base64.b64encode(notice.body).decode()}
