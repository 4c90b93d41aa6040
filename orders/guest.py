"""Who this browser is: the signed cookie set at the scan, and the `Guest` row made on the first change."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core import signing
from django.db.models import Subquery
from django.http import HttpRequest, HttpResponse
from django_htmx.middleware import HtmxDetails

from menu.models import Table
from orders.models import Guest

COOKIE_SECONDS = 30 * 24 * 3600
_SALT = "orders.guest"


@dataclass(frozen=True)
class Visitor:
    """What the cookie says: an opaque id and the code of the table scanned. No row need exist yet."""

    guest_id: uuid.UUID
    table_code: str


class VisitRequest(HttpRequest):
    """A request as views see it behind `GuestMiddleware`; `visitor` is None where no table was scanned."""

    visitor: Visitor | None
    htmx: HtmxDetails


class GuestMiddleware:
    """Read the guest cookie into `request.visitor`; costs no query."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request with `visitor` on it."""
        request.visitor = read_cookie(request)  # type: ignore[attr-defined]
        return self.get_response(request)


def read_cookie(request: HttpRequest) -> Visitor | None:
    """Return who the signed cookie says this is; None without one, or where it is not ours or too old."""
    try:
        text = signing.loads(request.COOKIES.get(settings.GUEST_COOKIE_NAME, ""), salt=_SALT, max_age=COOKIE_SECONDS)
        guest_id, table_code = text
        return Visitor(guest_id=uuid.UUID(hex=guest_id), table_code=str(table_code))
    except (signing.BadSignature, ValueError, TypeError, AttributeError):
        return None


def write_cookie(response: HttpResponse, visitor: Visitor) -> None:
    """Put `visitor` into the browser's cookie."""
    response.set_cookie(
        settings.GUEST_COOKIE_NAME,
        signing.dumps([visitor.guest_id.hex, visitor.table_code], salt=_SALT),
        max_age=COOKIE_SECONDS,
        secure=settings.SECURE_SITE,
        httponly=True,
        samesite="Lax",
    )


def scan(request: HttpRequest, table: Table) -> Visitor:
    """Return the visitor of this browser at `table`: the same guest as before, or a new one. Writes nothing."""
    known = read_cookie(request)
    ended = known is not None and Guest.objects.filter(pk=known.guest_id).exclude(ended_at=None).exists()
    guest_id = uuid.uuid4() if known is None or ended else known.guest_id
    return Visitor(guest_id=guest_id, table_code=table.code)


def find_seat(visitor: Visitor | None) -> tuple[Table, Guest] | None:
    """Return the table the visitor scanned and who they are there, in one query; None where that table is not in use.

    The guest is a value to look at, with id and membership only: it may have no row yet, and is never saved.
    """
    if visitor is None:
        return None
    rows = Guest.objects.filter(pk=visitor.guest_id, ended_at=None)
    table = (
        Table.objects.select_related("restaurant")
        .filter(code=visitor.table_code, is_active=True)
        .annotate(contact_id=Subquery(rows.values("contact_id")), verified_at=Subquery(rows.values("verified_at")))
        .first()
    )
    if table is None:
        return None
    found = vars(table)
    member = Guest(pk=visitor.guest_id, contact_id=found["contact_id"] or "", verified_at=found["verified_at"])
    return table, member


def find_guest(visitor: Visitor | None) -> Guest | None:
    """Return the visitor's row; None before their first change, and once they have been ended. One query."""
    return Guest.objects.filter(pk=visitor.guest_id, ended_at=None).first() if visitor is not None else None


def seat(visitor: Visitor, *, table: Table, now: datetime) -> Guest | None:
    """Return the visitor's row at `table`, made on the first change; None where this guest has been ended."""
    guest, _made = Guest.objects.get_or_create(pk=visitor.guest_id, defaults={"table": table, "created_at": now})
    if guest.ended_at is not None:
        return None
    if guest.table_id != table.pk:
        guest.table = table
        guest.save(update_fields=["table"])
    return guest
