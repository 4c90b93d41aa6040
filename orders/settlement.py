"""What follows a provider's answer: one `conclude` for webhook, return and sweep, and one repeatable `settle`."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from loyalty.port import ProgrammeAway
from menu.models import Restaurant
from orders.earning import earn
from orders.errors import Conflict
from orders.models import (
    STORED,
    Attempt,
    AttemptState,
    KitchenState,
    Order,
    Payment,
    PaymentState,
    Receipt,
    issue_receipt,
)
from orders.models.payment import OPEN_AT_LONG_STOP
from orders.models.states import OPEN_ATTEMPTS, PAYMENT_MOVES, sources_of
from orders.offers import hold_for_payment
from orders.payments import COUNTER, load_provider
from orders.payments.port import PaymentRequest, ProviderRefused, ProviderStatus, ProviderTimeout
from orders.refunds import give_back_orphan, send_due
from orders.tenders import give_up, resolve_doubts, take_stored

log = structlog.get_logger("tableside.payments")

# After the payment window: how long the provider's final word is waited for, once it has been asked (trust.md).
LONG_STOP = timedelta(minutes=30)
# Tries given up then are asked about for this much longer: they may be paid all the same, and the notification be lost.
ASKED_AFTER_LONG_STOP = timedelta(hours=24)


def start_grace() -> timedelta:
    """Return how long the request that opened an attempt may take until it has called the provider itself."""
    return timedelta(seconds=2 + 3 * settings.PAYMENT_TIMEOUT_SECONDS)


def start_at_provider(attempt: Attempt, *, now: datetime) -> None:
    """Open the payment at its provider and keep the address to pay at; may be repeated with the same idempotency key."""
    payment = attempt.payment
    order = payment.order
    with translation.override(order.language):
        description = _("Order at %(restaurant)s") % {"restaurant": order.restaurant.name}
    request = PaymentRequest(
        attempt_uuid=attempt.uuid,
        idempotency_key=attempt.idempotency_key,
        amount_cents=payment.amount_cents,
        currency=payment.currency,
        description=description,
        return_url=f"{settings.SITE_URL}{order.get_absolute_url()}",
        declined_url=f"{settings.SITE_URL}{reverse('checkout')}",
        cancel_url=f"{settings.SITE_URL}{reverse('basket')}",
        expires_at=attempt.expires_at,
    )
    try:
        started = load_provider(payment.method).start(request, now=now)
    except ProviderTimeout:
        log.warning("payment start timed out", attempt=str(attempt.uuid))
        _mark_unknown(attempt)
    except ProviderRefused as refused:
        log.warning("payment start refused", attempt=str(attempt.uuid))
        _close(attempt, AttemptState.DECLINED, reason=str(refused)[:200], now=now)
    else:
        Attempt.objects.filter(pk=attempt.pk, state__in=OPEN_ATTEMPTS).update(
            reference=started.reference, redirect_url=started.redirect_url
        )
        _mark_open(attempt)


def ask_provider(attempt: Attempt, *, now: datetime) -> None:
    """Ask how an open attempt stands and act on the answer: what webhook, return page and sweep all come down to.

    The window over, the provider is asked to close it; what it will not close is given up at the long stop, and never
    without an answer.
    """
    provider = load_provider(attempt.payment.method)
    is_over = now >= attempt.expires_at
    try:
        status = provider.status(attempt.uuid, attempt.reference, now=now)
        is_open = status is None or status.state in OPEN_ATTEMPTS or status.state not in AttemptState
        if is_open and not is_over:
            if not attempt.reference and attempt.started_at + start_grace() <= now:
                # We stopped before the call, or before its answer, which has the address to pay at: the same key again.
                start_at_provider(attempt, now=now)
            elif status is not None:
                _mark_open(attempt)
            return
        if is_open and status is not None:
            status = provider.cancel(attempt.uuid, attempt.reference, now=now)
    except ProviderTimeout:
        _mark_unknown(attempt)
        if is_over:
            _hold_on(attempt.payment.order, now=now)
        return
    if status is None:
        _close(attempt, AttemptState.EXPIRED, reason="never reached the provider", now=now)
    else:
        _conclude_or_give_up(attempt, status, now=now)


def _conclude_or_give_up(attempt: Attempt, status: ProviderStatus, *, now: datetime) -> None:
    """Act on an answer; one that is still "open" at the long stop is waited for no longer."""
    if status.state in OPEN_ATTEMPTS and now >= attempt.expires_at + LONG_STOP:
        log.error("payment given up at the long stop", attempt=str(attempt.uuid))
        _close(attempt, AttemptState.EXPIRED, reason=OPEN_AT_LONG_STOP, now=now)
    else:
        conclude(attempt, status, now=now)


def _hold_on(order: Order, *, now: datetime) -> None:
    """Hold the offers for longer while nobody can say whether the order is paid."""
    soon = order.applied_offers.live().filter(redeemed_at=None, held_until__lt=now + LONG_STOP / 2)
    if soon.exists():
        hold_for_payment(order, until=now + LONG_STOP, now=now)


def carry_on(order: Order, *, now: datetime) -> None:
    """Take the stored money of an order whose payment began, then go on with the rest: it is paid, at the counter, or at
    the provider. Repeatable. Raises Conflict where the stored money is gone: nothing was taken, the basket is open again.
    """
    try:
        take_stored(order, now=now)
    except ProgrammeAway:
        Order.objects.filter(pk=order.pk, payment_state=PaymentState.PAYING).update(payment_state=PaymentState.UNKNOWN)
        return
    except Conflict:
        _reopen(order, now=now)
        raise
    rest = Payment.objects.filter(order=order, paid_at=None).current().first()
    if rest is None:
        _finish_payment(order, now=now)
    elif rest.method == COUNTER:
        with transaction.atomic():
            if _in_payment(order).update(payment_state=PaymentState.UNPAID, changed_at=now) == 1:
                place_order(order, now=now)
    else:
        for attempt in open_attempts().filter(payment=rest):
            start_at_provider(attempt, now=now)


def _finish_payment(order: Order, *, now: datetime) -> None:
    """Record that every part of the bill came in, then settle."""
    with transaction.atomic(durable=True):
        missing = Payment.objects.filter(order=OuterRef("pk"), paid_at=None).current()
        _in_payment(order).filter(~Exists(missing)).update(payment_state=PaymentState.PAID, paid_at=now)
    settle(Order.objects.select_related("restaurant").get(pk=order.pk), now=now)


def _reopen(order: Order, *, now: datetime) -> None:
    """Open the basket again after a try that took no money, or gives back what it took."""
    attempts = list(open_attempts().filter(payment__order=order))
    for attempt in attempts:
        _close(attempt, AttemptState.CANCELLED, reason="stored money refused", now=now)
    if attempts:
        return
    with transaction.atomic():
        if _in_payment(order).update(payment_state=PaymentState.UNPAID, changed_at=now) == 1:
            give_up(order, now=now)
    send_due(now=now, order=order)


def _in_payment(order: Order) -> QuerySet[Order]:
    return Order.objects.baskets().in_payment().filter(pk=order.pk)


def receive_notification(code: str, body: bytes, headers: Mapping[str, str], *, now: datetime) -> None:
    """Read a provider's notification, then ask the provider itself. Raises LookupError, BadWebhook, Attempt.DoesNotExist."""
    attempt_uuid = load_provider(code).read_webhook(body, headers, now=now)
    attempt = find_attempt(attempt_uuid)
    if attempt.payment.method != code:
        raise Attempt.DoesNotExist
    if attempt.state in OPEN_ATTEMPTS:
        ask_provider(attempt, now=now)
    elif attempt.state != AttemptState.PAID:
        _look_again(attempt, now=now)


