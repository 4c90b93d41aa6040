"""Gift cards and vouchers that lines of orders sold, as the port issues them and takes them back."""

import uuid
from collections.abc import Iterable
from datetime import datetime

from loyalty import gift_cards, issuing, voucher_use
from loyalty.backends.stored_money import EmbeddedMoney
from loyalty.errors import UnknownContact, UnknownGiftCard, UnknownOffer
from loyalty.models import Contact, MoneyEntry, Promotion, Voucher
from loyalty.values import IssuedVoucher, MoneyLink, SoldLink, VoucherLink


class EmbeddedSales(EmbeddedMoney):
    """The part of loyalty.port.Loyalty for what a menu sells of the programme."""

    def issue_voucher(self, contact_id: str, promotion_id: str, *, key: str, shop: str, now: datetime) -> IssuedVoucher:
        """Issue it within its promotion's limits; a key that was used before says the same again, whatever has changed."""
        issue_key = f"sale:{key}"
        promotion = Promotion.objects.filter(uuid=_as_uuid(promotion_id)).first()
        if promotion is None:
            raise UnknownOffer
        voucher = promotion.vouchers.filter(issue_key=issue_key).first()
        if voucher is None:
            voucher = issuing.issue_one(promotion, _buyer(contact_id), key=issue_key, now=now)
        return IssuedVoucher(code=voucher.code, expires_at=voucher.expires_at, link=VoucherLink(id=str(voucher.uuid)))

    def untouched(self, sold: Iterable[SoldLink], *, now: datetime) -> frozenset[str]:
        """Look at each."""
        sold = tuple(sold)
        entries = MoneyEntry.objects.filter(uuid__in=[one.id for one in sold if isinstance(one, MoneyLink)])
        vouchers = Voucher.objects.filter(
            uuid__in=[one.id for one in sold if isinstance(one, VoucherLink)], times_redeemed=0
        )
        full = {
            str(entry.uuid)
            for entry in entries.select_related("account")
            if gift_cards.is_untouched(entry) or gift_cards.is_taken_back(entry)
        }
        return frozenset(full | {str(voucher.uuid) for voucher in vouchers if not voucher.live_locks(now=now)})

    def take_back(self, sold: SoldLink, *, now: datetime) -> None:
        """Close it."""
        if isinstance(sold, MoneyLink):
            entry = MoneyEntry.objects.select_related("account", "shop").filter(uuid=sold.id).first()
            if entry is None:
                raise UnknownGiftCard
            gift_cards.take_back(entry, now=now)
            return
        voucher = Voucher.objects.filter(uuid=sold.id).first()
        if voucher is None:
            raise UnknownOffer
        voucher_use.take_back(voucher, now=now)


def _as_uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise UnknownOffer from error


def _buyer(contact_id: str) -> Contact | None:
    """Return whose it is: nobody's where there is no member, or where they left before their order was settled."""
    if not contact_id:
        return None
    contact = Contact.objects.select_related("merged_into").filter(uuid=contact_id).first()
    while contact is not None and contact.merged_into is not None:
        contact = contact.merged_into
    if contact is None:
        raise UnknownContact
    return contact if contact.erased_at is None else None
