"""The made-up banks' hosted pages: pay, a detour to the payer's own bank, decline, cancel, pay and answer late."""

import threading
from html import escape

from orders.demo.bank.ledger import FINAL, Books, Payment, Refused
from orders.demo.bank.mollie_api import write_amount

NAMES = {"stripe": "Stripe (made up)", "mollie": "Mollie (made up)"}
BUTTONS = (
    ("pay", "Pay"),
    ("challenge", "Pay, with a check by my bank"),
    ("late", "Pay, but answer late"),
    ("decline", "Decline"),
    ("cancel", "Cancel"),
)
CHALLENGE = (("confirm", "It is me"), ("refuse", "It is not me"))
STYLE = (
    "body{font:17px/1.5 system-ui,sans-serif;margin:0;background:#f4f5f7;color:#1b1f24}"
    "main{max-width:24rem;margin:0 auto;padding:2rem 1rem}h1{font-size:2rem;margin:.2rem 0 1.5rem}"
    "button,a.way{display:block;width:100%;box-sizing:border-box;min-height:48px;margin:.6rem 0;font:inherit;border-radius:8px;"
    "border:1px solid #767c85;background:#fff;color:inherit;text-align:center;padding:.6rem;text-decoration:none}"
    "button:first-of-type{background:#1f5fbf;border-color:#1f5fbf;color:#fff}.told{background:#fde8e6;padding:.7rem}"
    "@media(prefers-color-scheme:dark){body{background:#14171a;color:#eceff2}button,a.way{background:#22272c}"
    ".told{background:#4a2320}}"
)


class Pages:
    """What a payer does on the hosted page."""

    def __init__(self, books: Books, *, late_seconds: float) -> None:
        self.books = books
        self.late_seconds = late_seconds

    def show(self, payment: Payment, *, told: str = "") -> str:
        """Return the page of a payment as it stands."""
        if payment.state in FINAL or payment.state == "pending":
            inner = "<p>This payment is finished. Nothing can be changed here any more.</p>"
            inner += f'<a class="way" href="{escape(payment.success_url)}">Back to the restaurant</a>'
            return _page(payment, inner)
        buttons = CHALLENGE if payment.state == "authenticating" else BUTTONS
        told = told or ("Your bank asks: is it you who pays?" if payment.state == "authenticating" else "")
        inner = f'<p class="told">{escape(told)}</p>' if told else ""
        inner += "".join(f'<button name="outcome" value="{value}">{text}</button>' for value, text in buttons)
        return _page(payment, f'<form method="post">{inner}</form>')

    def choose(self, payment: Payment, outcome: str) -> tuple[str, str]:
        """Do what the payer pressed; return where the browser goes, or else the page to show. Raises Refused, KeyError."""
        steps = {
            "pay": self._pay,
            "confirm": self._pay,
            "challenge": self._challenge,
            "refuse": self._decline,
            "decline": self._decline,
            "late": self._late,
            "cancel": self._cancel,
        }
        step = steps[outcome]
        try:
            return step(payment)
        except Refused:
            return "", self.show(payment)

    def _pay(self, payment: Payment) -> tuple[str, str]:
        self.books.pay(payment)
        return payment.success_url, ""

    def _challenge(self, payment: Payment) -> tuple[str, str]:
        if payment.state != "authenticating":
            self.books.authenticate(payment)
        return f"/pay/{payment.provider}/{payment.id}/challenge", ""

    def _decline(self, payment: Payment) -> tuple[str, str]:
        """Stripe keeps the payer on its page to try another card; at Mollie the payment has failed."""
        is_mollie = payment.provider == "mollie"
        self.books.decline(payment, for_good=is_mollie)
        return (payment.success_url, "") if is_mollie else ("", self.show(payment, told="Your card was declined."))

    def _late(self, payment: Payment) -> tuple[str, str]:
        self.books.wait(payment)
        later = threading.Timer(self.late_seconds, self.books.answer_late, [payment])
        later.daemon = True
        later.start()
        return payment.success_url, ""

    def _cancel(self, payment: Payment) -> tuple[str, str]:
        """Stripe's way back only leaves the page, the session stays open; at Mollie the payment is canceled."""
        if payment.provider == "mollie":
            self.books.close(payment, "canceled")
        return payment.cancel_url, ""


def _page(payment: Payment, inner: str) -> str:
    amount = " ".join(reversed(write_amount(payment.units, payment.currency.upper()).values()))
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{NAMES[payment.provider]}</title><style>{STYLE}</style>"
        f"<main><p>{NAMES[payment.provider]}<br>{escape(payment.description)}</p><h1>{amount}</h1>{inner}"
        "<p>A made-up bank for trying things out. No card is asked for and no real money moves.</p></main></html>"
    )
