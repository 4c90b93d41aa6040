"""Using offers up at Leat for a paid order, and giving them back: each once, whatever answers get lost."""

from datetime import datetime

from loyalty.backends.leat import deeds
from loyalty.backends.leat.connection import as_id, as_port_errors
from loyalty.backends.leat.deeds import Answer, Wish
from loyalty.backends.leat.holds import LeatHolds
from loyalty.backends.leat.kept import forget_member
from loyalty.backends.leat.outcomes import NotSent, Refused
from loyalty.dialects.leat.answers import REDEEMED, VoucherSeen, is_collected, read_redemption_id
from loyalty.dialects.leat.codes import Code
from loyalty.dialects.leat.reading import items, text
from loyalty.errors import OfferTaken, UnknownContact, UnknownOffer
from loyalty.models import LeatDeed, LeatHold, LeatVoucher
from loyalty.values import RedemptionKind, RedemptionLink

REDEEM, COLLECT, REVERSE = "redeem", "collect", "reverse"
_PATHS = {
    RedemptionKind.VOUCHER: "/vouchers/{id}/reverse",
    RedemptionKind.COLLECTABLE: "/collectable-rewards/{id}/reverse",
}
_KINDS = {RedemptionKind.VOUCHER: REDEEM, RedemptionKind.COLLECTABLE: COLLECT}


