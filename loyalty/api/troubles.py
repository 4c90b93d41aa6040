"""What can be wrong with any call whatever it asks for; each dialect has its own words for them."""

from collections.abc import Mapping
from enum import StrEnum


class Kind(StrEnum):
    """Which trouble it is."""

    NO_ROUTE = "no route"
    WRONG_METHOD = "wrong method"
    TOO_LARGE = "too large"
    UNREADABLE = "unreadable"
    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    NO_ACCESS = "no access"
    TOO_OFTEN = "too often"
    FAILURE = "failure"


STATUS: Mapping[Kind, int] = {
    Kind.NO_ROUTE: 404,
    Kind.WRONG_METHOD: 405,
    Kind.TOO_LARGE: 413,
    Kind.UNREADABLE: 400,
    Kind.INVALID: 400,
    Kind.UNAUTHENTICATED: 401,
    Kind.NO_ACCESS: 403,
    Kind.TOO_OFTEN: 429,
    Kind.FAILURE: 500,
}


class Trouble(Exception):
    """The call cannot be served. `errors` maps fields to sentences; `retry_after` is in seconds."""

    def __init__(
        self,
        kind: Kind,
        message: str = "",
        *,
        errors: Mapping[str, list[str]] | None = None,
        retry_after: int = 0,
        allow: str = "",
    ) -> None:
        super().__init__(kind.value)
        self.kind = kind
        self.message = message
        self.errors = dict(errors or {})
        self.headers: dict[str, str] = {}
        if retry_after:
            self.headers["Retry-After"] = str(retry_after)
        if allow:
            self.headers["Allow"] = allow

    @property
    def status(self) -> int:
        """The HTTP status."""
        return STATUS[self.kind]


def invalid(field: str, sentence: str) -> Trouble:
    """Return the trouble of one field that cannot be what it is."""
    return Trouble(Kind.INVALID, errors={field: [sentence]})
