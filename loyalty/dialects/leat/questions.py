"""What we send to Leat: our documents as its JSON. Pure. Amounts are minor units on both sides."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import islice
from typing import Any

from loyalty.attributes import Definition
from loyalty.dialects.leat.answers import MARKETING_ATTRIBUTE, TERMS_ATTRIBUTE
from loyalty.documents import AppliedDiscount, CatalogueProduct, OrderDocument, OrderLine, ReturnDocument
from loyalty.values import Consent, ConsentKind

CONSENT_ATTRIBUTES = {ConsentKind.TERMS: TERMS_ATTRIBUTE, ConsentKind.MARKETING: MARKETING_ATTRIBUTE}
CATEGORIES_AT_ONCE, PRODUCTS_AT_ONCE = 250, 100


def contact_attributes(
    *,
    first_name: str | None = None,
    last_name: str | None = None,
    birthdate: date | None = None,
    no_birthdate: bool = False,
    locale: str | None = None,
) -> dict[str, object]:
    """Return Leat's standard attributes of a contact (leat-api.md section 3.1); None leaves one as it is."""
    named = {"firstname": first_name, "lastname": last_name, "locale": locale}
    attributes: dict[str, object] = {name: value.strip() for name, value in named.items() if value is not None}
    if birthdate is not None or no_birthdate:
        attributes["birthdate"] = birthdate.isoformat() if birthdate is not None else None
    return attributes


def consent_attributes(consents: Iterable[Consent], *, prefix: str) -> dict[str, object]:
    """Return the attributes of ours that say what a contact agrees to."""
    return {prefix + CONSENT_ATTRIBUTES[consent.kind]: consent.granted for consent in consents}


def attribute_definition(definition: Definition, *, entity: str, prefix: str) -> dict[str, object]:
    """Return the body that defines a custom attribute (section 4)."""
    body: dict[str, object] = {
        "entity": entity,
        "name": prefix + definition.name,
        "label": definition.label or definition.name,
        "type": definition.type.value,
    }
    if definition.options:
        body["options"] = [{"label": option, "value": option} for option in definition.options]
    return body


# Orders ---------------------------------------------------------------------------------------------------------------


def order_body(document: OrderDocument, *, shop_uuid: str) -> dict[str, object]:
    """Return a paid order (section 8.1, and the Order at Table guide, "Order Successful")."""
    moment = document.paid_at.isoformat(timespec="seconds")
    return {
        "external_identifier": document.external_identifier,
        "reference": document.reference or document.external_identifier,
        "status": "COMPLETED",
        "payment_status": "PAID",
        "currency": document.currency,
        "order_amount": document.order_amount_cents,
        "total_discount_amount": document.total_discount_cents,
        "total_order_amount": document.total_cents,
        "paid_at": moment,
        "completed_at": moment,
        "contact": {"uuid": document.contact_id},
        "business_profile": {"uuid": shop_uuid},
        "line_items": [
            {**_line(line), "sub_line_items": [_line(sub) for sub in line.sub_lines]} for line in document.lines
        ],
        "applied_discounts": [_discount(discount, document) for discount in document.discounts],
        "charges": [
            {
                "external_identifier": charge.external_identifier,
                "name": charge.type.replace("_", " ").capitalize(),
                "amount": charge.cents,
                "total_amount": charge.cents,
                "type": charge.type,
                "charge_definition": {"external_identifier": charge.type},
            }
            for charge in document.charges
        ],
        "payments": [{"uuid": payment.link.id, "type": payment.link.kind.value} for payment in document.payments],
    }


def _line(line: OrderLine) -> dict[str, object]:
    body: dict[str, object] = {
        "external_identifier": line.external_identifier,
        "name": line.name,
        "quantity": line.quantity,
        "price": line.price_cents,
        "discount_amount": line.discount_cents,
        "total_amount": line.total_cents,
        # Not Leat's: our own server reads them, so that points and returns are exact to the cent (docs/adr/0032).
        "earns_points": line.earns_points,
        "order_discount_amount": line.order_discount_cents,
        "tax_amount": line.tax_cents,
    }
    if line.sku:
        body["product"] = {"external_identifier": line.sku}
    if line.results:
        # Leat's lines have room for one result.
        body["result"] = {"uuid": line.results[0].id, "type": str(line.results[0].kind)}
    return body


