"""Vouchers: listed, found, made one by one and in batches, changed. Using them: voucher_uses.py."""

import uuid as uuids
from typing import TypedDict
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router
from pydantic import Field

from loyalty import issuing, voucher_details
from loyalty.api.auth import Bearer
from loyalty.api.fields import Moment, Payload, Sent, Text
from loyalty.api.leat.answers import Answer, Refused, answer, invalid
from loyalty.api.leat.finding import Numbered, SentAttributes, fields_named, find, find_member, read_attributes
from loyalty.api.leat.showing import shown_voucher
from loyalty.api.pages import read_page
from loyalty.dialects.leat.codes import Code
from loyalty.dialects.leat.pages import PaginatorLinks, PaginatorMeta, paginator
from loyalty.dialects.leat.vouchers import BatchObject, VoucherObject, batch_object, voucher_object
from loyalty.errors import Conflict, OfferUnavailable, Unavailable
from loyalty.models import Contact, Promotion, Voucher, VoucherState
from loyalty.models.vouchers import VoucherQuerySet, code_key
from loyalty.voucher_details import MOST_USES, VoucherChanges, VoucherDetails

router = Router(tags=["Vouchers"], auth=Bearer("offers"))
LARGEST_BATCH = 500
STATES = {"ACTIVE": True, "DEACTIVATED": False}
FIELDS = {
    "uses": "total_redemptions_allowed",
    "activates_at": "activation_date",
    "expires_at": "expiration_date",
    "attributes": "custom_attributes",
    "is_active": "status",
}


class VoucherListing(TypedDict):
    """The documented body of the list."""

    data: list[VoucherObject]
    links: PaginatorLinks
    meta: PaginatorMeta


class AskedVouchers(Numbered):
    """Which vouchers."""

    promotion_uuid: Text | None = None
    contact_uuid: Text | None = None
    status: Text | None = None


class NewVoucher(SentAttributes):
    """A voucher to be made; with a `quantity` it is a batch, as one of the official client's calls has it."""

    promotion_uuid: Text
    code: Text | None = None
    contact_uuid: Text | None = None
    expiration_date: Moment | None = None
    activation_date: Moment | None = None
    total_redemptions_allowed: int | None = Field(None, ge=1, le=MOST_USES)
    quantity: int | None = Field(None, ge=1, le=LARGEST_BATCH)


class NewBatch(NewVoucher):
    """Vouchers to be made, all alike but for their codes."""

    quantity: int = Field(ge=1, le=LARGEST_BATCH)


class ByCode(Payload):
    """A voucher's code."""

    code: Text


class ChangedVoucher(SentAttributes):
    """What to change of a voucher."""

    status: Text | None = None
    expiration_date: Moment | None = None


@router.get("/vouchers", response=VoucherListing)
def list_vouchers(request: HttpRequest, asked: Query[AskedVouchers]) -> HttpResponse:
    """Return vouchers in the order in which they were made."""
    now = timezone.now()
    wanted: VoucherQuerySet = Voucher.objects.all()
    if asked.promotion_uuid:
        wanted = wanted.filter(promotion=find(Promotion.objects.all(), asked.promotion_uuid, Code.UNKNOWN_PROMOTION))
    if asked.contact_uuid:
        wanted = wanted.filter(contact=find_member(asked.contact_uuid))
    if asked.status:
        if asked.status not in VoucherState.values:
            raise invalid("status", f"Must be one of {', '.join(VoucherState.values)}.")
        wanted = wanted.in_state(asked.status, now=now)
    else:
        wanted = wanted.with_locks(now=now)
    rows = wanted.select_related("promotion", "contact").order_by("pk")
    page = read_page(rows, page=asked.page, limit=asked.limit or 30, most=500)
    query = urlencode({name: value for name, value in asked.model_dump(exclude={"page"}).items() if value is not None})
    links, meta = paginator(**page.numbers, address=f"{settings.SITE_URL}{request.path}", query=query)
    return answer([voucher_object(shown_voucher(row, now=now)) for row in page.rows], meta=meta, links=links)


@router.get("/vouchers/find", response=Answer[VoucherObject])
def find_voucher(request: HttpRequest, asked: Query[ByCode]) -> HttpResponse:
    """Return the voucher with this code, usable or not."""
    return answer(voucher_object(shown_voucher(find_by_code(asked.code), now=timezone.now())))


