"""What a till claimed, as the programme records orders: its lines in the words of our catalogue, with what earns points."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from django.db.models import Q

from loyalty.documents import OrderDocument, OrderLine
from loyalty.models import CatalogueProduct, TillTransaction
from loyalty.till_documents import TillBasket, TillLine


def as_document(
    transaction: TillTransaction, basket: TillBasket, *, supporting_pos: str, now: datetime
) -> OrderDocument:
    """Return the till's basket as the programme records orders: lines by their place, for a till's own ids may repeat."""
    products = _products(basket.lines, supporting_pos)
    skus = [products.get(line.product_code, (line.product_code, True))[0] for line in basket.lines]
    silent = _with_what_belongs_to_them(
        basket.lines,
        [place for place, line in enumerate(basket.lines) if not products.get(line.product_code, ("", True))[1]],
    )
    lines = tuple(
        OrderLine(
            external_identifier=str(place + 1),
            name=line.name,
            sku=skus[place],
            quantity=line.quantity,
            price_cents=line.unit_cents,
            total_cents=line.unit_cents * line.quantity,
            earns_points=place not in silent,
        )
        for place, line in enumerate(basket.lines)
    )
    total_cents = sum(line.total_cents for line in lines)
    return OrderDocument(
        external_identifier=transaction.holder,
        contact_id=str(transaction.contact.uuid),
        shop=transaction.shop.reference if transaction.shop else "",
        currency=basket.currency,
        paid_at=now,
        order_amount_cents=total_cents,
        total_discount_cents=0,
        total_cents=total_cents,
        lines=lines,
    )


def _products(lines: Sequence[TillLine], supporting_pos: str) -> dict[str, tuple[str, bool]]:
    """Return, by the till's code, the SKU and whether it earns points: that make's own code first, else the SKU; one query."""
    codes = {line.product_code for line in lines if line.product_code}
    make = supporting_pos.strip().casefold()
    rows = CatalogueProduct.objects.filter(Q(sku__in=codes) | (~Q(till_codes={}) if make else Q(pk=None)))
    by_sku: dict[str, tuple[str, bool]] = {}
    by_code: dict[str, tuple[str, bool]] = {}
    for sku, earns, till_codes in rows.order_by("sku").values_list("sku", "earns_points", "till_codes"):
        by_sku[sku] = sku, earns
        for name, code in till_codes.items():
            if make and name.strip().casefold() == make and code:
                by_code.setdefault(code, (sku, earns))
    return by_sku | by_code


def _with_what_belongs_to_them(lines: Sequence[TillLine], places: Collection[int]) -> set[int]:
    """Return these lines and those below them: of several parents with one id, the last before the line, else the first."""
    first: dict[str, int] = {}
    for place, line in enumerate(lines):
        first.setdefault(line.reference, place)
    last: dict[str, int] = {}
    children: dict[int, list[int]] = defaultdict(list)
    for place, line in enumerate(lines):
        parent = last.get(line.parent_reference, first.get(line.parent_reference))
        if line.parent_reference and parent is not None:
            children[parent].append(place)
        last[line.reference] = place
    found: set[int] = set()
    waiting = list(places)
    while waiting:
        place = waiting.pop()
        if place not in found:
            found.add(place)
            waiting.extend(children[place])
    return found
