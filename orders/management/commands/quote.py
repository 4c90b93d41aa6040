"""The `quote` command: prices a basket given as JSON. Touches no database."""

import json
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from menu.money import minor_digits
from orders.quote import read_quote, write_quote
from orders.strict_json import BadInput


class Command(BaseCommand):
    """Prices a basket and prints the answer; exit code 2 and one line on stderr where the input is wrong."""

    help = "Price a basket given as JSON and print the priced basket as JSON. Touches no database."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the one argument."""
        parser.add_argument("file", nargs="?", default="-", metavar="FILE", help="the basket; - or nothing: stdin")

    def handle(self, *, file: str, **options: object) -> None:
        """Read, price, print."""
        try:
            quote = read_quote(_read(file), minor_digits=minor_digits)
        except OSError as error:
            raise CommandError(f"{file!r}: {error.strerror}", returncode=2) from error
        except BadInput as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(json.dumps(write_quote(quote.price()), indent=2))


def _read(file: str) -> bytes:
    return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
