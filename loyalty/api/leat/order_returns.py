"""Returns of orders: received and processed, then or later (leat-api.md section 8.3)."""

from typing import TypedDict

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from loyalty import till_returns
from loyalty.api.auth import Bearer
from loyalty.api.fields import Sent
from loyalty.api.leat.answers import Answer, Refused, answer, invalid
from loyalty.api.leat.order_payloads import NewReturn, OrderReference
from loyalty.api.leat.order_rows import NO_ORDER, ORDERS, find_return
from loyalty.dialects.leat.codes import Code
from loyalty.dialects.leat.order_objects import ResultObject, ReturnObject
from loyalty.dialects.leat.orders import RefusedFields
from loyalty.dialects.leat.orders_out import write_result, write_return
from loyalty.dialects.leat.returns import read_return
from loyalty.errors import OrderNotDue
from loyalty.models import OrderReturn, ProcessedOrder, ReturnStatus
from loyalty.till_returns import TillReturn

router = Router(tags=["Order returns"], auth=Bearer("orders"))

ProcessedReturn = TypedDict("ProcessedReturn", {"return": ReturnObject, "result": ResultObject | None})


@router.post("/order-returns/create-and-process", response=Answer[ProcessedReturn])
def create_and_process(request: HttpRequest, given_back: Sent[NewReturn]) -> HttpResponse:
    """Keep a return and take back the points that it un-earns, once per external identifier."""
    row = _receive(given_back, process=True)
    return answer({"return": show_return(row), "result": write_result(row.points, row.new_balance)})


@router.post("/order-returns", response=Answer[ReturnObject])
def create_return(request: HttpRequest, given_back: Sent[NewReturn]) -> HttpResponse:
    """Keep a return; points go when it is processed."""
    return answer(show_return(_receive(given_back, process=False)))


@router.post("/order-returns/{uuid}/process", response=Answer[ResultObject])
def process_return(request: HttpRequest, uuid: str) -> HttpResponse:
    """Take back the points that a return un-earns; again, it answers the same."""
    row = till_returns.process_received(find_return(uuid), now=timezone.now())
    return answer(write_result(row.points, row.new_balance))


def show_return(row: OrderReturn) -> ReturnObject:
    """Return a return as it is answered."""
    return write_return(
        row.uuid,
        order_uuid=row.order.uuid,
        status=row.status,
        document=row.document,
        order_document=row.order.document,
    )


def _receive(given_back: NewReturn, *, process: bool) -> OrderReturn:
    order = _find_order(given_back.order)
    try:
        lines = read_return(given_back.model_dump(), order_document=order.document)
    except RefusedFields as error:
        raise Refused(Code.INVALID, errors=error.errors) from error
    sent = TillReturn(
        external_identifier=given_back.external_identifier,
        order=order,
        status=ReturnStatus(given_back.status),
        lines=lines,
    )
    try:
        return till_returns.receive_return(sent, process=process, now=timezone.now())
    except OrderNotDue as error:
        raise invalid(error.field, "This order has not been processed.") from error


def _find_order(reference: OrderReference) -> ProcessedOrder:
    if reference.uuid is None and reference.external_identifier is None:
        raise invalid("order.uuid", "Either the uuid or the external identifier of the order is needed.")
    wanted = {"uuid": reference.uuid, "external_identifier": reference.external_identifier}
    order = ORDERS.filter(**{name: value for name, value in wanted.items() if value is not None}).first()
    if order is None:
        raise invalid("order.uuid" if reference.uuid else "order.external_identifier", NO_ORDER)
    return order
