"""What staff should look at: orders stuck after payment, money to give back, cards not issued, offers not redeemed.

What the programme refused: refused.
"""

from datetime import datetime, timedelta

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from menu.money import format_money
from orders.admin.board import for_staff
from orders.admin.matters import MOST, Matter, clock_words, read_closed_cards, read_missing_cards, read_refunds
from orders.admin.refused import read_refused
from orders.models import AppliedOffer, KitchenState, Order, PaymentState

STUCK_AFTER = timedelta(minutes=2)

# Why the programme refused, by the name of its answer.
WHY: dict[str, str | Promise] = {
    "OfferTaken": _("Somebody else used it first."),
    "OfferUnavailable": _("It was used up, had ended or was taken out of use by then."),
    "UnknownOffer": _("It is not this member's any more."),
    "UnknownContact": _("The member has left the programme."),
    "WrongKey": _("Somebody else held it by then."),
}


def read_overruns() -> list[Matter]:
    """Return the offers that orders were paid with but could not be redeemed, until somebody saw them; newest first."""
    rows = AppliedOffer.objects.overruns().select_related("order__restaurant").order_by("-order__paid_at", "-pk")[:MOST]
    return [_overrun(row) for row in rows]


def _overrun(row: AppliedOffer) -> Matter:
    amount = format_money(row.cents, row.order.currency, get_language() or "en")
    words = {"offer": row.name, "amount": amount}
    return Matter(
        order=row.order,
        when=clock_words(row.order, row.order.paid_at),
        what=" ".join([gettext("%(offer)s took %(amount)s off but could not be redeemed.") % words, _reason(row)]),
        next_step=gettext(
            "Nothing is owed: the guest paid the price they were shown. The discount is yours to bear; if it happens again and again, look at who has this voucher."
        ),
        link=reverse("admin:orders_order_change", args=[row.order_id]),
        seen_link=reverse("overrun_seen", args=[row.pk]),
    )


def _reason(row: AppliedOffer) -> str:
    return str(WHY.get(row.overrun, row.overrun))


def read_stuck(*, now: datetime) -> list[Matter]:
    """Return orders that stand still for longer than they should, oldest first; one query."""
    paid = Q(payment_state=PaymentState.PAID, settled_at=None, paid_at__lte=now - STUCK_AFTER)
    asking = Q(payment_state=PaymentState.UNKNOWN, changed_at__lte=now - STUCK_AFTER)
    orders = Order.objects.filter(paid | asking).select_related("restaurant").order_by("changed_at", "pk")[:MOST]
    return [
        Matter(
            order=order,
            when=clock_words(order, order.paid_at or order.changed_at),
            what=_what_stands_still(order),
            next_step=_next_step(order),
            link=reverse("admin:orders_order_change", args=[order.pk]),
        )
        for order in orders
    ]


def _what_stands_still(order: Order) -> str:
    if order.payment_state == PaymentState.UNKNOWN:
        return gettext("The payment provider has not said whether the guest paid.")
    if order.placed_at is None:
        return gettext("Paid, but not in the kitchen yet.")
    return gettext("Paid, but its points and offers are not recorded yet.")


def _next_step(order: Order) -> str:
    if order.payment_state == PaymentState.UNKNOWN:
        return gettext(
            "It is asked again every few seconds. If the guest says they paid, look it up at your payment provider before you take money again."
        )
    if order.placed_at is None:
        return gettext(
            "Ask the table what they ordered and cook it. The worker is not running or cannot finish this order: tell whoever looks after the server."
        )
    if order.kitchen_state == KitchenState.CANCELLED:
        return gettext(
            "Give the money back if that has not been done. The rest is finished when the loyalty programme can be reached."
        )
    return gettext(
        "Serve it as usual: nothing is lost. It is finished when the loyalty programme can be reached again; if that takes longer than an hour, tell whoever looks after the server."
    )


@for_staff
@require_POST
def overrun_seen(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an overrun off the list, in the name of whoever saw it; a second time changes nothing. For who may change orders."""
    if not request.user.has_perm("orders.change_order"):
        raise PermissionDenied
    if not AppliedOffer.objects.live().exclude(overrun="").filter(pk=pk).exists():
        raise Http404
    AppliedOffer.objects.overruns().filter(pk=pk).update(
        overrun_seen_at=timezone.now(), overrun_seen_by=request.user.get_username()
    )
    return redirect("attention")


@for_staff
@require_GET
def attention(request: HttpRequest) -> HttpResponse:
    """Show the lists."""
    now = timezone.now()
    context = {
        **admin.site.each_context(request),
        "title": gettext("To look at"),
        "overruns": read_overruns(),
        "refused": read_refused(),
        "stuck": read_stuck(now=now),
        "refunds": [*read_refunds(now=now), *read_closed_cards()],
        "cards": read_missing_cards(),
        "may_change": request.user.has_perm("orders.change_order"),
    }
    return TemplateResponse(request, "orders/admin_attention.html", context)
