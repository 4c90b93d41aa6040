"""From the bytes of a menu file to its catalogue: which format it is in, and whether it can be read at all."""

import json
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from menu.importers.catalogue import Catalogue, FileRefused, Findings
from menu.importers.nodes import depth_of
from menu.importers.schema_org import is_schema_org, read_schema_org
from menu.importers.spreadsheet import decode, is_spreadsheet, read_spreadsheet
from menu.importers.square import is_square, read_square

FORMATS = ("square", "schema-org", "csv")
MOST_BYTES = 32 * 1024 * 1024
DEEPEST = 100


def read_catalogue(content: bytes, *, file_format: str | None, currency: str, zone: ZoneInfo) -> Catalogue:
    """Read a menu file; `file_format` is found out where it is None. Raises FileRefused, and nothing else, for any content."""
    if len(content) > MOST_BYTES:
        raise FileRefused(_("The file is larger than %(count)d MB.") % {"count": MOST_BYTES // 1024 // 1024})
    if not content.strip():
        raise FileRefused(_("The file is empty."))
    if file_format == "csv" or (file_format is None and not _starts_like_json(content)):
        if file_format is None and not is_spreadsheet(decode(content, Findings())):
            raise FileRefused(_("This is no menu file we know: neither JSON nor a table with a column “name”."))
        return read_spreadsheet(content, currency=currency, zone=zone)
    document = _parse_json(content)
    if file_format == "square" or (file_format is None and is_square(document)):
        if not is_square(document):
            raise FileRefused(_("This JSON is not a Square catalogue."))
        return read_square(document, currency=currency)
    if is_schema_org(document):
        return read_schema_org(document, currency=currency)
    raise FileRefused(_("This JSON is neither a Square catalogue nor a schema.org menu."))


def _starts_like_json(content: bytes) -> bool:
    return content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")


def _parse_json(content: bytes) -> object:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileRefused(_("The file is not UTF-8 text (byte %(position)d).") % {"position": error.start}) from error
    try:
        document: object = json.loads(text, parse_float=Decimal, parse_constant=lambda name: name)
    except json.JSONDecodeError as error:
        raise FileRefused(
            _("The file is not valid JSON: line %(line)d, column %(column)d.")
            % {"line": error.lineno, "column": error.colno}
        ) from error
    except RecursionError as error:
        raise FileRefused(_("The file nests too deeply.")) from error
    except ValueError as error:
        raise FileRefused(_("The file is not valid JSON: a number in it is too long.")) from error
    if depth_of(document, limit=DEEPEST) >= DEEPEST:
        raise FileRefused(_("The file nests too deeply."))
    return document
