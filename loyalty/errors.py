"""What the programme answers when it will not, or cannot, do what was asked. Import them from `loyalty.port`."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum


class LoyaltyError(Exception):
    """Any of the answers below."""


class ProgrammeAway(LoyaltyError):
    """The programme could not be reached, or did not say whether it did what was asked."""


class UnknownContact(LoyaltyError):
    """There is no such contact (any more)."""


class AlreadyMember(LoyaltyError):
    """Somebody with this address is a member; nothing was read from or written to their record."""


class InvalidDetails(LoyaltyError):
    """Details that cannot be kept; `errors` maps field names to sentences in the reader's language."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(", ".join(errors))
        self.errors = dict(errors)


class WrongCode(LoyaltyError):
    """The code is wrong, old, used, another browser's or tried too often; which of them is not told."""


class TooOften(LoyaltyError):
    """A limit is reached; asking again makes sense after `retry_after` seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"retry after {retry_after} s")
        self.retry_after = retry_after


class UnknownOffer(LoyaltyError):
    """No such offer, or not this contact's: the two are never told apart."""


class OfferTaken(LoyaltyError):
    """Somebody else holds what is left of the offer; `until` is when the first such hold ends, None where unknown."""

    def __init__(self, until: datetime | None) -> None:
        super().__init__(f"held until {until}")
        self.until = until


class Unavailable(StrEnum):
    """Why an offer cannot be used."""

    EXPIRED = "expired"
    NOT_YET_ACTIVE = "not_yet_active"
    DEACTIVATED = "deactivated"
    USED_UP = "used_up"
    LIMIT_REACHED = "limit_reached"
    TAKEN_BACK = "taken_back"


class OfferUnavailable(LoyaltyError):
    """The offer cannot be used, whoever asks."""

    def __init__(self, reason: Unavailable) -> None:
        super().__init__(reason.value)
        self.reason = reason


class TooFewUses(LoyaltyError):
    """A voucher with several uses has fewer left than are wanted at once."""

    def __init__(self, left: int) -> None:
        super().__init__(f"{left} left")
        self.left = left


class NoTills(LoyaltyError):
    """The programme takes no offers at tills; `Wallet.has_tills` says so beforehand."""


class OutOfStock(LoyaltyError):
    """The last one of this reward is gone."""


class NotEnoughPoints(LoyaltyError):
    """The balance does not cover it; `missing` points would be needed."""

    def __init__(self, missing: int) -> None:
        super().__init__(f"{missing} points missing")
        self.missing = missing


class TooManyPoints(LoyaltyError):
    """More points than can be given at once, or than a balance holds."""


class UnknownReception(LoyaltyError):
    """No points were given or taken under this name by themselves."""


class WrongKey(LoyaltyError):
    """The release key is not that of the hold: it never was, or somebody else has taken the offer since."""


class Conflict(LoyaltyError):
    """The same identifier came before with other content; nothing was changed."""


class UnknownOrder(LoyaltyError):
    """The programme has processed no order of this identifier."""


class OrderNotDue(LoyaltyError):
    """An order that earns nothing as it is: not paid, cancelled, or (for a return) not processed. `field` says why."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class InvalidDocument(LoyaltyError):
    """An order or a return whose amounts contradict each other, or which names lines that are not there."""


class TooMuchReturned(LoyaltyError):
    """A return of more than was bought, or more than is left of it."""


class UnknownGiftCard(LoyaltyError):
    """No card has this code."""


class CardProblem(StrEnum):
    """Why a gift card cannot be used for this."""

    EXPIRED = "expired"
    OUT_OF_USE = "out_of_use"
    NO_TOP_UP = "no_top_up"
    TOO_MUCH = "too_much"
    OTHER_CURRENCY = "other_currency"
    NOT_ISSUED = "not_issued"


class GiftCardUnavailable(LoyaltyError):
    """The card cannot be used for this: past its date, out of use, another currency, or more than it may hold."""

    def __init__(self, problem: CardProblem | None = None) -> None:
        super().__init__(problem.value if problem else "")
        self.problem = problem


class NotTheLatest(LoyaltyError):
    """Something came after this movement of money, so that it cannot be reversed by itself."""


class NotEnoughMoney(LoyaltyError):
    """The card or the prepaid balance does not cover this."""
