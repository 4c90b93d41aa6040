"""Orders as tills send them, into our documents (leat-api.md section 8). How they are answered: orders_out.

Fields come with their types checked; here their words are read and what they say of each other is checked.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from loyalty.documents import AppliedDiscount, Charge, OrderDocument, OrderLine, PaymentLink
from loyalty.domain import share_out
from loyalty.values import MoneyKind, MoneyLink, RedemptionKind, RedemptionLink, VoucherLink

type Fields = Mapping[str, Any]

ORDER, ORDER_LINES = "ORDER", "ORDER_LINES"
# Documented, sent by the Postman collection, answered by the samples: all mean one of two.
APPLIED_TO = {
    "ORDER": ORDER,
    "ORDER_LINES": ORDER_LINES,
    "ORDER_LINE": ORDER_LINES,
    "LINE_ITEMS": ORDER_LINES,
    "LINE_ITEM": ORDER_LINES,
    "SUB_LINE_ITEMS": ORDER_LINES,
    "SUB_LINE_ITEM": ORDER_LINES,
    "CHARGES": ORDER_LINES,
}
MOST_CENTS = 1_000_000_000
TAX = "TAX"


class RefusedFields(Exception):
    """Fields that contradict each other: `errors` maps their paths to sentences."""

    def __init__(self, errors: Mapping[str, list[str]]) -> None:
        super().__init__(", ".join(errors))
        self.errors = dict(errors)


def skus_of(fields: Fields) -> set[str]:
    """Return the external identifiers of the products that an order's lines and sub-lines name."""
    lines = fields.get("line_items") or []
    return {sku for line in lines for part in (line, *(line.get("sub_line_items") or [])) if (sku := _sku(part))}


def read_order(
    fields: Fields, *, contact_id: str, shop: str, currency: str, now: datetime, silent_skus: frozenset[str]
) -> OrderDocument:
    """Return the order as it is kept: what a till left out worked out, discounts and added tax shared over the lines.

    `silent_skus` are products that earn no points. Raises RefusedFields.
    """
    lines = tuple(
        _line(line, number, silent_skus, earns=True) for number, line in enumerate(fields.get("line_items") or [], 1)
    )
    charges = tuple(_charge(charge, number) for number, charge in enumerate(fields.get("charges") or [], 1))
    discounts = tuple(
        _discount(discount, number) for number, discount in enumerate(fields.get("applied_discounts") or [], 1)
    )
    _check_identifiers(lines, charges, discounts)
    shares_are_told = any(
        part.get(key) is not None
        for line in fields.get("line_items") or []
        for part in (line, *(line.get("sub_line_items") or []))
        for key in ("order_discount_amount", "tax_amount")
    )
    if not shares_are_told:
        lines = _share_tax(_share_discounts(lines, discounts), charges)
    order_amount = sum(part.total_cents for part in _parts(lines))
    on_order = sum(discount.cents for discount in discounts if discount.applied_to == ORDER)
    document = OrderDocument(
        external_identifier=fields.get("external_identifier") or "",
        contact_id=contact_id,
        shop=shop,
        currency=currency,
        paid_at=fields.get("paid_at") or now,
        order_amount_cents=_told(fields, "order_amount", order_amount),
        total_discount_cents=_told(
            fields, "total_discount_amount", on_order + sum(part.discount_cents for part in _parts(lines))
        ),
        total_cents=_told(
            fields, "total_order_amount", max(0, order_amount - on_order) + sum(charge.cents for charge in charges)
        ),
        lines=lines,
        discounts=discounts,
        charges=charges,
        payments=tuple(_payment(payment) for payment in fields.get("payments") or []),
        reference=fields.get("reference") or "",
        shares_are_told=shares_are_told,
    )
    if max(order_amount, document.total_cents) > MOST_CENTS:
        raise RefusedFields({"total_order_amount": ["This is more than an order can come to."]})
    return document


def _line(fields: Fields, number: int, silent_skus: frozenset[str], *, earns: bool, within: str = "") -> OrderLine:
    identifier = fields.get("external_identifier") or f"{within}{number}"
    price, quantity = fields["price"], fields["quantity"]
    discount = fields.get("discount_amount") or 0
    total = _told(fields, "total_amount", max(0, price * quantity - discount))
    results = _results(fields)
    sells_money = any(isinstance(result, MoneyLink) for result in results)
    earns = earns and fields.get("earns_points") is not False and not sells_money and _sku(fields) not in silent_skus
    subs = fields.get("sub_line_items") or []
    return OrderLine(
        external_identifier=identifier,
        name=fields.get("name") or identifier,
        sku=_sku(fields),
        quantity=quantity,
        price_cents=price,
        total_cents=total,
        discount_cents=discount,
        order_discount_cents=min(total, fields.get("order_discount_amount") or 0),
        tax_cents=fields.get("tax_amount") or 0,
        earns_points=earns,
        results=results,
        sub_lines=tuple(
            _line(sub, position, silent_skus, earns=earns, within=f"{identifier}.")
            for position, sub in enumerate(subs, 1)
        ),
    )


def _sku(fields: Fields) -> str:
    product = fields.get("product") or {}
    return product.get("external_identifier") or ""


