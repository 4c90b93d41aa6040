"""Our own CSV format (docs/menu-files.md), made for a spreadsheet: text into rows. `spreadsheet_rows` makes values of them."""

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from menu.importers.catalogue import Catalogue, FileRefused, Findings
from menu.importers.spreadsheet_rows import RowReader
from menu.importers.values import label_of, text_of

COLUMNS = (
    "type",
    "sku",
    "in",
    "name",
    "description",
    "price",
    "groups",
    "min",
    "max",
    "free",
    "default",
    "allergens",
    "diets",
    "tax_rate",
    "alcohol",
    "discountable",
    "earns_points",
    "hidden",
    "sold_out",
    "picture",
    "available_from",
    "available_until",
    "weekdays",
)
_SEPARATORS = ";,\t|"
_SAID_SEPARATOR = re.compile(r"sep=([^\w\s\"']|\t)[ ;,\t]*(?=[\r\n]|\Z)", re.IGNORECASE)
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Row:
    """One row below the header: its line in the file, and its cells by column."""

    line: int
    cells: Mapping[str, str]


def decode(content: bytes, findings: Findings) -> str:
    """Return the text of a CSV file: UTF-8, else what older spreadsheets write. Raises FileRefused for what is no text."""
    if content.startswith(_UTF16_MARKS):
        try:
            return content.decode("utf-16")
        except UnicodeDecodeError as error:
            raise FileRefused(_("This is not a text file.")) from error
    if b"\x00" in content:
        raise FileRefused(_("This is not a text file. Save the spreadsheet as CSV (UTF-8)."))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError as error:
        raise FileRefused(
            _("This is neither UTF-8 nor Windows-1252 text. Save the spreadsheet as CSV (UTF-8).")
        ) from error
    findings.note(_("The file"), _("it is not UTF-8 and was read as Windows-1252; check the letters with accents"))
    return text


def is_spreadsheet(text: str) -> bool:
    """Say whether the first line that says anything names our columns."""
    text, separator = _with_separator(text)
    return "name" in _header(next(csv.reader([_first_line(text)], delimiter=separator), []))


def read_spreadsheet(content: bytes, *, currency: str, zone: ZoneInfo) -> Catalogue:
    """Read a CSV menu; prices are in `currency`, moments on the clock of `zone`. Raises FileRefused."""
    findings = Findings()
    columns, rows = _read_rows(decode(content, findings), findings)
    if not rows:
        raise FileRefused(_("There is no row below the column names."))
    reader = RowReader(columns=frozenset(columns), findings=findings, currency=currency, zone=zone)
    return reader.read([(row.line, row.cells) for row in rows])


def _read_rows(text: str, findings: Findings) -> tuple[list[str], list[Row]]:
    text, separator = _with_separator(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    columns: list[str] = []
    rows: list[Row] = []
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if not columns:
                columns = _checked_header(cells, findings)
                continue
            if any(cell.strip() for cell in cells[len(columns) :]):
                findings.skip(
                    label_of(cells[columns.index("name")], None),
                    _(
                        "line %(line)d has more cells than there are columns; put quotation marks around a text with a separator in it"
                    )
                    % {"line": reader.line_num},
                )
                continue
            named = dict(zip(columns, map(_without_guard, cells), strict=False))
            rows.append(
                Row(reader.line_num, {column: named.get(column, "") for column in columns if column in COLUMNS})
            )
    except csv.Error as error:
        raise FileRefused(
            _("Line %(line)d cannot be read: %(error)s.") % {"line": reader.line_num, "error": error}
        ) from error
    if not columns:
        raise FileRefused(_("The file is empty."))
    return [column for column in columns if column in COLUMNS], rows


def _with_separator(text: str) -> tuple[str, str]:
    """Return the table and what parts its cells: as a first line `sep=;` (Excel's own) says, else as the header has it.

    That first line becomes a blank one, so that lines keep their numbers. European spreadsheets write semicolons.
    """
    said = _SAID_SEPARATOR.match(text)
    if said:
        return text[said.end() :], said[1]
    return text, max(",;\t", key=_first_line(text).count)


def _first_line(text: str) -> str:
    """Return the first line that says anything."""
    return next((line for line in text.splitlines() if line.strip(_SEPARATORS + " \"'")), "")


def _header(cells: list[str]) -> list[str]:
    return ["_".join(text_of(cell).lower().split()) for cell in cells]


def _checked_header(cells: list[str], findings: Findings) -> list[str]:
    columns = _header(cells)
    if "name" not in columns:
        raise FileRefused(_("The first line names no column “name”; the columns are listed in docs/menu-files.md."))
    for column in COLUMNS:
        if columns.count(column) > 1:
            raise FileRefused(_("The column “%(column)s” is there twice.") % {"column": column})
    for column in columns:
        if column and column not in COLUMNS:
            findings.note(label_of(column, None), _("this column is not known and was left out"))
    return columns


def _without_guard(cell: str) -> str:
    """Take off the apostrophe that keeps a spreadsheet from taking a text such as "+ a shot" for a formula."""
    return cell[1:] if len(cell) > 1 and cell[0] == "'" and cell[1] in "=+-@\t'" else cell
