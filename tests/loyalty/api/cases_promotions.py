"""Promotions."""

from collections.abc import Mapping
from datetime import datetime

from tests.loyalty.api.cases import UNKNOWN, Case, Refusal
from tests.loyalty.api.shapes import INT, OBJECT, STR, UUID, VIEWING_META, nullable, one_of
from tests.loyalty.factories import PromotionFactory

PROMOTION = {
    "uuid": UUID,
    "name": STR,
    "description": STR,
    "type": one_of("SINGLE_USE", "MULTI_USE"),
    "voucher_limit": nullable(INT),
    "limit_per_contact": nullable(INT),
    "redemptions_per_voucher": INT,
    "expiration_duration": nullable(INT),
    "media": nullable({"type": STR, "value": STR}),
    "attributes": OBJECT,
}


def prepare(now: datetime) -> Mapping[str, str]:
    """Make two promotions, the second without attributes."""
    first = PromotionFactory.create(media_url="/media/pizza.webp")
    PromotionFactory.create(attributes={}, redemptions_per_voucher=3)
    return {"promotion": str(first.uuid)}


CASES = [
    Case(
        name="the list",
        method="GET",
        path="/promotions",
        shape=[PROMOTION],
        meta=VIEWING_META,
        expect={
            "0.uuid": "{promotion}",
            "0.attributes.discount_type": "percentage_discount",
            "1.attributes": {},
            "1.type": "MULTI_USE",
            "1.media": None,
        },
        refusals=(Refusal(1003, {"page": "0"}, names="page"), Refusal(1003, {"limit": "some"}, names="limit")),
    ),
    Case(
        name="the second page",
        method="GET",
        path="/promotions",
        payload={"page": 2, "limit": 1},
        shape=[PROMOTION],
        meta={"page": INT, "limit": INT, "viewing_from": one_of(2), "viewing_to": one_of(2)}
        | {"last_page": one_of(2), "total": one_of(2)},
    ),
    Case(
        name="one",
        method="GET",
        path="/promotions/{promotion}",
        shape=PROMOTION,
        expect={"uuid": "{promotion}", "media.value": "http://127.0.0.1:8000/media/pizza.webp"},
        refusals=(Refusal(80002, path=f"/promotions/{UNKNOWN}"), Refusal(80002, path="/promotions/none")),
    ),
    Case(
        name="one is made",
        method="POST",
        path="/promotions",
        payload={
            "name": "Summer",
            "description": "Ten percent",
            "voucher_limit": 10,
            "limit_per_contact": 1,
            "redemptions_per_voucher": 2,
            "expiration_duration": 3600,
            "type": "MULTI_USE",
            "attributes": {"discount_type": "percentage_discount", "discount_value": 10, "exclusive": True},
        },
        shape=PROMOTION,
        expect={
            "name": "Summer",
            "redemptions_per_voucher": 2,
            "expiration_duration": 3600,
            "attributes.exclusive": True,
        },
        refusals=(
            Refusal(1003, {"name": ...}, names="name"),
            Refusal(1003, {"description": ...}, names="description"),
            Refusal(1003, {"name": "x" * 121}, names="name"),
            Refusal(1003, {"voucher_limit": -1}, names="voucher_limit"),
            Refusal(1003, {"voucher_limit": 10**12}, names="voucher_limit"),
            Refusal(1003, {"expiration_duration": 0}, names="expiration_duration"),
            Refusal(1003, {"type": "SINGLE_USE"}, names="redemptions_per_voucher"),
            Refusal(1003, {"redemptions_per_voucher": ...}, names="redemptions_per_voucher"),
            Refusal(1003, {"attributes": {"discount_type": "half off"}}, names="attributes"),
            Refusal(1003, {"attributes": {"nobody": "1"}}, names="attributes"),
            Refusal(1003, {"attributes": "text"}, names="attributes"),
        ),
    ),
]
