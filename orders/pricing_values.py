"""The frozen values that the pricing rule takes and gives. Amounts are whole minor units; ids are texts, each used once.

Import them from `orders.pricing`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from loyalty.domain import INVALID_OFFER, Discount, InvalidDiscount

# What comes in -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SubLine:
    """A modifier on a line; `quantity` is per unit of what it stands on. It follows its line's flags and tax rate."""

    id: str
    unit_cents: int
    quantity: int = 1
    modifiers: tuple["SubLine", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a basket. `categories` are slugs: the product's own and all those above them."""

    id: str
    sku: str
    unit_cents: int
    quantity: int
    parent_sku: str = ""
    """The SKU of the product of which this is a size; a product code matches either."""
    categories: tuple[str, ...] = ()
    discountable: bool = True
    earns_points: bool = True
    tax_rate: Decimal | None = None
    """Percent; None carries no tax (the sale of a gift card)."""
    modifiers: tuple[SubLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An offer the diner wants used. `expires_at` is aware; `picked_line` is the id of the line the diner chose."""

    id: str
    discount: Discount | InvalidDiscount
    name: str = ""
    expires_at: datetime | None = None
    picked_line: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What comes on top of the items and is never discounted: either `cents`, or `percent` of the items.

    The percentage is taken on items after discounts; a tip chosen in percent sets `on_gross` and is taken on items
    before discounts.
    """

    id: str
    type: str
    cents: int = 0
    percent: Decimal | None = None
    on_gross: bool = False
    tax_rate: Decimal | None = None


# What comes out ------------------------------------------------------------------------------------------------------


class Reason(StrEnum):
    """Why an offer is not applicable; of several the first in this order."""

    INVALID_OFFER = INVALID_OFFER
    UNKNOWN_PRODUCT = "unknown_product"
    NO_ELIGIBLE_LINE = "no_eligible_line"
    MINIMUM_NOT_MET = "minimum_not_met"
    REPLACED_BY_EXCLUSIVE = "replaced_by_exclusive"
    NOTHING_LEFT = "nothing_left"


@dataclass(frozen=True, slots=True)
class Share:
    """What one line or sub-line carries of one offer."""

    offer_id: str
    cents: int
    units: int | None = None
    """Units of the line that a product discount took; None for a share of an order discount."""

    @property
    def is_order_level(self) -> bool:
        """Whether it comes from a discount on the whole order."""
        return self.units is None


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedSubLine:
    """A sub-line with its discounts; `quantity` is that of the whole line. `shares` are in the order applied."""

    id: str
    quantity: int
    gross_cents: int
    shares: tuple[Share, ...] = ()

    @property
    def discount_cents(self) -> int:
        """All discounts on it."""
        return sum(share.cents for share in self.shares)

    @property
    def order_discount_cents(self) -> int:
        """Its part of the discounts on the whole order."""
        return sum(share.cents for share in self.shares if share.is_order_level)

    @property
    def line_discount_cents(self) -> int:
        """Its part of the discounts on products and categories."""
        return sum(share.cents for share in self.shares if not share.is_order_level)

    @property
    def total_cents(self) -> int:
        """What is left after all discounts."""
        return self.gross_cents - self.discount_cents


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedLine(PricedSubLine):
    """A line with its discounts; its amounts leave out its sub-lines, which are listed flat, by id."""

    sub_lines: tuple[PricedSubLine, ...] = ()
    tax_cents: int = 0
    """Its part, sub-lines included, of the tax of its rate."""

    @property
    def parts(self) -> Iterator[PricedSubLine]:
        """The line itself, then its sub-lines."""
        yield self
        yield from self.sub_lines

    @property
    def total_with_sub_lines_cents(self) -> int:
        """What is left of the line and its sub-lines together."""
        return sum(part.total_cents for part in self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedOffer:
    """An offer that takes something off: always more than 0 cents."""

    offer_id: str
    name: str
    cents: int
    is_order_level: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NotApplicable:
    """An offer that takes nothing, why, and for a minimum how much is missing."""

    offer_id: str
    name: str
    reason: Reason
    missing_cents: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedCharge:
    """A charge in money; tax that is not in the prices is one of type TAX per rate."""

    id: str
    type: str
    cents: int
    percent: Decimal | None = None
    tax_rate: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxAmount:
    """The tax of one rate on everything of that rate after all discounts: contained in the prices or added to them."""

    rate: Decimal
    base_cents: int
    tax_cents: int
    is_contained: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedBasket:
    """A basket, priced. Lists are in the order of ids, so that equal baskets are equal values."""

    lines: tuple[PricedLine, ...]
    applied: tuple[AppliedOffer, ...]
    not_applicable: tuple[NotApplicable, ...]
    charges: tuple[PricedCharge, ...]
    taxes: tuple[TaxAmount, ...]
    gross_cents: int
    """Items before all discounts."""
    total_discount_cents: int
    points: int

    @property
    def order_amount_cents(self) -> int:
        """Items after all discounts, before charges."""
        return self.gross_cents - self.total_discount_cents

    @property
    def total_cents(self) -> int:
        """What the diner pays: items after discounts and all charges."""
        return self.order_amount_cents + sum(charge.cents for charge in self.charges)

    def line(self, line_id: str) -> PricedLine:
        """Return the line with this id. Raises KeyError."""
        for line in self.lines:
            if line.id == line_id:
                return line
        raise KeyError(line_id)
