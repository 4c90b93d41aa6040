"""The one door to the loyalty programme, wherever it runs: what can be asked of it, and which one is asked.

A backend may be across a network. So every method may raise ProgrammeAway, and none is called inside a transaction.
Values come from loyalty.values and loyalty.documents, errors from loyalty.errors, all to be imported from here.
"""

from collections.abc import Iterable, Mapping
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
    PointsResult,
    ReturnDocument,
    ReturnedLine,
    Shop,
)
from loyalty.errors import (
    AlreadyMember,
    Conflict,
    InvalidDetails,
    InvalidDocument,
    LoyaltyError,
    NotEnoughPoints,
    OfferTaken,
    OfferUnavailable,
    OutOfStock,
    ProgrammeAway,
    TooMuchReturned,
    TooOften,
    Unavailable,
    UnknownContact,
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
    Offer,
    Purchase,
    RedemptionKind,
    RedemptionLink,
    RewardOffer,
    SignUp,
    Tier,
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
    "Hold",
    "Identified",
    "InvalidDetails",
    "InvalidDocument",
    "Loyalty",
    "LoyaltyError",
    "NotEnoughPoints",
    "Offer",
    "OfferTaken",
    "OfferUnavailable",
    "OrderDocument",
    "OrderLine",
    "OutOfStock",
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
    "Tier",
    "TooMuchReturned",
    "TooOften",
    "Unavailable",
    "UnknownContact",
    "UnknownOffer",
    "UnknownOrder",
    "VoucherOffer",
    "Wallet",
    "WrongCode",
    "WrongKey",
    "load",
]

BACKENDS = {"embedded": "loyalty.backends.embedded.EmbeddedLoyalty"}


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
        """Give the points of an uncollected reward back; return the new balance. Raises OfferUnavailable, UnknownOffer."""
        ...

    def collect(
        self, contact_id: str, collectable_id: str, *, order: str, held_at: datetime, shop: str, now: datetime
    ) -> RedemptionLink:
        """Use a collectable reward up for a paid order that has had it since `held_at`.

        The programme holds no collectables; that two baskets do not share one is for the caller. Raises OfferTaken
        (another order collected it), OfferUnavailable, UnknownOffer.
        """
        ...

    def reverse(self, redemption: RedemptionLink, *, now: datetime) -> None:
        """Give a voucher's use or a collected reward back, once. Raises UnknownOffer."""
        ...

    # Orders

    def process_order(self, document: OrderDocument, *, now: datetime) -> PointsResult:
        """Record a paid order and add its points, once. Raises Conflict (same identifier, other content), InvalidDocument."""
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
