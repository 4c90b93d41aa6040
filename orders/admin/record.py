"""One order as a record: everything that was written down of it, and what is still to be done about its money."""

from dataclasses import dataclass

from django.db.models import Prefetch
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from orders.models import (
    STORED,
    AppliedShare,
    Attempt,
    KitchenState,
    LineItem,
    Order,
    OrderReturn,
    Payment,
    PaymentState,
    Receipt,
    Refund,
    RefundState,
    ReturnedItem,
)
from orders.paper import tender_words
from orders.payments import COUNTER


@dataclass(frozen=True)
class ShownRefund:
    """Money on its way back as staff see it: by which tender, how it stands, what to do next, and its buttons."""

    row: Refund
    tender: str
    next_step: str

    @property
    def can_be_handed_out(self) -> bool:
        """Whether staff may give the money to the guest."""
        at_counter = self.row.state == RefundState.DUE and self.row.payment.method == COUNTER
        return at_counter or self.row.state == RefundState.FAILED

    @property
    def can_be_tried_again(self) -> bool:
        """Whether the provider, or the programme, can be asked once more."""
        return self.row.state == RefundState.FAILED and self.row.payment.method != COUNTER


def read_refunds(order: Order) -> list[ShownRefund]:
    """Return the money that went back or is to go back, in the order it came up; one query."""
    rows = Refund.objects.filter(payment__order=order).select_related("payment")
    return [ShownRefund(row, tender_name(row.payment), next_step(row)) for row in rows]


def tender_name(payment: Payment) -> str:
    """Return what staff call this way to pay: the guest's words, with the provider's name where there is one."""
    words = tender_words(payment)
    return words if payment.method in STORED or payment.method == COUNTER else f"{words} ({payment.method.title()})"


def next_step(refund: Refund) -> str:
    """Return what staff do about this money; what has been done where there is nothing left."""
    if refund.state == RefundState.DONE:
        by = refund.handed_out_by
        return gettext("Handed out by %(by)s.") % {"by": by} if by else gettext("Nothing: it is back.")
    if refund.state == RefundState.FAILED and refund.payment.method in STORED:
        return gettext("Press “Try again”. If it fails again, hand the money out and press “Handed out”.")
    if refund.state == RefundState.FAILED:
        return gettext(
            "Look it up at your payment provider. Then press “Try again”, or hand the money out and press “Handed out”."
        )
    if refund.payment.method == COUNTER:
        return gettext("Hand the money out, then press “Handed out”.")
    return gettext("Nothing: it goes back by itself.")


def show_record(order: Order) -> SafeString:
    """Return the whole order as a piece of a page."""
    shares = Prefetch("shares", AppliedShare.objects.select_related("offer"), to_attr="shares_shown")
    sub_lines = Prefetch("sub_lines", LineItem.objects.prefetch_related(shares))
    lines = order.lines.filter(parent=None, quantity__gt=0).prefetch_related(shares, sub_lines)
    tries = Prefetch("attempts", Attempt.objects.order_by("id"))
    payments = Payment.objects.filter(order=order).prefetch_related(tries)
    is_cancelled = order.kitchen_state == KitchenState.CANCELLED
    return render_to_string(
        "orders/admin_record.html",
        {
            "order": order,
            "restaurant": order.restaurant,
            "moments": _moments(order),
            "lines": lines,
            "offers": order.applied_offers.live(),
            "returns": OrderReturn.objects.filter(order=order).prefetch_related(
                Prefetch("items", ReturnedItem.objects.select_related("line"))
            ),
            "refunds": read_refunds(order),
            "receipts": Receipt.objects.filter(order=order).order_by("number"),
            "charges": order.charges.all(),
            "taxes": order.taxes.all(),
            "payments": [(payment, tender_name(payment)) for payment in payments],
            "is_paid_but_cancelled": is_cancelled and order.payment_state == PaymentState.PAID,
        },
    )


def _moments(order: Order) -> list[tuple[str, str]]:
    moments = (
        (gettext("Placed"), order.placed_at),
        (gettext("Paid"), order.paid_at),
        (gettext("Preparing"), order.preparing_at),
        (gettext("Ready"), order.ready_at),
        (gettext("Served"), order.served_at),
        (gettext("Cancelled"), order.cancelled_at),
    )
    return [(label, f"{order.restaurant.local(moment):%d-%m-%Y %H:%M}") for label, moment in moments if moment]
