"""When a section is served, as its offer and `temporalCoverage` say. What cannot be read is not applied, and named:
food is never made unorderable by a guess.
"""

import re
from dataclasses import dataclass
from datetime import time

from django.utils.translation import gettext as _

from menu.importers.catalogue import Findings
from menu.importers.json_ld import Graph
from menu.importers.nodes import Node, nodes_of
from menu.importers.values import Unreadable, text_of, time_of, weekdays_of

_CLOCK = re.compile(r"^T?(\d{2}:\d{2})(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?$")
_COVERAGE = re.compile(
    r"^(?P<days>[A-Za-z][A-Za-z, -]*?)?\s*(?:(?P<starts>\d{2}:\d{2})\s*[-–]\s*(?P<ends>\d{2}:\d{2}))?$"
)
LONGEST_OVERNIGHT_HOURS = 12


@dataclass(frozen=True)
class Times:
    """A daypart: bounds of the day (None: none) and weekdays ("": every day)."""

    starts: time | None = None
    ends: time | None = None
    weekdays: str = ""


def served_times(node: Node, graph: Graph, findings: Findings, *, label: str) -> Times:
    """Return when `node` is served: `temporalCoverage` ("Tu 15:00-18:00") where it can be read, else its offer's bounds."""
    coverage = text_of(graph.text(node, "temporalCoverage"))
    times, problems = Times(), []
    for offer in nodes_of(node.get("offers")):
        starts, ends = text_of(offer.get("availabilityStarts")), text_of(offer.get("availabilityEnds"))
        if starts or ends:
            try:
                times = Times(*_bounds(_clock(starts), _clock(ends)))
            except Unreadable:
                problems.append(
                    _("the times “%(starts)s” to “%(ends)s” cannot be used")
                    % {"starts": starts[:40], "ends": ends[:40]}
                )
        if offer.get("price") is not None:
            findings.note(label, _("the price of a whole section is not used"))
    if coverage:
        try:
            times = _covered(coverage, times)
        except Unreadable:
            problems.append(_("the times “%(times)s” cannot be used") % {"times": coverage[:60]})
    for problem in problems:
        if times == Times():
            problem = _("%(problem)s; served all day, every day") % {"problem": problem}
        findings.note(label, problem)
    return times


def note_unused_times(node: Node, findings: Findings, *, label: str) -> None:
    """Name the serving times of a dish or an add-on: only sections have them here."""
    times = [
        f"{text_of(offer.get('availabilityStarts'))}–{text_of(offer.get('availabilityEnds'))}"
        for offer in nodes_of(node.get("offers"))
        if offer.get("availabilityStarts") or offer.get("availabilityEnds")
    ]
    if times:
        findings.note(
            label, _("its own serving times (%(times)s) are not used; those of its section hold") % {"times": times[0]}
        )


def _clock(written: str) -> time | None:
    if not written:
        return None
    match = _CLOCK.match(written)
    if not match:
        raise Unreadable(written)
    return time_of(match[1])


def _bounds(starts: time | None, ends: time | None) -> tuple[time | None, time | None]:
    """Refuse a stretch without length, and one over midnight that is most of a day: its ends are the wrong way round."""
    if starts is not None and ends is not None:
        if starts == ends:
            raise Unreadable(starts)
        if starts > ends and (24 - starts.hour + ends.hour) > LONGEST_OVERNIGHT_HOURS:
            raise Unreadable(starts)
    return starts, ends


def _covered(coverage: str, times: Times) -> Times:
    match = _COVERAGE.match(coverage) if len(coverage) <= 100 else None
    if not match or not (match["days"] or match["starts"]):
        raise Unreadable(coverage)
    weekdays = weekdays_of(match["days"]) if match["days"] else ""
    if not match["starts"]:
        return Times(times.starts, times.ends, weekdays)
    return Times(*_bounds(time_of(match["starts"]), time_of(match["ends"])), weekdays)
