"""What the workers do for orders. Each is a doorbell: repeatable, harmless when lost, all facts in the database."""

import time
import uuid

from celery import shared_task
from django.core.cache import cache
from django.utils import timezone

from orders import catalogue, counter_holds, offers, receipts, return_settlement, returns, settlement
from orders.payments import demo

BEAT_KEY = "beat"


@shared_task
def beat() -> None:
    """Say that beat and a worker are alive; /readyz looks at this."""
    cache.set(BEAT_KEY, time.time(), timeout=None)


@shared_task
def reconcile_payments() -> int:
    """Ask the providers about every open payment; what turned out to be paid gets its receipt."""
    now = timezone.now()
    asked = settlement.reconcile(now=now)
    receipts.send_due(now=now)
    return asked


@shared_task
def send_receipts() -> int:
    """Send the receipts that were asked for, right after an order was placed."""
    return receipts.send_due(now=timezone.now())


@shared_task
def settle_orders() -> int:
    """Finish every paid order that is not settled, and send the receipts that were asked for."""
    now = timezone.now()
    settled = settlement.settle_paid(now=now)
    returns.finish_all_cancelled(now=now)
    return_settlement.settle_due(now=now)
    offers.release_due(now=now)
    receipts.send_due(now=now)
    return settled


@shared_task
def renew_counter_holds() -> int:
    """Hold on to the vouchers of orders that are still to be paid at the counter."""
    return counter_holds.renew_counter_holds(now=timezone.now())


@shared_task
def sync_menus() -> int:
    """Tell the loyalty programme what changed menus sell."""
    return catalogue.sync_changed_menus(now=timezone.now())


@shared_task
def deliver_demo_notification(charge_uuid: str) -> None:
    """Be the demo provider's late notification: signed, and read like any other."""
    now = timezone.now()
    body, headers = demo.notification(uuid.UUID(charge_uuid), now=now)
    settlement.receive_notification("demo", body, headers, now=now)
    receipts.send_due(now=now)
