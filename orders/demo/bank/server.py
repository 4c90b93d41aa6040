"""The made-up banks' HTTP server: reads a call, lets it go wrong where that was asked for, and has it answered."""

import json
import os
import socket
import struct
import sys
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from orders.demo.bank.answers import Answer, Call
from orders.demo.bank.control import Control
from orders.demo.bank.faults import Faults
from orders.demo.bank.ledger import Books
from orders.demo.bank.mollie_api import Mollie
from orders.demo.bank.notices import Notices
from orders.demo.bank.pages import Pages
from orders.demo.bank.stripe_api import Stripe

HOST = "127.0.0.1"
RATE_LIMIT = Answer(
    429, {"error": {"type": "invalid_request_error", "message": "Too many"}, "status": 429, "detail": "x"}
)


class Bank(ThreadingHTTPServer):
    """Both banks on one port of the loopback."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self,
        *,
        port: int,
        stripe_key: str,
        stripe_secret: str,
        stripe_url: str,
        mollie_key: str,
        late_seconds: float,
    ) -> None:
        super().__init__((HOST, port), Handler)
        self.base = f"http://{HOST}:{self.server_address[1]}"
        self.books = Books()
        self.faults = Faults()
        self.stripe = Stripe(self.books, secret_key=stripe_key)
        self.mollie = Mollie(self.books, api_key=mollie_key)
        self.pages = Pages(self.books, late_seconds=late_seconds)
        self.notices = Notices(self.books, stripe_url=stripe_url, stripe_secret=stripe_secret, base=self.base)
        self.books.changed = self.notices.tell
        self.control = Control(self.books, self.faults, self.notices, self.pages, (self.stripe.keys, self.mollie.keys))

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of connections that broke: breaking them is what these banks are for."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Bank
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer a GET."""
        self._serve()

    def do_POST(self) -> None:
        """Answer a POST."""
        self._serve()

    def do_DELETE(self) -> None:
        """Answer a DELETE."""
        self._serve()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's name
        """Say nothing."""

    def _serve(self) -> None:
        call = self._read()
        if call.path.startswith("/v1/"):
            self._answer_api("stripe", self.server.stripe.operation(call), call, self.server.stripe.answer)
        elif call.path.startswith("/v2/"):
            self._answer_api("mollie", self.server.mollie.operation(call), call, self.server.mollie.answer)
        elif call.path.startswith("/control/"):
            self._send(self.server.control.answer(call))
        elif call.path.startswith("/pay/"):
            self._page(call)
        else:
            self._send(Answer(404, {"error": "unknown"}))

    def _read(self) -> Call:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        headers = {name.title(): value for name, value in self.headers.items()}
        return Call(self.command, parts.path, query, headers, self.rfile.read(length), self.server.base)

    def _answer_api(self, provider: str, operation: str, call: Call, answer: Callable[..., Answer]) -> None:
        fault = self.server.faults.next(provider, operation)
        kind = fault.kind if fault else ""
        seconds = fault.seconds if fault else 0.0
        if kind in ("timeout_before", "reset"):
            self._vanish(seconds if kind == "timeout_before" else 0.0)
            return
        if kind == "rate_limit":
            self._send(RATE_LIMIT)
            return
        fails = {"error_500": "before", "error_500_after": "after"}.get(kind, "")
        made = answer(call, fails=fails)
        if kind in ("timeout_after", "reset_after"):
            self._vanish(seconds if kind == "timeout_after" else 0.0)
            return
        if kind == "slow":
            time.sleep(seconds)
        if kind == "paid_before_answer" and made.status < 300:
            self._pay_and_tell(str(made.body["id"]))
        self._send(made)

    def _pay_and_tell(self, payment_id: str) -> None:
        """Have a payment paid, and told of, before the one who opened it knows its id."""
        payment = self.server.books.payments[payment_id]
        self.server.books.pay(payment)
        self.server.notices.tell_now(payment, "paid")

    def _page(self, call: Call) -> None:
        parts = call.path.strip("/").split("/")
        payment = self.server.books.find(parts[2], parts[1]) if len(parts) in (3, 4) else None
        if payment is None:
            self._send(Answer(404, {"error": "no such payment"}))
            return
        if call.method != "POST":
            self._send_page(200, self.server.pages.show(payment))
            return
        outcome = dict(parse_qsl(call.body.decode("utf-8", "replace"))).get("outcome", "")
        try:
            location, text = self.server.pages.choose(payment, outcome)
        except KeyError:
            self._send_page(422, self.server.pages.show(payment))
            return
        if location:
            self._send_bytes(303, b"", {"Location": location})
        else:
            self._send_page(200, text)

    def _vanish(self, seconds: float) -> None:
        """Give no answer: after a while, or at once with the connection torn."""
        time.sleep(seconds)
        self.close_connection = True
        if not seconds:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            os.close(self.connection.detach())  # with nothing lingering, this is a reset

    def _send(self, answer: Answer) -> None:
        headers = {"Content-Type": "application/json", **answer.headers}
        self._send_bytes(answer.status, json.dumps(answer.body).encode(), headers)

    def _send_page(self, status: int, text: str) -> None:
        self._send_bytes(status, text.encode(), {"Content-Type": "text/html; charset=utf-8"})

    def _send_bytes(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        try:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:  # the caller has given up waiting
            self.close_connection = True
