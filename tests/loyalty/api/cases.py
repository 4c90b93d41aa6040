"""One row per call: what it is sent, what the answer looks like, and how it refuses. Read by test_cases.py.

A module `cases_<group>.py` beside this one has `CASES` (rows of `Case`) and `prepare(now)`, which makes the rows that the
calls are about and returns texts to fill into them: "/contacts/{contact}" with {"contact": "<its uuid>"}.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Prepare = Callable[[datetime], Mapping[str, str]]
UNKNOWN = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True, slots=True)
class Refusal:
    """The same call with something changed, and the code it is refused with (and the field it names, where 1003)."""

    code: int
    payload: Mapping[str, Any] = field(default_factory=dict)
    """Merged over the case's own; a value of `...` takes the field away."""
    path: str = ""
    names: str = ""
    status: int = 400


@dataclass(frozen=True, slots=True)
class Case:
    """One call."""

    name: str
    method: str
    path: str
    shape: Any
    payload: Mapping[str, Any] = field(default_factory=dict)
    """Sent as JSON, as a bracketed form and as multipart; with GET as the query."""
    meta: Any = None
    status: int = 200
    expect: Mapping[str, Any] = field(default_factory=dict)
    """Values at paths of the answer's `data`: {"contact.email": "noor@example.com"}; texts are filled in."""
    refusals: tuple[Refusal, ...] = ()
    """At least: something invalid and something unknown, where the call can be either."""
    repeat: int | None = None
    """What the same call again answers: None the same status, else the code it is refused with."""


def not_there(path: str) -> tuple[Refusal, Refusal]:
    """Return how an address below `path` refuses a uuid of nothing, and what is no uuid."""
    return Refusal(1003, path=f"{path}/{UNKNOWN}", names="uuid"), Refusal(1003, path=f"{path}/nothing", names="uuid")


def fill(value: Any, names: Mapping[str, str]) -> Any:
    """Return `value` with the prepared names filled into its texts."""
    if isinstance(value, str):
        for name, text in names.items():
            value = value.replace("{" + name + "}", text)
        return value
    if isinstance(value, Mapping):
        return {key: fill(inner, names) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [fill(inner, names) for inner in value]
    return value


def at(value: Any, path: str) -> Any:
    """Return what is at `path` (names and positions, with dots between)."""
    for step in path.split("."):
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value
