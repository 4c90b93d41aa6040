"""The frozen values that go through the port: orders, returns, catalogue. Amounts are whole minor units, moments aware.

Import them from `loyalty.port`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from loyalty.values import MoneyLink, RedemptionLink, VoucherLink

# Orders and returns ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """A line or sub-line as recorded. `total_cents` = price x quantity - `discount_cents`; sub-lines count separately.

    A till's total is kept as it says, whatever its price. A sub-line's quantity is the whole number sold with its line,
    not per unit. `order_discount_cents` is this line's share of the discounts on the whole order, which `total_cents`
    does not contain. `tax_cents` is its part, sub-lines included, of tax that comes on top of the prices: points count
    what was paid, tax in (offer-rules.md, rule 10).
    """

    external_identifier: str
    name: str
    sku: str
    quantity: int
    price_cents: int
    total_cents: int
    discount_cents: int = 0
    order_discount_cents: int = 0
    tax_cents: int = 0
    earns_points: bool = True
    results: tuple[MoneyLink | VoucherLink, ...] = ()
    """What the line brought about at the programme: gift cards sold (Order at Table guide, "line_items.result")."""
    sub_lines: tuple["OrderLine", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedDiscount:
    """A discount on the order or (with `line_identifiers`) on some lines, with the redemption it came from.

    The last four are what tills say besides. `applied_to` counts where it is there: ORDER or ORDER_LINES.
    """

    external_identifier: str
    name: str
    cents: int
    line_identifiers: tuple[str, ...] = ()
    redemption: RedemptionLink | None = None
    applied_to: str = ""
    type: str = ""
    value: str = ""
    charge_identifiers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What came on top: SERVICE_CHARGE, GRATUITY, TAX. Earns nothing. The last three are what tills say besides."""

    external_identifier: str
    type: str
    cents: int
    name: str = ""
    amount_cents: int | None = None
    """Before a discount on the charge."""
    discount_cents: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentLink:
    """A part of the bill paid with the programme's own money; cards and cash are not told (guide, "payments")."""

    link: MoneyLink
    cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDocument:
    """A paid order, whole. The same identifier with the same content is the same order.

    A till's may be unpaid still, and then `paid_at` is when it came in (loyalty.till_orders).
    """

    external_identifier: str
    contact_id: str
    shop: str
    currency: str
    paid_at: datetime
    order_amount_cents: int
    """Lines and sub-lines, discounts on lines in, before order discounts and charges."""
    total_discount_cents: int
    total_cents: int
    lines: tuple[OrderLine, ...]
    discounts: tuple[AppliedDiscount, ...] = ()
    charges: tuple[Charge, ...] = ()
    payments: tuple[PaymentLink, ...] = ()
    reference: str = ""
    shares_are_told: bool = False
    """A till said what of the order's discounts and added tax falls on each line; else they were shared out for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedLine:
    """Units of a line or sub-line given back. `net_cents` is what they really cost, all discounts off; a quantity of 0
    with an amount corrects money alone. A till may name the line that a sub-line belongs to.
    """

    external_identifier: str
    quantity: int
    net_cents: int
    parent_identifier: str = ""
    total_cents: int | None = None
    """The same before discounts on the order and added tax, where a till gave it back so."""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnDocument:
    """A return of an order, whole or in part."""

    external_identifier: str
    order_identifier: str
    returned_at: datetime
    lines: tuple[ReturnedLine, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedLine:
    """What a till wants to give back of a line or sub-line; what it left open is worked out from the order kept."""

    external_identifier: str
    quantity: int
    parent_identifier: str = ""
    total_cents: int | None = None
    discount_cents: int | None = None
    order_discount_cents: int | None = None
    """What of `total_cents` had been taken off by discounts on the order."""
    tax_cents: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsResult:
    """What an order earned or a return took (negative), and the balance right after it."""

    points: int
    new_balance: int


# Catalogue ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A restaurant as the programme knows it; `reference` is the restaurant's own slug."""

    reference: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueProduct:
    """A product of the menu: its SKU, its name, and the categories it is in as slug -> name."""

    sku: str
    name: str
    description: str = ""
    categories: Mapping[str, str] = field(default_factory=dict)
    earns_points: bool = True
    till_codes: Mapping[str, str] = field(default_factory=dict)
    """What tills call it, by their make; others use the SKU."""
