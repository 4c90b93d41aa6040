"""Orders and returns as Leat answers them (leat-api.md sections 8 and 11.1), from the documents that are kept."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from loyalty.dialects.leat.contacts import SmallContact
from loyalty.dialects.leat.moments import write_moment, write_optional_moment
from loyalty.dialects.leat.order_objects import (
    ChargeObject,
    DiscountObject,
    LineObject,
    LineProduct,
    LineReturnObject,
    LinkObject,
    OrderObject,
    PartLink,
    ProfileObject,
    ResultObject,
    ReturnObject,
    SubLineObject,
    SubLineReturnObject,
    UuidObject,
)
from loyalty.dialects.leat.orders import ORDER, ORDER_LINES

type Kept = Mapping[str, Any]
"""A part of a document as it is kept: the fields of loyalty.documents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptOrder:
    """What there is to say of an order besides its document."""

    uuid: uuid.UUID
    document: Kept
    contact: SmallContact
    business_profile: ProfileObject | None
    status: str
    payment_status: str
    created_at: datetime
    changed_at: datetime
    paid_at: datetime | None
    completed_at: datetime | None
    products: Mapping[str, LineProduct]
    """Those of the catalogue, by their external identifier."""
    formatted_total: str


def write_order(order: KeptOrder) -> OrderObject:
    """Return the order. Identifiers and amounts are as they were sent; uuids of its parts are always the same."""
    document = order.document
    charges = [_charge(order.uuid, charge) for charge in document["charges"]]
    return {
        "uuid": str(order.uuid),
        "contact": order.contact,
        "business_profile": order.business_profile,
        "external_identifier": document["external_identifier"],
        "reference": document["reference"] or None,
        "status": order.status,
        "payment_status": order.payment_status,
        "currency": document["currency"],
        "formatted_total_order_amount": order.formatted_total,
        "order_amount": document["order_amount_cents"],
        "total_charges_amount": sum(charge["total_amount"] for charge in charges),
        "total_discount_amount": document["total_discount_cents"],
        "total_order_amount": document["total_cents"],
        "paid_at": write_optional_moment(order.paid_at),
        "completed_at": write_optional_moment(order.completed_at),
        "line_items": [_line(order, line) for line in document["lines"]],
        "applied_discounts": [_discount(order.uuid, one, document) for one in document["discounts"]],
        "charges": charges,
        "payments": [_link(payment["link"]) for payment in document["payments"]],
        "created_at": write_moment(order.created_at),
        "updated_at": write_moment(order.changed_at),
    }


def write_result(points: int, new_balance: int) -> ResultObject:
    """Return what an order earned, or (as a positive number, docs/adr/0026) what a return took."""
    return {"type": "POINTS_TRANSACTION", "data": {"points": abs(points), "new_balance": new_balance}}


def write_return(
    return_uuid: uuid.UUID, *, order_uuid: uuid.UUID, status: str, document: Kept, order_document: Kept
) -> ReturnObject:
    """Return the return of an order."""
    lines: list[LineReturnObject] = []
    sub_lines: list[SubLineReturnObject] = []
    tops = {line["external_identifier"] for line in order_document["lines"]}
    for position, line in enumerate(document["lines"]):
        identifier = line["external_identifier"]
        own = str(uuid.uuid5(return_uuid, str(position)))
        parent = line.get("parent_identifier") or ("" if identifier in tops else _parent(identifier, order_document))
        part = {"uuid": _part_uuid(order_uuid, identifier, parent)}
        if parent:
            sub_lines.append(
                {"uuid": own, "quantity": line["quantity"], "sub_line_item": UuidObject(uuid=part["uuid"])}
            )
        else:
            lines.append({"uuid": own, "quantity": line["quantity"], "line_item": UuidObject(uuid=part["uuid"])})
    return {
        "uuid": str(return_uuid),
        "external_identifier": document["external_identifier"],
        "status": status,
        "order": {"uuid": str(order_uuid)},
        "line_item_returns": lines,
        "sub_line_item_returns": sub_lines,
    }


