"""What tills are told when something will not, or cannot, be done; rules that refuse are in loyalty.till_judging."""

from loyalty.errors import LoyaltyError


class TillError(LoyaltyError):
    """What a till is told when it will not, or cannot, be done."""


class InvalidIdentifier(TillError):
    """Neither six digits nor a loyalty id."""


class TillsClosed(TillError):
    """The programme takes no offers at tills."""


class CodeUsed(TillError):
    """The code named its member once already."""


class UnknownTransaction(TillError):
    """No transaction has this id, or it is another member's."""


class NotClaimable(TillError):
    """The transaction is claimed, void or replaced, or the status asked for is none that an update can bring."""


class UnknownStore(TillError):
    """No restaurant has this number at tills."""


class LoyaltyOff(TillError):
    """The restaurant does not take part."""
