"""The one door to the loyalty programme, wherever it runs: what can be asked of it, and which one is asked.

A backend may be across a network. So every method may raise ProgrammeAway, and none is called inside a transaction.
Values come from loyalty.values and loyalty.documents, errors from loyalty.errors, all to be imported from here.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from loyalty.documents import (
    AppliedDiscount,
    CatalogueProduct,
    Charge,
    OrderDocument,
    OrderLine,
    PaymentLink,
    PointsResult,
    ReturnDocument,
    ReturnedLine,
    Shop,
)
from loyalty.errors import (
    AlreadyMember,
    Conflict,
    GiftCardUnavailable,
    InvalidDetails,
    InvalidDocument,
    LoyaltyError,
    NotEnoughMoney,
    NotEnoughPoints,
    NoTills,
    OfferTaken,
    OfferUnavailable,
    OutOfStock,
    ProgrammeAway,
    TooMuchReturned,
    TooOften,
    Unavailable,
    UnknownContact,
    UnknownGiftCard,
    UnknownOffer,
    UnknownOrder,
    WrongCode,
    WrongKey,
)
from loyalty.values import (
    Asker,
    Changes,
    CollectableOffer,
    Consent,
    ConsentKind,
    Details,
    Hold,
    Identified,
    IssuedGiftCard,
    IssuedVoucher,
    MarkKind,
    MoneyKind,
    MoneyLink,
    Offer,
    Purchase,
    RedemptionKind,
    RedemptionLink,
    RewardOffer,
    SignUp,
    SoldLink,
    StoredMoney,
    Tier,
    TillCode,
    VoucherLink,
    VoucherOffer,
    Wallet,
)

__all__ = [
    "BACKENDS",
    "AlreadyMember",
    "AppliedDiscount",
    "Asker",
    "CatalogueProduct",
    "Changes",
    "Charge",
    "CollectableOffer",
    "Conflict",
    "Consent",
    "ConsentKind",
    "Details",
    "GiftCardUnavailable",
    "Hold",
    "Identified",
    "InvalidDetails",
    "InvalidDocument",
    "IssuedGiftCard",
    "IssuedVoucher",
    "Loyalty",
    "LoyaltyError",
    "MarkKind",
    "MoneyKind",
    "MoneyLink",
    "NoTills",
    "NotEnoughMoney",
    "NotEnoughPoints",
    "Offer",
    "OfferTaken",
    "OfferUnavailable",
    "OrderDocument",
    "OrderLine",
    "OutOfStock",
    "PaymentLink",
    "PointsResult",
    "ProgrammeAway",
    "Purchase",
    "RedemptionKind",
    "RedemptionLink",
    "ReturnDocument",
    "ReturnedLine",
    "RewardOffer",
    "Shop",
    "SignUp",
    "SoldLink",
    "StoredMoney",
    "Tier",
    "TillCode",
    "TooMuchReturned",
    "TooOften",
    "Unavailable",
    "UnknownContact",
    "UnknownGiftCard",
    "UnknownOffer",
    "UnknownOrder",
    "VoucherLink",
    "VoucherOffer",
    "Wallet",
    "WrongCode",
    "WrongKey",
    "load",
]

BACKENDS = {
    "embedded": "loyalty.backends.embedded.EmbeddedLoyalty",
    "leat": "loyalty.backends.leat.programme.LeatLoyalty",
}


class Loyalty(Protocol):
    """A loyalty programme. `shop` is the reference of the restaurant; ids are the backend's own texts.

    Everything that changes something is safe to repeat with the same arguments, and then says the same again.
    """

    # People. Limits are the backend's: with an `asker`, find_contact, send_code, check_code and find_voucher raise TooOften.

    def find_contact(self, email: str, *, asker: Asker | None, now: datetime) -> str | None:
        """Return the id of the member with this address, in whatever case it is written.

        No `asker`: an address proven elsewhere (a site with its own login), which no limit counts.
        """
        ...

    def sign_up(self, form: SignUp, *, now: datetime) -> str:
        """Make a member and return their id. Raises AlreadyMember (changing nothing), InvalidDetails."""
        ...

    def send_code(self, email: str, *, locale: str, asker: Asker, now: datetime) -> bool:
        """Have a code sent to this address, to be typed into this browser; who sends it is the backend's choice.

        Returns whether it is one of letters, so that the page asks for no digits. Raises TooOften, and UnknownContact
        where the programme writes to members only.
        """
        ...

    def check_code(self, code: str, *, asker: Asker, now: datetime) -> Identified:
        """Judge a code typed into this browser, once. Raises WrongCode, TooOften."""
        ...

    def details(self, contact_id: str) -> Details:
        """Return what is kept about the member. Raises UnknownContact."""
        ...

    def change_details(self, contact_id: str, changes: Changes, *, now: datetime) -> None:
        """Change names, birthdate, consents. Raises UnknownContact, InvalidDetails."""
        ...

    def export(self, contact_id: str) -> Mapping[str, Any]:
        """Return everything known about the member, ready for JSON. Raises UnknownContact."""
        ...

    def erase(self, contact_id: str, *, now: datetime) -> None:
        """Make the member anonymous for good; the rows with points and money stay."""
        ...

    # Offers. An id that is not this contact's is an UnknownOffer.

    def wallet(self, contact_id: str, *, shop: str, now: datetime) -> Wallet:
        """Return balance, tier, vouchers, collectable rewards, and the rewards that can be bought. Raises UnknownContact."""
        ...

    def find_voucher(self, contact_id: str, reference: str, *, now: datetime) -> VoucherOffer:
        """Return a voucher by its code as typed or by its id, also one that no wallet shows. Raises UnknownOffer, TooOften,
        OfferUnavailable.
        """
        ...

    def lock(self, contact_id: str, voucher_id: str, *, holder: str, until: datetime, now: datetime) -> Hold:
        """Keep a voucher for one basket (`holder`: the order's identifier); again: the same key, with the new end.

        Raises OfferTaken, OfferUnavailable, UnknownOffer. The hold may be shorter than asked, and not extendable.
        """
        ...

    def release(self, voucher_id: str, *, release_key: str, now: datetime) -> None:
        """End a hold; twice is quiet. Raises WrongKey (somebody else has it by now), OfferUnavailable once redeemed."""
        ...

    def redeem(
        self, contact_id: str, voucher_id: str, *, order: str, release_key: str, shop: str, now: datetime
    ) -> RedemptionLink:
        """Use a voucher up for a paid order. A lost hold is taken again if the voucher is free.

        Raises OfferTaken or OfferUnavailable where it is gone: an overrun, to be recorded.
        """
        ...

    def buy(self, contact_id: str, reward_id: str, *, purchase_key: str, shop: str, now: datetime) -> Purchase:
        """Spend points on a reward, once per key. Raises NotEnoughPoints, OutOfStock, OfferUnavailable, UnknownOffer, Conflict."""
        ...

    def undo_purchase(self, contact_id: str, collectable_id: str, *, now: datetime) -> int:
        """Give the points of an uncollected reward back; return the new balance. Raises OfferTaken (a basket or a till
        has it), OfferUnavailable, UnknownOffer.
        """
        ...

    def lock_collectable(
        self, contact_id: str, collectable_id: str, *, holder: str, until: datetime, now: datetime
    ) -> Hold:
        """Keep a collectable reward for one basket, as `lock` does with a voucher: against other baskets and tills.

        A programme without such a hold (Leat: docs/adr/0036) says whether the reward is still there, and gives no
        release key; then that two baskets do not share one is for the caller. Raises OfferTaken, OfferUnavailable,
        UnknownOffer.
        """
        ...

    def release_collectable(self, collectable_id: str, *, release_key: str, now: datetime) -> None:
        """End that hold; twice is quiet. Raises WrongKey (somebody else has it by now), OfferUnavailable once collected."""
        ...

    def collect(
        self, contact_id: str, collectable_id: str, *, order: str, held_at: datetime, shop: str, now: datetime
    ) -> RedemptionLink:
        """Use a collectable reward up for a paid order that has had it since `held_at`. A lost hold is taken again if
        the reward is free.

        Raises OfferTaken (another order holds or collected it), OfferUnavailable, UnknownOffer: an overrun, to be recorded.
        """
        ...

    def reverse(self, redemption: RedemptionLink, *, now: datetime) -> None:
        """Give a voucher's use or a collected reward back, once. Raises UnknownOffer."""
        ...

    # At a till. A programme whose wallets say `has_tills` False raises NoTills for whatever would change something.

    def mark(self, contact_id: str, kind: MarkKind, offer_id: str, *, now: datetime) -> None:
        """Mark an offer of the wallet for use at a till; holds nothing, and nothing is spent.

        Raises OfferTaken, OfferUnavailable, OutOfStock, NotEnoughPoints, UnknownOffer (an open voucher too: a till takes
        its code).
        """
        ...

    def unmark(self, contact_id: str, kind: MarkKind, offer_id: str) -> None:
        """Take the mark away, if there is one. Raises UnknownOffer."""
        ...

    def till_code(self, contact_id: str, *, now: datetime) -> TillCode | None:
        """Return the last code that was made to name the member at a till."""
        ...

    def new_till_code(self, contact_id: str, *, now: datetime) -> TillCode:
        """Make a code that names the member at a till, once and for minutes; the one before it ends. Raises TooOften."""
        ...

    # Stored money: gift cards and prepaid balances, tenders of an order. `source` makes each of these harmless to repeat.

    def takes_gift_cards(self) -> bool:
        """Say whether there are gift cards at all, so that no page asks for one in vain."""
        ...

    def find_gift_card(self, code: str, *, asker: Asker, now: datetime) -> StoredMoney:
        """Return the gift card with this code, as typed. Raises UnknownGiftCard, GiftCardUnavailable, TooOften."""
        ...

    def prepaid(self, contact_id: str) -> StoredMoney | None:
        """Return the member's prepaid balance; None where there is nothing on it."""
        ...

    def spend_money(
        self, kind: MoneyKind, account_id: str, cents: int, *, currency: str, source: str, shop: str, now: datetime
    ) -> MoneyLink:
        """Take money for an order. Raises NotEnoughMoney, GiftCardUnavailable, UnknownGiftCard, UnknownContact, Conflict."""
        ...

    def give_money_back(self, link: MoneyLink, cents: int, *, source: str, now: datetime) -> MoneyLink:
        """Put back what was spent, or a part of it. Raises TooMuchReturned, UnknownGiftCard, Conflict."""
        ...

    def issue_gift_card(self, cents: int, *, currency: str, key: str, shop: str, now: datetime) -> IssuedGiftCard:
        """Issue a gift card that was sold and paid, once per key. Raises GiftCardUnavailable, Conflict."""
        ...

    def issue_voucher(self, contact_id: str, promotion_id: str, *, key: str, shop: str, now: datetime) -> IssuedVoucher:
        """Issue a voucher that was sold and paid, once per key: the member's, or (no contact) of whoever has its code.

        Raises UnknownOffer (no such promotion), OfferUnavailable (not running, limit reached), UnknownContact.
        """
        ...

    def untouched(self, sold: Iterable[SoldLink], *, now: datetime) -> frozenset[str]:
        """Return the ids of those gift cards and vouchers sold that can be taken back: as full, or unused, as sold.

        What `take_back` closed is among them: whoever asked may not have heard that it was done.
        """
        ...

    def take_back(self, sold: SoldLink, *, now: datetime) -> None:
        """Close a gift card or voucher that was sold, so that it cannot be used any more; again is quiet.

        Raises OfferUnavailable or GiftCardUnavailable where it was used, OfferTaken while a basket holds it, UnknownOffer,
        UnknownGiftCard.
        """
        ...

    # Orders

    def process_order(self, document: OrderDocument, *, now: datetime) -> PointsResult:
        """Record a paid order and add its points, once. Raises Conflict (same identifier, other content), InvalidDocument."""
        ...

    def add_results(self, order_identifier: str, results: Mapping[str, Sequence[SoldLink]], *, now: datetime) -> None:
        """Write what lines (by identifier) of a processed order brought about later: all that each did, not the new alone.

        Raises UnknownOrder. A programme that writes no processed order again leaves it as it is.
        """
        ...

    def process_return(self, document: ReturnDocument, *, now: datetime) -> PointsResult:
        """Record a return and correct the points, once. Raises UnknownOrder, Conflict, TooMuchReturned, InvalidDocument."""
        ...

    def sync_catalogue(self, shop: Shop, products: Iterable[CatalogueProduct], *, now: datetime) -> None:
        """Tell the programme what a shop sells."""
        ...


def load() -> Loyalty:
    """Return the programme that the settings name: a word of BACKENDS, or the dotted path of a class."""
    return _load(settings.LOYALTY_BACKEND)


@lru_cache(maxsize=8)
def _load(name: str) -> Loyalty:
    backend: Loyalty = import_string(BACKENDS.get(name, name))()
    return backend
