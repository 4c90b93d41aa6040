"""What RBI's calls send: the fields of their bodies and headers, with types and bounds. Unknown fields are let pass."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema

from loyalty.api.fields import Payload, Text
from loyalty.dialects.rbi.reading import read_local_time

MOST_LINES = 1000
LARGEST_PRICE = Decimal(10) ** 7
LARGEST_QUANTITY = 10_000

Price = Annotated[
    Decimal,
    Field(ge=0, le=LARGEST_PRICE),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": int(LARGEST_PRICE)}),
]
Tax = Annotated[
    Decimal,
    Field(ge=-LARGEST_PRICE, le=LARGEST_PRICE),
    WithJsonSchema({"type": "number", "minimum": -int(LARGEST_PRICE), "maximum": int(LARGEST_PRICE)}),
]
PaymentCents = Annotated[int, Field(ge=-(10**10), le=10**10)]


def _local_time(value: Any) -> datetime:
    try:
        return read_local_time(str(value))
    except (ValueError, OverflowError) as error:
        raise ValueError("Must be a local time such as 2026-05-31T18:00:00.") from error


class Headers(BaseModel):
    """The headers beside the key."""

    region: str | None = Field(None, alias="x-region", pattern="^[A-Za-z]{2}$", description="Country, two letters.")
    local_time: Annotated[datetime, BeforeValidator(_local_time)] | None = Field(
        None,
        alias="x-user-datetime",
        description="The guest's local time, ISO 8601: weekdays and dates are judged by it.",
        json_schema_extra={"type": "string", "format": "date-time"},
    )


class PosVendor(Payload):
    """The till that asks."""

    operator: Text = ""
    posType: Text = ""  # noqa: N815 - RBI's own names, here and below
    storeId: Text = ""  # noqa: N815
    supportingPos: Text = ""  # noqa: N815
    terminal: Text = ""
    transactionId: Text = ""  # noqa: N815


class IdentifyBody(Payload):
    """Who stands at the till."""

    identifier: Text
    posVendor: PosVendor = PosVendor()  # noqa: N815


class SentLine(Payload):
    """A line of the order; `price` in major units, all discounts off."""

    name: Text = ""
    price: Price = Decimal(0)
    productId: Text = ""  # noqa: N815
    productType: Text = "item"  # noqa: N815
    quantity: int = Field(1, ge=0, le=LARGEST_QUANTITY)
    referenceId: Text = ""  # noqa: N815
    parentReferenceId: Text = ""  # noqa: N815
    tax: Tax = Decimal(0)
    incentiveId: Text = ""  # noqa: N815
    loyaltyEngineId: Text = ""  # noqa: N815


class SentDetails(Payload):
    """How much an applied discount took off, as Identify said it."""

    displayName: Text = ""  # noqa: N815
    discountValue: Tax = Decimal(0)  # noqa: N815
    subtype: Text = ""
    type: Text = ""


class SentDiscount(Payload):
    """A discount that was applied."""

    details: SentDetails = SentDetails()
    incentiveId: Text = ""  # noqa: N815
    productId: Text = ""  # noqa: N815
    referenceId: Text = ""  # noqa: N815


class SentPayment(Payload):
    """A payment, in minor units; what it says of the card is not read."""

    amount: PaymentCents
    type: Text = ""


class TransactionDetails(Payload):
    """The basket."""

    appliedDiscounts: list[SentDiscount] = Field([], max_length=MOST_LINES)  # noqa: N815
    currency: str = Field("", pattern="^([A-Z]{3})?$")
    order: list[SentLine] = Field([], max_length=MOST_LINES)
    payments: list[SentPayment] = Field([], max_length=MOST_LINES)
    posVendor: PosVendor = PosVendor()  # noqa: N815


class TransactionBody(Payload):
    """An Update or a Validate: the whole basket each time."""

    channel: Text = ""
    created: Text = ""
    loyaltyId: Text = ""  # noqa: N815
    serviceMode: Text = ""  # noqa: N815
    status: Text
    transactionDetails: TransactionDetails  # noqa: N815
    transactionId: Text = ""  # noqa: N815


class VoidBody(Payload):
    """A Void: tills send the whole body again, of which only whose it is counts."""

    loyaltyId: Text = ""  # noqa: N815
    transactionId: Text = ""  # noqa: N815
