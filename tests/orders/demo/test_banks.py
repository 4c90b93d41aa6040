"""`manage.py demo --bank`: the made-up banks' address and keys, and where they are not offered."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from orders.demo.addresses import Address
from orders.demo.banks import plan_banks, refusal

HERE = Address(host="127.0.0.1", port=8000, shown="127.0.0.1")


def test_the_banks_and_the_application_are_told_the_same_keys() -> None:
    plan = plan_banks("all", HERE)

    options = dict(zip(plan.arguments[::2], plan.arguments[1::2], strict=True))
    base = f"http://127.0.0.1:{options['--port']}"
    assert plan.environment == {
        "PAYMENT_PROVIDERS": "counter,stripe,mollie",
        "STRIPE_SECRET_KEY": options["--stripe-key"],
        "STRIPE_WEBHOOK_SECRET": options["--stripe-secret"],
        "STRIPE_API_BASE": base,
        "MOLLIE_API_KEY": options["--mollie-key"],
        "MOLLIE_API_BASE": base,
    }
    assert options["--stripe-url"] == "http://127.0.0.1:8000/payments/stripe/webhook/"


def test_one_bank_alone_can_be_chosen() -> None:
    assert plan_banks("mollie", HERE).environment["PAYMENT_PROVIDERS"] == "counter,mollie"


def test_the_banks_pages_are_not_offered_to_phones() -> None:
    abroad = Address(host="0.0.0.0", port=8000, shown="192.168.1.5")

    assert refusal(HERE) == ""
    assert refusal(abroad) == "The made-up banks' pages open on this machine only: leave out --bank, or --host."


def test_an_unknown_bank_is_refused_before_anything_starts() -> None:
    with pytest.raises(CommandError, match="invalid choice"):
        call_command("demo", "--bank", "gringotts")
