"""Making two contacts one."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Concat

from loyalty import money, till
from loyalty.errors import UnknownContact
from loyalty.ledger import open_ledger
from loyalty.membership import erase
from loyalty.models import Contact, MoneyAccount, Voucher, lock_contacts


def merge(source: Contact, destination: Contact, *, now: datetime) -> None:
    """Make `source` part of `destination`: balances, buckets, vouchers and per-contact limits add up.

    Of two vouchers issued for the same thing (both welcomes, say) at most one stays usable. Raises UnknownContact.
    """
    if source.pk == destination.pk:
        raise UnknownContact
    with transaction.atomic():
        locked = {contact.pk: contact for contact in lock_contacts(source.pk, destination.pk)}
        if len(locked) != 2 or any(contact.erased_at for contact in locked.values()):
            raise UnknownContact
        source.refresh_from_db()  # what the caller read may have changed since
        destination.refresh_from_db()
        with open_ledger(source, now=now) as giving, open_ledger(destination, now=now) as receiving:
            giving.hand_over(receiving)
        for voucher in source.vouchers.exclude(issue_key=""):
            _take_over_once(voucher, destination, now=now)
        source.vouchers.update(contact=destination)
        source.receptions.update(contact=destination, purchase_key=Concat(F("purchase_key"), Value(f":{source.pk}")))
        till.hand_over(source, destination)
        _merge_prepaid(source, destination, now=now)
        source.identifiers.update(contact=destination)
        source.redemptions.update(contact=destination)
        source.voucher_locks.update(contact=destination)
        source.orders.update(contact=destination)
        source.till_transactions.update(contact=destination)
        _merge_tiers(source, destination, now=now)
        Contact.objects.filter(pk=source.pk).update(merged_into=destination, earned_points=0)
        erase(source, now=now)


def _merge_prepaid(source: Contact, destination: Contact, *, now: datetime) -> None:
    account = MoneyAccount.objects.filter(contact=source).first()
    if account is not None:
        key = f"merge:{source.uuid}:{destination.uuid}"
        money.move_everything(account, money.prepaid_account(destination), key=key, now=now)


def _take_over_once(voucher: Voucher, destination: Contact, *, now: datetime) -> None:
    """Make sure that of `voucher` and the one that the other was issued for the same thing one is usable at most."""
    twin = destination.vouchers.filter(promotion=voucher.promotion_id, issue_key=voucher.issue_key).first()
    if twin is None:
        return
    spare = voucher if voucher.times_redeemed == 0 else twin
    if spare.times_redeemed == 0:
        Voucher.objects.filter(pk=spare.pk, deactivated_at=None).update(deactivated_at=now)
    Voucher.objects.filter(pk=voucher.pk).update(issue_key=f"{voucher.issue_key}:{voucher.pk}")


def _merge_tiers(source: Contact, destination: Contact, *, now: datetime) -> None:
    earned = source.earned_points
    Contact.objects.filter(pk=destination.pk).update(earned_points=F("earned_points") + earned)
    source.refresh_from_db()
    destination.refresh_from_db()
    better = source.tier
    if better is not None and (destination.tier is None or destination.tier.position < better.position):
        destination.move_to_tier(better, now=now)
