"""The `birthday_vouchers` command: what the worker does, once, by hand."""

from django.core.management.base import BaseCommand
from django.utils import timezone

from loyalty import issuing


class Command(BaseCommand):
    """Gives out the birthday vouchers that are due."""

    help = "Give out the birthday vouchers of today and of the days before; nobody gets a second one in a year."

    def handle(self, **options: object) -> None:
        """Do it and say how many."""
        self.stdout.write(f"vouchers issued: {issuing.issue_birthday_vouchers(now=timezone.now()).made}")
