"""`manage.py reconcile_payments`: ask the providers about open payments, once, by hand."""

from typing import Any

from django.core.management.base import BaseCommand

from orders.tasks import reconcile_payments


class Command(BaseCommand):
    """Ask the payment providers how every open payment stands, and act on the answers."""

    help = "Ask the payment providers how every open payment stands, and act on the answers."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the reconciliation once and say how many payments were asked about."""
        self.stdout.write(f"asked about: {reconcile_payments()}")
