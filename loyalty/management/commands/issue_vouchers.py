"""The `issue_vouchers` command: vouchers of a promotion for one contact, those in a file, or everybody."""

import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from loyalty import issuing
from loyalty.domain import normalise_email
from loyalty.errors import OfferUnavailable
from loyalty.issuing import Issued
from loyalty.models import Contact, Promotion


class Command(BaseCommand):
    """Issues vouchers in batches; safe to repeat and to resume."""

    help = "Issue a voucher of a promotion to one contact, to those in a file, or to everybody. Running it again with the same --key gives nobody a second one."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the promotion, and for whom."""
        parser.add_argument("promotion", metavar="PROMOTION", help="its name or uuid")
        whom = parser.add_mutually_exclusive_group(required=True)
        whom.add_argument("--contact", metavar="EMAIL", help="for this contact")
        whom.add_argument("--all", action="store_true", help="for everybody")
        whom.add_argument("--file", metavar="FILE", help="for the addresses in FILE, one a line; - is stdin")
        parser.add_argument(
            "--key", default="issue_vouchers", help="another key issues another voucher to the same people"
        )

    def handle(self, *, promotion: str, key: str, **options: object) -> None:
        """Issue with progress; exit code 1 where there is nobody to issue to, 2 where the input is wrong."""
        if not 0 < len(key) <= 80:
            raise CommandError("--key: 1 to 80 characters", returncode=2)
        row = _find_promotion(promotion)
        unknown: list[str] = []
        contacts = issuing.everybody() if options["all"] else _find_contacts(_addresses(options), unknown)
        now = timezone.now()
        try:
            issued = issuing.issue(row, contacts, key=key, now=now, progress=self._tell)
        except OfferUnavailable as error:
            raise CommandError(f"promotion “{row.name}” cannot be issued: {error.reason}") from error
        self.stdout.write(f"issued: {issued.made}")
        self.stdout.write(f"had one: {issued.had_it}")
        self.stdout.write(f"over the limits: {issued.over_limit}")
        if unknown:
            self.stdout.write(f"unknown addresses: {len(unknown)}")
            if issued.looked_at == 0:
                raise CommandError("none of the addresses is a contact's")

    def _tell(self, issued: Issued) -> None:
        self.stderr.write(f"{issued.looked_at} contacts, {issued.made} vouchers")


def _find_promotion(text: str) -> Promotion:
    try:
        found = list(Promotion.objects.filter(uuid=uuid.UUID(text)))
    except ValueError:
        found = list(Promotion.objects.filter(name__iexact=text)[:2])
    if len(found) != 1:
        names = ", ".join(f"“{name}”" for name in Promotion.objects.values_list("name", flat=True)[:20])
        problem = "no promotion has this name" if not found else "several promotions have this name: give the uuid"
        raise CommandError(f"{problem}; there are: {names or 'none'}", returncode=2)
    return found[0]


def _addresses(options: dict[str, object]) -> list[str]:
    if options["contact"]:
        return [str(options["contact"])]
    file = str(options["file"])
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{file!r}: cannot be read as text", returncode=2) from error
    return [line.strip() for line in text.splitlines() if line.strip()]


def _find_contacts(addresses: list[str], unknown: list[str]) -> Iterator[int]:
    """Yield the ids of those addresses that are contacts', in batches; the others end up in `unknown`."""
    for start in range(0, len(addresses), issuing.BATCH):
        batch = [normalise_email(address) for address in addresses[start : start + issuing.BATCH]]
        found = dict(Contact.objects.members().filter(email__in=batch).values_list("email", "pk"))
        for address in batch:
            if address in found:
                yield found[address]
            else:
                unknown.append(address)
