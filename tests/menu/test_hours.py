"""Opening hours and dayparts on a restaurant's own clock."""

from datetime import datetime, time

import pytest

from menu.hours import Span, daypart_covers, is_open, parse_opening_hours, parse_weekdays

# 2026-06-01 is a Monday.
MONDAY = 1
FRIDAY = 5
SUNDAY = 7


def at(day: int, clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-06-0{day}T{clock}")


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("", {0, 1, 2, 3, 4, 5, 6}),
        ("Mo", {0}),
        ("Mo-We,Su", {0, 1, 2, 6}),
        ("Fr-Mo", {4, 5, 6, 0}),
        (" mo - tu ", {0, 1}),
    ],
)
def test_weekdays_are_read(text: str, days: set[int]) -> None:
    assert parse_weekdays(text) == days


@pytest.mark.parametrize(
    ("text", "part"), [("Monday", "Monday"), ("Mo-", "Mo-"), ("Mo-Xx", "Mo-Xx"), ("1", "1"), ("Mo,,Tu", "")]
)
def test_weekdays_that_cannot_be_read_are_named(text: str, part: str) -> None:
    with pytest.raises(ValueError, match=f"^{part}$"):
        parse_weekdays(text)


def test_lines_of_hours_become_stretches_of_the_week() -> None:
    spans = parse_opening_hours("Mo-Tu 11:00-14:30, 17:00-22:00\n\nSu 12:00-24:00")

    assert spans == (
        Span(0, time(11), time(14, 30)),
        Span(1, time(11), time(14, 30)),
        Span(0, time(17), time(22)),
        Span(1, time(17), time(22)),
        Span(6, time(12), time(0)),
    )


@pytest.mark.parametrize(
    "text", ["Mo", "11:00-12:00", "Mo 11-12", "Mo 25:00-26:00", "Mo 11:61-12:00", "Xx 11:00-12:00"]
)
def test_a_line_that_cannot_be_read_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="^" + text + "$"):
        parse_opening_hours(f"Mo 09:00-10:00\n{text}")


@pytest.mark.parametrize(
    ("day", "clock", "expected"),
    [
        (FRIDAY, "17:59", False),
        (FRIDAY, "18:00", True),
        (FRIDAY, "23:59", True),
        (FRIDAY + 1, "01:59", True),
        (FRIDAY + 1, "02:00", False),
        (FRIDAY + 1, "18:00", False),
        (FRIDAY, "01:00", False),
    ],
)
def test_a_stretch_past_midnight_belongs_to_the_day_it_began(day: int, clock: str, expected: bool) -> None:
    assert is_open(parse_opening_hours("Fr 18:00-02:00"), at(day, clock)) is expected


def test_no_hours_at_all_means_always_open() -> None:
    assert is_open((), at(MONDAY, "04:00"))


@pytest.mark.parametrize(
    ("day", "clock", "expected"),
    [(SUNDAY, "09:00", True), (SUNDAY, "11:30", False), (MONDAY, "09:00", False), (SUNDAY, "07:59", False)],
)
def test_a_daypart_holds_on_its_days_between_its_times(day: int, clock: str, expected: bool) -> None:
    covered = daypart_covers(
        weekdays="Sa,Su", available_from=time(8), available_until=time(11, 30), moment=at(day, clock)
    )

    assert covered is expected


def test_a_daypart_with_one_bound_runs_to_midnight() -> None:
    assert daypart_covers(weekdays="", available_from=time(17), available_until=None, moment=at(MONDAY, "23:59"))
    assert not daypart_covers(weekdays="", available_from=time(17), available_until=None, moment=at(MONDAY, "16:59"))
    assert daypart_covers(weekdays="", available_from=None, available_until=time(11), moment=at(MONDAY, "00:00"))
    assert not daypart_covers(weekdays="", available_from=None, available_until=time(11), moment=at(MONDAY, "11:00"))
