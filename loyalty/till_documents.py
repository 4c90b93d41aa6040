"""What a till says and is told, as frozen values. No Django: a dialect turns them into somebody's JSON and back."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class OfferType(StrEnum):
    """The two kinds of incentive that tills know (rbi-api.md section 6): a voucher is an offer."""

    OFFER = "offer"
    REWARD = "reward"


class DiscountSubtype(StrEnum):
    """How a discount is given, in the till's words."""

    PERCENTAGE = "PERCENTAGE_DISCOUNT"
    AMOUNT = "AMOUNT_DISCOUNT"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOffer:
    """An offer that a transaction holds, as its till is told. Without `subtype` it is a line: something for free."""

    type: OfferType
    name: str
    incentive_id: str
    """The promotion or the reward."""
    engine_id: str
    """The voucher, or the reward that was bought."""
    product_code: str
    """In the words of the till's make; the incentive itself where it is about no one product."""
    subtype: DiscountSubtype | None = None
    value: Decimal = Decimal(0)
    """Percent, or major units of the currency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identification:
    """Who stands at the till, with what they bring along."""

    transaction_id: str
    contact_id: str
    name: str
    created_at: datetime
    balance: int
    """Less what the rewards among the offers cost."""
    offers: tuple[HeldOffer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TillLine:
    """A line of the basket. `unit_cents` is what one costs, all discounts off, with the tax that is in it."""

    name: str
    product_code: str
    type: str
    quantity: int
    unit_cents: int
    reference: str
    parent_reference: str = ""
    tax_cents: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TillPayment:
    """How a part of the bill was paid; numbers of cards are not kept."""

    type: str
    cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedOffer:
    """An offer that the till says it uses: by our id of the voucher or bought reward, by its incentive, or by its product."""

    engine_id: str = ""
    incentive_id: str = ""
    product_code: str = ""
    type: OfferType | None = None
    quantity: int = 1
    is_discount: bool = False
    """Named among the discounts, not as a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TillBasket:
    """What the till has rung up. `faults` are sentences on what contradicts itself in it: recorded, never refused."""

    currency: str
    lines: tuple[TillLine, ...] = ()
    payments: tuple[TillPayment, ...] = ()
    named: tuple[NamedOffer, ...] = ()
    faults: tuple[str, ...] = ()
    channel: str = ""
    service_mode: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TillContext:
    """Where and when a till asks."""

    store: str = ""
    terminal: str = ""
    supporting_pos: str = ""
    region: str = ""
    local_time: datetime | None = None
    """On the guest's own clock, without an offset; in UTC where the till says so; None: not told."""
    till: tuple[tuple[str, str], ...] = ()
    """What else it says of itself, as it is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TillPoints:
    """What a transaction came to."""

    transaction_id: str
    contact_id: str
    balance: int
    earned: int
    redeemed: int


class RuleCode(StrEnum):
    """Why an offer is refused at a till: RBI's words, then four of ours for rules whose words are not known (ADR 0028)."""

    LIMIT_PER_ORDER = "exceeds-limit-per-order"
    MAX_REDEMPTION = "exceeds-max-redemption"
    POINT_BALANCE = "insufficient-point-balance"
    DAY_OF_WEEK = "invalid-day-of-the-week"
    START_DATE = "invalid-start-date"
    END_DATE = "invalid-end-date"
    ENROLLMENT_START = "invalid-enrollment-start-date"
    ENROLLMENT_END = "invalid-enrollment-end-date"
    SERVICE_MODE = "invalid-service-mode"
    STORE = "invalid-store-id"
    MINIMUM_SPEND = "minimum-spend-not-met"
    NOT_COMBINABLE = "not-combinable"
    NOT_VERIFIED = "unverified-member"
    NOT_USABLE = "incentive-not-usable"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFailure:
    """One rule that one offer breaks, with how it is and how it should be."""

    code: RuleCode
    incentive_id: str
    message: str
    """English, for the till's log, not for guests."""
    current: str | int | Decimal | None = None
    targets: tuple[str | int | Decimal, ...] = ()
