"""The programme and its units."""

from collections.abc import Mapping
from datetime import datetime

from tests.loyalty.api.cases import Case, Refusal
from tests.loyalty.api.shapes import BOOL, INT, STR, nullable


def prepare(now: datetime) -> Mapping[str, str]:
    """Nothing is needed: the programme makes itself."""
    return {}


UNIT = {"id": INT, "name": STR, "label": STR, "prefix": nullable(STR), "is_default": BOOL}

CASES = [
    Case(
        name="the programme",
        method="GET",
        path="/loyalty-program",
        shape={
            "id": INT,
            "name": STR,
            "max_amount": INT,
            "custom_credit_name": nullable(STR),
            "unit": {"name": STR, "label": STR, "prefix": nullable(STR)},
        },
        expect={"unit.name": "purchase_amount"},
    ),
    Case(name="units", method="GET", path="/units", shape=[UNIT], expect={"0.is_default": True}),
    Case(
        name="a unit is made",
        method="POST",
        path="/units",
        payload={"name": "visit", "label": "Visit", "prefix": "x", "is_default": True},
        shape=UNIT,
        expect={"name": "visit", "is_default": True},
        refusals=(
            Refusal(1003, {"label": ...}, names="label"),
            Refusal(1003, {"name": "with blanks"}, names="name"),
            Refusal(55045, {"name": "purchase_amount"}),
        ),
        repeat=55045,
    ),
]
