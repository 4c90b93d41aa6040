"""The QR code of a table: its link, as modules, as SVG and as PNG; and new codes. The printed sheet is in qr_sheet."""

import io
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import qrcode
from PIL import Image
from qrcode.constants import ERROR_CORRECT_M

from menu.models import Table
from menu.models.table import new_table_code

# ISO/IEC 18004: four light modules around the symbol.
QUIET_MODULES = 4
PNG_PIXELS_PER_MODULE = 16


@dataclass(frozen=True)
class Renewal:
    """A table whose code was renewed: its name, and both codes."""

    table: Table
    old_code: str
    new_code: str


def table_link(table: Table, *, site_url: str) -> str:
    """Return the whole address that the table's code carries."""
    return site_url.rstrip("/") + table.get_absolute_url()


def qr_modules(link: str) -> list[list[bool]]:
    """Return the QR code of `link` as rows of modules, True is dark; without the quiet zone, 15 % of it may be dirty."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=0)
    code.add_data(link)
    code.make(fit=True)
    return [[bool(module) for module in row] for row in code.get_matrix()]


def dark_runs(modules: list[list[bool]]) -> Iterable[tuple[int, int, int]]:
    """Give the dark stretches of each row as (column, row, length), so that no seam shows between two modules."""
    for row_number, row in enumerate(modules):
        column = 0
        while column < len(row):
            length = 0
            while column + length < len(row) and row[column + length]:
                length += 1
            if length:
                yield column, row_number, length
            column += length or 1


def qr_svg(link: str) -> str:
    """Return the QR code of `link` as an SVG document, black on white, with its quiet zone."""
    modules = qr_modules(link)
    side = len(modules) + 2 * QUIET_MODULES
    path = "".join(
        f"M{column + QUIET_MODULES} {row + QUIET_MODULES}h{length}v1h-{length}z"
        for column, row, length in dark_runs(modules)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" width="{side * 8}" height="{side * 8}"'
        f' shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{side}v{side}H0z"/><path d="{path}"/></svg>\n'
    )


def qr_png(link: str) -> bytes:
    """Return the QR code of `link` as a PNG, with its quiet zone, each module a whole number of pixels."""
    modules = qr_modules(link)
    side = len(modules) + 2 * QUIET_MODULES
    image = Image.new("1", (side, side), 1)
    for column, row, length in dark_runs(modules):
        for step in range(length):
            image.putpixel((column + QUIET_MODULES + step, row + QUIET_MODULES), 0)
    pixels = side * PNG_PIXELS_PER_MODULE
    written = io.BytesIO()
    image.resize((pixels, pixels), Image.Resampling.NEAREST).save(written, "PNG", optimize=True)
    return written.getvalue()


def file_stems(tables: Iterable[Table]) -> list[tuple[Table, str]]:
    """Give each table a file name without ending: safe on every system, telling, and different from all the others."""
    taken: set[str] = set()
    named = []
    for table in tables:
        plain = unicodedata.normalize("NFKD", table.name).encode("ascii", "ignore").decode()
        words = re.sub(r"[^a-z0-9]+", "-", f"{table.restaurant.slug}-{plain}".lower()).strip("-")[:80]
        stem = words
        count = 2
        while stem in taken:
            stem = f"{words}-{count}"
            count += 1
        taken.add(stem)
        named.append((table, stem))
    return named


def rotate_codes(tables: Iterable[Table], *, now: datetime) -> list[Renewal]:
    """Give the tables new codes; the printed ones stop working. A table renewed by somebody else meanwhile is left out."""
    renewals = []
    for table in tables:
        old_code, new_code = table.code, new_table_code()
        if Table.objects.filter(pk=table.pk, code=old_code).update(code=new_code, rotated_at=now):
            table.code, table.rotated_at = new_code, now
            renewals.append(Renewal(table=table, old_code=old_code, new_code=new_code))
    return renewals
