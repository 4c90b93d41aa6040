"""Vouchers held at Leat: its lock lasts an hour and cannot be extended, ours may be shorter (docs/adr/0030)."""

import time
from datetime import datetime, timedelta

from django.db.models import QuerySet

from loyalty.backends.leat.connection import as_id, as_port_errors
from loyalty.backends.leat.deeds import CLOCK_SKEW, Check
from loyalty.backends.leat.kept import forget_member
from loyalty.backends.leat.outcomes import NotSent
from loyalty.backends.leat.vouchers import LeatVouchers
from loyalty.dialects.leat.answers import read_lock
from loyalty.dialects.leat.codes import Code
from loyalty.errors import (
    LoyaltyError,
    OfferTaken,
    OfferUnavailable,
    ProgrammeAway,
    Unavailable,
    UnknownOffer,
    WrongKey,
)
from loyalty.models import LeatHold, LeatVoucher
from loyalty.values import Hold

LEAT_LOCK = timedelta(hours=1)
AT_IT = timedelta(seconds=10)
LOOKS, POLL_SECONDS = 20, 0.05


class LeatHolds(LeatVouchers):
    """Locking and releasing, of loyalty.port.Loyalty."""

    def lock(self, contact_id: str, voucher_id: str, *, holder: str, until: datetime, now: datetime) -> Hold:
        """Hold a voucher; again within Leat's hour: the same lock with its new end, without a call."""
        voucher = self.known_voucher(contact_id, voucher_id)
        mine = LeatHold.objects.filter(voucher_id=voucher.voucher_id, holder=holder)
        own = mine.filter(ended_at=None, leat_until__gt=now).exclude(release_key="").first()
        if own is not None and until <= own.leat_until:
            mine.update(held_until=until)
            return Hold(release_key=own.release_key, until=until, is_extendable=False)
        if own is not None:
            self._let_go(own, now=now)  # a new lock is the only way to a new hour
        try:
            return self._lock(voucher, contact_id, holder=holder, until=until, now=now)
        finally:
            forget_member(contact_id)

    def release(self, voucher_id: str, *, release_key: str, now: datetime) -> None:
        """End a hold; what has ended by itself needs no call."""
        key = as_id(release_key, WrongKey)
        hold = LeatHold.objects.filter(voucher_id=voucher_id, release_key=key).first()
        if hold is not None and hold.is_redeemed:
            raise OfferUnavailable(Unavailable.USED_UP)
        if hold is not None and (hold.ended_at is not None or hold.leat_until <= now):
            return
        self._release(as_id(voucher_id, UnknownOffer), key)
        if hold is not None:
            LeatHold.objects.filter(pk=hold.pk).update(ended_at=now)
            forget_member(hold.contact_id)

    def free_lapsed(self, voucher_id: str, *, except_for: str, now: datetime) -> bool:
        """Let go of what baskets have let pass while Leat keeps it for the rest of its hour; say whether there was any."""
        lapsed = LeatHold.objects.lapsed(now=now).filter(voucher_id=voucher_id).exclude(holder=except_for)
        return any(self._let_go(hold, now=now) for hold in lapsed)

    def taken_until(self, voucher_id: str, *, holder: str, now: datetime) -> datetime | None:
        """Return when the first hold of another basket of ours ends; None where it is not ours."""
        others = LeatHold.objects.live(now=now).filter(voucher_id=voucher_id).exclude(holder=holder)
        return others.order_by("held_until").values_list("held_until", flat=True).first()

    def is_held_anew(self, voucher_id: str, *, holder: str, key: str, now: datetime) -> bool:
        """Say whether it may be this holder's own lock with another key: one made meanwhile, or that never reached us.

        Leat ends that an hour after it was asked.
        """
        mine = LeatHold.objects.filter(voucher_id=voucher_id, holder=holder, ended_at=None).exclude(release_key=key)
        return mine.filter(leat_until__gt=now - CLOCK_SKEW).exists()

    def _lock(self, voucher: LeatVoucher, contact_id: str, *, holder: str, until: datetime, now: datetime) -> Hold:
        hour_ends_at = now + LEAT_LOCK
        fresh = {
            "contact_id": contact_id,
            "release_key": "",
            "asked_at": now,
            "held_until": hour_ends_at,
            "leat_until": hour_ends_at,
            "ended_at": None,
            "is_redeemed": False,
        }
        row, made = LeatHold.objects.get_or_create(voucher_id=voucher.voucher_id, holder=holder, defaults=fresh)
        mine = LeatHold.objects.filter(pk=row.pk)
        if not made and (row.ended_at is not None or row.leat_until <= now):
            made = mine.filter(asked_at=row.asked_at, ended_at=row.ended_at).update(**fresh) == 1
        if (
            not made
            and (told := _told_meanwhile(mine, self.leat.transport.breaker.check, since=now - AT_IT)) is not None
        ):
            return told
        try:
            answer = self._ask_for_lock(voucher.voucher_id, holder=holder, now=now)
        except OfferTaken as taken:
            if made:
                mine.filter(release_key="").delete()
                raise
            # Ours, most likely: its answer got lost, so nobody has its key, and it ends by itself.
            raise OfferTaken(row.leat_until) from taken
        except ProgrammeAway as away:
            if made and isinstance(away, NotSent):
                mine.delete()
            raise
        except LoyaltyError:
            mine.delete()
            raise
        key, ends_at = read_lock(answer)
        until = min(until, ends_at or hour_ends_at)
        mine.update(release_key=key, held_until=until, leat_until=ends_at or hour_ends_at)
        return Hold(release_key=key, until=until, is_extendable=False)

    def _ask_for_lock(self, voucher_id: str, *, holder: str, now: datetime) -> object:
        path = f"/vouchers/{voucher_id}/lock"
        try:
            with as_port_errors():
                return self.leat.transport.change(path, {})
        except OfferTaken as taken:
            if self.free_lapsed(voucher_id, except_for=holder, now=now):
                with as_port_errors():
                    return self.leat.transport.change(path, {})
            raise OfferTaken(self.taken_until(voucher_id, holder=holder, now=now)) from taken

    def _let_go(self, hold: LeatHold, *, now: datetime) -> bool:
        """End one of our locks, also one that Leat has ended already; False where Leat says it is redeemed."""
        try:
            self._release(hold.voucher_id, hold.release_key)
        except (WrongKey, UnknownOffer):
            pass
        except OfferUnavailable:
            return False
        LeatHold.objects.filter(pk=hold.pk).update(ended_at=now)
        forget_member(hold.contact_id)
        return True

    def _release(self, voucher_id: str, key: str) -> None:
        with as_port_errors((Code.INVALID, lambda _refused: WrongKey())):
            self.leat.transport.change(f"/vouchers/{voucher_id}/release", {"release_key": key})


def _told_meanwhile(mine: QuerySet[LeatHold], check: Check, *, since: datetime) -> Hold | None:
    """Return the lock that the same basket is being given just now: the same button, pressed twice."""
    for _look in range(LOOKS):
        row = mine.first()
        if row is None or row.asked_at < since:
            return None
        if row.release_key:
            return Hold(release_key=row.release_key, until=row.held_until, is_extendable=False)
        check()
        time.sleep(POLL_SECONDS)
    return None
