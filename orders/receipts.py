"""Receipts by mail, for diners who left an address: plain text, sent once the order is placed."""

from datetime import datetime

import structlog
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from orders.models import Order

log = structlog.get_logger("tableside.receipts")


def send_due(*, now: datetime) -> int:
    """Send every receipt that was asked for and not sent; return how many went out. One that fails is tried again."""
    due = Order.objects.filter(receipt_sent_at=None).exclude(email="").exclude(placed_at=None)
    return sum(_send(order, now=now) for order in due.select_related("restaurant"))


def receipt_text(order: Order) -> str:
    """Return the receipt of a placed order as plain text, in the order's language."""
    with translation.override(order.language):
        placed_local = order.restaurant.local(order.placed_at) if order.placed_at else None
        lines = order.lines.filter(parent=None).prefetch_related("sub_lines")
        context = {"order": order, "lines": lines, "placed_local": placed_local}
        return render_to_string("orders/receipt.txt", context)


def _send(order: Order, *, now: datetime) -> bool:
    """Send one receipt, unless another worker is at it: the row is taken first and given back if sending fails."""
    mine = Order.objects.filter(pk=order.pk, receipt_sent_at=None)
    if mine.update(receipt_sent_at=now) != 1:
        return False
    with translation.override(order.language):
        subject = _("Your receipt from %(restaurant)s, order %(number)s") % {
            "restaurant": order.restaurant.name,
            "number": order.number,
        }
    try:
        EmailMessage(subject=subject, body=receipt_text(order), to=[order.email]).send()
    except Exception:  # whatever the mail server's client raises: it is tried again by the next sweep
        Order.objects.filter(pk=order.pk).update(receipt_sent_at=None)
        log.warning("receipt not sent", order=str(order.uuid), exc_info=True)
        return False
    return True
