"""Finding vouchers at Leat: by code there, by id only among what we have seen or what the member has."""

from collections.abc import Iterator
from datetime import datetime

from loyalty import throttle
from loyalty.backends.leat.connection import Part, as_id, as_port_errors
from loyalty.backends.leat.wallet import MOST_VOUCHERS
from loyalty.dialects.leat.answers import LOCKED, VoucherSeen, read_voucher
from loyalty.dialects.leat.refusals import state_refusal
from loyalty.errors import OfferUnavailable, Unavailable, UnknownContact, UnknownOffer
from loyalty.models import LeatHold, LeatVoucher
from loyalty.throttle import MINUTE, Limit
from loyalty.values import VoucherOffer

LONGEST_CODE = 60
CODE_LIMIT = 30


class LeatVouchers(Part):
    """Finding vouchers, of loyalty.port.Loyalty."""

    def find_voucher(self, contact_id: str, reference: str, *, now: datetime) -> VoucherOffer:
        """Find a voucher by id or code; what cannot be used says why, unless it is somebody else's."""
        contact_id = as_id(contact_id, UnknownContact)
        typed = reference.strip()
        try:
            code = self.known_voucher(contact_id, as_id(typed, UnknownOffer)).code
        except UnknownOffer:
            if _is_id(typed) or not 0 < len(typed) <= LONGEST_CODE:
                raise
            throttle.count([Limit(throttle.key_of("voucher-codes", contact_id), CODE_LIMIT, 10 * MINUTE)], now=now)
            code = typed
        seen = self.look_at(code, now=now)
        if seen.contact_id not in {"", contact_id}:
            raise UnknownOffer
        if (refusal := state_refusal(seen.status)) is not None:
            raise refusal
        if seen.offer.expires_at is not None and seen.offer.expires_at <= now and seen.status != LOCKED:
            raise OfferUnavailable(Unavailable.EXPIRED)
        return seen.offer

    def look_at(self, code: str, *, now: datetime) -> VoucherSeen:
        """Return the voucher with this code as it is now, whoever's it is. Raises UnknownOffer."""
        for spelling in _spellings(code):
            try:
                with as_port_errors():
                    answer = self.leat.transport.look("/vouchers/find", code=spelling)
            except UnknownOffer:
                continue
            seen = self._read(answer, now=now)
            self._remember(seen)
            return seen
        raise UnknownOffer

    def known_voucher(self, contact_id: str, voucher_id: str) -> LeatVoucher:
        """Return a voucher that is this member's, or open to all, by its id. Raises UnknownOffer."""
        contact_id, voucher_id = as_id(contact_id, UnknownOffer), as_id(voucher_id, UnknownOffer)
        row = LeatVoucher.objects.filter(voucher_id=voucher_id).first() or self._find_among(contact_id, voucher_id)
        if row is None or row.contact_id not in {"", contact_id}:
            raise UnknownOffer
        return row

    def _find_among(self, contact_id: str, voucher_id: str) -> LeatVoucher | None:
        """Look for it among all that the member has: Leat has no address for a voucher by its id."""
        with as_port_errors():
            answers = self.leat.transport.look("/vouchers", contact_uuid=contact_id, limit=MOST_VOUCHERS)
        for answer in answers if isinstance(answers, list) else ():
            seen = read_voucher(answer, prefix=self.leat.account.attribute_prefix, currency="")
            if seen.offer.id == voucher_id:
                return self._remember(seen, contact_id=contact_id)
        return None

    def _read(self, answer: object, *, now: datetime) -> VoucherSeen:
        account = self.leat.account
        seen = read_voucher(answer, prefix=account.attribute_prefix, currency=account.currency)
        if seen.status != LOCKED:
            return seen
        held = LeatHold.objects.live(now=now).filter(voucher_id=seen.offer.id).order_by("held_until").first()
        lapsed = LeatHold.objects.lapsed(now=now).filter(voucher_id=seen.offer.id).exists()
        if held is None and lapsed:
            return seen
        # Locked by somebody we know nothing of: at a till, for an hour at most.
        until = held.held_until if held is not None else now + _LONGEST_LOCK
        return read_voucher(answer, prefix=account.attribute_prefix, currency=account.currency, held_until=until)

    def _remember(self, seen: VoucherSeen, *, contact_id: str = "") -> LeatVoucher:
        row, _made = LeatVoucher.objects.update_or_create(
            voucher_id=seen.offer.id,
            defaults={"code": seen.offer.code, "contact_id": seen.contact_id or contact_id, "uses": seen.uses},
        )
        return row


_LONGEST_LOCK = 60 * MINUTE


def _is_id(typed: str) -> bool:
    try:
        as_id(typed, UnknownOffer)
    except UnknownOffer:
        return False
    return True


def _spellings(code: str) -> Iterator[str]:
    """Yield the code as typed, then in capitals: whether Leat minds is not published."""
    yield code
    if code.upper() != code:
        yield code.upper()
