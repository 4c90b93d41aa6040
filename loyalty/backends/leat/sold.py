"""Vouchers sold from the menu, and what was sold coming back: neither is done on an account at Leat (docs/adr/0034)."""

from collections.abc import Iterable
from datetime import datetime

from loyalty.errors import GiftCardUnavailable, OfferUnavailable, Unavailable
from loyalty.values import IssuedVoucher, MoneyLink, SoldLink


class LeatSales:
    """The part of loyalty.port.Loyalty for what a menu sells of the programme."""

    def issue_voucher(self, contact_id: str, promotion_id: str, *, key: str, shop: str, now: datetime) -> IssuedVoucher:
        """Refuse: staff issue it at Leat."""
        raise OfferUnavailable(Unavailable.DEACTIVATED)

    def untouched(self, sold: Iterable[SoldLink], *, now: datetime) -> frozenset[str]:
        """Return none: what was sold is taken back at Leat."""
        return frozenset()

    def take_back(self, sold: SoldLink, *, now: datetime) -> None:
        """Refuse."""
        if isinstance(sold, MoneyLink):
            raise GiftCardUnavailable
        raise OfferUnavailable(Unavailable.DEACTIVATED)
