"""Which row an entry of the file is: by the file's own id, else by its short name, else by its name. Pure."""

from collections.abc import Callable, Iterable, Sequence

# A way to match: what a found entry is called, and what a row is called.
type Way[Found, Row] = tuple[Callable[[Found], str], Callable[[Row], str]]


def match[Found, Row](found: Iterable[Found], rows: Iterable[Row], ways: Sequence[Way[Found, Row]]) -> dict[int, Row]:
    """Return, by the place of each found entry, the row it is.

    Each way takes what the ways before it left; what is called "" matches nothing.
    """
    open_found = dict(enumerate(found))
    open_rows = dict(enumerate(rows))
    matched: dict[int, Row] = {}
    for of_found, of_row in ways:
        places: dict[str, list[int]] = {}
        for place, row in open_rows.items():
            places.setdefault(of_row(row), []).append(place)
        for place, entry in list(open_found.items()):
            candidates = places.get(of_found(entry)) if of_found(entry) else None
            if candidates:
                matched[place] = open_rows.pop(candidates.pop(0))
                del open_found[place]
    return matched
