"""Rewards, and rewards bought, collected and given back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from loyalty import purchases
from loyalty.models import ContactIdentifier, CustomAttribute, Entity, Reward, RewardReception
from tests.loyalty.api.cases import UNKNOWN, Case, Refusal
from tests.loyalty.api.shapes import (
    BOOL,
    EMPTY_OBJECT,
    INT,
    MOMENT,
    NUMBER,
    STR,
    UUID,
    nullable,
    one_of,
)
from tests.loyalty.factories import ContactFactory, RewardFactory, ShopFactory, member

REWARD_KEYS = {
    "id": INT,
    "uuid": UUID,
    "title": STR,
    "description": STR,
    "required_credits": INT,
    "reward_type": one_of("PHYSICAL", "DIGITAL"),
    "type": STR,
    "is_active": BOOL,
    "active": BOOL,
    "media": nullable({"type": STR, "value": STR}),
    "cost_price": nullable(NUMBER),
    "stock": nullable(INT),
    "pre_redeemable": BOOL,
    "expiration_duration": nullable(INT),
}
# Custom attributes stand beside these, and never in a key `attributes`: keys are exact.
REWARD = REWARD_KEYS | {"discount_type": STR, "product_code": STR}
CONTACT = {"uuid": UUID, "email": nullable(STR), "credit_balance": {"id": INT, "balance": INT}}
SHOP = {
    "id": INT,
    "uuid": UUID,
    "name": STR,
    "type": one_of("physical", "web"),
    "reference": nullable(STR),
    "address": EMPTY_OBJECT,
}
UNIT = {"id": INT, "name": STR, "label": STR, "prefix": nullable(STR), "is_default": BOOL}
CREDITS = {
    "type": one_of("credit_reception"),
    "uuid": UUID,
    "credits": INT,
    "contact": CONTACT,
    "shop": SHOP,
    "contact_identifier": nullable({"name": nullable(STR), "value": STR, "active": BOOL}),
    "channel": STR,
    "created_at": MOMENT,
    "unit": UNIT,
    "unit_value": nullable(NUMBER),
}
RECEPTION = {
    "type": one_of("reward_reception"),
    "uuid": UUID,
    "title": STR,
    "credits": INT,
    "contact": CONTACT,
    "shop": SHOP,
    "contact_identifier": nullable({"name": nullable(STR), "value": STR, "active": BOOL}),
    "channel": STR,
    "created_at": MOMENT,
    "reward": REWARD,
    "expires_at": MOMENT,
    "expiration_date": MOMENT,
    "has_been_collected": BOOL,
}
COLLECTABLE = {
    "uuid": UUID,
    "title": STR,
    "contact": CONTACT,
    "reward": REWARD,
    "created_at": MOMENT,
    "expires_at": MOMENT,
    "has_been_collected": one_of(False),
}
DIGITAL = RECEPTION | {
    "type": one_of("digital_reward_reception"),
    "digital_reward": REWARD,
    "digital_reward_code": {"code": STR},
}


def prepare(now: datetime) -> Mapping[str, str]:
    """Make a contact with 1000 points and a card, rewards of every kind, and some that were bought."""
    CustomAttribute.objects.create(entity=Entity.REWARD, name="vegan", label="Vegan", type="boolean")
    contact = member(1000, now=now, email="noor@example.com")
    shop = ShopFactory.create()
    ContactIdentifier.objects.create(value="CARD-1", name="Card", contact=contact, created_at=now)
    ContactIdentifier.objects.create(value="OFF-1", contact=contact, is_active=False, created_at=now)
    ContactIdentifier.objects.create(value="LOOSE-1", created_at=now)
    ContactIdentifier.objects.create(value="THEIRS-1", contact=ContactFactory.create(), created_at=now)
    rewards: dict[str, Reward] = {
        "coffee": RewardFactory.create(title="Free coffee", required_points=50, cost_price_cents=125),
        "cake": RewardFactory.create(is_pre_redeemable=False, stock=1),
        "song": RewardFactory.create(reward_type="DIGITAL"),
        "endless": RewardFactory.create(expiration_duration=None),
        "gone": RewardFactory.create(stock=0),
        "once": RewardFactory.create(limit_per_contact=1),
        "ended": RewardFactory.create(is_active=False),
        "dear": RewardFactory.create(required_points=5000),
    }

    def buy(name: str) -> RewardReception:
        return purchases.buy(rewards[name], contact=contact, purchase_key=f"key-{name}", shop=shop, now=now)[0]

    bought = {name: buy(name) for name in ("coffee", "cake", "once", "endless")}
    collection = purchases.collect(
        bought["once"], contact=contact, order_identifier="order-1", held_at=now, shop=shop, now=now
    )
    over = buy("song")
    RewardReception.objects.filter(pk=over.pk).update(expires_at=now)
    names: dict[str, Any] = {name: reward.uuid for name, reward in rewards.items()}
    names |= {f"bought_{name}": reception.uuid for name, reception in bought.items()}
    names |= {"over": over.uuid, "collection": collection.uuid, "contact": contact.uuid, "shop": shop.uuid}
    return {name: str(value) for name, value in names.items()}


BUYING = {"contact_uuid": "{contact}", "reward_uuid": "{coffee}", "shop_uuid": "{shop}"}
CASES = [
    Case(
        name="the list",
        method="GET",
        path="/rewards",
        payload={"shop_uuid": "{shop}"},
        shape=[REWARD],
        expect={"0.uuid": "{coffee}", "0.discount_type": "free_item", "0.cost_price": 1.25, "7.required_credits": 5000},
        refusals=(Refusal(1008, {"shop_uuid": UNKNOWN}), Refusal(55031, {"contact_uuid": UNKNOWN})),
    ),
    Case(
        name="the list of what a contact may have",
        method="GET",
        path="/rewards",
        payload={"contact_uuid": "{contact}"},
        shape=[REWARD],
        expect={"0.uuid": "{coffee}", "1.uuid": "{song}", "2.uuid": "{endless}", "3.uuid": "{dear}"},
    ),
    Case(
        name="one",
        method="GET",
        path="/rewards/{coffee}",
        shape=REWARD,
        expect={"expiration_duration": 2592000, "pre_redeemable": True, "product_code": "COFFEE"},
        refusals=(Refusal(6003, path=f"/rewards/{UNKNOWN}"), Refusal(6003, path="/rewards/none")),
    ),
    Case(
        name="one is changed, with all that was read of it sent back",
        method="PUT",
        path="/rewards/{coffee}",
        payload={
            "title": "Free tea",
            "description": "",
            "required_credits": 60,
            "product_code": "TEA",
            "vegan": True,
            "type": "PHYSICAL",
            "pre_redeemable": False,
            "expiration_duration": 1,
            "stock": 99,
            "is_active": False,
        },
        shape=REWARD | {"vegan": BOOL},
        expect={
            "title": "Free tea",
            "required_credits": 60,
            "product_code": "TEA",
            "vegan": True,
            "pre_redeemable": True,
            "stock": None,
            "is_active": True,
        },
        refusals=(
            Refusal(6003, path=f"/rewards/{UNKNOWN}"),
            Refusal(1003, {"required_credits": 0}, names="required_credits"),
            Refusal(1003, {"title": "x" * 121}, names="title"),
            Refusal(1003, {"discount_type": "half off"}, names="attributes"),
            Refusal(1003, {"vegan": "perhaps"}, names="attributes"),
        ),
    ),
    Case(
        name="one is bought, to be collected",
        method="POST",
        path="/reward-receptions",
        payload={**BUYING, "contact_identifier_value": "CARD-1"},
        shape=RECEPTION,
        expect={
            "credits": -50,
            "contact.credit_balance.balance": 500,
            "expires_at": "2026-07-03T17:30:00+00:00",
            "has_been_collected": False,
            "contact_identifier": {"name": "Card", "value": "CARD-1", "active": True},
        },
        refusals=(
            Refusal(1003, {"contact_uuid": ..., "contact_identifier_value": ...}, names="contact_uuid"),
            Refusal(1003, {"reward_uuid": ...}, names="reward_uuid"),
            Refusal(1003, {"shop_uuid": ...}, names="shop_uuid"),
            Refusal(55031, {"contact_uuid": UNKNOWN}),
            Refusal(6003, {"reward_uuid": UNKNOWN}),
            Refusal(1008, {"shop_uuid": UNKNOWN}),
            Refusal(1017, {"reward_uuid": "{dear}"}),
            Refusal(1018, {"reward_uuid": "{gone}"}),
            Refusal(1018, {"reward_uuid": "{cake}"}),
            Refusal(1019, {"reward_uuid": "{once}"}),
            Refusal(1052, {"reward_uuid": "{ended}"}),
            Refusal(60003, {"contact_identifier_value": "NOBODY"}),
            Refusal(60004, {"contact_identifier_value": "OFF-1"}),
            Refusal(1003, {"contact_identifier_value": "THEIRS-1"}, names="contact_identifier_value"),
        ),
    ),
    Case(
        name="a digital one is bought",
        method="POST",
        path="/reward-receptions",
        payload={**BUYING, "reward_uuid": "{song}"},
        shape=DIGITAL,
    ),
    Case(
        name="one without an end is bought",
        method="POST",
        path="/reward-receptions",
        payload={**BUYING, "reward_uuid": "{endless}"},
        shape=RECEPTION,
        expect={"expires_at": "9999-12-31T23:59:59+00:00"},
    ),
    Case(
        name="a purchase is reversed",
        method="POST",
        path="/reward-receptions/{bought_coffee}/reverse",
        shape=CREDITS,
        expect={"credits": 50, "contact.credit_balance.balance": 600},
        refusals=(
            Refusal(60013, path=f"/reward-receptions/{UNKNOWN}/reverse"),
            Refusal(60013, path="/reward-receptions/none/reverse"),
            Refusal(1003, path="/reward-receptions/{bought_once}/reverse", names="uuid"),
            Refusal(1003, path="/reward-receptions/{over}/reverse", names="uuid"),
        ),
    ),
    Case(
        name="what was handed out at once is reversed",
        method="POST",
        path="/reward-receptions/{bought_cake}/reverse",
        shape=CREDITS,
        expect={"credits": 100},
    ),
    Case(
        name="the list of what can be collected",
        method="GET",
        path="/collectable-rewards",
        payload={"contact_uuid": "{contact}"},
        shape=[COLLECTABLE],
        expect={"0.uuid": "{bought_coffee}", "1.uuid": "{bought_endless}", "1.expires_at": "9999-12-31T23:59:59+00:00"},
        refusals=(
            Refusal(1003, {"contact_uuid": ...}, names="contact_uuid"),
            Refusal(55031, {"contact_uuid": UNKNOWN}),
        ),
    ),
    Case(
        name="one is collected",
        method="PUT",
        path="/collectable-rewards/collect/{bought_coffee}",
        shape=COLLECTABLE | {"has_been_collected": one_of(True), "status": one_of("COLLECTED")},
        refusals=(
            Refusal(80300, path=f"/collectable-rewards/collect/{UNKNOWN}"),
            Refusal(80300, path="/collectable-rewards/collect/none"),
            Refusal(80300, path="/collectable-rewards/collect/{bought_once}"),
            Refusal(80300, path="/collectable-rewards/collect/{over}"),
            Refusal(1008, {"shop_uuid": UNKNOWN}),
        ),
        repeat=80300,
    ),
    Case(
        name="a collection is reversed",
        method="POST",
        path="/collectable-rewards/{collection}/reverse",
        shape={"uuid": UUID, "status": one_of("REVERSED")},
        expect={"uuid": "{collection}"},
        refusals=(
            Refusal(80300, path=f"/collectable-rewards/{UNKNOWN}/reverse"),
            Refusal(80300, path="/collectable-rewards/none/reverse"),
            Refusal(80300, path="/collectable-rewards/{bought_coffee}/reverse"),
        ),
    ),
    Case(
        name="a collection is reversed by the reward's own uuid",
        method="POST",
        path="/collectable-rewards/{bought_once}/reverse",
        shape={"uuid": UUID, "status": one_of("REVERSED")},
        expect={"uuid": "{collection}"},
    ),
]
