"""The `expire_points` command: what the worker does, once, by hand."""

from django.core.management.base import BaseCommand
from django.utils import timezone

from loyalty import ledger


class Command(BaseCommand):
    """Takes points past their date off the balances."""

    help = "Take points past their date off the balances. Nobody can spend them even if this never runs."

    def handle(self, **options: object) -> None:
        """Do it and say whose."""
        self.stdout.write(f"contacts with expired points: {ledger.expire_points(now=timezone.now())}")
