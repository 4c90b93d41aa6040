"""RBI's words for what goes wrong (rbi-api.md sections 2, 4, 7). Pure."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from loyalty.dialects.rbi.writing import ErrorBody
from loyalty.till_documents import RuleCode, RuleFailure


class Code(StrEnum):
    """The top-level `code` of an error. The first lines are RBI's; those of the transport are ours in their manner."""

    IDENTIFICATION_FAILED = "IdentificationFailed"
    CODE_NOT_FOUND = "HashSetNotFoundError"
    USER_NOT_FOUND = "UserNotFoundError"
    REWARD_NOT_FOUND = "RewardNotFoundError"
    OFFER_NOT_FOUND = "OfferNotFoundError"
    CODE_USED = "OrderSelectionStatusUnclaimable"
    INVALID_IDENTIFIER = "InvalidIdentifier"
    TYPE_DISABLED = "IdentifierTypeDisabled"
    NOT_CLAIMABLE = "TransactionNotClaimable"
    TOO_FEW_POINTS = "TransactionInsufficientPoints"
    LOYALTY_OFF = "RedeemRewardError"
    TRANSACTION_NOT_FOUND = "TransactionNotFoundError"
    STORE_NOT_FOUND = "StoreNotFound"
    RULES = "RulesError"

    INVALID = "ValidationError"
    UNREADABLE = "BadRequest"
    UNAUTHENTICATED = "Unauthorized"
    NO_ACCESS = "Forbidden"
    NO_ROUTE = "NotFound"
    WRONG_METHOD = "MethodNotAllowed"
    TOO_LARGE = "PayloadTooLarge"
    TOO_OFTEN = "TooManyRequests"
    FAILURE = "InternalServerError"


STATUS: Mapping[Code, int] = {
    Code.IDENTIFICATION_FAILED: 400,
    Code.CODE_NOT_FOUND: 404,
    Code.USER_NOT_FOUND: 404,
    Code.REWARD_NOT_FOUND: 404,
    Code.OFFER_NOT_FOUND: 404,
    Code.CODE_USED: 422,
    Code.INVALID_IDENTIFIER: 422,
    Code.TYPE_DISABLED: 422,
    Code.NOT_CLAIMABLE: 400,
    Code.TOO_FEW_POINTS: 400,
    Code.LOYALTY_OFF: 400,
    Code.TRANSACTION_NOT_FOUND: 404,
    Code.STORE_NOT_FOUND: 404,
    Code.RULES: 400,
    Code.INVALID: 400,
    Code.UNREADABLE: 400,
    Code.UNAUTHENTICATED: 401,
    Code.NO_ACCESS: 403,
    Code.NO_ROUTE: 404,
    Code.WRONG_METHOD: 405,
    Code.TOO_LARGE: 413,
    Code.TOO_OFTEN: 429,
    Code.FAILURE: 500,
}
SENTENCES: Mapping[Code, str] = {
    Code.IDENTIFICATION_FAILED: "The member could not be identified.",
    Code.CODE_NOT_FOUND: "No member has this code now: it is wrong, or its five minutes are over.",
    Code.USER_NOT_FOUND: "No member has this loyalty id.",
    Code.REWARD_NOT_FOUND: "There is no such reward for this member.",
    Code.OFFER_NOT_FOUND: "There is no such offer for this member.",
    Code.CODE_USED: "This code has been used already.",
    Code.INVALID_IDENTIFIER: "The identifier is neither a code of six digits nor a loyalty id.",
    Code.TYPE_DISABLED: "This programme takes no offers at tills.",
    Code.NOT_CLAIMABLE: "The transaction cannot be claimed: it is claimed, void or replaced by a second scan, or the "
    "status is neither PENDING nor CLAIMED.",
    Code.TOO_FEW_POINTS: "The member does not have the points for this.",
    Code.LOYALTY_OFF: "This store does not take part in the loyalty programme.",
    Code.TRANSACTION_NOT_FOUND: "There is no such transaction.",
    Code.STORE_NOT_FOUND: "There is no such store.",
    Code.RULES: "Rules refuse what is on the order.",
    Code.INVALID: "Fields are missing or wrong.",
    Code.UNREADABLE: "The request could not be read.",
    Code.UNAUTHENTICATED: "The key in x-api-key is missing, wrong or over.",
    Code.NO_ACCESS: "This key may not do this.",
    Code.NO_ROUTE: "There is nothing at this address.",
    Code.WRONG_METHOD: "This address is there, but not for this method.",
    Code.TOO_LARGE: "The request is too large.",
    Code.TOO_OFTEN: "Too many requests.",
    Code.FAILURE: "Something went wrong on our side.",
}
TRANSPORT = frozenset(
    {
        Code.INVALID,
        Code.UNREADABLE,
        Code.UNAUTHENTICATED,
        Code.NO_ACCESS,
        Code.NO_ROUTE,
        Code.WRONG_METHOD,
        Code.TOO_LARGE,
        Code.TOO_OFTEN,
        Code.FAILURE,
    }
)


def error_body(
    code: Code,
    *,
    message: str = "",
    errors: Mapping[str, list[str]] | None = None,
    failures: Sequence[RuleFailure] = (),
) -> ErrorBody:
    """Return the body of a refusal: `errors` by field, or `failures` of rules, in its `details`."""
    body: ErrorBody = {
        "code": code.value,
        "isEngineError": code not in TRANSPORT,
        "message": message or SENTENCES[code],
        "statusCode": STATUS[code],
    }
    if errors:
        body["details"] = {"errors": errors}
    if failures:
        body["details"] = {"ruleEvaluation": [_evaluation(failure) for failure in failures]}
    return body


def code_for(failures: Sequence[RuleFailure], *, is_update: bool) -> Code:
    """Return the top-level code: Update has one of its own for points (rbi-api.md section 4)."""
    too_few = any(failure.code is RuleCode.POINT_BALANCE for failure in failures)
    return Code.TOO_FEW_POINTS if is_update and too_few else Code.RULES


def _evaluation(failure: RuleFailure) -> dict[str, Any]:
    """Return one broken rule; `ruleId` is the same each time this rule of this incentive is broken."""
    entry: dict[str, Any] = {
        "code": failure.code.value,
        "incentiveId": failure.incentive_id,
        "message": failure.message,
        "ruleId": str(uuid5(NAMESPACE_URL, f"{failure.incentive_id}#{failure.code.value}")),
    }
    if failure.current is not None:
        entry["currentValue"] = failure.current
    if failure.targets:
        entry["targetValue"] = list(failure.targets)
    return entry
