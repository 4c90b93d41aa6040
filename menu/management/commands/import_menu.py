"""`manage.py import_menu`: a menu file into a restaurant."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from menu.importers import FORMATS, FileRefused, import_menu
from menu.importers.source import MOST_BYTES
from menu.models import Restaurant, Table

LONG_WORK_BYTES = 1_000_000

FIRST_TABLES = 10


class Command(BaseCommand):
    """Reads the file, imports it, prints the report. Exit code 2: the file or an argument is at fault."""

    help = "Import a menu: Square catalogue JSON, schema.org Menu JSON-LD, or CSV (docs/menu-files.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("file", metavar="FILE", help="the menu file")
        parser.add_argument("--restaurant", metavar="SLUG", help="whose menu (default: the only restaurant)")
        parser.add_argument(
            "--create", action="store_true", help="make the restaurant, with ten tables, if there is none of that name"
        )
        parser.add_argument("--format", metavar="FORMAT", help=f"{', '.join(FORMATS)} (default: found out)")
        parser.add_argument("--dry-run", action="store_true", help="report what would happen, change nothing")
        parser.add_argument("--prune", action="store_true", help="hide products that are not in the file")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import the file; a restaurant made for it exists only if the file can be imported."""
        file_format = checked_format(options["format"])
        content = self._read(Path(options["file"]))
        try:
            with transaction.atomic():
                restaurant = chosen_restaurant(options["restaurant"], create=options["create"])
                report = import_menu(
                    restaurant,
                    content,
                    options["file"],
                    file_format=file_format,
                    prune=options["prune"],
                    dry_run=options["dry_run"],
                    now=timezone.now(),
                    progress=self._progress if len(content) > LONG_WORK_BYTES else lambda message: None,
                )
                if options["dry_run"]:
                    transaction.set_rollback(True)
        except FileRefused as error:
            raise CommandError(str(error), returncode=2) from error
        for line in report.lines():
            self.stdout.write(line)

    def _read(self, path: Path) -> bytes:
        try:
            if path.stat().st_size > MOST_BYTES:
                raise CommandError(f"{path} is larger than {MOST_BYTES // 1024 // 1024} MB.", returncode=2)
            return path.read_bytes()
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.", returncode=2) from error

    def _progress(self, message: str) -> None:
        self.stderr.write(message)


def checked_format(file_format: str | None) -> str | None:
    """Return `file_format` where it is one of ours. Raises CommandError."""
    if file_format is not None and file_format not in FORMATS:
        raise CommandError(f"There is no format {file_format}; choose {', '.join(FORMATS)}.", returncode=2)
    return file_format


def chosen_restaurant(slug: str | None, *, create: bool = False) -> Restaurant:
    """Return the restaurant called `slug`, or the only one. Raises CommandError with the names to choose from."""
    slugs = list(Restaurant.objects.order_by("slug").values_list("slug", flat=True))
    if slug is None:
        if len(slugs) == 1:
            return Restaurant.objects.get()
        found = f"there are {len(slugs)}: {', '.join(slugs)}" if slugs else "there is none yet (add --create)"
        raise CommandError(f"Say which restaurant with --restaurant; {found}.", returncode=2)
    if slug in slugs:
        return Restaurant.objects.get(slug=slug)
    if not create:
        raise CommandError(
            f"There is no restaurant {slug}; there are: {', '.join(slugs) or 'none'}. --create makes one.", returncode=2
        )
    if slugify(slug) != slug or len(slug) > 50:
        raise CommandError(f"{slug[:60]} cannot be an address; use small letters, digits and dashes.", returncode=2)
    with transaction.atomic():
        restaurant = Restaurant.objects.create(slug=slug, name=slug.replace("-", " ").title())
        for number in range(1, FIRST_TABLES + 1):
            Table.objects.create(restaurant=restaurant, name=str(number), position=number)
    return restaurant