def skus_in(document: Kept) -> Iterator[str]:
    """Yield the external identifiers of the products in a document."""
    for line in document["lines"]:
        yield from (part["sku"] for part in (line, *line["sub_lines"]) if part["sku"])


def _line(order: KeptOrder, line: Kept) -> LineObject:
    identifier = line["external_identifier"]
    results = line.get("results") or []
    return {
        **_part(order, line, ""),
        "result": _link(results[0]) if results else None,
        "sub_line_items": [_part(order, sub, identifier) for sub in line["sub_lines"]],
    }


def _part(order: KeptOrder, part: Kept, parent: str) -> SubLineObject:
    identifier, sku = part["external_identifier"], part["sku"]
    product: LineProduct | None = None
    if sku:
        product = order.products.get(sku) or {"external_identifier": sku, "name": part["name"]}
    return {
        "uuid": _part_uuid(order.uuid, identifier, parent),
        "external_identifier": identifier,
        "name": part["name"],
        "quantity": part["quantity"],
        "price": part["price_cents"],
        "discount_amount": part["discount_cents"],
        "total_amount": part["total_cents"],
        "product": product,
    }


def _discount(order_uuid: uuid.UUID, discount: Kept, document: Kept) -> DiscountObject:
    named = set(discount["line_identifiers"])
    tops: list[PartLink] = []
    subs: list[PartLink] = []
    for line in document["lines"]:
        identifier = line["external_identifier"]
        if identifier in named:
            tops.append(_part_link(order_uuid, identifier))
        subs += [
            _part_link(order_uuid, sub["external_identifier"], identifier)
            for sub in line["sub_lines"]
            if sub["external_identifier"] in named
        ]
    redemption = discount["redemption"]
    return {
        "uuid": str(uuid.uuid5(order_uuid, f"discount/{discount['external_identifier']}")),
        "external_identifier": discount["external_identifier"],
        "name": discount["name"],
        "amount": discount["cents"],
        "applied_to": discount.get("applied_to") or (ORDER_LINES if named else ORDER),
        "type": discount.get("type") or "ABSOLUTE",
        "value": _number(discount.get("value") or str(discount["cents"])),
        "line_items": tops,
        "sub_line_items": subs,
        "charges": [
            {"uuid": _charge_uuid(order_uuid, identifier), "external_identifier": identifier}
            for identifier in discount.get("charge_identifiers") or []
        ],
        "offer": {"uuid": redemption["id"], "type": redemption["kind"]} if redemption else None,
    }


def _charge(order_uuid: uuid.UUID, charge: Kept) -> ChargeObject:
    name, word, cents = charge.get("name") or charge["type"], charge["type"], charge["cents"]
    discount_cents = charge.get("discount_cents") or 0
    before_cents = charge.get("amount_cents")
    return {
        "uuid": _charge_uuid(order_uuid, charge["external_identifier"]),
        "external_identifier": charge["external_identifier"],
        "name": name,
        "type": word,
        "amount": cents + discount_cents if before_cents is None else before_cents,
        "discount_amount": discount_cents,
        "total_amount": cents,
        "charge_definition": {"external_identifier": word, "name": name} if word else None,
    }


def _link(link: Kept) -> LinkObject:
    return {"uuid": link["id"], "type": link["kind"]}


def _part_link(order_uuid: uuid.UUID, identifier: str, parent: str = "") -> PartLink:
    return {"uuid": _part_uuid(order_uuid, identifier, parent), "external_identifier": identifier}


def _part_uuid(order_uuid: uuid.UUID, identifier: str, parent: str) -> str:
    return str(uuid.uuid5(order_uuid, f"line/{parent}/{identifier}" if parent else f"line/{identifier}"))


def _charge_uuid(order_uuid: uuid.UUID, identifier: str) -> str:
    return str(uuid.uuid5(order_uuid, f"charge/{identifier}"))


def _parent(identifier: str, document: Kept) -> str:
    lines: Sequence[Kept] = document["lines"]
    return next(
        (
            line["external_identifier"]
            for line in lines
            if any(sub["external_identifier"] == identifier for sub in line["sub_lines"])
        ),
        "",
    )


def _number(text: str) -> int | float:
    value = float(text)
    return int(value) if value.is_integer() else value
