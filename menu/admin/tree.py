"""Categories in the order in which the menu prints them: each followed by those within it. Pure but for the one query."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import QuerySet

from menu.models import Category


@dataclass(frozen=True)
class Branch:
    """A category, how deep it lies, and the ids from the top down to itself."""

    category: Category
    depth: int
    path: tuple[int, ...]


def read_branches(categories: QuerySet[Category]) -> list[Branch]:
    """Read `categories` in one query, in the menu's order, restaurant by restaurant; loops and orphans come last."""
    rows = list(categories.order_by("restaurant_id", "position", "id"))
    known = {row.pk for row in rows}
    below: dict[int | None, list[Category]] = defaultdict(list)
    for row in rows:
        below[row.parent_id if row.parent_id in known else None].append(row)

    def walk(parent: int | None, path: tuple[int, ...]) -> Iterator[Branch]:
        for row in below[parent]:
            yield Branch(row, len(path), (*path, row.pk))
            yield from walk(row.pk, (*path, row.pk))

    branches = list(walk(None, ()))
    reached = {branch.category.pk for branch in branches}
    return branches + [Branch(row, 0, (row.pk,)) for row in rows if row.pk not in reached]
