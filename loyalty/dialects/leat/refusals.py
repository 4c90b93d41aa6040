"""What a code that Leat refuses with means on our side of the port (leat-api.md section 1.2). Pure."""

from collections.abc import Callable, Mapping

from loyalty.dialects.leat.codes import Code
from loyalty.errors import (
    AlreadyMember,
    GiftCardUnavailable,
    InvalidDocument,
    LoyaltyError,
    NotEnoughMoney,
    NotEnoughPoints,
    OfferTaken,
    OfferUnavailable,
    OutOfStock,
    ProgrammeAway,
    Unavailable,
    UnknownContact,
    UnknownGiftCard,
    UnknownOffer,
    UnknownOrder,
    WrongCode,
)


def _unavailable(reason: Unavailable) -> Callable[[], LoyaltyError]:
    return lambda: OfferUnavailable(reason)


_MEANINGS: Mapping[int, Callable[[], LoyaltyError]] = {
    Code.UNKNOWN_CONTACT: UnknownContact,
    Code.CONTACT_EXISTS: AlreadyMember,
    Code.UNKNOWN_LOGIN_CODE: WrongCode,
    Code.INVALID: InvalidDocument,
    Code.CREDIT_MAXIMUM: InvalidDocument,
    Code.UNKNOWN_MODEL: UnknownOrder,
    Code.UNKNOWN_VOUCHER: UnknownOffer,
    Code.UNKNOWN_PROMOTION: UnknownOffer,
    Code.UNKNOWN_REWARD: UnknownOffer,
    Code.UNKNOWN_COLLECTABLE: UnknownOffer,
    Code.VOUCHER_LOCKED: lambda: OfferTaken(None),
    Code.VOUCHER_REDEEMED: _unavailable(Unavailable.USED_UP),
    Code.TOO_FEW_REDEMPTIONS: _unavailable(Unavailable.USED_UP),
    Code.VOUCHER_EXPIRED: _unavailable(Unavailable.EXPIRED),
    Code.VOUCHER_DEACTIVATED: _unavailable(Unavailable.DEACTIVATED),
    Code.PROMOTION_INACTIVE: _unavailable(Unavailable.DEACTIVATED),
    Code.VOUCHER_INACTIVE: _unavailable(Unavailable.NOT_YET_ACTIVE),
    Code.VOUCHER_LIMIT: _unavailable(Unavailable.LIMIT_REACHED),
    Code.REWARD_LIMIT: _unavailable(Unavailable.LIMIT_REACHED),
    Code.REWARD_INACTIVE: _unavailable(Unavailable.DEACTIVATED),
    Code.REWARD_OUT_OF_STOCK: OutOfStock,
    Code.TOO_FEW_CREDITS: lambda: NotEnoughPoints(0),
    Code.UNKNOWN_GIFT_CARD: UnknownGiftCard,
    Code.UNKNOWN_GIFT_CARD_TRANSACTION: UnknownGiftCard,
    Code.UNKNOWN_GIFT_CARD_PROGRAMME: GiftCardUnavailable,
    Code.ONLY_NON_REINCREMENTABLE: GiftCardUnavailable,
    Code.GIFT_CARD_EXPIRED: GiftCardUnavailable,
    Code.GIFT_CARD_NO_TOP_UP: GiftCardUnavailable,
    Code.GIFT_CARD_WITHOUT_PROGRAMME: GiftCardUnavailable,
    Code.GIFT_CARD_MAXIMUM: GiftCardUnavailable,
    Code.ONLY_DIGITAL_GIFT_CARDS: GiftCardUnavailable,
    Code.GIFT_CARD_TOO_LOW: NotEnoughMoney,
}

# What the states of a voucher say to somebody who wants to use it (section 5.2).
_STATES = {
    "REDEEMED": Unavailable.USED_UP,
    "EXPIRED": Unavailable.EXPIRED,
    "DEACTIVATED": Unavailable.DEACTIVATED,
    "INACTIVE": Unavailable.NOT_YET_ACTIVE,
}


def meaning(code: int) -> LoyaltyError:
    """Return the port's error for a code; one that says nothing to us is a programme that cannot be used now."""
    known = _MEANINGS.get(code)
    return known() if known is not None else ProgrammeAway(f"leat code {code}")


def state_refusal(status: str) -> OfferUnavailable | None:
    """Return why a voucher in this state cannot be used; None where it can."""
    reason = _STATES.get(status)
    return OfferUnavailable(reason) if reason is not None else None
