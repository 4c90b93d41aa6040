"""What an operation raises when it will not do what was asked; each carries the sentence the person reads."""

from collections.abc import Mapping


class OrderingRefused(Exception):
    """No order is taken here now: no table, paused, closed, browse-only."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class ChoiceRefused(Exception):
    """A form was not filled in as it must be; `errors` maps the form's own field names to sentences."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(errors.values()))
        self.errors = dict(errors)


class TooOften(Exception):
    """The same again and again; `seconds` from now it is possible once more."""

    def __init__(self, message: str, *, seconds: int) -> None:
        super().__init__(message)
        self.message = message
        self.seconds = seconds


class Conflict(Exception):
    """Something changed meanwhile (total, availability, state), so that what was asked no longer fits."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
