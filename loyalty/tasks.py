"""What the workers do for the programme. Each is repeatable and harmless when late or lost: all facts are in the database.

Vouchers and collectable rewards need no worker to expire: their state is worked out from their dates.
"""

import uuid

from celery import shared_task
from django.utils import timezone

from loyalty import (
    card_mail,
    codes,
    doorbell,
    giving,
    identifiers,
    issuing,
    ledger,
    purchases,
    throttle,
    till,
    voucher_use,
    webhook_delivery,
)
from loyalty.backends.leat import deeds


@shared_task
def mail_code(challenge_uuid: str) -> bool:
    """Mail the code of one challenge; the code itself is worked out here and travels through no queue."""
    return codes.mail(uuid.UUID(challenge_uuid), now=timezone.now())


@shared_task
def mail_due_codes() -> int:
    """Mail what was not mailed: the doorbell was lost, or the mail server refused."""
    return codes.mail_due(now=timezone.now())


@shared_task
def mail_gift_cards() -> int:
    """Mail the gift cards that were asked for by mail and have not gone out."""
    return card_mail.mail_due(now=timezone.now())


@shared_task
def expire_locks() -> int:
    """Tidy up locks past their time, and give back what rewards cost that tills did not claim."""
    now = timezone.now()
    ended = voucher_use.expire_locks(now=now) + purchases.expire_holds(now=now)
    return ended + ledger.take_back_from_tills(now=now)


@shared_task
def expire_points() -> int:
    """Take points past their date off the balances."""
    return ledger.expire_points(now=timezone.now())


@shared_task
def issue_birthday_vouchers() -> int:
    """Give out the birthday vouchers of today and of the days before."""
    return issuing.issue_birthday_vouchers(now=timezone.now()).made


@shared_task
def give_vouchers(request_id: int) -> None:
    """Carry on with vouchers that staff asked to be given out; what is left after some batches is queued again."""
    if giving.carry_on(request_id, now=timezone.now()):
        doorbell.ring(give_vouchers, request_id)


@shared_task
def give_vouchers_left() -> int:
    """Pick up requests whose doorbell was lost or whose worker died."""
    left = giving.requests_left(now=timezone.now())
    for request_id in left:
        give_vouchers(request_id)
    return len(left)


@shared_task(soft_time_limit=45, time_limit=55)  # within the lease of the first that a run takes
def deliver_webhooks() -> int:
    """Tell subscribers what is due to be told."""
    return webhook_delivery.deliver_due(now=timezone.now())


@shared_task
def forget_old() -> int:
    """Delete what nothing looks at any more: codes, session keys, hits of limits, sign-ups that stopped, what was told."""
    now = timezone.now()
    forgotten = codes.forget_old(now=now) + throttle.forget_old(now=now) + till.forget_old(now=now)
    forgotten += identifiers.forget_old(now=now) + deeds.forget_old(now=now)
    return forgotten + webhook_delivery.forget_old(now=now)
