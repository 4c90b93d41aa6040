"""The `erase_contact` command: makes a person anonymous for good."""

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from loyalty import port
from loyalty.models import Contact
from orders.my_data import end_everywhere, forget_address


class Command(BaseCommand):
    """Erases a contact."""

    help = "Make the person with this e-mail address anonymous for good. Receipts and sign-ins too; rows with points and money stay."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the address."""
        parser.add_argument("email", metavar="EMAIL")

    def handle(self, *, email: str, **options: object) -> None:
        """Find and erase; exit code 1 for an unknown address."""
        contact = Contact.objects.with_address(email).first()
        if contact is None:
            raise CommandError("no contact has this e-mail address")
        now = timezone.now()
        forget_address(str(contact.uuid), contact.email or "")
        port.load().erase(str(contact.uuid), now=now)
        end_everywhere(str(contact.uuid), now=now)
        self.stdout.write(f"erased: {contact.uuid}")
