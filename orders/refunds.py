"""Money back to the tenders it came from: written down with the return, then asked for at the provider, repeatably.

The provider is called outside transactions, under a key stored before. No answer is not a no: it is asked again.
"""

from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from loyalty import port
from loyalty.port import MoneyLink
from orders.allocation import allocate
from orders.errors import Conflict
from orders.models import OPEN_REFUNDS, STORED, Attempt, AttemptState, Order, OrderReturn, Payment, Refund, RefundState
from orders.models.refund import make_key
from orders.payments import COUNTER, load_provider
from orders.payments import port as payment_port
from orders.payments.port import ProviderRefused, ProviderTimeout
from orders.tenders import KINDS

log = structlog.get_logger("tableside.refunds")

LONGEST_PAUSE = timedelta(minutes=15)


def plan(made: OrderReturn, *, now: datetime) -> list[Refund]:
    """Write down what goes back to which tender, by largest remainder of what each has left. Runs inside a transaction.

    The order's row must have been taken before. No tender gives back more than it paid.
    """
    if not made.refund_cents:
        return []
    payments = list(Payment.objects.filter(order=made.order_id).taken().order_by("pk"))
    sums = Refund.objects.filter(payment__in=payments).values("payment").annotate(back_cents=Sum("amount_cents"))
    back = {row["payment"]: row["back_cents"] for row in sums}
    left = [payment.amount_cents - back.get(payment.pk, 0) for payment in payments]
    amounts = allocate(min(made.refund_cents, sum(left)), left)
    return [
        Refund.objects.create(
            payment=payment,
            attempt=payment.attempts.filter(state=AttemptState.PAID).first(),
            order_return=made,
            amount_cents=amount,
            currency=payment.currency,
            created_at=now,
        )
        for payment, amount in zip(payments, amounts, strict=True)
        if amount
    ]


def give_back_orphan(attempt: Attempt, *, amount_cents: int, currency: str, now: datetime) -> None:
    """Write down, once, that money of a try that pays for nothing goes back whole. Staff see it in the list of troubles."""
    _row, made = Refund.objects.get_or_create(
        payment=attempt.payment,
        order_return=None,
        defaults={
            "attempt": attempt,
            "amount_cents": amount_cents,
            "currency": currency,
            "reason": "money without an order",
            "created_at": now,
        },
    )
    if made:
        log.error("money without an order", attempt=str(attempt.uuid))


def send_due(*, now: datetime, order: Order | None = None) -> int:
    """Ask for every refund that it is time to ask for, or for all that are open of one order; return how many that were."""
    refunds = Refund.objects.due(now=now) if order is None else Refund.objects.to_send().filter(payment__order=order)
    due = list(refunds.select_related("payment", "attempt"))
    for refund in due:
        try:
            send(refund, now=now)
        except Exception:  # one refund that cannot be asked for must not keep the others waiting
            log.exception("refund could not be sent", refund=refund.pk)
    return len(due)


def send(refund: Refund, *, now: datetime) -> None:
    """Ask the provider, or the programme, for one refund; again with the same key it is the same one.

    Does nothing where it is not open under this key any more: staff saw to it since it was read.
    """
    if refund.payment.method in STORED:
        if _claim(refund):
            _send_stored(refund, now=now)
    elif refund.attempt is not None and _claim(refund):
        _send_to_provider(refund, refund.attempt, now=now)


def _claim(refund: Refund) -> bool:
    """Note that it is asked for, before it is: from now on only an answer lets staff hand the money out instead."""
    mine = Refund.objects.to_send().filter(pk=refund.pk, idempotency_key=refund.idempotency_key)
    return mine.update(state=RefundState.PENDING) == 1


def _send_stored(refund: Refund, *, now: datetime) -> None:
    """Put stored money back onto the card or the balance it came from."""
    link = MoneyLink(kind=KINDS[refund.payment.method], id=refund.payment.link_id)
    source = f"refund:{refund.idempotency_key}"
    try:
        back = port.load().give_money_back(link, refund.amount_cents, source=source, now=now)
    except port.ProgrammeAway:
        log.warning("programme away", refund=refund.pk)
        _move(refund, RefundState.PENDING)
    except port.LoyaltyError as refused:
        log.error("programme refused the refund", refund=refund.pk, reason=type(refused).__name__)
        _move(refund, RefundState.FAILED, reason=type(refused).__name__)
    else:
        _move(refund, RefundState.DONE, reference=back.id, finished_at=now)


def _send_to_provider(refund: Refund, attempt: Attempt, *, now: datetime) -> None:
    try:
        status = load_provider(refund.payment.method).refund(
            attempt.uuid,
            attempt.reference,
            amount_cents=refund.amount_cents,
            currency=refund.currency,
            idempotency_key=refund.idempotency_key,
            now=now,
        )
    except ProviderTimeout:
        log.warning("refund timed out", refund=refund.pk)
        _move(refund, RefundState.PENDING, ask_again_at=_next_question(refund, now=now))
        return
    except (ProviderRefused, LookupError) as refused:
        log.error("refund refused", refund=refund.pk)
        _move(refund, RefundState.FAILED, reason=str(refused)[:200])
        return
    if status.state == payment_port.RefundState.DONE:
        _move(refund, RefundState.DONE, reference=status.reference, finished_at=now)
    elif status.state == payment_port.RefundState.FAILED:
        _move(refund, RefundState.FAILED, reference=status.reference, reason="the provider could not send it")
    else:
        next_question = _next_question(refund, now=now)
        _move(refund, RefundState.PENDING, reference=status.reference, ask_again_at=next_question)


def _next_question(refund: Refund, *, now: datetime) -> datetime:
    """Ask again after as long as it is under way, so that the pauses double: banks may take a day to send money."""
    return now + min(now - refund.created_at, LONGEST_PAUSE)


def try_again(refund: Refund, *, now: datetime) -> None:
    """Ask the provider once more for a refund that failed, as a new one. Raises Conflict where it did not fail."""
    failed = Refund.objects.filter(pk=refund.pk, state=RefundState.FAILED).exclude(payment__method=COUNTER)
    if (
        failed.update(state=RefundState.DUE, idempotency_key=make_key(), reason="", reference="", ask_again_at=None)
        != 1
    ):
        raise Conflict(_("This refund is on its way or done already."))
    refund.refresh_from_db()
    send(refund, now=now)


def hand_out(refund: Refund, *, by: str, now: datetime) -> None:
    """Record that staff gave the money to the guest: at the counter, or because the provider failed. Raises Conflict."""
    with transaction.atomic():
        waiting = Refund.objects.filter(
            Q(state=RefundState.DUE, payment__method=COUNTER) | Q(state=RefundState.FAILED), pk=refund.pk
        )
        if waiting.update(state=RefundState.DONE, handed_out_by=by, finished_at=now) != 1:
            raise Conflict(_("This refund is on its way or done already."))


def _move(refund: Refund, state: RefundState, **fields: object) -> None:
    Refund.objects.filter(pk=refund.pk, state__in=OPEN_REFUNDS, idempotency_key=refund.idempotency_key).update(
        state=state, **fields
    )
