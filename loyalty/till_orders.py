"""Orders of tills: received first and processed then, or later once they are paid. Our own app's: order_processing.

An external identifier is taken once, whoever comes with it again.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from loyalty.documents import Charge, OrderDocument, OrderLine
from loyalty.errors import Conflict, OrderNotDue
from loyalty.ledger import open_ledger
from loyalty.models import (
    CatalogueProduct,
    ChargeDefinition,
    Contact,
    OrderPaymentStatus,
    OrderStatus,
    ProcessedOrder,
    Shop,
    find_programme,
)
from loyalty.order_processing import as_json, award, flatten, work_out_points

DEFAULT_CHARGES = frozenset({"SERVICE_CHARGE", "GRATUITY", "SHIPPING", "WRAPPING", "TAX"})
LONGEST_NAME = 200
AWARDED = [
    "contact", "earning_cents", "points_per_unit", "tier_multiplier", "points", "new_balance", "paid_at",
    "processed_at", "changed_at",
]  # fmt: skip
"""What `process` writes; how far the order is stays as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TillOrder:
    """An order as a till sends it, with the rows that it names."""

    document: OrderDocument
    contact: Contact
    shop: Shop
    status: OrderStatus
    payment_status: OrderPaymentStatus
    paid_at: datetime | None = None
    completed_at: datetime | None = None
    known_skus: frozenset[str] = frozenset()
    """Products of its lines that the catalogue has; the others are added to it."""


def receive(sent: TillOrder, *, process: bool, now: datetime) -> ProcessedOrder:
    """Keep an order; with `process` have it earn its points at once, if it is paid and not cancelled.

    One transaction with all it brings about: products and kinds of charges not seen before, points.
    Raises Conflict where its external identifier was used before; then nothing is changed.
    """
    order = ProcessedOrder(
        external_identifier=sent.document.external_identifier,
        contact=sent.contact,
        shop=sent.shop,
        status=sent.status,
        payment_status=sent.payment_status,
        currency=sent.document.currency,
        document=as_json(sent.document),
        created_at=now,
        changed_at=now,
        paid_at=sent.paid_at or (now if sent.payment_status == OrderPaymentStatus.PAID else None),
        completed_at=sent.completed_at or (now if sent.status == OrderStatus.COMPLETED else None),
    )
    try:
        with open_ledger(sent.contact, now=now) as ledger:
            if ledger.contact.merged_into is None:
                if process and why_not_due(order) is None:
                    award(ledger, order, paid_at=order.paid_at or now)
                _keep(order, sent)
                return order
            merged_into = ledger.contact.merged_into
    except IntegrityError as error:
        if ProcessedOrder.objects.filter(external_identifier=order.external_identifier).exists():
            raise Conflict from error
        raise
    return receive(replace(sent, contact=merged_into), process=process, now=now)  # merged since it was looked up


def process(order: ProcessedOrder, *, now: datetime) -> ProcessedOrder:
    """Have an order that was received earn its points, once: again, it is what it was. Raises OrderNotDue."""
    with open_ledger(order.contact, now=now) as ledger:
        # The row is taken before it is read: `update` may write how far it is at the same moment.
        ProcessedOrder.objects.filter(pk=order.pk).update(changed_at=F("changed_at"))
        order.refresh_from_db()
        if order.contact_id == ledger.contact.pk:
            if order.processed_at is not None:
                return order
            if (field := why_not_due(order)) is not None:
                raise OrderNotDue(field)
            award(ledger, order, paid_at=order.paid_at or now)
            order.changed_at = now
            order.save(update_fields=AWARDED)
            return order
    return process(order, now=now)  # the contact was merged into another meanwhile


def simulate(document: OrderDocument, *, contact: Contact | None, now: datetime) -> int:
    """Return what an order would earn now, of that contact or of one without a tier; nothing is written."""
    order = ProcessedOrder(currency=document.currency, document=as_json(document))
    work_out_points(order, tier=contact.tier_at(now) if contact else None, programme=find_programme())
    return order.points


def update(order: ProcessedOrder, *, status: str = "", payment_status: str = "", now: datetime) -> None:
    """Write down how far the order is; empty: as it was. Points do not move: that is for `process` and for returns."""
    changes: dict[str, object] = {"changed_at": now}
    if status:
        changes["status"] = status
    if payment_status:
        changes["payment_status"] = payment_status
    rows = ProcessedOrder.objects.filter(pk=order.pk)
    with transaction.atomic():
        rows.update(**changes)
        if payment_status == OrderPaymentStatus.PAID:
            rows.filter(paid_at=None).update(paid_at=now)
        if status == OrderStatus.COMPLETED:
            rows.filter(completed_at=None).update(completed_at=now)


def why_not_due(order: ProcessedOrder) -> str | None:
    """Name the field that keeps the order from earning; None: it is paid and stands."""
    if order.status == OrderStatus.CANCELLED:
        return "status"
    return None if order.payment_status == OrderPaymentStatus.PAID else "payment_status"


def _keep(order: ProcessedOrder, sent: TillOrder) -> None:
    order.save(force_insert=True)
    _add_products((line for line, _earns in flatten(sent.document.lines)), sent.known_skus)
    _add_charge_definitions(sent.document.charges)


def _add_products(lines: Iterable[OrderLine], known_skus: frozenset[str]) -> None:
    """Add what the catalogue has not to it, under the name of its first line."""
    names: dict[str, str] = {}
    for line in lines:
        if line.sku and line.sku not in known_skus:
            names.setdefault(line.sku, line.name[:LONGEST_NAME])
    if names:
        # In one order, so that two such inserts wait for each other and never in a circle.
        new = [CatalogueProduct(sku=sku, name=name) for sku, name in sorted(names.items())]
        CatalogueProduct.objects.bulk_create(new, ignore_conflicts=True)


def _add_charge_definitions(charges: Iterable[Charge]) -> None:
    names: dict[str, str] = {}
    for charge in charges:
        if charge.type and charge.type not in DEFAULT_CHARGES:
            names.setdefault(charge.type, (charge.name or charge.type)[:LONGEST_NAME])
    if names:
        new = [ChargeDefinition(external_identifier=word, name=name) for word, name in sorted(names.items())]
        ChargeDefinition.objects.bulk_create(new, ignore_conflicts=True)
