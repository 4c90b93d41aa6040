"""What happens to a voucher: lock, release, redeem, reverse, and the tidying of locks past their time.

Whoever locks is a `holder`: the external identifier of the order. Issuing is loyalty.issuing.
"""

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Greatest

from loyalty.errors import OfferTaken, OfferUnavailable, Unavailable, UnknownOffer, WrongKey
from loyalty.models import Contact, Redemption, Shop, Voucher, VoucherLock, is_current
from loyalty.models.locks import Lockable

# Rows of holds on multi-use vouchers are kept a while, so that a late release is not taken for a wrong key.
KEEP_ENDED_LOCKS = timedelta(days=2)


def lock(voucher: Voucher, *, contact: Contact, holder: str, until: datetime, now: datetime) -> Lockable:
    """Hold one use of `voucher` for `holder` until then; the same holder gets the same hold, with its new end.

    Returns the row with `release_key` and `locked_until`. Raises UnknownOffer (another's), OfferTaken, OfferUnavailable.
    """
    check_owner(voucher, contact)
    if not voucher.promotion.is_active:
        raise OfferUnavailable(Unavailable.DEACTIVATED)
    if voucher.is_multi_use:
        return _lock_one_use(voucher, contact=contact, holder=holder, until=until, now=now)
    # One row, one winner: one conditional update. A holder's own live hold outlives the voucher's date.
    usable = Q(is_current(now=now), Q(locked_until=None) | Q(locked_until__lte=now))
    mine = Q(locked_for=holder, locked_until__gt=now)
    free = Voucher.objects.filter(usable | mine, pk=voucher.pk, times_redeemed=0)
    if free.hold(holder=holder, until=until, now=now) != 1:
        voucher.refresh_from_db()
        raise refusal(voucher, holder=holder, now=now)
    voucher.refresh_from_db()
    return voucher


def _lock_one_use(voucher: Voucher, *, contact: Contact, holder: str, until: datetime, now: datetime) -> VoucherLock:
    """Hold one of several uses: uses and live holds are counted while the voucher's row is taken."""
    with transaction.atomic():
        _take_row(voucher)
        own = voucher.locks.filter(locked_for=holder)
        if not own.locked(now=now).exists():
            _check_new_use(voucher, contact, holder=holder, now=now)
            held = voucher.locks.locked(now=now).count()
            if voucher.times_redeemed + held >= voucher.total_redemptions_allowed:
                raise refusal(voucher, holder=holder, now=now)
        if own.hold(holder=holder, until=until, now=now) == 0:
            return VoucherLock.objects.create(
                voucher=voucher, locked_for=holder, release_key=uuid.uuid4(), locked_at=now, locked_until=until
            )
        return own.get()


def release(voucher: Voucher, *, release_key: uuid.UUID) -> None:
    """End the hold with this key; a second time is a quiet no-op. Raises WrongKey, OfferUnavailable after a redeem."""
    if voucher.lock_rows.let_go(release_key) == 1:
        return
    if voucher.redemptions.filter(release_key=release_key, reversed_at=None).exists():
        raise OfferUnavailable(Unavailable.USED_UP)
    raise WrongKey


def redeem(
    voucher: Voucher,
    *,
    contact: Contact | None,
    holder: str,
    release_key: uuid.UUID | None,
    shop: Shop | None,
    now: datetime,
) -> Redemption:
    """Use the voucher once for the order `holder`; the same order again gets the same redemption.

    A hold that is this order's, also one that has lapsed and that nobody else took, is honoured past the voucher's date.
    Without one, a free and valid voucher is taken anyway. Raises UnknownOffer, OfferTaken, OfferUnavailable.
    """
    if contact is not None:
        check_owner(voucher, contact)
    with transaction.atomic():
        _take_row(voucher)
        before = voucher.redemptions.exclude(order_identifier="").filter(order_identifier=holder).first()
        if before is not None:
            return before
        own = voucher.lock_rows.filter(_own(holder, release_key)).first()
        others = voucher.lock_rows.locked(now=now).exclude(pk=own.pk if own else None)
        if voucher.times_redeemed + others.count() >= voucher.total_redemptions_allowed:
            raise refusal(voucher, holder=holder, now=now)
        if own is None:
            _check_new_use(voucher, contact, holder=holder, now=now)
        Voucher.objects.filter(pk=voucher.pk).update(times_redeemed=F("times_redeemed") + 1, redeemed_at=now)
        key = own.release_key if own else release_key
        if own is not None:
            voucher.lock_rows.filter(pk=own.pk).update(
                locked_for="", release_key=None, locked_at=None, locked_until=None
            )
        return Redemption.objects.create(
            voucher=voucher,
            contact=contact or voucher.contact,
            shop=shop,
            order_identifier=holder,
            release_key=key,
            redeemed_at=now,
        )


