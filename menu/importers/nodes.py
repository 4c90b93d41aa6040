"""Walking parsed JSON whose shape nobody guarantees: each reader answers something empty for what is of another type."""

from collections.abc import Iterator
from decimal import Decimal

Node = dict[str, object]


def node_of(value: object) -> Node:
    """Return `value` where it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def nodes_of(value: object) -> list[Node]:
    """Return the objects in `value`: of a list, or the one object itself."""
    if isinstance(value, list):
        return [element for element in value if isinstance(element, dict)]
    return [value] if isinstance(value, dict) else []


def texts_of(value: object) -> list[str]:
    """Return the texts in `value`: of a list, or the one text itself."""
    if isinstance(value, list):
        return [element for element in value if isinstance(element, str)]
    return [value] if isinstance(value, str) else []


def integer_of(value: object, *, otherwise: int) -> int:
    """Return `value` where it is a whole number of a sane size, else `otherwise`."""
    if isinstance(value, Decimal) and value.is_finite() and abs(value) < 10**9 and value == int(value):
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**9:
        return value
    return otherwise


def every_node(document: object) -> Iterator[Node]:
    """Yield each object in `document`, outer before inner, in the document's order."""
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield value
            waiting.extend(reversed(value.values()))
        elif isinstance(value, list):
            waiting.extend(reversed(value))


def depth_of(document: object, *, limit: int) -> int:
    """Return how deep `document` nests, counting no further than `limit`."""
    level: list[object] = [document]
    for depth in range(limit):
        level = [
            inner
            for value in level
            if isinstance(value, dict | list)
            for inner in (value.values() if isinstance(value, dict) else value)
        ]
        if not level:
            return depth
    return limit
