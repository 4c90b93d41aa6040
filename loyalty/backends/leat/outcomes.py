"""How a call to Leat can end other than well, and what that says about whether it did what was asked."""

from collections.abc import Mapping

from loyalty.errors import LoyaltyError, ProgrammeAway


class NotSent(ProgrammeAway):
    """Leat has changed nothing: it was not reached, or turned the call away at the door."""


class AccountRefused(NotSent):
    """Leat does not know this token, or the account may not do this."""


class NoAnswer(ProgrammeAway):
    """Leat may or may not have done it."""


class GivenUp(NoAnswer):
    """Nothing at all is heard of Leat, so nobody waits any longer; the call itself may go on for `ends_within` seconds."""

    def __init__(self, *, ends_within: float) -> None:
        super().__init__("silent")
        self.ends_within = ends_within


class Refused(LoyaltyError):
    """Leat said no, with one of its codes (leat-api.md section 1.2). `fields` are the names it found fault with."""

    def __init__(self, code: int, *, fields: Mapping[str, str] | None = None, message: str = "") -> None:
        super().__init__(f"leat code {code}: {message}")
        self.code = code
        self.fields = dict(fields or {})

    def names(self, field: str) -> bool:
        """Say whether the fault is in this field, however deep it is nested."""
        return any(field in name.split(".") for name in self.fields)
