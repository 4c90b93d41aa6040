"""Broken files: refused in one line with nothing changed, or read for what is in them. Never another exception."""

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from hypothesis import example, given, settings, strategies

from menu.importers import FileRefused, Report
from menu.models import Restaurant
from menu.sections import read_menu
from tests.factories import NOW, RestaurantFactory
from tests.menu.menu_files import FIXTURES, rows_of, take_in
from tests.scale import size

pytestmark = [pytest.mark.django_db, pytest.mark.once("postgres")]

# Each example imports a whole menu twice: a third of the usual number keeps the suite quick.
FEWER = settings(max_examples=size(ci=50, full=300))
SQUARE: Any = json.loads((FIXTURES / "square-bakery.json").read_text())
SCHEMA_ORG: Any = json.loads((FIXTURES / "schema-org-taverna.jsonld").read_text())
CSV = (FIXTURES / "menu-europe.csv").read_text()
# With half characters too; the usual alphabet leaves them out and takes seconds to work that out.
ANY_CHARACTER = strategies.characters()
ANY_JSON = strategies.recursive(
    strategies.none()
    | strategies.booleans()
    | strategies.integers()
    | strategies.floats()
    | strategies.text(ANY_CHARACTER, max_size=20)
    | strategies.sampled_from(
        ["square", "ITEM", "Menu", "\x00", "\ud800", "n" * 300, "-1", "9" * 400, "EUR", 10**30, -1]
    ),
    lambda inner: (
        strategies.lists(inner, max_size=3)
        | strategies.dictionaries(
            strategies.sampled_from(
                ["@id", "@type", "@value", "name", "id", "type", "price", "amount", "offers", "objects"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"  \n ",
        b"\x89PNG\r\n\x1a\n\x00\x00",
        b"PK\x03\x04\x00\x00",
        b"{",
        b'{"objects": [{"type": "ITEM", "id"',
        b"[]",
        b"{}",
        b"[1, 2]",
        b'{"objects": []}',
        b'{"objects": {}}',
        b'{"@context": "https://schema.org"}',
        b'{"@context": "https://schema.org", "@graph": []}',
        b'{"name": "caf\xe9"}',
        b"null",
        b"just a text\nof two lines\n",
        b"a,b\n1,2\n",
        b"name,price\n",
        b"name\xff\xfe,\x81price\n",
        b"[" * 200_000,
        b'{"a":' * 500 + b"1" + b"}" * 500,
        b'{"objects": ' + b"9" * 5000 + b"}",
        b"\xff\xfe\x00",
    ],
)
def test_a_file_that_is_no_menu_is_refused_in_one_line(content: bytes) -> None:
    restaurant = RestaurantFactory()
    before = rows_of(restaurant)

    with pytest.raises(FileRefused) as refused:
        take_in(restaurant, content)

    assert str(refused.value)
    assert "\n" not in str(refused.value)
    assert rows_of(restaurant) == before


def places_in(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to every node of a JSON document."""
    yield way
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in inner:
        yield from places_in(below, (*way, key))


def replaced(document: Any, way: tuple[Any, ...], value: Any) -> Any:
    """Return a copy of the document with another node at the end of `way`."""
    if not way:
        return value
    changed = copy.deepcopy(document)
    node = changed
    for key in way[:-1]:
        node = node[key]
    node[way[-1]] = value
    return changed


@dataclass(frozen=True)
class Empty:
    """A restaurant without a menu, as every file finds it."""

    pk: int
    rows: list[object]


@pytest.fixture
def empty(db: None) -> Empty:
    restaurant: Restaurant = RestaurantFactory.create()
    return Empty(restaurant.pk, rows_of(restaurant))


def survive(empty: Empty, content: bytes) -> None:
    """Import a file twice: it is refused and nothing changed, or the menu it makes can be read and stands still."""
    with transaction.atomic():
        restaurant = Restaurant.objects.get(pk=empty.pk)
        report, refusal = try_to_take_in(restaurant, content)
        if report is None:
            assert refusal
            assert "\n" not in refusal
            assert rows_of(restaurant) == empty.rows
        else:
            assert all("\n" not in line for line in report.lines())
            assert all(row.price_cents is None or row.price_cents >= 0 for row in restaurant.products.all())
            read_menu(Restaurant.objects.get(pk=restaurant.pk), now=NOW)
            assert not take_in(restaurant, content).has_changed
        transaction.set_rollback(True)


def try_to_take_in(restaurant: Restaurant, content: bytes) -> tuple[Report | None, str]:
    """Import a file; return the report, or why it was refused."""
    try:
        return take_in(restaurant, content), ""
    except FileRefused as refused:
        return None, str(refused)


SQUARE_PLACES = list(places_in(SQUARE))
SCHEMA_ORG_PLACES = list(places_in(SCHEMA_ORG))


@FEWER
@given(way=strategies.sampled_from(SQUARE_PLACES), value=ANY_JSON)
@example(
    way=("objects",), value=[{"type": "ITEM", "id": "\ud800", "item_data": {"name": "\ud800", "variations": None}}]
)
def test_a_square_file_with_anything_anywhere_never_crashes(empty: Empty, way: tuple[Any, ...], value: Any) -> None:
    survive(empty, json.dumps(replaced(SQUARE, way, value)).encode())


@FEWER
@given(way=strategies.sampled_from(SCHEMA_ORG_PLACES), value=ANY_JSON)
@example(way=("@graph", 4, "hasMenuItem", 0, "menuAddOn"), value={"@id": "https://taverna.example/#/section/starters"})
@example(way=("@graph", 0, "hasMenuItem"), value="https://taverna.example/#/menu")
def test_a_schema_org_file_with_anything_anywhere_never_crashes(empty: Empty, way: tuple[Any, ...], value: Any) -> None:
    survive(empty, json.dumps(replaced(SCHEMA_ORG, way, value)).encode())


@FEWER
@given(
    line=strategies.integers(0, len(CSV.splitlines()) - 1),
    column=strategies.integers(0, 23),
    cell=strategies.text(ANY_CHARACTER, max_size=30)
    | strategies.sampled_from(["-1", "1e5", "yes;no", "a:1-2", "99999999999", '"', "n" * 300, "milch:9-1"]),
)
def test_a_table_with_anything_in_a_cell_never_crashes(empty: Empty, line: int, column: int, cell: str) -> None:
    rows = [row.split(";") for row in CSV.splitlines()]
    rows[line][min(column, len(rows[line]) - 1)] = cell

    survive(empty, "\n".join(";".join(row) for row in rows).encode("utf-8", "replace"))


@FEWER
@given(
    content=strategies.binary(max_size=200),
    start=strategies.sampled_from([b"", b"{", b"name,price\n", b'{"objects":[']),
)
def test_any_bytes_are_refused_or_read(empty: Empty, content: bytes, start: bytes) -> None:
    survive(empty, start + content)
