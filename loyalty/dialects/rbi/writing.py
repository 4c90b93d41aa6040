"""What a till is told, in RBI's JSON (the guide "Redeem discounts"; rbi-api.md section 2). Pure."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NotRequired, TypedDict

from loyalty.till_documents import HeldOffer, Identification, TillPoints


class Balance(TypedDict):
    """An amount of points."""

    amount: int
    currency: str


class DiscountDetails(TypedDict):
    """How much a discount takes off."""

    displayName: str
    discountValue: Decimal
    subtype: str
    type: str


class EligibleDiscount(TypedDict):
    """A discount that the member picked: three names for it, of the content, of the till, and ours (`referenceId`)."""

    details: DiscountDetails
    incentiveId: str
    productId: str
    referenceId: str


class LoyaltyUser(TypedDict):
    """The member."""

    created: str
    id: str
    name: str


class PickedLine(TypedDict):
    """A reward or offer that the member picked and that is an item, not a discount."""

    incentiveId: str
    loyaltyEngineId: str
    name: str
    price: int
    productId: str
    productType: str
    quantity: int
    referenceId: str
    tax: int


class IdentifyAnswer(TypedDict):
    """What Identify answers."""

    balances: list[Balance]
    eligibleDiscounts: list[EligibleDiscount]
    loyaltyUser: LoyaltyUser
    order: list[PickedLine]
    transactionId: str


class PointsAnswer(TypedDict):
    """What Validate, Update and Void answer."""

    loyaltyId: str
    points: int
    pointsEarned: int
    pointsRedeemed: int
    transactionId: str


class ErrorBody(TypedDict):
    """Any refusal. `isEngineError`: it is the programme that refuses, not the way it was asked."""

    code: str
    isEngineError: bool
    message: str
    statusCode: int
    details: NotRequired[Mapping[str, Any]]


def write_identification(found: Identification) -> IdentifyAnswer:
    """Return the body that Identify answers with."""
    lines = [offer for offer in found.offers if offer.subtype is None]
    return {
        "balances": [{"amount": found.balance, "currency": "points"}],
        "eligibleDiscounts": [_discount(offer) for offer in found.offers if offer.subtype is not None],
        "loyaltyUser": {"created": write_moment(found.created_at), "id": found.contact_id, "name": found.name},
        "order": [_line(offer, place) for place, offer in enumerate(lines, start=1)],
        "transactionId": found.transaction_id,
    }


def write_points(points: TillPoints) -> PointsAnswer:
    """Return the body that Validate, Update and Void answer with."""
    return {
        "loyaltyId": points.contact_id,
        "points": points.balance,
        "pointsEarned": points.earned,
        "pointsRedeemed": points.redeemed,
        "transactionId": points.transaction_id,
    }


def write_moment(moment: datetime) -> str:
    """Return a moment as the guide writes it: 2021-08-10T12:18:39.180Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def encode(value: object) -> str:
    """Return plain values as JSON, decimals as numbers exactly as they are: no float is ever made of an amount."""
    return "".join(_encode(value))


def _discount(offer: HeldOffer) -> EligibleDiscount:
    assert offer.subtype is not None
    return {
        "details": {
            "displayName": offer.name,
            "discountValue": offer.value,
            "subtype": offer.subtype.value,
            "type": offer.type.value,
        },
        "incentiveId": offer.incentive_id,
        "productId": offer.product_code,
        "referenceId": offer.engine_id,
    }


def _line(offer: HeldOffer, place: int) -> PickedLine:
    return {
        "incentiveId": offer.incentive_id,
        "loyaltyEngineId": offer.engine_id,
        "name": offer.name,
        "price": 0,
        "productId": offer.product_code,
        "productType": offer.type.value,
        "quantity": 1,
        "referenceId": str(place),
        "tax": 0,
    }


def _encode(value: object) -> Iterator[str]:
    if isinstance(value, Decimal):
        yield _number(value)
    elif isinstance(value, Mapping):
        yield from _joined("{}", ([json.dumps(str(key)), ":", *_encode(each)] for key, each in value.items()))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        yield from _joined("[]", (_encode(each) for each in value))
    else:
        yield json.dumps(value, ensure_ascii=False, allow_nan=False)


def _joined(brackets: str, parts: Any) -> Iterator[str]:
    yield brackets[0]
    for place, part in enumerate(parts):
        if place:
            yield ","
        yield from part
    yield brackets[1]


def _number(value: Decimal) -> str:
    """Return 20 for 20.00, 12.5 for 12.50."""
    if value == value.to_integral_value():
        return str(int(value))
    return f"{value.normalize():f}"
