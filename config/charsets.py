"""What a client says its text is written in, as far as it is an encoding of texts at all.

Django looks a name up before any middleware runs, and some that Python knows (hex, zip) are no encodings of texts.
"""

import codecs
import re
from collections.abc import Callable, Iterable
from typing import Any

from django.utils.http import parse_header_parameters

type Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

TEXT_ENCODINGS = frozenset({"utf-8", "utf-8-sig", "ascii", "iso8859-1", "iso8859-15", "cp1252"})
_CHARSET = re.compile(r';\s*charset[^=;]*=\s*("[^"]*"|[^;]*)', re.IGNORECASE)


def with_text_encodings(application: Application) -> Application:
    """Return the WSGI application for requests whose charset may be anything: what is no usual one is left out."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if ";" in environ.get("CONTENT_TYPE", ""):
            environ["CONTENT_TYPE"] = readable(environ["CONTENT_TYPE"])
        return application(environ, start_response)

    return answer


def readable(content_type: str) -> str:
    """Return the header without a charset that no text is written in, and without parameters nobody can read."""
    for candidate in (content_type, _CHARSET.sub("", content_type)):
        if _is_readable(candidate):
            return candidate
    return content_type.partition(";")[0]


def _is_readable(content_type: str) -> bool:
    try:
        _type, parameters = parse_header_parameters(content_type)
        named = [value for name, value in parameters.items() if name.lower() == "charset"]
        return all(codecs.lookup(name).name in TEXT_ENCODINGS for name in named)
    except (ValueError, LookupError):
        return False
