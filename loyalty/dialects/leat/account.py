"""The account that a token belongs to."""

import uuid
from typing import TypedDict

_NAMESPACE = uuid.UUID("6f0b6cf5-6a0b-4c52-9d65-0c6c1b2f1a55")


class AccountObject(TypedDict):
    """What the connection test of Leat's clients reads."""

    id: int
    uuid: str
    company: str


def account_object(name: str) -> AccountObject:
    """Return the account; one installation is one, so its id is 1 and its uuid follows from the name."""
    return {"id": 1, "uuid": str(uuid.uuid5(_NAMESPACE, name)), "company": name}