@router.post("/vouchers", response={200: Answer[VoucherObject], 201: Answer[BatchObject]})
def create_voucher(request: HttpRequest, voucher: Sent[NewVoucher]) -> HttpResponse:
    """Make a voucher of a contact or, without one, of whoever knows its code."""
    if voucher.quantity is not None:
        return _make_batch(voucher, voucher.quantity)
    now = timezone.now()
    promotion, contact = _find_promotion_and_contact(voucher)
    details = _details_of(voucher)
    with fields_named(FIELDS):
        columns = details.columns()
    try:
        made = issuing.issue_one(promotion, contact, now=now, **columns)
    except Conflict as error:
        raise Refused(Code.VOUCHER_CODE_EXISTS) from error
    except OfferUnavailable as error:
        raise _not_issued(error) from error
    return answer(voucher_object(shown_voucher(made, now=now)))


@router.post("/vouchers/batch", response={201: Answer[BatchObject]})
def create_batch(request: HttpRequest, batch: Sent[NewBatch]) -> HttpResponse:
    """Make up to 500 vouchers, all or none. They are there once this is answered."""
    return _make_batch(batch, batch.quantity)


@router.put("/vouchers/{uuid}", response=Answer[VoucherObject])
def update_voucher(request: HttpRequest, uuid: str, changes: Sent[ChangedVoucher]) -> HttpResponse:
    """Take a voucher out of use or put it back, change its end or its attributes."""
    now = timezone.now()
    voucher = find_by_uuid(uuid)
    if changes.status is not None and changes.status not in STATES:
        raise invalid("status", "Must be ACTIVE or DEACTIVATED.")
    attributes = read_attributes("voucher", changes.custom_attributes)
    wanted = VoucherChanges(
        is_active=STATES[changes.status] if changes.status else None,
        attributes=attributes or None,
        expires_at=changes.expiration_date,
    )
    with fields_named(FIELDS):
        voucher_details.change(voucher, wanted, now=now)
    return answer(voucher_object(shown_voucher(voucher, now=now)))


router.add_api_operation(
    "/vouchers/update/{uuid}",
    ["PUT"],
    update_voucher,
    response=Answer[VoucherObject],
    operation_id="update_voucher_at_its_older_address",
)


def find_by_uuid(uuid: str) -> Voucher:
    """Return a voucher with its promotion and contact."""
    return find(Voucher.objects.select_related("promotion", "contact"), uuid, Code.UNKNOWN_VOUCHER)


def find_by_code(code: str) -> Voucher:
    """Return the voucher with this code, however it is typed."""
    key = code_key(code)
    voucher = Voucher.objects.select_related("promotion", "contact").filter(code_key=key).first() if key else None
    if voucher is None:
        raise Refused(Code.UNKNOWN_VOUCHER)
    return voucher


def _make_batch(batch: NewVoucher, quantity: int) -> HttpResponse:
    now = timezone.now()
    if batch.code is not None:
        raise invalid("code", "Vouchers of a batch have codes of their own.")
    promotion, contact = _find_promotion_and_contact(batch)
    with fields_named(FIELDS):
        columns = _details_of(batch).columns()
    name = uuids.uuid4()
    try:
        issuing.issue_batch(promotion, contact, quantity, key=f"batch:{name}", now=now, **columns)
    except OfferUnavailable as error:
        raise _not_issued(error) from error
    return answer(batch_object(name, quantity=quantity, created_at=now), status=201)


def _find_promotion_and_contact(voucher: NewVoucher) -> tuple[Promotion, Contact | None]:
    promotion = find(Promotion.objects.all(), voucher.promotion_uuid, Code.UNKNOWN_PROMOTION)
    return promotion, find_member(voucher.contact_uuid) if voucher.contact_uuid else None


def _details_of(voucher: NewVoucher) -> VoucherDetails:
    return VoucherDetails(
        code=voucher.code,
        uses=voucher.total_redemptions_allowed,
        activates_at=voucher.activation_date,
        expires_at=voucher.expiration_date,
        attributes=read_attributes("voucher", voucher.custom_attributes),
    )


def _not_issued(error: OfferUnavailable) -> Refused:
    """Return the refusal of a promotion that gives out no (more) vouchers."""
    if error.reason is Unavailable.LIMIT_REACHED:
        return Refused(Code.VOUCHER_LIMIT)
    return Refused(Code.PROMOTION_INACTIVE)
