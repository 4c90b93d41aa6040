"""The `export_contact` command: all that is known about a person, as JSON."""

import json

from django.core.management.base import BaseCommand, CommandError, CommandParser

from loyalty.models import Contact
from orders.my_data import export_member


class Command(BaseCommand):
    """Prints a contact's record."""

    help = "Print everything known about the person with this e-mail address, as JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the address."""
        parser.add_argument("email", metavar="EMAIL")

    def handle(self, *, email: str, **options: object) -> None:
        """Find and print; exit code 1 for an unknown address."""
        contact = Contact.objects.with_address(email).first()
        if contact is None:
            raise CommandError("no contact has this e-mail address")
        self.stdout.write(json.dumps(export_member(str(contact.uuid)), indent=2, ensure_ascii=False, default=str))
