"""Returns as tills send them, into what is asked of loyalty.till_returns (leat-api.md section 8.3)."""

from collections.abc import Iterator, Mapping
from typing import Any

from loyalty.dialects.leat.orders import RefusedFields
from loyalty.documents import AskedLine

type Fields = Mapping[str, Any]


def read_return(fields: Fields, *, order_document: Fields) -> tuple[AskedLine, ...]:
    """Return the lines and sub-lines to give back.

    What it says of discounts on the order and of charges is held against the order and not used further: what a line
    really cost is kept with the order. Raises RefusedFields.
    """
    errors: dict[str, list[str]] = {}
    _check(errors, "applied_discounts", fields, "amount", order_document["discounts"])
    _check(errors, "charges", fields, "total_amount", order_document["charges"])
    if errors:
        raise RefusedFields(errors)
    return tuple(_lines(fields))


def _lines(fields: Fields) -> Iterator[AskedLine]:
    for line in fields.get("line_items") or []:
        subs = line.get("sub_line_items") or []
        # A line that only says which its sub-lines are gives nothing back itself.
        if line["quantity"] or line.get("total_amount") or not subs:
            yield _line(line, "")
        for sub in subs:
            yield _line(sub, line["external_identifier"])


def _line(fields: Fields, parent: str) -> AskedLine:
    return AskedLine(
        external_identifier=fields["external_identifier"],
        parent_identifier=parent,
        quantity=fields["quantity"],
        total_cents=fields.get("total_amount"),
        discount_cents=fields.get("discount_amount"),
        order_discount_cents=fields.get("order_discount_amount"),
        tax_cents=fields.get("tax_amount"),
        reason=fields.get("reason") or "",
    )


def _check(errors: dict[str, list[str]], name: str, fields: Fields, amount: str, there: Any) -> None:
    most = {thing["external_identifier"]: thing["cents"] for thing in there}
    for position, thing in enumerate(fields.get(name) or []):
        if thing["external_identifier"] not in most:
            errors[f"{name}.{position}.external_identifier"] = ["The order has nothing of this identifier."]
        elif thing[amount] > most[thing["external_identifier"]]:
            errors[f"{name}.{position}.{amount}"] = ["This is more than the order has of it."]