def _look_again(attempt: Attempt, *, now: datetime) -> None:
    """Ask about a try that is closed here: money that came in all the same pays for nothing and goes back."""
    try:
        status = load_provider(attempt.payment.method).status(attempt.uuid, attempt.reference, now=now)
    except ProviderTimeout:
        return  # providers send their notifications again, and the sweep comes back to it
    if status is not None and status.state == AttemptState.PAID:
        conclude(attempt, status, now=now)


def _given_up(*, now: datetime) -> QuerySet[Attempt]:
    """Return the tries that were open still at the long stop, not long ago, and of which no money has come back."""
    return (
        Attempt.objects.open_at_long_stop()
        .filter(finished_at__gt=now - ASKED_AFTER_LONG_STOP, refunds=None)
        .order_by("finished_at", "pk")
        .select_related("payment__order__restaurant")
    )


def conclude(attempt: Attempt, status: ProviderStatus, *, now: datetime) -> None:
    """Take the provider's word for an attempt; only the first final word counts, so it may come twice or late."""
    if status.state in OPEN_ATTEMPTS:
        return
    if status.state != AttemptState.PAID:
        _close(attempt, status.state, reason="", now=now)
        return
    payment = attempt.payment
    if (status.amount_cents, status.currency) != (payment.amount_cents, payment.currency):
        log.error("provider took another amount than ours", attempt=str(attempt.uuid))
        Attempt.objects.filter(pk=attempt.pk).update(reason="the provider's amount differs from ours")
        _mark_unknown(attempt)
        return
    with transaction.atomic(durable=True):
        first = Attempt.objects.filter(pk=attempt.pk, state__in=OPEN_ATTEMPTS).update(
            state=AttemptState.PAID, finished_at=now
        )
        if first == 1:
            Payment.objects.filter(pk=payment.pk, paid_at=None).update(paid_at=now)
            Order.objects.filter(
                pk=payment.order_id, payment_state__in=sources_of(PAYMENT_MOVES, PaymentState.PAID)
            ).update(payment_state=PaymentState.PAID, paid_at=now)
    if first != 1 and not Attempt.objects.filter(pk=attempt.pk, state=AttemptState.PAID).exists():
        give_back_orphan(attempt, amount_cents=status.amount_cents, currency=status.currency, now=now)
        send_due(now=now, order=payment.order)
        return
    settle(Order.objects.select_related("restaurant").get(pk=payment.order_id), now=now)


