"""What a contact has, as the calls for one thing answer it."""

from typing import TypedDict


class BalanceObject(TypedDict):
    """Points."""

    balance: int


class ContactPrepaidObject(TypedDict):
    """Prepaid money, as a number and as it is shown."""

    balance_in_cents: int
    balance: str
