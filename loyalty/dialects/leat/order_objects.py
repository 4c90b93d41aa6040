"""What Leat's JSON of orders and returns looks like (leat-api.md sections 8 and 11.1)."""

from typing import TypedDict

from loyalty.dialects.leat.contacts import SmallContact


class ProfileObject(TypedDict):
    """The shop."""

    uuid: str
    name: str


class LineProduct(TypedDict, total=False):
    """The product of a line; without a uuid where the catalogue does not have it any more."""

    uuid: str
    external_identifier: str
    name: str


class LinkObject(TypedDict):
    """Something of the programme's, by its uuid."""

    uuid: str
    type: str


class PartLink(TypedDict):
    """A line, sub-line or charge that a discount applies to."""

    uuid: str
    external_identifier: str


class SubLineObject(TypedDict):
    """A modifier."""

    uuid: str
    external_identifier: str
    name: str
    quantity: int
    price: int
    discount_amount: int
    total_amount: int
    product: LineProduct | None


class LineObject(SubLineObject):
    """A line."""

    result: LinkObject | None
    sub_line_items: list[SubLineObject]


class DiscountObject(TypedDict):
    """A discount."""

    uuid: str
    external_identifier: str
    name: str
    amount: int
    applied_to: str
    type: str
    value: int | float
    line_items: list[PartLink]
    sub_line_items: list[PartLink]
    charges: list[PartLink]
    offer: LinkObject | None


class ChargeDefinition(TypedDict):
    """What a charge is called."""

    external_identifier: str
    name: str


class ChargeObject(TypedDict):
    """A charge."""

    uuid: str
    external_identifier: str
    name: str
    type: str
    amount: int
    discount_amount: int
    total_amount: int
    charge_definition: ChargeDefinition | None


class OrderObject(TypedDict):
    """An order."""

    uuid: str
    contact: SmallContact
    business_profile: ProfileObject | None
    external_identifier: str
    reference: str | None
    status: str
    payment_status: str
    currency: str
    formatted_total_order_amount: str
    order_amount: int
    total_charges_amount: int
    total_discount_amount: int
    total_order_amount: int
    paid_at: str | None
    completed_at: str | None
    line_items: list[LineObject]
    applied_discounts: list[DiscountObject]
    charges: list[ChargeObject]
    payments: list[LinkObject]
    created_at: str
    updated_at: str


class PointsObject(TypedDict):
    """Points and the balance after them."""

    points: int
    new_balance: int


class ResultObject(TypedDict):
    """What an order or a return brought about."""

    type: str
    data: PointsObject


class UuidObject(TypedDict):
    """Something of the order's, by its uuid."""

    uuid: str


class LineReturnObject(TypedDict):
    """A line given back."""

    uuid: str
    quantity: int
    line_item: UuidObject


class SubLineReturnObject(TypedDict):
    """A sub-line given back."""

    uuid: str
    quantity: int
    sub_line_item: UuidObject


class ReturnObject(TypedDict):
    """A return."""

    uuid: str
    external_identifier: str
    status: str
    order: UuidObject
    line_item_returns: list[LineReturnObject]
    sub_line_item_returns: list[SubLineReturnObject]
