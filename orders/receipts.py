"""Receipts by mail, for diners who left an address: what paper says, as text and as a PDF, once it is paid or came back."""

from datetime import datetime

import structlog
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from orders.models import Receipt
from orders.paper import paper_of
from orders.receipt_pdf import receipt_pdf

log = structlog.get_logger("tableside.receipts")


def send_due(*, now: datetime) -> int:
    """Send every receipt that was asked for and not sent; return how many went out. One that fails is tried again."""
    due = Receipt.objects.filter(sent_at=None).exclude(order__email="")
    return sum(_send(receipt, now=now) for receipt in due.select_related("restaurant", "order", "order_return"))


def receipt_text(receipt: Receipt) -> str:
    """Return a receipt as plain text, in the order's language."""
    with translation.override(receipt.order.language):
        return render_to_string("orders/receipt.txt", {"paper": paper_of(receipt)})


def receipt_file(receipt: Receipt, *, with_codes: bool = True) -> bytes:
    """Return a receipt as a PDF, in the order's language; `with_codes` as paper_of has it."""
    with translation.override(receipt.order.language):
        return receipt_pdf(paper_of(receipt, with_codes=with_codes))


def _send(receipt: Receipt, *, now: datetime) -> bool:
    """Send one receipt, unless another worker is at it: the row is taken first and given back if sending fails."""
    mine = Receipt.objects.filter(pk=receipt.pk)
    if mine.filter(sent_at=None).update(sent_at=now) != 1:
        return False
    with translation.override(receipt.order.language):
        subject = _("Your receipt from %(restaurant)s, order %(number)s") % {
            "restaurant": receipt.restaurant.name,
            "number": receipt.order.number,
        }
    try:
        mail = EmailMessage(subject=subject, body=receipt_text(receipt), to=[receipt.order.email])
        mail.attach(f"{receipt.number}.pdf", receipt_file(receipt), "application/pdf")
        mail.send()
    except Exception:  # whatever the mail server's client raises: it is tried again by the next sweep
        mine.update(sent_at=None)
        log.warning("receipt not sent", receipt=receipt.pk, exc_info=True)
        return False
    return True