def reverse(redemption: Redemption, *, now: datetime) -> None:
    """Give the use back, once: the voucher is active again, or expired, unless its promotion grants days of grace."""
    voucher = redemption.voucher
    if voucher is None:
        raise UnknownOffer
    with transaction.atomic():
        _take_row(voucher)
        if Redemption.objects.filter(pk=redemption.pk, reversed_at=None).update(reversed_at=now) != 1:
            return
        used_less = Greatest(F("times_redeemed") - 1, Value(0))
        Voucher.objects.filter(pk=voucher.pk).update(times_redeemed=used_less)
        grace_days = voucher.promotion.reversal_grace_days
        if grace_days and voucher.expires_at is not None and voucher.expires_at <= now:
            Voucher.objects.filter(pk=voucher.pk).update(expires_at=now + timedelta(days=grace_days))


def expire_locks(*, now: datetime) -> int:
    """Tidy up the holds past their time; return how many there were. Nothing depends on it having run."""
    ended = Voucher.objects.filter(locked_until__lte=now).update(locked_until=None)
    ended += VoucherLock.objects.filter(locked_until__lte=now).update(locked_until=None)
    VoucherLock.objects.filter(locked_until=None, locked_at__lte=now - KEEP_ENDED_LOCKS).delete()
    return ended


def deactivate(voucher: Voucher, *, now: datetime) -> None:
    """Take the voucher out of use; a basket that holds it keeps it."""
    Voucher.objects.filter(pk=voucher.pk, deactivated_at=None).update(deactivated_at=now)


def activate(voucher: Voucher) -> None:
    """Put a deactivated voucher back into use."""
    Voucher.objects.filter(pk=voucher.pk).update(deactivated_at=None)


def check_owner(voucher: Voucher, contact: Contact) -> None:
    """Raise UnknownOffer, the same as for a code that does not exist, if the voucher is somebody else's."""
    if voucher.contact_id not in {None, contact.pk}:
        raise UnknownOffer


def refusal(voucher: Voucher, *, holder: str, now: datetime) -> OfferTaken | OfferUnavailable:
    """Return why `voucher` cannot be used by this holder now."""
    if voucher.times_redeemed >= voucher.total_redemptions_allowed:
        return OfferUnavailable(Unavailable.USED_UP)
    if voucher.deactivated_at is not None:
        return OfferUnavailable(Unavailable.DEACTIVATED)
    held = voucher.lock_rows.locked(now=now).exclude(locked_for=holder)
    ends = list(held.values_list("locked_until", flat=True))
    if ends and voucher.times_redeemed + len(ends) >= voucher.total_redemptions_allowed:
        return OfferTaken(min(ends))
    if voucher.expires_at is not None and voucher.expires_at <= now:
        return OfferUnavailable(Unavailable.EXPIRED)
    if not voucher.is_current(now=now):
        return OfferUnavailable(Unavailable.NOT_YET_ACTIVE)
    return OfferTaken(None)  # It was taken when we asked, and is free again by now.


def _take_row(voucher: Voucher) -> None:
    """Take the voucher's row until the transaction ends, then read it: the first statement of whatever counts its uses."""
    Voucher.objects.filter(pk=voucher.pk).update(times_redeemed=F("times_redeemed"))
    voucher.refresh_from_db(
        fields=["times_redeemed", "total_redemptions_allowed", "activates_at", "expires_at", "deactivated_at"]
    )


def _check_new_use(voucher: Voucher, contact: Contact | None, *, holder: str, now: datetime) -> None:
    """Raise why a use that nothing promised before is refused; whether one is free is for the caller to count."""
    if not voucher.promotion.is_active:
        raise OfferUnavailable(Unavailable.DEACTIVATED)
    if not voucher.is_current(now=now):
        raise refusal(voucher, holder=holder, now=now)
    limit = voucher.promotion.limit_per_contact
    if voucher.contact_id is not None or contact is None or limit is None:
        return
    # Whoever types in an open voucher is held to the promotion's limit per contact.
    if voucher.redemptions.filter(contact=contact, reversed_at=None).count() >= limit:
        raise OfferUnavailable(Unavailable.LIMIT_REACHED)


def _own(holder: str, release_key: uuid.UUID | None) -> Q:
    """Return the condition of the hold that this order has or had: by its name, or by the key."""
    mine = Q(locked_for=holder) if holder else Q(pk=None)
    return mine | Q(release_key=release_key, locked_until__isnull=False) if release_key else mine
