"""The `check_leat` command: whether the account at Leat has what this installation needs, a line for each point."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError

from loyalty.backends.leat.checkup import look_over
from loyalty.backends.leat.connection import Connection


class Command(BaseCommand):
    """Say what is in order and what is missing; exit 1 where anything is."""

    help = "Check that the account at Leat (LEAT_… in the settings) has all that this installation needs."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the one option."""
        parser.add_argument(
            "--make-attributes", action="store_true", help="make the custom attributes that are missing there"
        )

    def handle(self, *, make_attributes: bool, **_options: Any) -> None:
        """Look and print."""
        connection = Connection()
        missing = 0
        try:
            for point in look_over(connection, makes_attributes=make_attributes):
                self.stdout.write(f"{'ok' if point.is_fine else 'MISSING'}: {point.sentence}")
                missing += not point.is_fine
        finally:
            connection.close()
        if settings.LOYALTY_BACKEND != "leat":
            self.stdout.write("note: LOYALTY_BACKEND is not leat, so this account is not in use.")
        if missing:
            raise CommandError(f"Points to see to: {missing}.", returncode=1)
