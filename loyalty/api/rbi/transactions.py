"""RBI's four calls: Identify, Validate, Update, Void (the guide "Redeem discounts"; rbi-api.md sections 2 to 5)."""

import hashlib

from django.http import HttpResponse
from django.utils import timezone
from ninja import Header, Router

from loyalty import till_identifying, till_transactions
from loyalty.api.auth import ApiKey, ApiRequest
from loyalty.api.fields import Json
from loyalty.api.rbi.answers import write
from loyalty.api.rbi.fields import Headers, IdentifyBody, PosVendor, TransactionBody, VoidBody
from loyalty.api.troubles import invalid
from loyalty.currency import minor_digits
from loyalty.dialects.rbi.reading import read_basket
from loyalty.dialects.rbi.writing import IdentifyAnswer, PointsAnswer, write_identification, write_points
from loyalty.models import find_programme
from loyalty.till_documents import TillBasket, TillContext

LARGEST_TOTAL = 10**9  # minor units: what is counted must fit its columns

router = Router(tags=["Loyalty"], auth=ApiKey("rbi"))


@router.post("/identify", response=IdentifyAnswer, summary="Identify")
def identify(request: ApiRequest, body: Json[IdentifyBody], headers: Header[Headers]) -> HttpResponse:
    """Open a loyalty transaction for the member whom a till code (once) or a loyalty id names.

    `eligibleDiscounts` and `order` are what the member picked; it is held for 15 minutes from the last Update. A second scan
    moves what the first one held.
    """
    found = till_identifying.identify(
        body.identifier,
        asked_by=str(request.auth.pk),
        context=_context(body.posVendor, headers),
        now=timezone.now(),
    )
    return write(write_identification(found))


@router.api_operation(
    ["POST", "PUT"], "/transaction/pos/validate/{transaction_id}", response=PointsAnswer, summary="Validate"
)
def validate(
    request: ApiRequest, transaction_id: str, body: Json[TransactionBody], headers: Header[Headers]
) -> HttpResponse:
    """Say what claiming this basket would come to, or all rules that it breaks. Changes nothing."""
    points = till_transactions.validate(
        transaction_id,
        _basket(body, transaction_id),
        status=body.status,
        contact_id=body.loyaltyId,
        context=_context(body.transactionDetails.posVendor, headers),
        now=timezone.now(),
    )
    return write(write_points(points))


@router.put("/transaction/pos/{transaction_id}", response=PointsAnswer, summary="Update")
def update(
    request: ApiRequest, transaction_id: str, body: Json[TransactionBody], headers: Header[Headers]
) -> HttpResponse:
    """Bring the transaction to PENDING (rewards are held) or CLAIMED (offers used up, points earned).

    The same body again gets the same answer.
    """
    points = till_transactions.update(
        transaction_id,
        _basket(body, transaction_id),
        status=body.status,
        contact_id=body.loyaltyId,
        digest=hashlib.sha256(body.model_dump_json().encode()).hexdigest(),
        context=_context(body.transactionDetails.posVendor, headers),
        now=timezone.now(),
    )
    return write(write_points(points))


@router.put("/transaction/pos/{transaction_id}/void", response=PointsAnswer, summary="Void")
def void(request: ApiRequest, transaction_id: str, body: Json[VoidBody], headers: Header[Headers]) -> HttpResponse:
    """Cancel the transaction: what it held, used, spent and earned is as before. Again: the same answer."""
    _check_id(body.transactionId, transaction_id)
    points = till_transactions.void(transaction_id, contact_id=body.loyaltyId, now=timezone.now())
    return write(write_points(points))


def _basket(body: TransactionBody, transaction_id: str) -> TillBasket:
    """Return the basket, in the programme's currency where the till names none. Raises Trouble."""
    _check_id(body.transactionId, transaction_id)
    details = body.transactionDetails
    details.currency = details.currency or find_programme().currency
    try:
        digits = minor_digits(details.currency)
    except ValueError as error:
        raise invalid("transactionDetails.currency", "Must be a currency of ISO 4217 such as USD.") from error
    basket = read_basket(body.model_dump(), currency_digits=digits)
    if sum(line.unit_cents * line.quantity for line in basket.lines) > LARGEST_TOTAL:
        raise invalid("transactionDetails.order", "Must come to less than this.")
    return basket


def _check_id(named: str, transaction_id: str) -> None:
    if named and named.lower() != transaction_id.lower():
        raise invalid("transactionId", "Must be the transaction that the address names.")


def _context(vendor: PosVendor, headers: Headers) -> TillContext:
    told = vendor.model_dump()
    return TillContext(
        store=vendor.storeId,
        terminal=vendor.terminal,
        supporting_pos=vendor.supportingPos,
        region=(headers.region or "").upper(),
        local_time=headers.local_time,
        till=tuple((name, value) for name, value in told.items() if value),
    )
