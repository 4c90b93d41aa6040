"""Single values out of Leat's answers, which come as texts, numbers, null or not at all. None raises but `must`."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from loyalty.errors import ProgrammeAway

TRUE_WORDS = {"1", "true", "yes", "on"}
FALSE_WORDS = {"0", "false", "no", "off"}


class Unreadable(ProgrammeAway):
    """An answer without what it must have: it says nothing about whether Leat did what was asked."""


def parts(value: object) -> Mapping[str, Any]:
    """Return an object's parts; an empty list stands for an empty object."""
    return value if isinstance(value, Mapping) else {}


def items(value: object) -> list[Mapping[str, Any]]:
    """Return the objects of a list."""
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def text(value: object) -> str:
    """Return a text; a number becomes one, anything else is empty."""
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def must(value: object, what: str) -> str:
    """Return a text that has to be there. Raises Unreadable."""
    if not (found := text(value)):
        raise Unreadable(what)
    return found


def whole(value: object) -> int | None:
    """Return a whole number, given as one, as text or as a decimal without a fraction."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value).strip())
        return int(number) if number.is_finite() and number == number.to_integral_value() else None
    except InvalidOperation:
        return None


def flag(value: object) -> bool | None:
    """Return yes or no, also where it comes as "false", "1" or 0."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower() if isinstance(value, str | int) else ""
    return True if word in TRUE_WORDS else False if word in FALSE_WORDS else None


def moment(value: object) -> datetime | None:
    """Return an aware moment; one without a zone is UTC."""
    try:
        found = datetime.fromisoformat(text(value))
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def day(value: object) -> date | None:
    """Return a date, also one that comes as a moment."""
    try:
        return date.fromisoformat(text(value)[:10])
    except ValueError:
        return None