def _discount(discount: AppliedDiscount, document: OrderDocument) -> dict[str, object]:
    subs = {sub.external_identifier for line in document.lines for sub in line.sub_lines}
    body: dict[str, object] = {
        "external_identifier": discount.external_identifier,
        "name": discount.name,
        "amount": discount.cents,
        "type": "ABSOLUTE",
        "applied_to": "ORDER_LINES" if discount.line_identifiers else "ORDER",
    }
    if discount.line_identifiers:
        body["line_items"] = [_ref(one) for one in discount.line_identifiers if one not in subs]
        body["sub_line_items"] = [_ref(one) for one in discount.line_identifiers if one in subs]
    if discount.redemption is not None:
        body["offer"] = {"uuid": discount.redemption.id, "type": discount.redemption.kind.value}
    return body


def _ref(identifier: str) -> dict[str, str]:
    return {"external_identifier": identifier}


def trial_order_body(contact_id: str, *, cents: int, shop_uuid: str) -> dict[str, object]:
    """Return an order of one line that is only simulated, to learn what it would earn."""
    line = {"external_identifier": "1", "name": "Trial", "quantity": 1, "price": cents, "total_amount": cents}
    return {
        "contact": {"uuid": contact_id},
        "business_profile": {"uuid": shop_uuid},
        "total_order_amount": cents,
        "line_items": [line],
    }


def return_body(document: ReturnDocument, *, order_uuid: str, lines: Iterable[OrderLine]) -> dict[str, object]:
    """Return a return (section 8.3) of an order that had these `lines`; amounts are what the units really cost."""
    parents = {sub.external_identifier: line.external_identifier for line in lines for sub in line.sub_lines}
    bodies: dict[str, dict[str, Any]] = {}
    for returned in document.lines:
        if returned.external_identifier not in parents:
            bodies[returned.external_identifier] = _returned(document, returned.external_identifier)
    for returned in document.lines:
        parent = parents.get(returned.external_identifier)
        if parent is not None:
            line = bodies.setdefault(
                parent, {"external_identifier": parent, "quantity": 0, "total_amount": 0, "sub_line_items": []}
            )
            line["sub_line_items"].append(
                {
                    "external_identifier": returned.external_identifier,
                    "quantity": returned.quantity,
                    "total_amount": returned.net_cents,
                }
            )
    return {
        "external_identifier": document.external_identifier,
        "order": {"uuid": order_uuid, "external_identifier": document.order_identifier},
        "status": "COMPLETED",
        "line_items": list(bodies.values()),
    }


def _returned(document: ReturnDocument, identifier: str) -> dict[str, Any]:
    returned = next(line for line in document.lines if line.external_identifier == identifier)
    body: dict[str, Any] = {
        "external_identifier": identifier,
        "quantity": returned.quantity,
        "total_amount": returned.net_cents,
        "sub_line_items": [],
    }
    return body | ({"reason": document.reason} if document.reason else {})


# Catalogue ------------------------------------------------------------------------------------------------------------


def category_batches(products: Iterable[CatalogueProduct]) -> Iterator[list[dict[str, object]]]:
    """Yield the bodies of all categories that products are in, as many at once as Leat takes (section 8.4)."""
    named: Mapping[str, str] = {slug: name for product in products for slug, name in product.categories.items()}
    bodies = ({"external_identifier": slug, "name": name} for slug, name in sorted(named.items()))
    yield from _batches(bodies, CATEGORIES_AT_ONCE)


def product_batches(products: Iterable[CatalogueProduct]) -> Iterator[list[dict[str, object]]]:
    """Yield the bodies of the products, as many at once as Leat takes; their categories must be there already."""
    bodies = (
        {
            "external_identifier": product.sku,
            "name": product.name,
            "description": product.description,
            "categories": [_ref(slug) for slug in sorted(product.categories)],
        }
        for product in products
    )
    yield from _batches(bodies, PRODUCTS_AT_ONCE)


def _batches(bodies: Iterable[Mapping[str, Any]], size: int) -> Iterator[list[dict[str, object]]]:
    left = iter(bodies)
    while batch := [dict(body) for body in islice(left, size)]:
        yield batch
