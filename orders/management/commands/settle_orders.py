"""`manage.py settle_orders`: what the worker does for paid orders, once, by hand."""

from typing import Any

from django.core.management.base import BaseCommand

from orders.tasks import settle_orders


class Command(BaseCommand):
    """Finish paid orders that are not settled, tell the programme of returns, and send receipts that are due."""

    help = "Finish paid orders that are not settled, tell the programme of returns, and send receipts that are due."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the sweep once and say how many orders were settled."""
        self.stdout.write(f"settled: {settle_orders()}")
