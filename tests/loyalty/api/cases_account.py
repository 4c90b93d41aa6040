"""The call with which clients test their connection."""

from collections.abc import Mapping
from datetime import datetime

from tests.loyalty.api.cases import Case
from tests.loyalty.api.shapes import INT, STR, UUID


def prepare(now: datetime) -> Mapping[str, str]:
    """Nothing is needed."""
    return {}


CASES = [
    Case(
        name="the connection is tested",
        method="GET",
        path="",
        shape={"id": INT, "uuid": UUID, "company": STR},
        expect={"company": "Tableside"},
    ),
]
