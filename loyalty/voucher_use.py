"""What happens to a voucher: lock, release, redeem, reverse, and the tidying of locks past their time.

Whoever locks is a `holder`: the external identifier of the order, or a name made up for a hold of the API. Issuing is
loyalty.issuing, what can be changed about a voucher loyalty.voucher_details.
"""

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Greatest

from loyalty.errors import OfferTaken, OfferUnavailable, TooFewUses, Unavailable, UnknownOffer, WrongKey
from loyalty.models import Contact, Redemption, Shop, Voucher, VoucherLock, WebhookEvent, is_current
from loyalty.models.locks import Lockable
from loyalty.webhooks import announce

# Rows of holds on multi-use vouchers are kept a while, so that a late release is not taken for a wrong key.
KEEP_ENDED_LOCKS = timedelta(days=2)


def lock(voucher: Voucher, *, contact: Contact | None, holder: str, until: datetime, now: datetime) -> Lockable:
    """Hold one use of `voucher` for `holder` until then; the same holder gets the same hold, with its new end.

    Without a contact, whoever asks may hold anybody's (a till's key says so). Returns the row with `release_key` and
    `locked_until`. Raises UnknownOffer (another's), OfferTaken, OfferUnavailable.
    """
    if contact is not None:
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


def _lock_one_use(
    voucher: Voucher, *, contact: Contact | None, holder: str, until: datetime, now: datetime
) -> VoucherLock:
    """Hold one of several uses: uses and live holds are counted while the voucher's row is taken."""
    with transaction.atomic():
        _take_row(voucher)
        own = voucher.locks.filter(locked_for=holder)
        live = own.locked(now=now).first()
        if live is not None:
            _check_limit(voucher, contact, own=live, now=now)
        else:
            _check_new_use(voucher, contact, holder=holder, now=now)
            held = voucher.locks.locked(now=now).count()
            if voucher.times_redeemed + held >= voucher.total_redemptions_allowed:
                raise refusal(voucher, holder=holder, now=now)
        if own.hold(holder=holder, until=until, now=now) == 0:
            return VoucherLock.objects.create(
                voucher=voucher,
                contact=contact,
                locked_for=holder,
                release_key=uuid.uuid4(),
                locked_at=now,
                locked_until=until,
            )
        held_now = own.get()
        if held_now.contact_id != (contact.pk if contact else None):
            own.update(contact=contact)
        return held_now


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
        else:
            _check_limit(voucher, contact, own=own, now=now)
        key = own.release_key if own else release_key
        used = Redemption(
            voucher=voucher,
            contact=contact or voucher.contact,
            shop=shop,
            order_identifier=holder,
            release_key=key,
            redeemed_at=now,
        )
        return _use_up(voucher, [used], own=own, now=now)[0]


def redeem_at_once(
    voucher: Voucher,
    *,
    contact: Contact | None,
    times: int,
    release_key: uuid.UUID | None,
    shop: Shop | None,
    now: datetime,
) -> list[Redemption]:
    """Use the voucher `times` times, all or none, for an order that has no name here: what the API's clients do.

    A key must be that of a hold that still lasts (leat-api.md section 5.3); without one nobody may hold what is taken.
    Raises UnknownOffer, WrongKey, TooFewUses, OfferTaken, OfferUnavailable.
    """
    if contact is not None:
        check_owner(voucher, contact)
    with transaction.atomic():
        _take_row(voucher)
        left = voucher.total_redemptions_allowed - voucher.times_redeemed
        if left <= 0:
            raise OfferUnavailable(Unavailable.USED_UP)
        held = list(voucher.lock_rows.locked(now=now))
        own = next((hold for hold in held if release_key is not None and hold.release_key == release_key), None)
        if release_key is not None and own is None:
            raise WrongKey
        if times > left:
            raise TooFewUses(left)
        if times > left - len(held) + (own is not None):
            raise refusal(voucher, holder="", now=now)
        if own is None or times > 1:  # a hold promises one use
            _check_new_use(voucher, contact, holder="", own=own, times=times, now=now)
        else:
            _check_limit(voucher, contact, own=own, now=now)
        owner = contact or voucher.contact
        used = [
            Redemption(voucher=voucher, contact=owner, shop=shop, release_key=release_key, redeemed_at=now)
            for _time in range(times)
        ]
        return _use_up(voucher, used, own=own, now=now)


