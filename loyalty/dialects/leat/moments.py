"""Moments and dates as Leat writes them, and as its clients do."""

import re
from datetime import UTC, date, datetime

EARLIEST, LATEST = 1900, 2999
_ZONE = re.compile(r"([+-]\d{2})(\d{2})$")
_BARE_HOUR = re.compile(r"(:\d{2}[^+-]*[+-]\d{2})$")
_PHP_DAY = re.compile(r"(\d{2})-(\d{2})-(\d{4})(?=$|[ T])")


def write_moment(moment: datetime) -> str:
    """Return `moment` in UTC with an offset and without a fraction, which the official client could not read."""
    return moment.astimezone(UTC).replace(microsecond=0).isoformat()


def write_optional_moment(moment: datetime | None) -> str | None:
    """Return the moment; None stays None."""
    return None if moment is None else write_moment(moment)


def read_moment(text: str) -> datetime:
    """Return the moment that a client means; one without a zone, or a day alone, is in UTC. Raises ValueError."""
    cleaned = _PHP_DAY.sub(r"\3-\2-\1", text.strip(), count=1)
    cleaned = _ZONE.sub(r"\1:\2", cleaned) if ":" in cleaned else cleaned
    cleaned = _BARE_HOUR.sub(r"\1:00", cleaned)
    moment = datetime.fromisoformat(cleaned)
    if not EARLIEST <= moment.year <= LATEST:
        raise ValueError("the year is out of reach")
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def read_day(text: str) -> date:
    """Return the day that a client means, whatever time and zone come with it. Raises ValueError."""
    cleaned = _PHP_DAY.sub(r"\3-\2-\1", text.strip(), count=1)
    day = date.fromisoformat(cleaned) if len(cleaned) <= 10 else datetime.fromisoformat(cleaned).date()
    if not EARLIEST - 100 <= day.year <= LATEST:
        raise ValueError("the year is out of reach")
    return day
