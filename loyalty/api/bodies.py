"""Reading what was sent: JSON, bracketed forms and multipart alike, on any method, into plain nested values.

Knows no fields: only that nothing may be in it that no database could keep.
"""

import json
import math
import re
from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError

from loyalty.api.troubles import Kind, Trouble

LARGEST_BODY = 2 * 1024 * 1024
MOST_FIELDS = 20_000
DEEPEST = 12
LONGEST_NUMBER = 40
_KEY = re.compile(r"[^\[\]]+|\[[^\[\]]*\]")


def read_body(request: HttpRequest) -> dict[str, Any]:
    """Return the fields of a request: those of its body, and of its address where the body has none of that name.

    Raises Trouble: UNREADABLE, TOO_LARGE.
    """
    fields = _read(request)
    for key, value in read_query(request).items():
        fields.setdefault(key, value)
    return fields


def read_json(request: HttpRequest) -> dict[str, Any]:
    """Return the fields of a body that is JSON whatever it calls itself, decimals exactly; no body is one without fields.

    Raises Trouble: UNREADABLE, TOO_LARGE.
    """
    body = _bytes_of(request)
    return _checked(_parse_json(body, parse_float=_decimal)) if body.strip() else {}


def read_query(request: HttpRequest) -> dict[str, Any]:
    """Return the fields of an address, those with brackets nested. Raises Trouble."""
    try:
        pairs = [(key, value) for key, values in request.GET.lists() for value in values if value != ""]
    except SuspiciousOperation as error:
        raise Trouble(Kind.UNREADABLE) from error
    return _checked(nest(pairs))


def _read(request: HttpRequest) -> dict[str, Any]:
    content_type = (request.content_type or "").lower()
    body = _bytes_of(request)
    if not body.strip():
        return {}
    if content_type == "multipart/form-data":
        return _checked(nest(_multipart_pairs(request, body)))
    # A form never begins like this, but JSON sent by a client that names no type, or a form's, does.
    if content_type == "application/x-www-form-urlencoded" and not body.lstrip().startswith((b"{", b"[")):
        return _checked(nest(_form_pairs(body)))
    return _checked(_parse_json(body))


def check_length(request: HttpRequest) -> None:
    """Refuse what says that it is too large, before any of it is read. Raises Trouble."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdigit() and (len(length) > 15 or int(length) > LARGEST_BODY):
        raise Trouble(Kind.TOO_LARGE)


def _bytes_of(request: HttpRequest) -> bytes:
    try:
        body: bytes = request.body
    except RequestDataTooBig as error:
        raise Trouble(Kind.TOO_LARGE) from error
    except OSError as error:
        raise Trouble(Kind.UNREADABLE) from error
    if len(body) > LARGEST_BODY:
        raise Trouble(Kind.TOO_LARGE)
    return body


def _parse_json(body: bytes, *, parse_float: Callable[[str], float | Decimal] = float) -> dict[str, Any]:
    try:
        parsed = json.loads(
            body.decode("utf-8-sig"),
            parse_constant=_refuse_constant,
            parse_float=parse_float,
            parse_int=_whole_number,
        )
    except (ValueError, RecursionError) as error:
        raise Trouble(Kind.UNREADABLE, "The body is not readable as JSON.") from error
    if not isinstance(parsed, dict):
        raise Trouble(Kind.UNREADABLE, "The body must be a JSON object.")
    return parsed


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:  # an exponent beyond what even decimals can have
        raise ValueError(text) from error


def _refuse_constant(word: str) -> float:
    raise ValueError(word)


def _whole_number(text: str) -> int | float:
    # One that no database could hold stays a number, so that the field at fault can say so.
    return int(text) if len(text) <= LONGEST_NUMBER else float("1e300")


def _form_pairs(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise Trouble(Kind.UNREADABLE, "The body is not readable as a form.") from error


def _multipart_pairs(request: HttpRequest, body: bytes) -> list[tuple[str, str]]:
    """Return the texts of a multipart body; Django itself reads them of a POST only. Files are not wanted anywhere."""
    try:
        form, _files = request.parse_file_upload(request.META, BytesIO(body))
    except RequestDataTooBig as error:
        raise Trouble(Kind.TOO_LARGE) from error
    except (MultiPartParserError, SuspiciousOperation, ValueError) as error:
        raise Trouble(Kind.UNREADABLE, "The body is not readable as a form.") from error
    return [(str(key), str(value)) for key, values in form.lists() for value in values]


def nest(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return the values of keys such as `lines[0][product][sku]` and `ids[]` as nested objects and lists (PHP's rule)."""
    root: dict[str, Any] = {}
    for key, value in pairs:
        steps = _steps(key)
        if len(steps) > DEEPEST:
            raise Trouble(Kind.UNREADABLE, "The fields are nested too deeply.")
        place = root
        for step in steps[:-1]:
            inner = place.setdefault(step or str(len(place)), {})
            if not isinstance(inner, dict):
                inner = place[step] = {}
            place = inner
        place[steps[-1] or str(len(place))] = value
    return {key: _lists(value) for key, value in root.items()}


def _steps(key: str) -> list[str]:
    """Return `a[b][]` as a, b and nothing; a key whose brackets do not fit is one name as it stands."""
    parts = _KEY.findall(key)
    if "".join(parts) != key or not parts or parts[0].startswith("["):
        return [key]
    return [part[1:-1] if part.startswith("[") else part for part in parts]


def _lists(value: Any) -> Any:
    """Return objects whose names are all numbers as lists in the order of these."""
    if not isinstance(value, dict):
        return value
    if value and all(key.isascii() and key.isdigit() and len(key) <= 6 for key in value):
        return [_lists(value[key]) for key in sorted(value, key=int)]
    return {key: _lists(inner) for key, inner in value.items()}


def _checked(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields. Raises Trouble for what no database could keep, and for what is nested or repeated too much."""
    waiting: list[tuple[str, Any, int]] = [("", fields, 0)]
    seen = 0
    while waiting:
        path, value, depth = waiting.pop()
        seen += 1
        if seen > MOST_FIELDS or depth > DEEPEST:
            raise Trouble(Kind.UNREADABLE, "There are too many fields, or they are nested too deeply.")
        if isinstance(value, dict):
            for key, inner in value.items():
                _check_text(path or "body", key)
                waiting.append((f"{path}.{key}" if path else key, inner, depth + 1))
        elif isinstance(value, list):
            waiting.extend((f"{path}.{position}", inner, depth + 1) for position, inner in enumerate(value))
        elif isinstance(value, str):
            _check_text(path, value)
        elif isinstance(value, float) and not math.isfinite(value):
            raise Trouble(Kind.INVALID, errors={path: ["This number is too large."]})
    return fields


def _check_text(path: str, text: str) -> None:
    if is_unkeepable(text):
        shown = path.encode("ascii", "backslashreplace").decode().replace("\x00", "")
        raise Trouble(Kind.INVALID, errors={shown: ["This text has characters that cannot be kept."]})


def is_unkeepable(text: str) -> bool:
    """Say whether a text has what no database keeps: NUL, half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return "\x00" in text
