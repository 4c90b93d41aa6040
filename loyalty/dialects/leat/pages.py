"""The three shapes in which Leat tells which part of a list this is (leat-api.md section 1.1)."""

from typing import TypedDict


class ViewingMeta(TypedDict):
    """Of contacts, loyalty and gift-card transactions, products and their categories."""

    page: int
    limit: int
    viewing_from: int
    viewing_to: int
    last_page: int
    total: int


class PageLink(TypedDict):
    """One of the paginator's links."""

    url: str | None
    label: str
    active: bool


class PaginatorLinks(TypedDict):
    """Addresses beside this page."""

    first: str
    last: str
    prev: str | None
    next: str | None


PaginatorMeta = TypedDict(
    "PaginatorMeta",
    {
        "current_page": int,
        "from": int,
        "last_page": int,
        "links": list[PageLink],
        "path": str,
        "per_page": int,
        "to": int,
        "total": int,
    },
)
PrepaidMeta = TypedDict(
    "PrepaidMeta", {"current_page": int, "from": int, "last_page": int, "per_page": int, "total": int}
)


class GiftCardMeta(TypedDict):
    """Of gift cards."""

    page: int
    per_page: int
    last_page: int
    total: int


def last_page(*, limit: int, total: int) -> int:
    """Return the number of the last page; an empty list has one."""
    return max(1, -(-total // limit))


def span(*, page: int, limit: int, total: int) -> tuple[int, int]:
    """Return the first and last position shown, counted from 1; 0 and 0 where nothing is."""
    first = (page - 1) * limit + 1
    return (first, min(total, page * limit)) if first <= total else (0, 0)


def viewing_meta(*, page: int, limit: int, total: int) -> ViewingMeta:
    """Return the first shape."""
    first, last = span(page=page, limit=limit, total=total)
    return {
        "page": page,
        "limit": limit,
        "viewing_from": first,
        "viewing_to": last,
        "last_page": last_page(limit=limit, total=total),
        "total": total,
    }


def prepaid_meta(*, page: int, limit: int, total: int) -> PrepaidMeta:
    """Return the third shape as prepaid transactions have it."""
    return {
        "current_page": page,
        "from": span(page=page, limit=limit, total=total)[0],
        "last_page": last_page(limit=limit, total=total),
        "per_page": limit,
        "total": total,
    }


def gift_card_meta(*, page: int, limit: int, total: int) -> GiftCardMeta:
    """Return the third shape as gift cards have it."""
    return {"page": page, "per_page": limit, "last_page": last_page(limit=limit, total=total), "total": total}


def paginator(
    *, page: int, limit: int, total: int, address: str, query: str = ""
) -> tuple[PaginatorLinks, PaginatorMeta]:
    """Return links and meta of the second shape; `query` is what else the address asked for, ready to be appended."""
    last = last_page(limit=limit, total=total)

    def link(number: int) -> str:
        return f"{address}?{query + '&' if query else ''}page={number}"

    before = link(page - 1) if page > 1 else None
    after = link(page + 1) if page < last else None
    start, end = span(page=page, limit=limit, total=total)
    near = range(max(1, page - 3), min(last, page + 3) + 1)
    numbers: list[PageLink] = [{"url": link(number), "label": str(number), "active": number == page} for number in near]
    links: list[PageLink] = [
        {"url": before, "label": "&laquo; Previous", "active": False},
        *numbers,
        {"url": after, "label": "Next &raquo;", "active": False},
    ]
    return (
        {"first": link(1), "last": link(last), "prev": before, "next": after},
        {
            "current_page": page,
            "from": start,
            "last_page": last,
            "links": links,
            "path": address,
            "per_page": limit,
            "to": end,
            "total": total,
        },
    )
