"""What calls about orders and returns send: fields with their types (leat-api.md section 8)."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from loyalty.api.fields import Amount, Moment, Payload, Text, Uuid
from loyalty.dialects.leat.orders import MOST_CENTS


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def _nothing(value: object) -> object:
    return None if value == [] else value  # PHP writes an empty map so


Identifier = Annotated[str, Field(min_length=1, max_length=120)]
OrderCents = Annotated[int, Field(ge=0, le=MOST_CENTS)]
Units = Annotated[int, Field(ge=0, le=100_000)]
Status = Annotated[Literal["CREATED", "PENDING", "COMPLETED", "CANCELLED"], BeforeValidator(_upper)]
PaymentStatus = Annotated[Literal["UNPAID", "PENDING", "PAID"], BeforeValidator(_upper)]
ReturnStatus = Annotated[Literal["PENDING", "COMPLETED"], BeforeValidator(_upper)]
DiscountType = Annotated[Literal["PERCENTAGE", "ABSOLUTE"], BeforeValidator(_upper)]
AppliedTo = Annotated[
    Literal[
        "ORDER", "ORDER_LINES", "ORDER_LINE", "LINE_ITEMS", "LINE_ITEM", "SUB_LINE_ITEMS", "SUB_LINE_ITEM", "CHARGES"
    ],
    BeforeValidator(_upper),
]
MoneyType = Annotated[Literal["GIFTCARD_TRANSACTION", "PREPAID_TRANSACTION"], BeforeValidator(_upper)]
ResultType = Annotated[Literal["GIFTCARD_TRANSACTION", "PREPAID_TRANSACTION", "VOUCHER"], BeforeValidator(_upper)]
OfferType = Annotated[
    Literal["REWARD_REDEMPTION", "COLLECTABLE_REWARD_REDEMPTION", "VOUCHER_REDEMPTION"], BeforeValidator(_upper)
]


class ByUuid(Payload):
    """A contact, a business profile."""

    uuid: Uuid


class ByIdentifier(Payload):
    """A product, a charge definition, a line that a discount applies to."""

    external_identifier: Identifier


class ResultLink(Payload):
    """What a line brought about."""

    uuid: Uuid
    type: ResultType


class AnyLink(Payload):
    """A line's result under the Magento module's name for it; of a kind that we do not know it says nothing."""

    uuid: Text
    type: Text


class OfferLink(Payload):
    """Where a discount comes from."""

    uuid: Uuid
    type: OfferType


class MoneyPayment(Payload):
    """A part of the bill paid with a gift card or a prepaid balance."""

    uuid: Uuid
    type: MoneyType
    amount: OrderCents | None = None


class SimulatedPart(Payload):
    """A line or sub-line that need not be named.

    The last three are ours: what of the order's discounts and of tax on top falls on it, and whether it earns at all.
    """

    external_identifier: Identifier | None = None
    name: Text | None = None
    quantity: Units
    price: OrderCents
    total_amount: OrderCents | None = None
    discount_amount: OrderCents | None = None
    product: Annotated[ByIdentifier | None, BeforeValidator(_nothing)] = None
    order_discount_amount: OrderCents | None = None
    tax_amount: OrderCents | None = None
    earns_points: bool | None = None


class SimulatedLine(SimulatedPart):
    """A line of an order that is only worked out."""

    sub_line_items: list[SimulatedPart] = []
    result: ResultLink | None = None
    offer: AnyLink | None = None


class SubLine(SimulatedPart):
    """A modifier."""

    external_identifier: Identifier
    name: Text


class Line(SimulatedLine):
    """A line."""

    external_identifier: Identifier
    name: Text
    sub_line_items: list[SubLine] = []  # type: ignore[assignment]


class SimulatedDiscount(Payload):
    """A discount that need not be named."""

    external_identifier: Identifier | None = None
    name: Text | None = None
    amount: OrderCents
    applied_to: AppliedTo
    type: DiscountType | None = None
    value: Amount | None = None
    line_items: list[ByIdentifier] = []
    sub_line_items: list[ByIdentifier] = []
    charges: list[ByIdentifier] = []
    offer: OfferLink | None = None


class Discount(SimulatedDiscount):
    """A discount."""

    external_identifier: Identifier
    name: Text


class SimulatedCharge(Payload):
    """A charge that need not be named."""

    external_identifier: Identifier | None = None
    name: Text | None = None
    total_amount: OrderCents
    amount: OrderCents | None = None
    discount_amount: OrderCents | None = None
    charge_definition: Annotated[ByIdentifier | None, BeforeValidator(_nothing)] = None
    type: Identifier | None = None


class Charge(SimulatedCharge):
    """A charge."""

    external_identifier: Identifier
    name: Text


class SimulatedOrder(Payload):
    """An order that is only worked out."""

    external_identifier: Identifier | None = None
    reference: Text | None = None
    status: Status | None = None
    payment_status: PaymentStatus | None = None
    total_order_amount: OrderCents | None = None
    order_amount: OrderCents | None = None
    total_discount_amount: OrderCents | None = None
    currency: Annotated[str, Field(min_length=3, max_length=3), BeforeValidator(_upper)] | None = None
    paid_at: Moment | None = None
    completed_at: Moment | None = None
    contact: ByUuid | None = None
    business_profile: ByUuid | None = None
    line_items: list[SimulatedLine] = Field(min_length=1)
    applied_discounts: list[SimulatedDiscount] = []
    charges: list[SimulatedCharge] = []
    payments: list[MoneyPayment] = []


class NewOrder(SimulatedOrder):
    """An order."""

    external_identifier: Identifier
    status: Status
    payment_status: PaymentStatus
    contact: ByUuid
    business_profile: ByUuid
    line_items: list[Line] = Field(min_length=1)  # type: ignore[assignment]
    applied_discounts: list[Discount] = []  # type: ignore[assignment]
    charges: list[Charge] = []  # type: ignore[assignment]


class OrderChanges(Payload):
    """How far an order is."""

    status: Status | None = None
    payment_status: PaymentStatus | None = None


class OrderReference(Payload):
    """The order that a return is of, by either."""

    uuid: Uuid | None = None
    external_identifier: Identifier | None = None


class ReturnedPart(Payload):
    """A sub-line given back, or money of it alone (quantity 0). The last two are ours, see the order's."""

    external_identifier: Identifier
    quantity: Units
    total_amount: OrderCents | None = None
    discount_amount: OrderCents | None = None
    reason: Text | None = None
    order_discount_amount: OrderCents | None = None
    tax_amount: OrderCents | None = None


class ReturnedLine(ReturnedPart):
    """A line given back."""

    sub_line_items: list[ReturnedPart] = []


class ReturnedDiscount(Payload):
    """What of a discount goes back."""

    external_identifier: Identifier
    amount: OrderCents


class ReturnedCharge(Payload):
    """What of a charge goes back."""

    external_identifier: Identifier
    total_amount: OrderCents
    amount: OrderCents | None = None
    discount_amount: OrderCents | None = None


class NewReturn(Payload):
    """A return."""

    external_identifier: Identifier
    order: OrderReference
    status: ReturnStatus
    line_items: list[ReturnedLine] = []
    applied_discounts: list[ReturnedDiscount] = []
    charges: list[ReturnedCharge] = []
