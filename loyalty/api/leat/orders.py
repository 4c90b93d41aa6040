"""Orders: received, processed, looked up, worked out only (leat-api.md section 8)."""

from typing import Any, TypedDict
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router

from loyalty import till_orders
from loyalty.api.auth import Bearer
from loyalty.api.fields import Payload, Sent, Uuid
from loyalty.api.leat.answers import Answer, Listing, Paging, Refused, answer, invalid
from loyalty.api.leat.finding import require
from loyalty.api.leat.order_payloads import Identifier, NewOrder, OrderChanges, PaymentStatus, SimulatedOrder, Status
from loyalty.api.leat.order_rows import (
    NO_ORDER,
    ORDERS,
    find_buyer,
    find_order,
    find_products,
    find_profile,
    show_order,
    show_orders,
)
from loyalty.api.pages import read_page
from loyalty.currency import minor_digits
from loyalty.dialects.leat.codes import Code
from loyalty.dialects.leat.order_objects import OrderObject, ResultObject
from loyalty.dialects.leat.orders import RefusedFields, read_order, skus_of
from loyalty.dialects.leat.orders_out import write_result
from loyalty.dialects.leat.pages import ViewingMeta, viewing_meta
from loyalty.documents import OrderDocument
from loyalty.errors import OrderNotDue
from loyalty.models import Contact, OrderPaymentStatus, OrderStatus, ProcessedOrder, Shop, find_programme
from loyalty.till_orders import TillOrder

router = Router(tags=["Orders"], auth=Bearer("orders"))
USUAL_LIMIT, MOST = 30, 100


class ProcessedObject(TypedDict):
    """An order with what it brought about; nothing while it is not paid, or when it was cancelled."""

    order: OrderObject
    result: ResultObject | None


class SimulatedPoints(TypedDict):
    """The points."""

    points: int


class SimulatedObject(TypedDict):
    """What an order would bring about."""

    type: str
    data: SimulatedPoints


class WantedOrder(Payload):
    """The order looked for."""

    external_identifier: Identifier


class Filters(Paging):
    """The orders looked for."""

    contact_uuid: Uuid | None = None
    business_profile_uuid: Uuid | None = None
    status: Status | None = None
    payment_status: PaymentStatus | None = None


@router.post("/orders/create-and-process", response=Answer[ProcessedObject])
def create_and_process(request: HttpRequest, order: Sent[NewOrder]) -> HttpResponse:
    """Keep an order and have it earn its points, once per external identifier."""
    row = _receive(order, process=True)
    result = write_result(row.points, row.new_balance) if row.processed_at else None
    return answer({"order": show_order(row), "result": result})


@router.post("/orders", response=Answer[OrderObject])
def create_order(request: HttpRequest, order: Sent[NewOrder]) -> HttpResponse:
    """Keep an order; points come when it is processed."""
    return answer(show_order(_receive(order, process=False)))


@router.post("/orders/simulate", response=Answer[SimulatedObject])
def simulate(request: HttpRequest, order: Sent[SimulatedOrder]) -> HttpResponse:
    """Say what an order would earn now; nothing is kept."""
    contact = find_buyer(order.contact.uuid) if order.contact else None
    shop = find_profile(order.business_profile.uuid) if order.business_profile else None
    document, _known = _read(order, contact=contact, shop=shop)
    points = till_orders.simulate(document, contact=contact, now=timezone.now())
    return answer(SimulatedObject(type="points_transaction", data={"points": points}))


@router.post("/orders/{uuid}/process", response=Answer[ResultObject])
def process_order(request: HttpRequest, uuid: str) -> HttpResponse:
    """Have an order that was received earn its points; again, it answers the same."""
    try:
        row = till_orders.process(find_order(uuid), now=timezone.now())
    except OrderNotDue as error:
        raise invalid(error.field, "Only an order that is paid and not cancelled can be processed.") from error
    return answer(write_result(row.points, row.new_balance))


@router.get("/orders/find", response=Answer[OrderObject])
def find(request: HttpRequest, wanted: Query[WantedOrder]) -> HttpResponse:
    """Return the order of an external identifier."""
    row = ORDERS.filter(external_identifier=wanted.external_identifier).first()
    return answer(show_order(require(row, "external_identifier", NO_ORDER)))


@router.get("/orders", response=Listing[OrderObject, ViewingMeta])
def list_orders(request: HttpRequest, asked: Query[Filters]) -> HttpResponse:
    """Return orders, newest first."""
    wanted: dict[str, str | UUID | None] = {
        "contact__uuid": asked.contact_uuid,
        "shop__uuid": asked.business_profile_uuid,
        "status": asked.status,
        "payment_status": asked.payment_status,
    }
    rows = ORDERS.filter(**{name: value for name, value in wanted.items() if value is not None}, **asked.filters())
    page = read_page(rows.order_by(*asked.ordering()), page=asked.page, limit=asked.limit or USUAL_LIMIT, most=MOST)
    return answer(show_orders(page.rows), meta=viewing_meta(**page.numbers))


@router.get("/orders/{uuid}", response=Answer[OrderObject])
def show(request: HttpRequest, uuid: str) -> HttpResponse:
    """Return an order."""
    return answer(show_order(find_order(uuid)))


@router.put("/orders/{uuid}", response=Answer[OrderObject])
def update(request: HttpRequest, uuid: str, changes: Sent[OrderChanges]) -> HttpResponse:
    """Write down how far an order is; points move only when it is processed or returned."""
    row = find_order(uuid)
    till_orders.update(
        row, status=changes.status or "", payment_status=changes.payment_status or "", now=timezone.now()
    )
    return answer(show_order(find_order(uuid)))


def _receive(order: NewOrder, *, process: bool) -> ProcessedOrder:
    contact, shop = find_buyer(order.contact.uuid), find_profile(order.business_profile.uuid)
    document, known = _read(order, contact=contact, shop=shop)
    sent = TillOrder(
        document=document,
        contact=contact,
        shop=shop,
        status=OrderStatus(order.status),
        payment_status=OrderPaymentStatus(order.payment_status),
        paid_at=order.paid_at,
        completed_at=order.completed_at,
        known_skus=known,
    )
    return till_orders.receive(sent, process=process, now=timezone.now())


def _read(order: SimulatedOrder, *, contact: Contact | None, shop: Shop | None) -> tuple[OrderDocument, frozenset[str]]:
    """Return the order as it is kept, and the products that the catalogue knows of it."""
    fields: dict[str, Any] = order.model_dump()
    currency = order.currency or find_programme().currency
    try:
        minor_digits(currency)
    except ValueError as error:
        raise invalid("currency", "Must be a currency code such as EUR.") from error
    products = find_products(skus_of(fields))
    try:
        document = read_order(
            fields,
            contact_id=str(contact.uuid) if contact else "",
            shop=shop.reference if shop else "",
            currency=currency,
            now=timezone.now(),
            silent_skus=frozenset(sku for sku, product in products.items() if not product.earns_points),
        )
    except RefusedFields as error:
        raise Refused(Code.INVALID, errors=error.errors) from error
    return document, frozenset(products)
