"""The frozen values that go through the port: people and offers (orders and the catalogue: loyalty.documents).

Ids are texts that only the backend understands; moments are aware. Import them from `loyalty.port`.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal

# People ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks, for the limits: one browser at one network address."""

    guest_id: uuid.UUID
    ip_address: str


class ConsentKind(StrEnum):
    """What a contact agrees to."""

    TERMS = "terms"
    MARKETING = "marketing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """A choice about one consent, with the words that were on the page."""

    kind: ConsentKind
    granted: bool
    wording: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUp:
    """What the sign-up form collects. `is_verified`: the address was proven before (code first, or a login of the site's)."""

    email: str
    consents: tuple[Consent, ...]
    first_name: str = ""
    last_name: str = ""
    birthdate: date | None = None
    locale: str = "en"
    is_verified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What the programme keeps about a contact."""

    contact_id: str
    email: str
    first_name: str
    last_name: str
    birthdate: date | None
    locale: str
    is_verified: bool
    member_since: datetime
    consents: Mapping[str, bool]
    """The latest choice of each kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """New details; None leaves one as it is. A birthdate is taken away with `no_birthdate`."""

    first_name: str | None = None
    last_name: str | None = None
    birthdate: date | None = None
    no_birthdate: bool = False
    consents: tuple[Consent, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """A code was right. No contact: the address is proven but not a member's (code first, sign-up follows)."""

    email: str
    contact_id: str | None
    is_first_verification: bool
    """This address was never proven before: every other browser waiting on this contact must be ended."""


# Offers ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What all offers share. `attributes` are the discount attributes without prefix: for `domain.parse_discount`."""

    id: str
    name: str
    description: str
    attributes: Mapping[str, object]
    currency: str
    """Of the amounts in the attributes."""
    media_url: str = ""
    expires_at: datetime | None = None
    is_marked: bool = False
    """For use at a till."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoucherOffer(Offer):
    """A voucher that can be used; `held_until` is set while every use that is left of it is held by some basket."""

    code: str
    uses_left: int = 1
    held_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectableOffer(Offer):
    """A reward whose points are spent already: free of charge, once."""

    reward_id: str
    points: int
    """What it was bought for."""
    held_until: datetime | None = None
    """Set while some basket or till holds it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardOffer(Offer):
    """A reward that can be bought with points."""

    points: int
    missing_points: int
    """0: within reach."""
    stock: int | None = None
    valid_seconds: int | None = None
    """How long it can be collected once bought; None: without end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """The contact's tier."""

    name: str
    multiplier: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Wallet:
    """All that a contact has at one moment, soonest ending first, rewards cheapest first."""

    contact_id: str
    first_name: str
    is_verified: bool
    balance: int
    """May be negative after a return; shown as it is."""
    available_points: int
    """What can be spent: the balance less what is held."""
    points_per_unit: Decimal | None
    """Points for one major unit of the currency, before the tier; None where the programme does not say."""
    tier: Tier | None
    vouchers: tuple[VoucherOffer, ...]
    collectables: tuple[CollectableOffer, ...]
    rewards: tuple[RewardOffer, ...]
    has_tills: bool = False
    """Whether offers can be marked for use at a till, where a code names the member."""

    @property
    def tier_multiplier(self) -> Decimal:
        """What points are multiplied with."""
        return self.tier.multiplier if self.tier else Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """An offer kept for one basket. `until` may be earlier than asked for; `is_extendable` False: asking again is vain.

    No `release_key`: the programme has no such hold, and nothing is to be let go.
    """

    release_key: str
    until: datetime
    is_extendable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """A reward bought: what to put on the basket, and what is left."""

    collectable: CollectableOffer
    new_balance: int


class MarkKind(StrEnum):
    """What can be marked for use at a till."""

    VOUCHER = "voucher"
    COLLECTABLE = "collectable"
    REWARD = "reward"


@dataclass(frozen=True, slots=True, kw_only=True)
class TillCode:
    """The last code that was made to name a member at a till."""

    digits: str
    """Six; empty once no till would take it any more."""
    until: datetime
    is_used: bool = False


class RedemptionKind(StrEnum):
    """What was used up: Leat's words for an offer on an order."""

    VOUCHER = "VOUCHER_REDEMPTION"
    COLLECTABLE = "COLLECTABLE_REWARD_REDEMPTION"
    REWARD = "REWARD_REDEMPTION"
    """A reward bought and used at once, as tills may; our own orders collect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RedemptionLink:
    """A redemption as it is kept with the order: needed to record the order and to reverse it."""

    kind: RedemptionKind
    id: str
    offer_id: str = ""
    """Empty where a till does not say."""


# Stored money ---------------------------------------------------------------------------------------------------------


class MoneyKind(StrEnum):
    """Money that was paid in before: Leat's words for such a payment on an order (Order at Table guide, "payments")."""

    GIFT_CARD = "GIFTCARD_TRANSACTION"
    PREPAID = "PREPAID_TRANSACTION"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMoney:
    """A gift card or a prepaid balance that can be paid with. `name` tells a card from others without giving its code away."""

    kind: MoneyKind
    id: str
    name: str
    balance_cents: int
    currency: str
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyLink:
    """A movement of stored money as it is kept with the order: needed to record the order and to give it back."""

    kind: MoneyKind
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VoucherLink:
    """A voucher that a line of an order sold."""

    id: str
    kind: Literal["VOUCHER"] = "VOUCHER"


type SoldLink = MoneyLink | VoucherLink
"""What a unit of a line sold: the movement that loaded a gift card, or a voucher."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedVoucher:
    """A voucher just sold: its code for whoever bought it."""

    code: str
    expires_at: datetime | None
    link: VoucherLink


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedGiftCard:
    """A gift card just sold: its code for whoever bought it, and the movement that is the line's result."""

    code: str
    expires_at: datetime | None
    link: MoneyLink
