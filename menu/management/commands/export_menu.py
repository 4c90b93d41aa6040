"""`manage.py export_menu`: a restaurant's menu as a file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from menu.exporters import export_menu
from menu.importers import FORMATS
from menu.management.commands.import_menu import checked_format, chosen_restaurant


class Command(BaseCommand):
    """Writes the menu to stdout, or to a file as a whole or not at all."""

    help = "Export a menu as Square catalogue JSON, schema.org Menu JSON-LD, or CSV (docs/menu-files.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--restaurant", metavar="SLUG", help="whose menu (default: the only restaurant)")
        parser.add_argument("--format", metavar="FORMAT", help=", ".join(FORMATS))
        parser.add_argument("--out", metavar="FILE", help="where to (default: stdout)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Export the menu."""
        file_format = checked_format(options["format"])
        if file_format is None:
            raise CommandError(f"Say which format with --format: {', '.join(FORMATS)}.", returncode=2)
        text = export_menu(chosen_restaurant(options["restaurant"]), file_format=file_format, now=timezone.now())
        if options["out"] is None:
            self.stdout.write(text, ending="")
            return
        try:
            Path(options["out"]).write_text(text, encoding="utf-8", newline="")
        except OSError as error:
            raise CommandError(f"{options['out']} cannot be written: {error.strerror}.") from error
