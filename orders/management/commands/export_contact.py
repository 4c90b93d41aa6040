"""The `export_contact` command: all that is known about a person, as JSON."""

import json

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from loyalty import port
from orders.my_data import export_member


class Command(BaseCommand):
    """Prints a contact's record."""

    help = "Print everything known about the person with this e-mail address, as JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the address."""
        parser.add_argument("email", metavar="EMAIL")

    def handle(self, *, email: str, **options: object) -> None:
        """Find and print; exit code 1 for an unknown address."""
        try:
            contact_id = port.load().find_contact(email, asker=None, now=timezone.now())
            if contact_id is None:
                raise CommandError("no contact has this e-mail address")
            record = export_member(contact_id)
        except port.ProgrammeAway as away:
            raise CommandError("the loyalty programme cannot be reached; try again later") from away
        self.stdout.write(json.dumps(record, indent=2, ensure_ascii=False, default=str))