class LeatRedeeming(LeatHolds):
    """Redeeming, collecting and reversing, of loyalty.port.Loyalty."""

    def redeem(
        self, contact_id: str, voucher_id: str, *, order: str, release_key: str, shop: str, now: datetime
    ) -> RedemptionLink:
        """Use a voucher up; with its lock, or without where that is lost and the voucher is free."""
        voucher = self.known_voucher(contact_id, voucher_id)
        held = LeatHold.objects.filter(voucher_id=voucher.voucher_id)
        # The order's own lock may have been made anew since its key was read.
        hold = (
            held.filter(holder=order).exclude(release_key="").first()
            or held.filter(release_key=release_key or "-").first()
        )

        def do(deed: LeatDeed) -> Answer:
            if voucher.uses > 1:
                seen = self.look_at(voucher.code, now=now)
                deeds.remember_before(deed, seen.times_redeemed - len(_our_uses(deed)))
            answer = self._redeem(voucher, contact_id, hold, order=order, now=now)
            return Answer(read_redemption_id(answer, otherwise=voucher.voucher_id))

        def look_up(deed: LeatDeed) -> Answer | None:
            seen = self.look_at(voucher.code, now=now)
            # Its redemption is not told any more; reversing takes the voucher's id as well (leat-api.md section 5.3).
            return Answer(voucher.voucher_id) if _was_used(seen, deed) else None

        wish = Wish(kind=REDEEM, key=f"{voucher.voucher_id}:{order}", subject=voucher.voucher_id, contact_id=contact_id)
        try:
            answer = deeds.once(wish, check=self.leat.transport.breaker.check, do=do, look_up=look_up, now=now)
        finally:
            forget_member(contact_id)
        if hold is not None:
            LeatHold.objects.filter(pk=hold.pk, is_redeemed=False).update(is_redeemed=True, ended_at=now)
        return RedemptionLink(kind=RedemptionKind.VOUCHER, id=answer.id, offer_id=voucher_id)

    def _redeem(
        self, voucher: LeatVoucher, contact_id: str, hold: LeatHold | None, *, order: str, now: datetime
    ) -> object:
        body = {"code": voucher.code, "contact_uuid": contact_id, "shop_uuid": self.leat.account.shop_uuid}
        keyed = body
        if hold is not None and hold.ended_at is None and hold.leat_until > now:
            keyed = body | {"release_key": hold.release_key}
        change = self.leat.transport.change
        special = (Code.INVALID, lambda refused: UnknownOffer() if refused.names("contact_uuid") else None)
        with as_port_errors(special):
            try:
                return change("/vouchers/redeem", keyed)
            except Refused as refused:
                if refused.code == Code.INVALID and refused.names("release_key") and keyed is not body:
                    pass  # our lock is gone; the voucher may be free all the same
                elif refused.code != Code.VOUCHER_LOCKED:
                    raise
                elif not self.free_lapsed(voucher.voucher_id, except_for=order, now=now):
                    key = hold.release_key if hold is not None else "-"
                    if self.is_held_anew(voucher.voucher_id, holder=order, key=key, now=now):
                        raise NotSent("locked for this order itself, and the key got lost or is another") from refused
                    raise OfferTaken(self.taken_until(voucher.voucher_id, holder=order, now=now)) from refused
            return change("/vouchers/redeem", body)

    def collect(
        self, contact_id: str, collectable_id: str, *, order: str, held_at: datetime, shop: str, now: datetime
    ) -> RedemptionLink:
        """Use a bought reward up."""
        contact_id, reception_id = as_id(contact_id, UnknownContact), as_id(collectable_id, UnknownOffer)

        def do(_deed: LeatDeed) -> Answer:
            special = (Code.UNKNOWN_COLLECTABLE, lambda _refused: self._why_not(reception_id, order))
            with as_port_errors(special):
                path = f"/collectable-rewards/collect/{reception_id}"
                answer = self.leat.transport.change(path, {}, method="PUT")
            return Answer(read_redemption_id(answer, otherwise=reception_id))

        def look_up(deed: LeatDeed) -> Answer | None:
            if _our_uses(deed):
                return None
            return None if self._is_collectable(contact_id, reception_id) else Answer(reception_id)

        wish = Wish(kind=COLLECT, key=f"{reception_id}:{order}", subject=reception_id, contact_id=contact_id)
        try:
            answer = deeds.once(wish, check=self.leat.transport.breaker.check, do=do, look_up=look_up, now=now)
        finally:
            forget_member(contact_id)
        return RedemptionLink(kind=RedemptionKind.COLLECTABLE, id=answer.id, offer_id=collectable_id)

    def _why_not(self, reception_id: str, order: str) -> OfferTaken | None:
        """Return that another order of ours has it; Leat does not tell that from a reward it never knew."""
        others = LeatDeed.objects.done().filter(kind=COLLECT, subject=reception_id)
        return OfferTaken(None) if others.exclude(key=f"{reception_id}:{order}").exists() else None

    def _is_collectable(self, contact_id: str, reception_id: str) -> bool:
        with as_port_errors():
            answers = self.leat.transport.look("/collectable-rewards", contact_uuid=contact_id)
        return any(text(one.get("uuid")) == reception_id and not is_collected(one) for one in items(answers))

    def reverse(self, redemption: RedemptionLink, *, now: datetime) -> None:
        """Give a use back; where Leat does not know the redemption by its id, by the id of what was used."""
        redemption_id = as_id(redemption.id, UnknownOffer)
        made = (
            LeatDeed.objects.done()
            .filter(kind=_KINDS[redemption.kind], answer_id=redemption_id)
            .order_by("-pk")
            .first()
        )
        contact_id = made.contact_id if made is not None else ""

        def do(deed: LeatDeed) -> Answer:
            for target in dict.fromkeys([redemption_id, redemption.offer_id] if made is not None else [redemption_id]):
                try:
                    with as_port_errors((Code.INVALID, lambda _refused: UnknownOffer())):
                        self.leat.transport.change(_PATHS[redemption.kind].format(id=as_id(target, UnknownOffer)), {})
                except UnknownOffer:
                    continue
                return Answer(redemption_id)
            if deed.is_doubtful:
                return Answer(redemption_id)  # it was given back the first time, and there is nothing more to reverse
            raise UnknownOffer

        def look_up(_deed: LeatDeed) -> Answer | None:
            return Answer(redemption_id) if made is not None and self._is_back(redemption, made, now=now) else None

        # What is used, given back and used again may carry the same id: each use is given back once.
        key = _reversal_key(redemption_id, made)
        wish = Wish(kind=REVERSE, key=key, subject=redemption.offer_id, contact_id=contact_id)
        try:
            deeds.once(wish, check=self.leat.transport.breaker.check, do=do, look_up=look_up, now=now)
        finally:
            forget_member(contact_id)

    def _is_back(self, redemption: RedemptionLink, made: LeatDeed, *, now: datetime) -> bool:
        if redemption.kind is RedemptionKind.COLLECTABLE:
            return self._is_collectable(made.contact_id, redemption.offer_id)
        seen = self.look_at(self.known_voucher(made.contact_id, redemption.offer_id).code, now=now)
        return not seen.is_multi_use and seen.status != REDEEMED


def _was_used(seen: VoucherSeen, deed: LeatDeed) -> bool:
    """Say whether the use whose answer got lost did happen: nobody else could have used what was locked for us."""
    others = len(_our_uses(deed))
    if seen.is_multi_use:
        return deed.before is not None and seen.times_redeemed - others > deed.before
    return seen.status == REDEEMED and not others


def _our_uses(deed: LeatDeed) -> list[LeatDeed]:
    """Return the uses that other orders of ours made of the same thing and did not give back: none of them is this one."""
    others = list(LeatDeed.objects.done().filter(kind=deed.kind, subject=deed.subject).exclude(pk=deed.pk))
    keys = {_reversal_key(other.answer_id, other): other for other in others}
    back = set(LeatDeed.objects.done().filter(kind=REVERSE, key__in=keys).values_list("key", flat=True))
    return [other for key, other in keys.items() if key not in back]


def _reversal_key(redemption_id: str, made: LeatDeed | None) -> str:
    return f"{redemption_id}:{made.pk if made is not None else ''}"