def _results(fields: Fields) -> tuple[MoneyLink | VoucherLink, ...]:
    """Return what the line brought about; the Magento module calls it `offer`."""
    link = fields.get("result") or fields.get("offer") or {}
    if link.get("type") == "VOUCHER":
        return (VoucherLink(id=link["uuid"]),)
    return (MoneyLink(kind=MoneyKind(link["type"]), id=link["uuid"]),) if link.get("type") in set(MoneyKind) else ()


def _discount(fields: Fields, number: int) -> AppliedDiscount:
    linked = [*(fields.get("line_items") or []), *(fields.get("sub_line_items") or [])]
    offer = fields.get("offer") or {}
    identifier = fields.get("external_identifier") or f"discount-{number}"
    value = fields.get("value")
    return AppliedDiscount(
        external_identifier=identifier,
        name=fields.get("name") or identifier,
        cents=fields["amount"],
        line_identifiers=tuple(link["external_identifier"] for link in linked),
        redemption=RedemptionLink(kind=RedemptionKind(offer["type"]), id=offer["uuid"]) if offer.get("type") else None,
        applied_to=APPLIED_TO[fields["applied_to"]],
        type=fields.get("type") or "",
        value="" if value is None else f"{Decimal(str(value)):f}",
        charge_identifiers=tuple(link["external_identifier"] for link in fields.get("charges") or []),
    )


def _charge(fields: Fields, number: int) -> Charge:
    definition = fields.get("charge_definition") or {}
    word = definition.get("external_identifier") or fields.get("type") or ""
    identifier = fields.get("external_identifier") or f"charge-{number}"
    return Charge(
        external_identifier=identifier,
        type=word,
        cents=fields["total_amount"],
        name=fields.get("name") or word or identifier,
        amount_cents=fields.get("amount"),
        discount_cents=fields.get("discount_amount") or 0,
    )


def _payment(fields: Fields) -> PaymentLink:
    return PaymentLink(
        link=MoneyLink(kind=MoneyKind(fields["type"]), id=fields["uuid"]), cents=fields.get("amount") or 0
    )


def _told(fields: Fields, name: str, otherwise: int) -> int:
    value: int | None = fields.get(name)
    return otherwise if value is None else value


def _parts(lines: Sequence[OrderLine]) -> Iterator[OrderLine]:
    for line in lines:
        yield line
        yield from line.sub_lines


def _check_identifiers(
    lines: Sequence[OrderLine], charges: Sequence[Charge], discounts: Sequence[AppliedDiscount]
) -> None:
    """Refuse an identifier that names two things, and a discount on what is not there."""
    errors: dict[str, list[str]] = {}
    names = {line.external_identifier for line in lines}

    def check(path: str, things: Sequence[OrderLine | Charge | AppliedDiscount], taken: set[str]) -> None:
        seen = set(taken)
        for position, thing in enumerate(things):
            if thing.external_identifier in seen:
                errors[f"{path}.{position}.external_identifier"] = ["Something else in this order has this identifier."]
            seen.add(thing.external_identifier)

    check("line_items", lines, set())
    for position, line in enumerate(lines):
        check(f"line_items.{position}.sub_line_items", line.sub_lines, names)
    check("charges", charges, set())
    check("applied_discounts", discounts, set())
    there = {part.external_identifier for part in _parts(lines)} | {charge.external_identifier for charge in charges}
    for position, discount in enumerate(discounts):
        if not there.issuperset((*discount.line_identifiers, *discount.charge_identifiers)):
            errors[f"applied_discounts.{position}.line_items"] = ["The order has no line of this identifier."]
    if errors:
        raise RefusedFields(errors)


def _share_discounts(lines: Sequence[OrderLine], discounts: Sequence[AppliedDiscount]) -> tuple[OrderLine, ...]:
    """Share each discount on the order over what is left of the lines that it names, or of all, by largest remainder."""
    parts = list(_parts(lines))
    left = [part.total_cents for part in parts]
    for discount in discounts:
        if discount.applied_to == ORDER:
            named = set(discount.line_identifiers)
            weights = [
                cents if not named or part.external_identifier in named else 0
                for part, cents in zip(parts, left, strict=True)
            ]
            shares = share_out(min(discount.cents, sum(weights)), weights)
            left = [cents - share for cents, share in zip(left, shares, strict=True)]
    taken = iter([part.total_cents - cents for part, cents in zip(parts, left, strict=True)])
    return tuple(
        replace(
            line,
            order_discount_cents=next(taken),
            sub_lines=tuple(replace(sub, order_discount_cents=next(taken)) for sub in line.sub_lines),
        )
        for line in lines
    )


def _share_tax(lines: Sequence[OrderLine], charges: Sequence[Charge]) -> tuple[OrderLine, ...]:
    """Share tax that comes on top over what the lines cost: points count what was paid for items, tax in."""
    tax_cents = sum(charge.cents for charge in charges if charge.type == TAX)
    weights = [part.total_cents - part.order_discount_cents for part in _parts(lines)]
    if not tax_cents or not sum(weights):
        return tuple(lines)
    shares = iter(_share_any(tax_cents, weights))
    return tuple(
        replace(
            line,
            tax_cents=next(shares),
            sub_lines=tuple(replace(sub, tax_cents=next(shares)) for sub in line.sub_lines),
        )
        for line in lines
    )


def _share_any(cents: int, weights: Sequence[int]) -> list[int]:
    whole, rest = divmod(cents, sum(weights))
    return [whole * weight + share for weight, share in zip(weights, share_out(rest, weights), strict=True)]
