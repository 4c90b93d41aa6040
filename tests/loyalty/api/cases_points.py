"""Credits given and taken by themselves, and the history."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from loyalty import purchases, receptions
from loyalty.models import ContactIdentifier, CustomAttribute, Entity, PointsEntry, Unit
from loyalty.receptions import Credits
from tests.loyalty.api.cases import UNKNOWN, Case, Refusal
from tests.loyalty.api.cases_rewards import CREDITS, RECEPTION
from tests.loyalty.api.shapes import INT, STR, VIEWING_META, Named, check_shape, one_of
from tests.loyalty.factories import ContactFactory, RewardFactory, ShopFactory, TierFactory, member


def prepare(now: datetime) -> Mapping[str, str]:
    """Make a contact in a tier with 500 points, who got 20 and bought a reward."""
    CustomAttribute.objects.create(entity=Entity.LOYALTY_TRANSACTION, name="table", label="Table", type="number")
    Unit.objects.create(name="visit", label="Visit", points_each=10)
    earlier = now - timedelta(days=2)
    contact = member(500, now=earlier, email="noor@example.com")
    contact.move_to_tier(TierFactory.create(multiplier="1.5"), now=earlier)
    shop = ShopFactory.create()
    ContactIdentifier.objects.create(value="CARD-1", contact=contact, created_at=now)
    ContactIdentifier.objects.create(value="OFF-1", contact=contact, is_active=False, created_at=now)
    given = receptions.receive(contact, Credits(points=20), shop=shop, now=now - timedelta(days=1))
    bought, _left = purchases.buy(
        RewardFactory.create(required_points=50), contact=contact, purchase_key="key", shop=shop, now=now
    )
    receptions.receive(
        contact, Credits(points=5, pos_transaction="11111111-1111-4111-8111-111111111111"), shop=shop, now=now
    )
    return {
        "contact": str(contact.uuid),
        "other": str(ContactFactory.create().uuid),
        "shop": str(shop.uuid),
        "elsewhere": str(ShopFactory.create().uuid),
        "given": str(given.uuid),
        "earned": str(PointsEntry.objects.get(points=500).uuid),
        "bought": str(bought.uuid),
    }


def _is_transaction(value: object) -> bool:
    kind = value.get("type") if isinstance(value, dict) else None
    check_shape(value, RECEPTION if kind == "reward_reception" else CREDITS)
    return True


TRANSACTION = Named("a transaction", _is_transaction)
GIVING = {"contact_uuid": "{contact}", "shop_uuid": "{shop}"}
CASES = [
    Case(
        name="credits are given",
        method="POST",
        path="/credit-receptions",
        payload={**GIVING, "credits": 25, "contact_identifier_value": "CARD-1", "table": 7, "anything": "ignored"},
        shape=CREDITS | {"table": one_of(7, "7")},
        expect={"credits": 25, "unit_value": None, "contact.credit_balance.balance": 500, "unit.is_default": True},
        refusals=(
            Refusal(1003, {"contact_uuid": ...}, names="contact_uuid"),
            Refusal(1003, {"shop_uuid": ...}, names="shop_uuid"),
            Refusal(1003, {"credits": ...}, names="credits"),
            Refusal(1003, {"credits": "many"}, names="credits"),
            Refusal(1003, {"credits": 1.5}, names="credits"),
            Refusal(1003, {"credits": 10**12}, names="credits"),
            Refusal(1003, {"table": "seven"}, names="table"),
            Refusal(55031, {"contact_uuid": UNKNOWN}),
            Refusal(1008, {"shop_uuid": UNKNOWN}),
            Refusal(60003, {"contact_identifier_value": "NOBODY"}),
            Refusal(60004, {"contact_identifier_value": "OFF-1"}),
            Refusal(1003, {"contact_uuid": "{other}"}, names="contact_identifier_value"),
            Refusal(60007, {"unit_name": "mile"}),
            Refusal(1015, {"credits": 1_000_001}),
            Refusal(1027, {"pos_transaction_uuid": "nonsense"}),
            Refusal(6001, {"pos_transaction_uuid": "11111111-1111-4111-8111-111111111111"}),
            Refusal(6001, {"pos_transaction_id": "11111111-1111-4111-8111-111111111111"}),
        ),
    ),
    Case(
        name="credits are given for a value of the programme's unit",
        method="POST",
        path="/credit-receptions",
        payload={**GIVING, "unit_value": 10.40, "pos_transaction_uuid": "22222222-2222-4222-8222-222222222222"},
        shape=CREDITS,
        expect={"credits": 15, "unit_value": 10.4, "unit.name": "purchase_amount"},
        refusals=(
            Refusal(1003, {"unit_value": "10,40"}, names="unit_value"),
            Refusal(1003, {"unit_value": 1e300}, names="unit_value"),
            Refusal(1015, {"unit_value": 10**10}),
        ),
        repeat=6001,
    ),
    Case(
        name="credits are given for visits",
        method="POST",
        path="/credit-receptions",
        payload={**GIVING, "unit_value": "2", "unit_name": "visit"},
        shape=CREDITS,
        expect={"credits": 30, "unit_value": 2, "unit.name": "visit", "unit.is_default": False},
    ),
    Case(
        name="credits are taken for a refund, if need be below none",
        method="POST",
        path="/credit-receptions",
        payload={**GIVING, "credits": -600},
        shape=CREDITS,
        expect={"credits": -600, "contact.credit_balance.balance": -125},
    ),
    Case(
        name="a reception is reversed",
        method="POST",
        path="/credit-receptions/{given}/reverse",
        shape=CREDITS,
        expect={"credits": -20, "contact.credit_balance.balance": 455},
        refusals=(
            Refusal(1028, path=f"/credit-receptions/{UNKNOWN}/reverse"),
            Refusal(1028, path="/credit-receptions/none/reverse"),
            Refusal(1028, path="/credit-receptions/{earned}/reverse"),
        ),
    ),
    Case(
        name="a value is worked out",
        method="GET",
        path="/credit-receptions/calculate",
        payload={"shop_uuid": "{shop}", "unit_value": "10.40", "contact_uuid": "{contact}"},
        shape={"credits": INT},
        expect={"credits": 15},
        refusals=(
            Refusal(1003, {"unit_value": ...}, names="unit_value"),
            Refusal(1003, {"shop_uuid": ...}, names="shop_uuid"),
            Refusal(1003, {"unit_value": "much"}, names="unit_value"),
            Refusal(1008, {"shop_uuid": UNKNOWN}),
            Refusal(55031, {"contact_uuid": UNKNOWN}),
            Refusal(60007, {"unit_name": "mile"}),
        ),
    ),
    Case(
        name="a value is worked out for nobody",
        method="GET",
        path="/credit-receptions/calculate",
        payload={"shop_uuid": "{shop}", "unit_value": "10.40"},
        shape={"credits": INT},
        expect={"credits": 10},
    ),
    Case(
        name="the history, newest first",
        method="GET",
        path="/loyalty-transactions",
        payload={"contact_uuid": "{contact}"},
        shape=[TRANSACTION],
        meta=VIEWING_META,
        expect={
            "0.credits": 5,
            "1.uuid": "{bought}",
            "1.type": "reward_reception",
            "2.uuid": "{given}",
            "3.credits": 500,
            "3.shop.name": "Tableside",
        },
        refusals=(
            Refusal(1003, {"type": "visits"}, names="type"),
            Refusal(1003, {"sort": "credits"}, names="sort"),
            Refusal(1003, {"page": "first"}, names="page"),
            Refusal(1003, {"created_at[gt]": "yesterday"}, names="created_at[gt]"),
            Refusal(1008, {"shop_uuid": UNKNOWN}),
            Refusal(55031, {"contact_uuid": UNKNOWN}),
        ),
    ),
    Case(
        name="the history between two moments, oldest first",
        method="GET",
        path="/loyalty-transactions",
        payload={
            "created_at[gte]": "2026-06-02T00:00:00+00:00",
            "created_at[lt]": "2026-06-03T17:30:00Z",
            "sort": "created_at",
            "shop_uuid": "{shop}",
        },
        shape=[TRANSACTION],
        meta=VIEWING_META | {"total": one_of(1), "limit": one_of(10)},
        expect={"0.uuid": "{given}"},
    ),
    Case(
        name="the history of rewards bought",
        method="GET",
        path="/loyalty-transactions",
        payload={"type": "reward_receptions", "limit": 100},
        shape=[RECEPTION],
        meta=VIEWING_META | {"total": one_of(1)},
    ),
    Case(
        name="the history of credits given",
        method="GET",
        path="/loyalty-transactions",
        payload={"type": "credit_receptions", "limit": 1000, "page": 1},
        shape=[CREDITS],
        meta=VIEWING_META | {"total": one_of(3), "limit": one_of(100)},
    ),
    Case(
        name="the history where nothing happened",
        method="GET",
        path="/loyalty-transactions",
        payload={"shop_uuid": "{elsewhere}"},
        shape=[STR],
        meta=VIEWING_META | {"viewing_from": one_of(0), "viewing_to": one_of(0), "last_page": one_of(1)},
    ),
]
