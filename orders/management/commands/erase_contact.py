"""The `erase_contact` command: makes a person anonymous for good."""

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from loyalty import port
from orders.my_data import end_everywhere, forget_address


class Command(BaseCommand):
    """Erases a contact."""

    help = "Make the person with this e-mail address anonymous for good. Receipts and sign-ins too; rows with points and money stay."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the address."""
        parser.add_argument("email", metavar="EMAIL")

    def handle(self, *, email: str, **options: object) -> None:
        """Find and erase; exit code 1 for an unknown address."""
        now = timezone.now()
        try:
            contact_id = port.load().find_contact(email, asker=None, now=now)
            if contact_id is None:
                raise CommandError("no contact has this e-mail address")
            forget_address(contact_id, port.load().details(contact_id).email)
            port.load().erase(contact_id, now=now)
        except port.ProgrammeAway as away:
            raise CommandError("the loyalty programme cannot be reached; try again later") from away
        end_everywhere(contact_id, now=now)
        self.stdout.write(f"erased: {contact_id}")
