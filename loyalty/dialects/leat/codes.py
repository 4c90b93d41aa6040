"""The codes with which Leat refuses (leat-api.md section 1.2), each with a sentence of ours."""

from collections.abc import Mapping
from enum import IntEnum
from typing import NotRequired, TypedDict


class Code(IntEnum):
    """What is wrong, as a number that clients know."""

    UNAUTHENTICATED = 401
    NO_ROUTE = 404
    WRONG_METHOD = 405
    TOO_LARGE = 413
    INTERNAL = 1000
    INVALID = 1003
    UNKNOWN_SHOP = 1008
    CREDIT_MAXIMUM = 1015
    TOO_FEW_CREDITS = 1017
    REWARD_OUT_OF_STOCK = 1018
    REWARD_LIMIT = 1019
    UNKNOWN_POS_TRANSACTION = 1027
    UNKNOWN_CREDIT_RECEPTION = 1028
    REWARD_INACTIVE = 1052
    WRONG_SECRET = 1053
    UNKNOWN_GIFT_CARD_PROGRAMME = 1100
    SHOP_WITHOUT_PROGRAMME = 1102
    UNKNOWN_PROGRAMME = 1103
    ONLY_NON_REINCREMENTABLE = 1114
    TOKEN_EXPIRED = 3000
    UNKNOWN_GIFT_CARD = 5001
    GIFT_CARD_EXPIRED = 5002
    GIFT_CARD_TOO_LOW = 5003
    GIFT_CARD_NO_TOP_UP = 5006
    GIFT_CARD_WITHOUT_PROGRAMME = 5007
    GIFT_CARD_MAXIMUM = 5008
    UNKNOWN_GIFT_CARD_TRANSACTION = 5010
    POS_TRANSACTION_LINKED = 6001
    UNKNOWN_REWARD = 6003
    ACCOUNT_INACTIVE = 7002
    NO_ACCESS = 7011
    SHOP_MAY_NOT = 7015
    UNKNOWN_LOGIN_CODE = 13010
    ONLY_DIGITAL_GIFT_CARDS = 55021
    NOT_THE_LATEST_TRANSACTION = 55025
    UNKNOWN_SUBSCRIPTION_TYPE = 55030
    UNKNOWN_CONTACT = 55031
    NO_PORTAL = 55032
    UNIT_EXISTS = 55045
    NO_DEFAULT_UNIT = 55046
    USAGE_LIMIT = 60000
    RECEPTION_IN_PROGRESS = 60001
    UNKNOWN_IDENTIFIER = 60003
    IDENTIFIER_INACTIVE = 60004
    CONTACT_EXISTS = 60005
    IDENTIFIER_EXISTS = 60006
    UNKNOWN_UNIT = 60007
    ATTRIBUTE_EXISTS = 60009
    IDENTIFIER_NOT_LINKED = 60011
    UNKNOWN_MODEL = 60013
    IDENTIFIER_LINKED = 60014
    NOT_ANONYMOUS = 60016
    UNKNOWN_PROMOTION = 80002
    VOUCHER_CODE_EXISTS = 80003
    UNKNOWN_VOUCHER = 80004
    VOUCHER_REDEEMED = 80005
    VOUCHER_EXPIRED = 80006
    VOUCHER_LIMIT = 80008
    VOUCHER_DEACTIVATED = 80012
    VOUCHER_INACTIVE = 80014
    VOUCHER_LOCKED = 80017
    TOO_FEW_REDEMPTIONS = 80019
    PROMOTION_INACTIVE = 80020
    UNKNOWN_COLLECTABLE = 80300
    UNKNOWN_PERK = 110000


UNKNOWN_WEBHOOK = Code.UNKNOWN_COLLECTABLE
"""Leat uses one number for two things."""

