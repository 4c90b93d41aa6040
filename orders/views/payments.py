"""The way to a provider and back: our redirect page, the demo provider's own page, and what providers tell us."""

import uuid

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from orders import settlement
from orders.basket import owns
from orders.doorbell import ring
from orders.models import Attempt, AttemptState, DemoCharge, Order, PaymentState
from orders.payments import demo
from orders.payments.port import BadWebhook, ForeignWebhook, ProviderTimeout
from orders.tasks import deliver_demo_notification, reconcile_payments, send_receipts

LARGEST_WEBHOOK = 64 * 1024
DEMO_OUTCOMES = {
    "pay": (AttemptState.PAID, False),
    "late": (AttemptState.PAID, True),
    "decline": (AttemptState.DECLINED, False),
    "cancel": (AttemptState.CANCELLED, False),
}


@never_cache
@require_safe
def payment_redirect(request: HttpRequest, order_uuid: uuid.UUID) -> HttpResponse:
    """Show the page that leads on to the provider: `form-action 'self'` lets no form redirect to another origin."""
    order = get_object_or_404(Order.objects.select_related("restaurant", "guest"), uuid=order_uuid)
    if not owns(request.visitor, order.guest):  # type: ignore[attr-defined]
        raise Http404
    # Unknown is no reason to keep anybody from paying: it is the same payment there, taken once.
    if order.payment_state not in (PaymentState.PAYING, PaymentState.UNKNOWN):
        return redirect(order)
    attempt = settlement.open_attempts().filter(payment__order=order).last()
    if attempt is not None and not attempt.redirect_url:
        ring(reconcile_payments)
    return render(
        request, "orders/payment_redirect.html", {"restaurant": order.restaurant, "order": order, "attempt": attempt}
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def demo_provider(request: HttpRequest, charge_uuid: uuid.UUID) -> HttpResponse:
    """Be the demo provider's hosted page; a charge that is decided stays as it is."""
    if "demo" not in settings.PAYMENT_PROVIDERS:
        raise Http404
    charge = get_object_or_404(DemoCharge, uuid=charge_uuid)
    wanted = DEMO_OUTCOMES.get(request.POST.get("outcome", ""))
    if request.method != "POST" or wanted is None:
        status = 422 if request.method == "POST" else 200
        return render(request, "orders/demo_provider.html", {"charge": charge}, status=status)
    outcome, late = wanted
    now = timezone.now()
    if demo.choose(charge.uuid, outcome=outcome, now=now, late=late):
        _notify(charge.uuid, late=late)
    charge.refresh_from_db()
    return HttpResponseRedirect(_way_back(request, charge), status=303)


def _notify(charge_uuid: uuid.UUID, *, late: bool) -> None:
    """Send the signed notification: at once, or through the queue a moment after it is due."""
    if late:
        ring(deliver_demo_notification, str(charge_uuid), countdown=demo.LATE_SECONDS + 0.5)
        return
    now = timezone.now()
    body, headers = demo.notification(charge_uuid, now=now)
    try:
        settlement.receive_notification("demo", body, headers, now=now)
    except Attempt.DoesNotExist:
        return
    ring(send_receipts)


def _way_back(request: HttpRequest, charge: DemoCharge) -> str:
    if charge.outcome == AttemptState.DECLINED:
        messages.error(request, _("Your payment was declined. Nothing was charged; you can try again."))
        return charge.declined_url
    if charge.outcome == AttemptState.CANCELLED:
        messages.info(request, _("You cancelled the payment. Nothing was charged and your basket is as it was."))
        return charge.cancel_url
    return charge.return_url


@csrf_exempt
@require_POST
def webhook(request: HttpRequest, provider: str) -> HttpResponse:
    """Take a provider's notification; 2xx once it is dealt with, however often it comes."""
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > LARGEST_WEBHOOK:
        return HttpResponse("too large", status=413, content_type="text/plain")
    try:
        settlement.receive_notification(provider, request.body, request.headers, now=timezone.now())
    except (LookupError, Attempt.DoesNotExist):
        return HttpResponse("unknown", status=404, content_type="text/plain")
    except BadWebhook as bad:
        return HttpResponse(str(bad), status=400, content_type="text/plain")
    except ForeignWebhook:
        return HttpResponse("none of ours", content_type="text/plain")
    except ProviderTimeout:  # the provider sends it again
        return HttpResponse("cannot ask now", status=503, headers={"Retry-After": "30"}, content_type="text/plain")
    ring(send_receipts)
    return HttpResponse("ok", content_type="text/plain")
