"""Money matters that staff should look at: refunds that failed or wait to be handed out, money without an order, gift
cards that were paid for and not issued, or closed and not paid back. Orders that stand still and overruns: attention.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from menu.money import format_money
from orders.admin.record import next_step, tender_name
from orders.models import OPEN_REFUNDS, Order, Refund, RefundState, SoldCard
from orders.payments import COUNTER
from orders.sold_cards import VOUCHER_LINE

MOST = 100
# Money without an order that went back stays in the list this long, in case the guest asks.
ORPHANS_SHOWN_FOR = timedelta(days=30)

# Why the programme issued no card or voucher, by the name of its answer.
WHY_NO_CARD: dict[str, str | Promise] = {
    "GiftCardUnavailable": _("No gift card programme takes this amount in this currency."),
    "Conflict": _("A card of another amount was issued under this order's key."),
}

WHY_NO_VOUCHER: dict[str, str | Promise] = {
    "UnknownOffer": _("Its product names a promotion that is not there."),
    "OfferUnavailable": _("Its promotion is not running, or has no vouchers left."),
}

_CLOSED = _("%(name)s was closed to be taken back, but its return got no further: no money went back.")
_CLOSING = _("%(name)s was being closed to be taken back: it may not be usable any more, and no money went back.")


@dataclass(frozen=True)
class Matter:
    """One thing to look at: the order, what happened, and what to do next."""

    order: Order
    when: str
    what: str
    next_step: str
    link: str
    seen_link: str = ""
    """Where to say that it was seen, so that it leaves the list; empty for what leaves by itself."""
    again_link: str = ""
    """Where to have it tried once more; empty for what is tried by itself, or on the order's own page."""


def read_refunds(*, now: datetime) -> list[Matter]:
    """Return money that failed to go back, waits at the counter, or came in without an order; oldest first, one query."""
    failed = Q(state=RefundState.FAILED)
    at_counter = Q(state=RefundState.DUE, payment__method=COUNTER)
    orphan = Q(order_return=None) & ~Q(attempt=None)
    recent = Q(state__in=OPEN_REFUNDS) | Q(created_at__gt=now - ORPHANS_SHOWN_FOR)
    rows = Refund.objects.filter(failed | at_counter | (orphan & recent)).select_related(
        "payment__order__restaurant", "attempt"
    )
    return [_refund(row) for row in rows.order_by("created_at", "pk")[:MOST]]


def _refund(row: Refund) -> Matter:
    order = row.payment.order
    amount = format_money(row.amount_cents, row.currency, get_language() or "en")
    words = {"amount": amount, "tender": tender_name(row.payment)}
    if row.order_return_id is None and row.attempt_id is not None:
        what = gettext("Money without an order: %(amount)s came in after its payment had been given up.") % words
        if row.state == RefundState.FAILED:
            what = " ".join([what, gettext("It did not go back.")])
    elif row.state == RefundState.FAILED:
        what = gettext("%(amount)s did not go back (%(tender)s).") % words
    else:
        what = gettext("%(amount)s is to be handed out at the counter.") % words
    return Matter(
        order=order,
        when=clock_words(order, row.created_at),
        what=what,
        next_step=next_step(row),
        link=f"{reverse('admin:orders_order_change', args=[order.pk])}#order-{order.pk}",
    )


def read_closed_cards() -> list[Matter]:
    """Return gift cards and vouchers sold that a return closed, or may have, and got no further, oldest first; one query."""
    found = SoldCard.objects.closed() | SoldCard.objects.closing()
    rows = found.select_related("line__order__restaurant").order_by(Coalesce("taken_back_at", "closing_at"), "pk")[
        :MOST
    ]
    return [
        Matter(
            order=row.line.order,
            when=clock_words(row.line.order, row.taken_back_at or row.closing_at),
            what=(_CLOSED if row.taken_back_at else _CLOSING) % {"name": row.line.name},
            next_step=gettext("Take it back again on the order; the money goes back then."),
            link=f"{reverse('admin:orders_order_change', args=[row.line.order_id])}#order-{row.line.order_id}",
        )
        for row in rows
    ]


def read_missing_cards() -> list[Matter]:
    """Return gift cards that were paid for and that the programme would not issue, oldest first; one query."""
    rows = SoldCard.objects.to_issue().select_related("line__order__restaurant").order_by("pk")[:MOST]
    return [_missing_card(row) for row in rows]


def _missing_card(row: SoldCard) -> Matter:
    order = row.line.order
    amount = format_money(row.line.unit_cents, order.currency, get_language() or "en")
    if row.line.kind == VOUCHER_LINE:
        return _missing_voucher(row, order)
    what = gettext("A gift card of %(amount)s was paid for and not issued.") % {"amount": amount}
    return Matter(
        order=order,
        when=clock_words(order, order.paid_at),
        what=f"{what} {WHY_NO_CARD.get(row.problem, row.problem)}",
        next_step=gettext(
            "Make a gift card programme that takes this amount, then press “Issue what is missing” on the order. The code is on the guest's page then."
        ),
        link=f"{reverse('admin:orders_order_change', args=[order.pk])}#order-{order.pk}",
    )


def _missing_voucher(row: SoldCard, order: Order) -> Matter:
    what = gettext("A voucher (%(name)s) was paid for and not issued.") % {"name": row.line.name}
    return Matter(
        order=order,
        when=clock_words(order, order.paid_at),
        what=f"{what} {WHY_NO_VOUCHER.get(row.problem, row.problem)}",
        next_step=gettext(
            "Look at the product and its promotion, then press “Issue what is missing” on the order; or take it back there. The code is on the guest's page then."
        ),
        link=f"{reverse('admin:orders_order_change', args=[order.pk])}#order-{order.pk}",
    )


def clock_words(order: Order, moment: datetime | None) -> str:
    """Return a moment on the clock of the order's restaurant."""
    return f"{order.restaurant.local(moment):%d-%m-%Y %H:%M}" if moment else ""
