"""A part of a list: which one was asked for, and the rows of it."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet

LARGEST_PAGE = 10**6


@dataclass(frozen=True, slots=True)
class Page[Row: Model]:
    """Rows `(page - 1) * limit` and following of `total`."""

    rows: list[Row]
    page: int
    limit: int
    total: int

    @property
    def numbers(self) -> dict[str, int]:
        """What the functions of loyalty.dialects.leat.pages take."""
        return {"page": self.page, "limit": self.limit, "total": self.total}


def read_page[Row: Model](rows: "QuerySet[Row, Any]", *, page: int, limit: int, most: int) -> Page[Row]:
    """Return one page, of `most` rows at most; two queries, one where all rows are on it."""
    limit = min(limit, most)
    start = (page - 1) * limit
    found = list(rows[start : start + limit])
    is_all = start == 0 and len(found) < limit
    return Page(rows=found, page=page, limit=limit, total=len(found) if is_all else rows.count())
