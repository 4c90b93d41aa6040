"""Print the tables' QR codes: one PDF sheet to cut, or an SVG and a PNG for each table; renew them with --rotate."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from menu.models import Restaurant, Table
from menu.qr import file_stems, qr_png, qr_svg, rotate_codes, table_link
from menu.qr_sheet import table_sheet


class Command(BaseCommand):
    """See the module."""

    help = (
        "Write the QR codes of a restaurant's tables in use: --out FILE.pdf is a printable A4 sheet with cut lines, "
        "--out DIR gets one SVG and one PNG per table. --rotate gives every table a new code first: the printed "
        "ones stop working. Exit codes: 0 done, 1 nothing to print or not writable, 2 wrong arguments."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--restaurant", metavar="SLUG", help="which restaurant; may be left out where there is one")
        parser.add_argument("--out", metavar="FILE.pdf|DIR", required=True, help="a PDF to write, or a folder")
        parser.add_argument("--rotate", action="store_true", help="renew the codes; cards printed before stop working")
        parser.add_argument("--site-url", metavar="URL", default=settings.SITE_URL, help="default: %(default)s")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the command."""
        site_url, out = options["site_url"], Path(options["out"])
        address = urlsplit(site_url)
        if address.scheme not in {"http", "https"} or not address.netloc:
            raise CommandError(f"--site-url: {site_url!r} is no address such as https://menu.example", returncode=2)
        tables = self.tables_of(options["restaurant"])
        prepare(out)
        if options["rotate"]:
            for renewal in rotate_codes(tables, now=timezone.now()):
                name = f"{renewal.table.restaurant.slug}, {renewal.table.name}"
                self.stdout.write(f"{name}: {renewal.old_code} -> {renewal.new_code}")
        try:
            written = write(tables, out, site_url=site_url)
        except OSError as error:
            raise CommandError(f"cannot write {out}: {error.strerror or error}") from error
        self.stdout.write(f"{len(tables)} tables: {written}")

    def tables_of(self, slug: str | None) -> list[Table]:
        """Return the tables in use of the restaurant meant. Raises CommandError."""
        slugs = list(Restaurant.objects.order_by("slug").values_list("slug", flat=True))
        known = ", ".join(slugs) or "none yet"
        if slug is not None and slug not in slugs:
            raise CommandError(f"there is no restaurant {slug!r}; restaurants: {known}", returncode=2)
        if slug is None and len(slugs) != 1:
            raise CommandError(f"say which one with --restaurant; restaurants: {known}", returncode=2)
        tables = Table.objects.filter(is_active=True, restaurant__slug=slug or slugs[0]).select_related("restaurant")
        found = list(tables.order_by("position", "id"))
        if not found:
            raise CommandError("there are no tables in use: add some in the admin first")
        return found


def prepare(out: Path) -> None:
    """Make sure `out` can be written before any code is renewed. Raises CommandError."""
    folder = out.parent if out.suffix.lower() == ".pdf" else out
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = out if out.suffix.lower() == ".pdf" else folder / ".writable"
        existed = probe.exists()
        with probe.open("ab"):
            pass
        if not existed:
            probe.unlink()
    except OSError as error:
        raise CommandError(f"cannot write {out}: {error.strerror or error}") from error


def write(tables: list[Table], out: Path, *, site_url: str) -> str:
    """Write the sheet, or the pictures of each table; return in a few words what was written. Raises OSError."""
    if out.suffix.lower() == ".pdf":
        out.write_bytes(table_sheet(tables, site_url=site_url))
        return str(out)
    for table, stem in file_stems(tables):
        link = table_link(table, site_url=site_url)
        (out / f"{stem}.svg").write_text(qr_svg(link), encoding="utf-8")
        (out / f"{stem}.png").write_bytes(qr_png(link))
    return f"one SVG and one PNG each in {out}"
