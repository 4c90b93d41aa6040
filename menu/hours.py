"""Opening hours and dayparts: pure rules over weekdays and wall-clock times; no time zone, no database."""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta

WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_LINE = re.compile(r"^(?P<days>[A-Za-z, \-]+?)\s+(?P<spans>\d.*)$")
_SPAN = re.compile(r"^(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})$")


@dataclass(frozen=True)
class Span:
    """One stretch of opening on one weekday (0 = Monday); `closes` at or before `opens` means after midnight."""

    weekday: int
    opens: time
    closes: time

    def covers(self, moment: datetime) -> bool:
        """Say whether this stretch holds at local `moment`, the part after midnight included."""
        now = moment.time()
        if self.opens < self.closes:
            return moment.weekday() == self.weekday and self.opens <= now < self.closes
        after_midnight = (moment - timedelta(days=1)).weekday() == self.weekday and now < self.closes
        return after_midnight or (moment.weekday() == self.weekday and now >= self.opens)


def parse_weekdays(text: str) -> frozenset[int]:
    """Read "Mo,We-Fr" as weekday numbers; blank means every day. Raises ValueError."""
    if not text.strip():
        return frozenset(range(7))
    days: set[int] = set()
    for part in text.split(","):
        first, dash, last = (word.strip().title() for word in part.partition("-"))
        if first not in WEEKDAYS or (dash and last not in WEEKDAYS):
            raise ValueError(part.strip())
        begin, end = WEEKDAYS.index(first), WEEKDAYS.index(last if dash else first)
        days.update((begin + step) % 7 for step in range((end - begin) % 7 + 1))
    return frozenset(days)


def parse_opening_hours(text: str) -> tuple[Span, ...]:
    """Read lines such as "Mo-Fr 11:00-14:30, 17:00-22:00"; blank text means always open. Raises ValueError with the line."""
    spans: list[Span] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        match = _LINE.match(line)
        if not match:
            raise ValueError(line)
        try:
            days = parse_weekdays(match["days"].strip().rstrip(","))
            for piece in match["spans"].split(","):
                numbers = _SPAN.match(piece.strip())
                if not numbers:
                    raise ValueError(piece)
                opens_hour, opens_minute, closes_hour, closes_minute = map(int, numbers.groups())
                opens, closes = time(opens_hour % 24, opens_minute), time(closes_hour % 24, closes_minute)
                if opens_hour > 23 or closes_hour > 24:
                    raise ValueError(piece)
                spans.extend(Span(day, opens, closes) for day in sorted(days))
        except ValueError as error:
            raise ValueError(line) from error
    return tuple(spans)


def is_open(spans: tuple[Span, ...], moment: datetime) -> bool:
    """Say whether any stretch covers local `moment`; no stretches at all means always open."""
    return not spans or any(span.covers(moment) for span in spans)


def daypart_covers(
    *, weekdays: str, available_from: time | None, available_until: time | None, moment: datetime
) -> bool:
    """Say whether a category's daypart holds at local `moment`; missing bounds are midnight, no bounds the whole day."""
    days = parse_weekdays(weekdays)
    if available_from is None and available_until is None:
        return moment.weekday() in days
    opens, closes = available_from or time(0), available_until or time(0)
    return any(Span(day, opens, closes).covers(moment) for day in days)