def settle(order: Order, *, now: datetime) -> None:
    """Finish a paid order: to the kitchen, offers redeemed, points earned, settled. Repeatable; goes on where it stopped."""
    with transaction.atomic():
        paid = Order.objects.filter(pk=order.pk, payment_state=PaymentState.PAID, settled_at=None)
        if paid.update(changed_at=now) != 1:
            return
        place_order(order, now=now)
        if not Receipt.objects.filter(order=order, order_return=None).exists():
            issue_receipt(order, now=now)
    if earn(Order.objects.select_related("restaurant").get(pk=order.pk), now=now):
        paid.update(settled_at=now)


def place_order(order: Order, *, now: datetime) -> None:
    """Give the order its number and send it to the kitchen, once. Runs inside a transaction."""
    new = Order.objects.baskets().filter(pk=order.pk)
    if new.update(placed_at=now, kitchen_state=KitchenState.RECEIVED) != 1:
        return
    Restaurant.objects.filter(pk=order.restaurant_id).update(last_order_number=F("last_order_number") + 1)
    number = Restaurant.objects.values_list("last_order_number", flat=True).get(pk=order.restaurant_id)
    Order.objects.filter(pk=order.pk).update(number=number)


def mark_paid(order: Order, *, by: str, now: datetime) -> None:
    """Record that staff took the money of an order placed to be paid at the counter, then settle it. Raises Conflict."""
    with transaction.atomic(durable=True):
        won = (
            Order.objects.filter(pk=order.pk, payment_state=PaymentState.UNPAID)
            .exclude(placed_at=None)
            .exclude(kitchen_state=KitchenState.CANCELLED)
            .update(payment_state=PaymentState.PAID, paid_at=now)
        )
        if won != 1:
            raise Conflict(_("This order is paid or cancelled already."))
        Payment.objects.filter(order=order, paid_at=None).current().update(paid_at=now, marked_by=by)
    settle(order, now=now)


def cancel_payment(order: Order, *, now: datetime) -> None:
    """Give up the payment under way. The basket opens again on the provider's word; it may turn out to be paid."""
    attempts = list(open_attempts().filter(payment__order=order))
    if not attempts:
        _reopen(order, now=now)  # stored money only, or with the rest at the counter
    for attempt in attempts:
        try:
            status = load_provider(attempt.payment.method).cancel(attempt.uuid, attempt.reference, now=now)
        except ProviderTimeout:
            _mark_unknown(attempt)
            continue
        if status is None and now < attempt.started_at + start_grace():
            continue  # the call that opens it may still be on its way
        if status is None:
            _close(attempt, AttemptState.CANCELLED, reason="", now=now)
        else:
            _conclude_or_give_up(attempt, status, now=now)


