"""The made-up Stripe and Mollie as a real process for a test run, and what a payer or a test does there."""

import base64
import json
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from tests.services import end_with_parent

STRIPE_KEY, STRIPE_SECRET, MOLLIE_KEY = "sk_test_of_a_run", "whsec_of_a_run", "test_ofarun"
STRIPE_URL = "http://testserver/payments/stripe/webhook/"


@dataclass(frozen=True)
class Notice:
    """A notification as it would come over the wire."""

    provider: str
    payment: str
    about: str
    url: str
    headers: dict[str, str]
    body: bytes


class _StayHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


_browser = urllib.request.build_opener(urllib.request.ProxyHandler({}), _StayHere)


class Banks:
    """The address of the running banks, their hosted pages and their control."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.days_passed = 0

    def press(self, page: str, outcome: str) -> str:
        """Press a button of a hosted page; return where the browser is sent, empty where it stays on the page."""
        try:
            with _browser.open(page, data=urllib.parse.urlencode({"outcome": outcome}).encode(), timeout=10):
                return ""
        except urllib.error.HTTPError as answer:
            with answer:
                if answer.code != 303:
                    raise AssertionError(f"{outcome} at {page}: {answer.code}") from answer
                location: str = answer.headers["Location"]
            return urllib.parse.urljoin(page, location)

    def look(self, page: str) -> str:
        """Return the text of a hosted page."""
        with _browser.open(page, timeout=10) as answer:
            text: bytes = answer.read()
        return text.decode()

    def control(self, name: str, /, **form: Any) -> dict[str, Any]:
        """Call the control address `name`."""
        request = urllib.request.Request(f"{self.base}/control/{name}", data=json.dumps(form).encode(), method="POST")
        with _browser.open(request, timeout=10) as answer:
            told: dict[str, Any] = json.load(answer)
        return told

    def ask(self, name: str) -> dict[str, Any]:
        """Read the control address `name`: ledger, payments or notices."""
        with _browser.open(f"{self.base}/control/{name}", timeout=10) as answer:
            told: dict[str, Any] = json.load(answer)
        return told

    def fault(self, kind: str, provider: str, operation: str, **more: Any) -> None:
        """Have the next such call go wrong."""
        self.control("faults", kind=kind, provider=provider, operation=operation, **more)

    def take_notices(self, *, at_least: int = 1) -> list[Notice]:
        """Return the notifications held back, waiting a little for the first ones."""
        taken: list[Notice] = []
        deadline = time.monotonic() + 5
        while len(taken) < at_least and time.monotonic() < deadline:
            for found in self.control("notices/take")["notices"]:
                found.pop("answers")
                taken.append(Notice(**found | {"body": base64.b64decode(found["body"])}))
        return taken

    def let_a_day_pass(self) -> None:
        """Set the banks' clock ahead, to where a refund that was only queued has arrived."""
        self.days_passed += 1
        self.control("clock", ahead=self.days_passed * 25 * 3600)

    def sum(self, kind: str, account: str) -> int:
        """Return what was captured or refunded for an account such as "stripe EUR"."""
        cents: int = self.ask("ledger")[kind].get(account, 0)
        return cents


@contextmanager
def running_banks(*, stripe_url: str = STRIPE_URL, late_seconds: float = 0.2) -> Iterator[Banks]:
    """Run the banks as a process of their own on a free port of the loopback."""
    keys = ["--stripe-key", STRIPE_KEY, "--stripe-secret", STRIPE_SECRET, "--mollie-key", MOLLIE_KEY]
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "orders.demo.bank",
            *keys,
            "--stripe-url",
            stripe_url,
            "--late-seconds",
            str(late_seconds),
        ],
        cwd=settings.BASE_DIR,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=end_with_parent,
    )
    assert process.stdout is not None
    try:
        yield Banks(process.stdout.readline().strip())
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()
