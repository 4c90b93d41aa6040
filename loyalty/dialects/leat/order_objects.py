"""What Leat's JSON of orders and returns looks like (leat-api.md sections 8 and 11.1)."""

from typing import TypedDict


class ContactOut(TypedDict):
    """The person, small."""

    uuid: str
    email: str | None


class ProfileOut(TypedDict):
    """The shop."""

    uuid: str
    name: str


class ProductOut(TypedDict, total=False):
    """The product of a line; without a uuid where the catalogue does not have it any more."""

    uuid: str
    external_identifier: str
    name: str


class LinkOut(TypedDict):
    """Something of the programme's, by its uuid."""

    uuid: str
    type: str


class PartLinkOut(TypedDict):
    """A line, sub-line or charge that a discount applies to."""

    uuid: str
    external_identifier: str


class SubLineOut(TypedDict):
    """A modifier."""

    uuid: str
    external_identifier: str
    name: str
    quantity: int
    price: int
    discount_amount: int
    total_amount: int
    product: ProductOut | None


class LineOut(SubLineOut):
    """A line."""

    result: LinkOut | None
    sub_line_items: list[SubLineOut]


class DiscountOut(TypedDict):
    """A discount."""

    uuid: str
    external_identifier: str
    name: str
    amount: int
    applied_to: str
    type: str
    value: int | float
    line_items: list[PartLinkOut]
    sub_line_items: list[PartLinkOut]
    charges: list[PartLinkOut]
    offer: LinkOut | None


class DefinitionOut(TypedDict):
    """What a charge is called."""

    external_identifier: str
    name: str


class ChargeOut(TypedDict):
    """A charge."""

    uuid: str
    external_identifier: str
    name: str
    type: str
    amount: int
    discount_amount: int
    total_amount: int
    charge_definition: DefinitionOut | None


class OrderOut(TypedDict):
    """An order."""

    uuid: str
    contact: ContactOut
    business_profile: ProfileOut | None
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
    line_items: list[LineOut]
    applied_discounts: list[DiscountOut]
    charges: list[ChargeOut]
    payments: list[LinkOut]
    created_at: str
    updated_at: str


class PointsOut(TypedDict):
    """Points and the balance after them."""

    points: int
    new_balance: int


class ResultOut(TypedDict):
    """What an order or a return brought about."""

    type: str
    data: PointsOut


class UuidOut(TypedDict):
    """Something of the order's, by its uuid."""

    uuid: str


class LineReturnOut(TypedDict):
    """A line given back."""

    uuid: str
    quantity: int
    line_item: UuidOut


class SubLineReturnOut(TypedDict):
    """A sub-line given back."""

    uuid: str
    quantity: int
    sub_line_item: UuidOut


class ReturnOut(TypedDict):
    """A return."""

    uuid: str
    external_identifier: str
    status: str
    order: UuidOut
    line_item_returns: list[LineReturnOut]
    sub_line_item_returns: list[SubLineReturnOut]