def reconcile(*, now: datetime) -> int:
    """Ask the provider about every payment that is open, and for every refund; return how many payments that were."""
    asked = 0
    for order in _waiting_for_stored_money(now=now):
        try:
            carry_on(order, now=now)
        except Conflict:
            log.info("stored money was gone", order=str(order.uuid))
        except Exception:  # one order that cannot go on must not keep the others waiting
            log.exception("order could not go on", order=str(order.uuid))
        asked += 1
    resolve_doubts(now=now)
    waiting = Payment.objects.filter(order=OuterRef("payment__order")).stored_to_take()
    attempts = open_attempts().filter(started_at__lte=now - timedelta(seconds=2))
    for attempt in attempts.exclude(Exists(waiting)).order_by("started_at", "pk"):
        try:
            ask_provider(attempt, now=now)
        except Exception:  # one payment that cannot be asked about must not keep the others waiting
            log.exception("payment could not be reconciled", attempt=str(attempt.uuid))
        asked += 1
    for attempt in _given_up(now=now):
        try:
            _look_again(attempt, now=now)
        except Exception:
            log.exception("payment given up could not be asked about", attempt=str(attempt.uuid))
    send_due(now=now)
    return asked


def _waiting_for_stored_money(*, now: datetime) -> QuerySet[Order]:
    """Return orders in payment without a try at a provider that would carry them on, or whose stored money is not taken."""
    stored = Payment.objects.filter(
        order=OuterRef("pk"), method__in=STORED, created_at__lte=now - start_grace()
    ).current()
    elsewhere = Attempt.objects.filter(payment__order=OuterRef("pk"), state__in=OPEN_ATTEMPTS)
    return (
        Order.objects.baskets()
        .in_payment()
        .filter(Exists(stored), Exists(stored.filter(paid_at=None)) | ~Exists(elsewhere))
        .order_by("changed_at", "pk")
        .select_related("restaurant")
    )


def settle_paid(*, now: datetime) -> int:
    """Settle every paid order that is not settled yet; return how many there were."""
    orders = list(Order.objects.to_settle().select_related("restaurant"))
    for order in orders:
        try:
            settle(order, now=now)
        except Exception:  # one order that cannot be settled must not keep the others waiting
            log.exception("order could not be settled", order=str(order.uuid))
    return len(orders)


def open_attempts() -> QuerySet[Attempt]:
    """Return the attempts that wait for the provider's final word."""
    return Attempt.objects.open().select_related("payment__order__restaurant")


def find_attempt(attempt_uuid: uuid.UUID) -> Attempt:
    """Return the attempt the provider knows by this id. Raises Attempt.DoesNotExist."""
    return Attempt.objects.select_related("payment__order__restaurant").get(uuid=attempt_uuid)


def _mark_unknown(attempt: Attempt) -> None:
    with transaction.atomic():
        Attempt.objects.filter(pk=attempt.pk, state=AttemptState.STARTED).update(state=AttemptState.UNKNOWN)
        Order.objects.filter(pk=attempt.payment.order_id, payment_state=PaymentState.PAYING).update(
            payment_state=PaymentState.UNKNOWN
        )


def _mark_open(attempt: Attempt) -> None:
    """Take back that nobody knew: the provider has said that the payment is open, to be paid or given up."""
    with transaction.atomic():
        if Attempt.objects.filter(pk=attempt.pk, state=AttemptState.UNKNOWN).update(state=AttemptState.STARTED) == 1:
            to_take = Payment.objects.filter(order=OuterRef("pk")).stored_to_take()
            Order.objects.filter(
                ~Exists(to_take), pk=attempt.payment.order_id, payment_state=PaymentState.UNKNOWN
            ).update(payment_state=PaymentState.PAYING)


def _close(attempt: Attempt, state: str, *, reason: str, now: datetime) -> None:
    """Close an attempt that took no money; the basket opens again, with everything in it."""
    with transaction.atomic():
        first = Attempt.objects.filter(pk=attempt.pk, state__in=OPEN_ATTEMPTS).update(
            state=state, reason=reason, finished_at=now
        )
        if first == 1:
            reopened = Order.objects.filter(
                pk=attempt.payment.order_id, payment_state__in=sources_of(PAYMENT_MOVES, PaymentState.UNPAID)
            ).update(payment_state=PaymentState.UNPAID, changed_at=now)
            if reopened == 1:
                give_up(attempt.payment.order, now=now)
    if first == 1:
        send_due(now=now, order=attempt.payment.order)