def check(voucher: Voucher, *, contact: Contact | None, now: datetime) -> None:
    """Raise why the voucher could not be held or used now, as holding it would; write nothing."""
    if contact is not None:
        check_owner(voucher, contact)
    if voucher.times_redeemed + voucher.lock_rows.locked(now=now).count() >= voucher.total_redemptions_allowed:
        raise refusal(voucher, holder="", now=now)
    _check_new_use(voucher, contact, holder="", now=now)


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
        announce(WebhookEvent.VOUCHER_UPDATED, voucher.uuid, now=now)


def find_use(voucher: Voucher) -> Redemption | None:
    """Return the use to reverse where only the voucher is named: the last one that counts, else the last one."""
    uses = voucher.redemptions.order_by("-pk")
    return uses.filter(reversed_at=None).first() or uses.first()


def expire_locks(*, now: datetime) -> int:
    """Tidy up the holds past their time; return how many there were. Nothing depends on it having run."""
    ended = Voucher.objects.filter(locked_until__lte=now).update(locked_until=None)
    ended += VoucherLock.objects.filter(locked_until__lte=now).update(locked_until=None)
    VoucherLock.objects.filter(locked_until=None, locked_at__lte=now - KEEP_ENDED_LOCKS).delete()
    return ended


def deactivate(voucher: Voucher, *, now: datetime) -> None:
    """Take the voucher out of use; a basket that holds it keeps it."""
    with transaction.atomic():
        if Voucher.objects.filter(pk=voucher.pk, deactivated_at=None).update(deactivated_at=now):
            announce(WebhookEvent.VOUCHER_UPDATED, voucher.uuid, now=now)


def take_back(voucher: Voucher, *, now: datetime) -> None:
    """Deactivate a voucher that was sold and never used; again is quiet. Raises OfferUnavailable, OfferTaken (held)."""
    with transaction.atomic():
        _take_row(voucher)
        if voucher.times_redeemed:
            raise OfferUnavailable(Unavailable.USED_UP)
        until = voucher.lock_rows.locked(now=now).values_list("locked_until", flat=True).first()
        if until is not None:
            raise OfferTaken(until)
        deactivate(voucher, now=now)


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


def _use_up(voucher: Voucher, used: list[Redemption], *, own: Lockable | None, now: datetime) -> list[Redemption]:
    """Write these uses, and end the hold that one of them was promised by; the voucher's row is taken already."""
    times = F("times_redeemed") + len(used)
    Voucher.objects.filter(pk=voucher.pk).update(times_redeemed=times, redeemed_at=now)
    announce(WebhookEvent.VOUCHER_REDEEMED, voucher.uuid, now=now)
    voucher.times_redeemed += len(used)
    voucher.redeemed_at = now
    if own is not None:
        voucher.lock_rows.filter(pk=own.pk).update(locked_for="", release_key=None, locked_at=None, locked_until=None)
        if own.pk == voucher.pk and not voucher.is_multi_use:
            voucher.locked_until = None
    return Redemption.objects.bulk_create(used)


def _check_new_use(
    voucher: Voucher,
    contact: Contact | None,
    *,
    holder: str,
    own: Lockable | None = None,
    times: int = 1,
    now: datetime,
) -> None:
    """Raise why uses that nothing promised before are refused; whether they are free is for the caller to count."""
    if not voucher.promotion.is_active:
        raise OfferUnavailable(Unavailable.DEACTIVATED)
    if not voucher.is_current(now=now):
        raise refusal(voucher, holder=holder, now=now)
    _check_limit(voucher, contact, own=own, times=times, now=now)


def _check_limit(
    voucher: Voucher, contact: Contact | None, *, own: Lockable | None, times: int = 1, now: datetime
) -> None:
    """Hold whoever types in an open voucher to the promotion's limit per contact: uses, and what they hold elsewhere.

    A live hold that was made for this contact has been counted; it gives way to no other, only to uses.
    """
    limit = voucher.promotion.limit_per_contact
    if voucher.contact_id is not None or contact is None or limit is None:
        return
    uses = voucher.redemptions.filter(contact=contact, reversed_at=None).count()
    holds = voucher.locks.locked(now=now).filter(contact=contact)
    if isinstance(own, VoucherLock):
        holds = holds.exclude(pk=own.pk)
        is_promised = own.contact_id == contact.pk and own.locked_until is not None and own.locked_until > now
        if is_promised and times == 1:
            holds = holds.none()
    if uses + holds.count() + times > limit:
        raise OfferUnavailable(Unavailable.LIMIT_REACHED)


def _own(holder: str, release_key: uuid.UUID | None) -> Q:
    """Return the condition of the hold that this order has or had: by its name, or by the key."""
    mine = Q(locked_for=holder) if holder else Q(pk=None)
    return mine | Q(release_key=release_key, locked_until__isnull=False) if release_key else mine
