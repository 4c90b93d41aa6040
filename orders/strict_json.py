"""Reading JSON strictly: every key known and present, every value of its type, and an error that names the field.

Knows no format of its own; `quote` says what a basket looks like.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NoReturn

from loyalty.domain import parse_plain_number

LARGEST_NUMBER = 10**15
"""Prices, quantities and charges above this are mistakes; products of any below can still be printed."""

_LONGEST_INTEGER = 1000
_LONGEST_SHOWN = 60


class BadInput(Exception):
    """The document is not a basket: `field` says where, `problem` what is wrong with it."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class _OddNumber:
    """A JSON number with an exponent, or of thousands of digits: nowhere a plain number, whatever its value."""


@dataclass(frozen=True, slots=True)
class _Flaw:
    """What no document may contain anywhere; `key` says which key of an object it concerns."""

    problem: str
    key: str = ""


def parse_json(document: bytes) -> object:
    """Parse a document; fractions become exact Decimals. Raises BadInput for all that JSON or good sense forbids."""
    try:
        parsed = json.loads(
            document.decode("utf-8-sig"),
            parse_int=lambda text: int(text) if len(text) <= _LONGEST_INTEGER else _OddNumber(),
            parse_float=lambda text: _OddNumber() if "e" in text.lower() else Decimal(text),
            parse_constant=lambda word: _Flaw(f"{word} is not a number"),
            object_pairs_hook=_fields_or_flaw,
        )
    except UnicodeDecodeError as error:
        raise BadInput("document", f"is not UTF-8 (byte {error.start})") from error
    except json.JSONDecodeError as error:
        raise BadInput("document", f"is not JSON: {error}") from error
    except RecursionError as error:
        raise BadInput("document", "is nested too deeply") from error
    _refuse_flaws(parsed)
    return parsed


def _fields_or_flaw(pairs: list[tuple[str, object]]) -> object:
    """Return the object, or a flaw where a key is there twice: whichever value counted, somebody meant the other."""
    fields = dict(pairs)
    if len(fields) == len(pairs):
        return fields
    return _Flaw("is there twice", Counter(key for key, _ in pairs).most_common(1)[0][0])


def _refuse_flaws(parsed: object) -> None:
    """Raise BadInput at a flaw, naming where it is. A loop, as a document may be nested deeper than the stack."""
    waiting: list[tuple[str, object]] = [("", parsed)]
    while waiting:
        field, value = waiting.pop()
        if isinstance(value, _Flaw):
            raise BadInput((_join(field, value.key) if value.key else field) or "document", value.problem)
        if isinstance(value, dict):
            waiting.extend((_join(field, key), entry) for key, entry in value.items())
        elif isinstance(value, list):
            waiting.extend((f"{field}[{position}]", entry) for position, entry in enumerate(value))


def _join(field: str, key: str) -> str:
    name = key if key.isascii() and key.isidentifier() and len(key) <= _LONGEST_SHOWN else shown(key)
    return f"{field}.{name}" if field else name


def shown(value: str) -> str:
    """Return foreign text on one short line of plain characters."""
    return json.dumps(value if len(value) <= _LONGEST_SHOWN else value[:_LONGEST_SHOWN] + "...")


class Ids:
    """The ids of one kind; each may be used once."""

    def __init__(self) -> None:
        self.seen: set[str] = set()

    def add(self, field: str, identifier: str) -> str:
        """Return the id. Raises BadInput for an empty one and for one used before."""
        if not identifier:
            raise BadInput(field, "must not be empty")
        if identifier in self.seen:
            raise BadInput(field, f"{shown(identifier)} is used twice")
        self.seen.add(identifier)
        return identifier


class Fields:
    """One JSON object: exactly the keys it must have, read with their types."""

    def __init__(self, field: str, value: object, *, required: Iterable[str], optional: Iterable[str] = ()) -> None:
        self.field = field
        if not isinstance(value, dict):
            raise BadInput(field or "document", "must be an object")
        self.values: Mapping[str, object] = value
        allowed = [*required, *optional]
        for key in self.values:
            if key not in allowed:
                self.refuse(key, "is not known")
        for key in required:
            if key not in self.values:
                raise BadInput(self.path(key), "is missing")

    def path(self, key: str) -> str:
        """Return where a key is in the document."""
        return _join(self.field, key)

    def refuse(self, key: str, problem: str) -> NoReturn:
        """Raise BadInput about a key."""
        raise BadInput(self.path(key), problem)

    def text(self, key: str) -> str:
        """Return a text."""
        value = self.values[key]
        if not isinstance(value, str):
            self.refuse(key, "must be a text")
        return value

    def flag(self, key: str) -> bool:
        """Return true or false."""
        value = self.values[key]
        if not isinstance(value, bool):
            self.refuse(key, "must be true or false")
        return value

    def whole_number(self, key: str, *, at_least: int) -> int:
        """Return a whole number that is not too large to be meant."""
        value = self.values[key]
        if not isinstance(value, int) or isinstance(value, bool):
            self.refuse(key, "must be a whole number")
        if not at_least <= value <= LARGEST_NUMBER:
            self.refuse(key, f"must be from {at_least} to {LARGEST_NUMBER}")
        return value

    def plain_number(self, key: str) -> Decimal:
        """Return a number from 0 up, given as number or text."""
        number = parse_plain_number(self.values[key])
        if number is None:
            self.refuse(key, 'must be a plain number such as 10 or "2.5"')
        if number > LARGEST_NUMBER:
            self.refuse(key, f"must not be above {LARGEST_NUMBER}")
        return number

    def items_of(self, key: str) -> Iterator[tuple[str, object]]:
        """Yield path and value of each entry of a list; of a key that is not there, nothing."""
        value = self.values.get(key, [])
        if not isinstance(value, list):
            self.refuse(key, "must be a list")
        for position, entry in enumerate(value):
            yield f"{self.path(key)}[{position}]", entry

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts."""
        entries = []
        for field, entry in self.items_of(key):
            if not isinstance(entry, str):
                raise BadInput(field, "must be a text")
            entries.append(entry)
        return tuple(entries)