SENTENCES: Mapping[Code, str] = {
    Code.UNAUTHENTICATED: "Unauthenticated.",
    Code.NO_ROUTE: "There is nothing at this address.",
    Code.WRONG_METHOD: "This address is there, but not for this method.",
    Code.TOO_LARGE: "The request is too large.",
    Code.INTERNAL: "Something went wrong on our side. Please try again in a moment.",
    Code.INVALID: "The input is invalid.",
    Code.UNKNOWN_SHOP: "There is no such shop.",
    Code.CREDIT_MAXIMUM: "This is more credits than can be given at once.",
    Code.TOO_FEW_CREDITS: "The contact has too few credits.",
    Code.REWARD_OUT_OF_STOCK: "The reward is out of stock.",
    Code.REWARD_LIMIT: "The contact cannot claim this reward any more.",
    Code.UNKNOWN_POS_TRANSACTION: "There is no such POS transaction.",
    Code.UNKNOWN_CREDIT_RECEPTION: "There is no such credit reception.",
    Code.REWARD_INACTIVE: "The reward is not active.",
    Code.WRONG_SECRET: "The client id or the client secret is wrong.",
    Code.UNKNOWN_GIFT_CARD_PROGRAMME: "There is no such giftcard program.",
    Code.SHOP_WITHOUT_PROGRAMME: "The shop has no loyalty program.",
    Code.UNKNOWN_PROGRAMME: "There is no such loyalty program.",
    Code.ONLY_NON_REINCREMENTABLE: "Only cards that cannot be topped up can be made here.",
    Code.TOKEN_EXPIRED: "The token has expired.",
    Code.UNKNOWN_GIFT_CARD: "There is no such giftcard.",
    Code.GIFT_CARD_EXPIRED: "The giftcard has expired.",
    Code.GIFT_CARD_TOO_LOW: "The balance of the giftcard is too low.",
    Code.GIFT_CARD_NO_TOP_UP: "The giftcard cannot be topped up.",
    Code.GIFT_CARD_WITHOUT_PROGRAMME: "The giftcard belongs to no program.",
    Code.GIFT_CARD_MAXIMUM: "This is more than the giftcard may hold.",
    Code.UNKNOWN_GIFT_CARD_TRANSACTION: "There is no such giftcard transaction.",
    Code.POS_TRANSACTION_LINKED: "The POS transaction is linked already.",
    Code.UNKNOWN_REWARD: "There is no such reward.",
    Code.ACCOUNT_INACTIVE: "The account is not active.",
    Code.NO_ACCESS: "This token may not do this.",
    Code.SHOP_MAY_NOT: "The shop may not use this program.",
    Code.UNKNOWN_LOGIN_CODE: "There is no such login code.",
    Code.ONLY_DIGITAL_GIFT_CARDS: "Only digital giftcards can be made here.",
    Code.NOT_THE_LATEST_TRANSACTION: "Only the latest transaction of a giftcard can be reversed.",
    Code.UNKNOWN_SUBSCRIPTION_TYPE: "There is no such subscription type.",
    Code.UNKNOWN_CONTACT: "There is no such contact.",
    Code.NO_PORTAL: "There is no contacts portal.",
    Code.UNIT_EXISTS: "There is a unit of this name already.",
    Code.NO_DEFAULT_UNIT: "There is no default unit.",
    Code.USAGE_LIMIT: "Too many requests; please wait.",
    Code.RECEPTION_IN_PROGRESS: "A credit reception for this contact is under way.",
    Code.UNKNOWN_IDENTIFIER: "There is no such contact identifier.",
    Code.IDENTIFIER_INACTIVE: "The contact identifier is not active.",
    Code.CONTACT_EXISTS: "There is a contact with this address already.",
    Code.IDENTIFIER_EXISTS: "There is such a contact identifier already.",
    Code.UNKNOWN_UNIT: "There is no such unit.",
    Code.ATTRIBUTE_EXISTS: "There is an attribute of this name already.",
    Code.IDENTIFIER_NOT_LINKED: "The contact identifier is not linked to a contact.",
    Code.UNKNOWN_MODEL: "There is no such record.",
    Code.IDENTIFIER_LINKED: "The contact identifier is linked to a contact already.",
    Code.NOT_ANONYMOUS: "The contact is not anonymous.",
    Code.UNKNOWN_PROMOTION: "There is no such promotion.",
    Code.VOUCHER_CODE_EXISTS: "There is a voucher with this code already.",
    Code.UNKNOWN_VOUCHER: "There is no such voucher.",
    Code.VOUCHER_REDEEMED: "The voucher has been redeemed already.",
    Code.VOUCHER_EXPIRED: "The voucher has expired.",
    Code.VOUCHER_LIMIT: "The promotion gives out no more vouchers.",
    Code.VOUCHER_DEACTIVATED: "The voucher has been deactivated.",
    Code.VOUCHER_INACTIVE: "The voucher is not active yet.",
    Code.VOUCHER_LOCKED: "The voucher is locked.",
    Code.TOO_FEW_REDEMPTIONS: "The voucher has too few redemptions left.",
    Code.PROMOTION_INACTIVE: "The promotion is not active.",
    Code.UNKNOWN_COLLECTABLE: "There is no such record, or its time is over.",
    Code.UNKNOWN_PERK: "There is no such perk.",
}


class ErrorBody(TypedDict):
    """The body of every refusal; the official client wants all of the first three."""

    message: str
    code: int
    status_code: int
    errors: NotRequired[dict[str, list[str]]]


def error_body(
    code: Code, *, status: int = 400, message: str = "", errors: Mapping[str, list[str]] | None = None
) -> ErrorBody:
    """Return the body of a refusal: with the code's own sentence unless `message` says more."""
    body: ErrorBody = {"message": message or SENTENCES[code], "code": int(code), "status_code": status}
    if errors:
        body["errors"] = {field: list(sentences) for field, sentences in errors.items()}
    return body
