"""The `mail_codes` command: what the worker does, once, by hand."""

from django.core.management.base import BaseCommand
from django.utils import timezone

from loyalty import codes


class Command(BaseCommand):
    """Mails the verification codes that are due."""

    help = "Mail the verification codes that were asked for and not sent yet."

    def handle(self, **options: object) -> None:
        """Do it and say how many went out."""
        self.stdout.write(f"codes mailed: {codes.mail_due(now=timezone.now())}")
