"""How the demo offers the made-up Stripe and Mollie (`--bank`): their address and keys, as settings of its processes."""

import secrets
import socket
from dataclasses import dataclass

from orders.demo.addresses import LOOPBACK, Address

CHOICES = {"stripe": ("stripe",), "mollie": ("mollie",), "all": ("stripe", "mollie")}


@dataclass(frozen=True)
class BankPlan:
    """What the banks' process is started with, and what our own processes must know to use them."""

    arguments: tuple[str, ...]
    environment: dict[str, str]


def refusal(address: Address) -> str:
    """Return why the banks cannot be offered there; empty when they can. Their pages are on the loopback only."""
    if address.shown in LOOPBACK:
        return ""
    return "The made-up banks' pages open on this machine only: leave out --bank, or --host."


def plan_banks(choice: str, address: Address) -> BankPlan:
    """Choose a free port and keys for the banks of `choice`, one of CHOICES."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    stripe_key, mollie_key = f"sk_test_{secrets.token_hex(12)}", f"test_{secrets.token_hex(12)}"
    stripe_secret = f"whsec_{secrets.token_hex(12)}"
    base = f"http://127.0.0.1:{port}"
    environment = {
        "PAYMENT_PROVIDERS": ",".join(["counter", *CHOICES[choice]]),
        "STRIPE_SECRET_KEY": stripe_key,
        "STRIPE_WEBHOOK_SECRET": stripe_secret,
        "STRIPE_API_BASE": base,
        "MOLLIE_API_KEY": mollie_key,
        "MOLLIE_API_BASE": base,
    }
    keys = ("--stripe-key", stripe_key, "--stripe-secret", stripe_secret, "--mollie-key", mollie_key)
    events = ("--stripe-url", f"{address.probe_url}/payments/stripe/webhook/")
    return BankPlan(arguments=("--port", str(port), *keys, *events), environment=environment)
