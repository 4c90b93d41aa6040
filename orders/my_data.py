"""What a member sees, takes along and deletes of their record: the programme's part through the port, and our own."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from loyalty import port
from orders.identify import refuse_while_paying, sign_out
from orders.models import Guest, LineItem, Order
from orders.offers import release_due, take_off_everything


def export(guest: Guest) -> dict[str, Any]:
    """Return everything known about the member, ready for JSON. Raises port.UnknownContact, port.ProgrammeAway."""
    return export_member(guest.contact_id)


def export_member(contact_id: str) -> dict[str, Any]:
    """Return everything known about a member by their id. Raises as `export` does."""
    return {**port.load().export(contact_id), "table_orders": _orders(contact_id)}


def erase(guest: Guest, *, now: datetime) -> Guest:
    """Make the member anonymous in the programme and here, end their other browsers, and return a guest who is nobody.

    Amounts stay. Safe to repeat after a failure. Raises Conflict (payment under way), port.ProgrammeAway.
    """
    refuse_while_paying(guest)
    with transaction.atomic():  # before anything is forgotten: a payment that begins right now refuses it
        baskets = take_off_everything(guest, now=now)
    release_due(now=now, orders=baskets)
    programme = port.load()
    try:
        forget_address(guest.contact_id, programme.details(guest.contact_id).email)
    except port.UnknownContact:  # erased already, and we did not get any further
        forget_address(guest.contact_id, "")
    programme.erase(guest.contact_id, now=now)
    Guest.objects.filter(contact_id=guest.contact_id, ended_at=None).exclude(pk=guest.pk).update(ended_at=now)
    return sign_out(guest, now=now)


def end_everywhere(contact_id: str, *, now: datetime) -> int:
    """End every browser signed in as this member; return how many."""
    return Guest.objects.filter(contact_id=contact_id, ended_at=None).update(ended_at=now)


def forget_address(contact_id: str, email: str) -> None:
    """Take a person's address off receipts and pending logins, and their notes off orders, which may say anything.

    `email` empty: only what carries the member's id.
    """
    mine = Q(contact_id=contact_id)
    orders, pending = mine, mine
    if email:
        orders |= Q(email__iexact=email)
        pending |= Q(pending_email__iexact=email) | Q(proven_email__iexact=email)
    Order.objects.filter(orders).exclude(email="").update(email="")
    LineItem.objects.filter(order__in=Order.objects.filter(orders)).exclude(note="").update(note="")
    Order.objects.filter(orders).exclude(note="").update(note="")
    Guest.objects.filter(pending).update(pending_email="", proven_email="")


def _orders(contact_id: str) -> list[dict[str, Any]]:
    placed = Order.objects.filter(contact_id=contact_id).exclude(placed_at=None)
    return [
        {
            "id": str(order.uuid),
            "restaurant": order.restaurant.name,
            "table": order.table_name,
            "number": order.number,
            "placed": order.placed_at.isoformat() if order.placed_at else None,
            "currency": order.currency,
            "total_cents": order.total_cents,
            "receipt_to": order.email,
            "note": order.note,
            "lines": [
                {"name": line.name, "quantity": line.quantity, "total_cents": line.total_cents, "note": line.note}
                for line in order.lines.all()
            ],
        }
        for order in placed.select_related("restaurant").prefetch_related("lines").order_by("pk")
    ]
