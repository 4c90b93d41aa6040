"""The receipts of an order as PDF, for the guest whose order it is."""

import uuid

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from orders.basket import owns
from orders.guest import VisitRequest
from orders.models import Receipt
from orders.receipts import receipt_file


@never_cache
@require_safe
def receipt(request: VisitRequest, order_uuid: uuid.UUID, number: int | None = None) -> HttpResponse:
    """Show the receipt of the sale, or the return receipt with this number; to anybody else there is none."""
    receipts = Receipt.objects.filter(order__uuid=order_uuid, order_return__isnull=number is None)
    if number is not None:
        receipts = receipts.filter(number=number)
    found = get_object_or_404(receipts.select_related("restaurant", "order__guest", "order_return"))
    if not owns(request.visitor, found.order.guest):
        raise Http404
    return HttpResponse(
        receipt_file(found),
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{found.number}.pdf"'},
    )
