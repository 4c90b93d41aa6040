"""Saying what an answer looks like, field by field: its keys exactly, each one's type, and whether it may be null.

{"uuid": UUID, "name": STR, "contact": nullable({"uuid": UUID}), "tags": [STR], "attributes": OBJECT}
"""

import re
import uuid
from collections.abc import Callable
from typing import Any

Check = Callable[[Any], bool]
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2})")


class Named:
    """One check with a name for the message."""

    def __init__(self, name: str, check: Check) -> None:
        self.name = name
        self.check = check


class Nullable:
    """Null, or a shape."""

    def __init__(self, shape: Any) -> None:
        self.shape = shape


class Open:
    """An object with at least these keys."""

    def __init__(self, shape: dict[str, Any]) -> None:
        self.shape = shape


def _is_uuid(value: Any) -> bool:
    try:
        return isinstance(value, str) and str(uuid.UUID(value)) == value
    except ValueError:
        return False


STR = Named("a text", lambda value: isinstance(value, str))
INT = Named("a whole number", lambda value: type(value) is int)
NUMBER = Named("a number", lambda value: type(value) in {int, float})
BOOL = Named("true or false", lambda value: isinstance(value, bool))
UUID = Named("a UUID", _is_uuid)
MOMENT = Named("a moment", lambda value: isinstance(value, str) and bool(_MOMENT.fullmatch(value)))
OBJECT = Named("an object", lambda value: isinstance(value, dict))
EMPTY_OBJECT = Named("{}", lambda value: value == {} and isinstance(value, dict))
LIST = Named("a list", lambda value: isinstance(value, list))
EMPTY_LIST = Named("[]", lambda value: value == [] and isinstance(value, list))
NULL = Named("null", lambda value: value is None)
ANY = Named("anything", lambda value: True)

VIEWING_META = {"page": INT, "limit": INT, "viewing_from": INT, "viewing_to": INT, "last_page": INT, "total": INT}
PAGINATOR_META = {
    "current_page": INT,
    "from": INT,
    "last_page": INT,
    "links": [{"url": Nullable(STR), "label": STR, "active": BOOL}],
    "path": STR,
    "per_page": INT,
    "to": INT,
    "total": INT,
}
PAGINATOR_LINKS = {"first": STR, "last": STR, "prev": Nullable(STR), "next": Nullable(STR)}


def nullable(shape: Any) -> Nullable:
    """Return the shape that may also be null."""
    return Nullable(shape)


def one_of(*values: Any) -> Named:
    """Return the shape of exactly one of these values."""
    return Named(f"one of {values}", lambda value: value in values)


def check_shape(value: Any, shape: Any, path: str = "data") -> None:
    """Fail, naming the place, unless `value` looks like `shape`."""
    if isinstance(shape, Named):
        assert shape.check(value), f"{path} is not {shape.name}: {value!r}"
    elif isinstance(shape, Nullable):
        if value is not None:
            check_shape(value, shape.shape, path)
    elif isinstance(shape, Open):
        assert isinstance(value, dict), f"{path} is not an object: {value!r}"
        for name, inner in shape.shape.items():
            assert name in value, f"{path}.{name} is missing"
            check_shape(value[name], inner, f"{path}.{name}")
    elif isinstance(shape, dict):
        assert isinstance(value, dict), f"{path} is not an object: {value!r}"
        missing, surplus = shape.keys() - value.keys(), value.keys() - shape.keys()
        assert not missing | surplus, f"{path}: missing {sorted(missing)}, not known {sorted(surplus)}"
        for name, inner in shape.items():
            check_shape(value[name], inner, f"{path}.{name}")
    else:
        assert isinstance(value, list), f"{path} is not a list: {value!r}"
        for position, entry in enumerate(value):
            check_shape(entry, shape[0], f"{path}[{position}]")
