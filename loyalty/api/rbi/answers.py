"""How RBI's views answer: bodies as JSON, and every exception in RBI's words."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse

from loyalty.api.troubles import Kind, Trouble
from loyalty.dialects.rbi.errors import STATUS, Code, code_for, error_body
from loyalty.dialects.rbi.writing import encode
from loyalty.errors import LoyaltyError, UnknownContact, WrongCode
from loyalty.till_documents import OfferType
from loyalty.till_errors import (
    CodeUsed,
    InvalidIdentifier,
    LoyaltyOff,
    NotClaimable,
    TillsClosed,
    UnknownStore,
    UnknownTransaction,
)
from loyalty.till_judging import RulesBroken, UnknownIncentive

TROUBLE_CODES: Mapping[Kind, Code] = {
    Kind.NO_ROUTE: Code.NO_ROUTE,
    Kind.WRONG_METHOD: Code.WRONG_METHOD,
    Kind.TOO_LARGE: Code.TOO_LARGE,
    Kind.UNREADABLE: Code.UNREADABLE,
    Kind.INVALID: Code.INVALID,
    Kind.UNAUTHENTICATED: Code.UNAUTHENTICATED,
    Kind.NO_ACCESS: Code.NO_ACCESS,
    Kind.TOO_OFTEN: Code.TOO_OFTEN,
    Kind.FAILURE: Code.FAILURE,
}
ERROR_CODES: Mapping[type[LoyaltyError], Code] = {
    InvalidIdentifier: Code.INVALID_IDENTIFIER,
    TillsClosed: Code.TYPE_DISABLED,
    CodeUsed: Code.CODE_USED,
    WrongCode: Code.CODE_NOT_FOUND,
    UnknownContact: Code.USER_NOT_FOUND,
    UnknownTransaction: Code.TRANSACTION_NOT_FOUND,
    NotClaimable: Code.NOT_CLAIMABLE,
    UnknownStore: Code.STORE_NOT_FOUND,
    LoyaltyOff: Code.LOYALTY_OFF,
}
UPDATE = "PUT"


def write(body: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """Return `body` as JSON."""
    return HttpResponse(
        encode(body).encode(), status=status, content_type="application/json", headers=dict(headers or {})
    )


def refuse(request: HttpRequest, error: Exception) -> HttpResponse | None:
    """Write an exception as RBI does; None for one that it knows nothing about."""
    if isinstance(error, Trouble):
        body = error_body(TROUBLE_CODES[error.kind], message=error.message, errors=error.errors)
        return write(body, status=error.status, headers=error.headers)
    if isinstance(error, RulesBroken):
        is_update = request.method == UPDATE and "/validate/" not in request.path
        code = code_for(error.failures, is_update=is_update)
        return write(error_body(code, failures=error.failures), status=STATUS[code])
    if isinstance(error, UnknownIncentive):
        return _refused(Code.REWARD_NOT_FOUND if error.type is OfferType.REWARD else Code.OFFER_NOT_FOUND)
    for kind, code in ERROR_CODES.items():
        if isinstance(error, kind):
            return _refused(code)
    # Anything else that the programme will not do; none of it is known to come up.
    return _refused(Code.IDENTIFICATION_FAILED) if isinstance(error, LoyaltyError) else None


def _refused(code: Code) -> HttpResponse:
    return write(error_body(code), status=STATUS[code])
