"""What Leat's views share: answers with `data` and `meta`, refusals with its codes, paging, and how each is documented."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NotRequired, TypedDict

from django.http import HttpRequest, HttpResponse
from pydantic import Field

from loyalty.api.fields import Moment, Payload
from loyalty.api.pages import LARGEST_PAGE
from loyalty.api.troubles import Kind, Trouble
from loyalty.dialects.leat.codes import Code, error_body
from loyalty.errors import (
    AlreadyMember,
    Conflict,
    GiftCardUnavailable,
    InvalidDetails,
    InvalidDocument,
    LoyaltyError,
    NotEnoughMoney,
    NotEnoughPoints,
    OfferTaken,
    OfferUnavailable,
    OutOfStock,
    TooManyPoints,
    TooMuchReturned,
    Unavailable,
    UnknownContact,
    UnknownGiftCard,
    UnknownOrder,
    WrongCode,
    WrongKey,
)


class Answer[Shape](TypedDict):
    """The documented body of an answer that is no list: `response=Answer[ContactObject]`."""

    data: Shape
    meta: NotRequired[list[Any]]


class Listing[Shape, Meta](TypedDict):
    """The documented body of a list with pages: `response=Listing[VoucherObject, ViewingMeta]`."""

    data: list[Shape]
    meta: Meta


class Paging(Payload):
    """What every list with pages is asked with; `limit` beyond the most is the most."""

    page: int = Field(1, ge=1, le=LARGEST_PAGE)
    limit: int | None = Field(None, ge=1, le=LARGEST_PAGE)
    sort: str = "-created_at"
    created_after: Moment | None = Field(None, alias="created_at[gt]")
    created_from: Moment | None = Field(None, alias="created_at[gte]")
    created_before: Moment | None = Field(None, alias="created_at[lt]")
    created_until: Moment | None = Field(None, alias="created_at[lte]")

    def filters(self, field: str = "created_at") -> dict[str, Any]:
        """Return the filters on the moment of making, for a queryset whose field is `field`."""
        wanted = {
            f"{field}__gt": self.created_after,
            f"{field}__gte": self.created_from,
            f"{field}__lt": self.created_before,
            f"{field}__lte": self.created_until,
        }
        return {name: moment for name, moment in wanted.items() if moment is not None}

    def ordering(self, field: str = "created_at") -> tuple[str, str]:
        """Return the order asked for. Raises Trouble for one that there is not."""
        if self.sort not in {"created_at", "-created_at"}:
            raise Trouble(Kind.INVALID, errors={"sort": ["Must be created_at or -created_at."]})
        sign = "-" if self.sort.startswith("-") else ""
        return f"{sign}{field}", f"{sign}pk"


class Refused(Exception):
    """A call that Leat would refuse with one of its codes, and HTTP status 400."""

    def __init__(self, code: Code, message: str = "", *, errors: Mapping[str, list[str]] | None = None) -> None:
        super().__init__(code.name)
        self.code = code
        self.message = message
        self.errors = dict(errors or {})


def invalid(field: str, sentence: str) -> Refused:
    """Return the refusal of one field."""
    return Refused(Code.INVALID, errors={field: [sentence]})


def answer(content: object, *, meta: object = None, status: int = 200, **beside: object) -> HttpResponse:
    """Answer with `data`, and `meta` ([] where there is nothing to say); `beside` are further keys at the top (`links`).

    The rows are ready for JSON: that they look as documented is for the tests, not worked out again at each call.
    """
    return write({"data": content, **beside, "meta": [] if meta is None else meta}, status=status)


def write(body: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """Return `body` as JSON."""
    text = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return HttpResponse(text.encode(), status=status, content_type="application/json", headers=dict(headers or {}))


TROUBLE_CODES: Mapping[Kind, Code] = {
    Kind.NO_ROUTE: Code.NO_ROUTE,
    Kind.WRONG_METHOD: Code.WRONG_METHOD,
    Kind.TOO_LARGE: Code.TOO_LARGE,
    Kind.UNREADABLE: Code.INVALID,
    Kind.INVALID: Code.INVALID,
    Kind.UNAUTHENTICATED: Code.UNAUTHENTICATED,
    Kind.NO_ACCESS: Code.NO_ACCESS,
    Kind.TOO_OFTEN: Code.USAGE_LIMIT,
    Kind.FAILURE: Code.INTERNAL,
}
ERROR_CODES: Mapping[type[LoyaltyError], Code] = {
    UnknownContact: Code.UNKNOWN_CONTACT,
    AlreadyMember: Code.CONTACT_EXISTS,
    WrongCode: Code.UNKNOWN_LOGIN_CODE,
    OfferTaken: Code.VOUCHER_LOCKED,
    OutOfStock: Code.REWARD_OUT_OF_STOCK,
    NotEnoughPoints: Code.TOO_FEW_CREDITS,
    TooManyPoints: Code.CREDIT_MAXIMUM,
    UnknownOrder: Code.UNKNOWN_MODEL,
    UnknownGiftCard: Code.UNKNOWN_GIFT_CARD,
    GiftCardUnavailable: Code.GIFT_CARD_EXPIRED,
    NotEnoughMoney: Code.GIFT_CARD_TOO_LOW,
}
UNAVAILABLE_CODES: Mapping[Unavailable, Code] = {
    Unavailable.EXPIRED: Code.VOUCHER_EXPIRED,
    Unavailable.NOT_YET_ACTIVE: Code.VOUCHER_INACTIVE,
    Unavailable.DEACTIVATED: Code.VOUCHER_DEACTIVATED,
    Unavailable.USED_UP: Code.VOUCHER_REDEEMED,
    Unavailable.LIMIT_REACHED: Code.VOUCHER_LIMIT,
    Unavailable.TAKEN_BACK: Code.VOUCHER_DEACTIVATED,
}
FIELD_ERRORS: Mapping[type[LoyaltyError], tuple[str, str]] = {
    WrongKey: ("release_key", "This is not the key of the lock."),
    Conflict: ("external_identifier", "This identifier has been used already."),
    InvalidDocument: ("line_items", "The amounts contradict each other, or a line is named that is not there."),
    TooMuchReturned: ("line_items", "This is more than is left to return."),
}


def as_refusal(error: Exception) -> Refused | None:
    """Return what an answer of the engine is in Leat's codes; None where Leat has nothing for it."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, InvalidDetails):
        return Refused(Code.INVALID, errors={field: [sentence] for field, sentence in error.errors.items()})
    if isinstance(error, OfferUnavailable):
        return Refused(UNAVAILABLE_CODES[error.reason])
    for kind, (field, sentence) in FIELD_ERRORS.items():
        if isinstance(error, kind):
            return invalid(field, sentence)
    for kind, code in ERROR_CODES.items():
        if isinstance(error, kind):
            return Refused(code)
    return None


@contextmanager
def refusing(codes: Mapping[type[LoyaltyError], Code]) -> Iterator[None]:
    """Refuse what the engine answers inside with these codes, where another than the usual is right."""
    try:
        yield
    except LoyaltyError as error:
        for kind, code in codes.items():
            if isinstance(error, kind):
                raise Refused(code) from error
        raise


def refuse(request: HttpRequest, error: Exception) -> HttpResponse | None:
    """Write an exception as Leat does; None for one that it knows nothing about."""
    if isinstance(error, Trouble):
        code = TROUBLE_CODES[error.kind]
        body = error_body(code, status=error.status, message=error.message, errors=error.errors)
        return write(body, status=error.status, headers=error.headers)
    refusal = as_refusal(error)
    if refusal is None:
        return None
    return write(error_body(refusal.code, message=refusal.message, errors=refusal.errors), status=400)
