"""Custom attributes, their groups, the older routes; shops, tiers, perks."""

from collections.abc import Mapping
from datetime import datetime

from loyalty.models import AttributeGroup, CustomAttribute, Perk
from tests.loyalty.api.cases import UNKNOWN, Case, Refusal
from tests.loyalty.api.shapes import BOOL, EMPTY_LIST, INT, MOMENT, NULL, STR, UUID, nullable, one_of
from tests.loyalty.factories import ShopFactory, TierFactory


def prepare(now: datetime) -> Mapping[str, str]:
    """An attribute in a group, a group, a shop, a tier, a perk."""
    AttributeGroup.objects.create(entity="contact", name="taste", label="Taste", position=2)
    CustomAttribute.objects.create(
        entity="contact", name="favourite", label="Favourite", type="text", group_name="taste", position=1
    )
    shop, tier = ShopFactory.create(), TierFactory.create(description="For regulars")
    perk = Perk.objects.create(name="delivery", label="Free delivery", data_type="boolean", options=[])
    return {"shop": str(shop.uuid), "reference": shop.reference, "tier": tier.name, "perk": str(perk.uuid)}


GROUP = {"id": INT, "name": STR, "label": STR, "position": INT, "created_by_user": BOOL}
ATTRIBUTE = {
    "id": INT,
    "entity": STR,
    "name": STR,
    "label": STR,
    "type": STR,
    "data_type": STR,
    "group_name": nullable(STR),
    "group": nullable(GROUP),
    "is_piggy_defined": BOOL,
    "is_soft_read_only": BOOL,
    "is_hard_read_only": BOOL,
    "field_type": STR,
    "has_unique_value": BOOL,
    "description": STR,
    "options": [{"value": STR, "label": STR, "description": nullable(STR), "media": NULL}],
    "position": INT,
    "created_at": MOMENT,
    "meta": EMPTY_LIST,
    "can_be_deleted": BOOL,
    "last_used_date": nullable(MOMENT),
    "created_by_user": BOOL,
    "placeholder": nullable(STR),
}
SHOP = {"uuid": UUID, "name": STR, "type": one_of("physical", "web"), "reference": nullable(STR)}
TIER = {"uuid": UUID, "name": STR, "description": nullable(STR), "position": INT, "media": NULL}
PERK = {
    "uuid": UUID,
    "label": STR,
    "name": STR,
    "data_type": one_of("single_select", "boolean"),
    "options": [{"label": STR, "value": STR, "default": BOOL}],
}
BY_ENTITY = (
    Refusal(1003, {"entity": ...}, names="entity"),
    Refusal(1003, {"entity": "unheard_of"}, names="entity"),
)
NEW = (
    Refusal(1003, {"label": ...}, names="label"),
    Refusal(1003, {"name": "with blanks"}, names="name"),
    Refusal(1003, {"type": "unheard_of"}, names="type"),
)

CASES = [
    Case(
        name="the attributes of an entity",
        method="GET",
        path="/custom-attributes",
        payload={"entity": "contact"},
        shape=[ATTRIBUTE],
        refusals=BY_ENTITY,
    ),
    Case(
        name="the discount attributes are there",
        method="GET",
        path="/custom-attributes",
        payload={"entity": "promotion"},
        shape=[ATTRIBUTE],
        expect={"0.name": "discount_type", "0.options.0.value": "percentage_discount", "0.is_piggy_defined": True},
    ),
    Case(
        name="an attribute is defined",
        method="POST",
        path="/custom-attributes",
        payload={
            "entity": "promotion",
            "name": "mypos_discount_type",
            "label": "Discount type",
            "type": "select",
            "options": [{"label": "Per cent", "value": "percentage_discount"}, {"value": "free_item"}],
            "description": "Of the till",
            "group_name": "till",
        },
        shape=ATTRIBUTE,
        status=201,
        expect={
            "name": "mypos_discount_type",
            "type": "select",
            "options.0.label": "Per cent",
            "options.1.label": "free_item",
            "group_name": "till",
            "is_piggy_defined": False,
        },
        refusals=(
            *BY_ENTITY,
            *NEW,
            Refusal(1003, {"options": ...}, names="options"),
            Refusal(60009, {"name": "discount_type"}),
            Refusal(60009, {"entity": "contact", "name": "loyalty_balance"}),
        ),
        repeat=60009,
    ),
    Case(
        name="an attribute is changed",
        method="PUT",
        path="/custom-attributes/favourite",
        payload={"entity": "contact", "label": "Favourite dish", "description": "What they like"},
        shape=ATTRIBUTE,
        expect={"label": "Favourite dish", "description": "What they like", "group.label": "Taste"},
        refusals=(
            *BY_ENTITY,
            Refusal(60013, path="/custom-attributes/unheard_of"),
            Refusal(1003, {"entity": "promotion"}, path="/custom-attributes/discount_type", names="name"),
        ),
    ),
    Case(
        name="the groups of an entity",
        method="GET",
        path="/custom-attribute-groups",
        payload={"entity": "contact"},
        shape=[GROUP],
        expect={"0.name": "taste", "0.position": 2},
        refusals=BY_ENTITY,
    ),
    Case(
        name="a group is made",
        method="POST",
        path="/custom-attribute-groups",
        payload={"entity": "reward", "name": "till", "label": "Till", "position": 3},
        shape=GROUP,
        status=201,
        expect={"name": "till", "position": 3},
        refusals=(*BY_ENTITY, Refusal(1003, {"name": ...}, names="name")),
        repeat=60009,
    ),
    *(
        Case(
            name=f"{entity} attributes, the older way",
            method="GET",
            path=f"/{entity}-attributes",
            shape=[ATTRIBUTE],
        )
        for entity in ("contact", "reward", "promotion", "loyalty-transaction")
    ),
    *(
        Case(
            name=f"a {entity} attribute is defined, the older way",
            method="POST",
            path=f"/{entity}-attributes",
            payload={"name": "colour", "label": "Colour", kind: "multi_select", "options": ["red", "blue"]},
            shape=ATTRIBUTE,
            expect={"type": "multi_select", "field_type": "multi_select", "description": "", "options.1.value": "blue"},
            refusals=(*NEW[:2], Refusal(1003, {kind: ...}, names="type")),
            repeat=60009,
        )
        for entity, kind in {
            "contact": "data_type",
            "reward": "type",
            "promotion": "type",
            "loyalty-transaction": "data_type",
        }.items()
    ),
    Case(name="shops", method="GET", path="/shops", shape=[SHOP], expect={"0.uuid": "{shop}"}),
    Case(
        name="a shop",
        method="GET",
        path="/shops/{shop}",
        shape=SHOP,
        expect={"reference": "{reference}"},
        refusals=(Refusal(1008, path=f"/shops/{UNKNOWN}"), Refusal(1008, path="/shops/no-uuid")),
    ),
    Case(name="tiers", method="GET", path="/tiers", shape=[TIER], expect={"0.name": "{tier}"}),
    Case(name="perks", method="GET", path="/perks", shape=[PERK], expect={"0.uuid": "{perk}"}),
    Case(
        name="a perk",
        method="GET",
        path="/perks/{perk}",
        shape=PERK,
        refusals=(Refusal(110000, path=f"/perks/{UNKNOWN}"), Refusal(110000, path="/perks/no-uuid")),
    ),
    Case(
        name="a perk is made",
        method="POST",
        path="/perks",
        payload={
            "name": "drink",
            "label": "Larger drink",
            "data_type": "single_select",
            "options": [{"label": "Large", "value": "l", "default": True}, {"label": "Huge", "value": "xl"}],
        },
        shape=PERK,
        expect={"name": "drink", "options.0.default": True, "options.1.default": False},
        refusals=(
            Refusal(1003, {"label": ...}, names="label"),
            Refusal(1003, {"name": "with blanks"}, names="name"),
            Refusal(1003, {"data_type": "text"}, names="data_type"),
            Refusal(1003, {"options": ...}, names="options"),
            Refusal(1003, {"name": "delivery"}, names="name"),
        ),
        repeat=1003,
    ),
    Case(
        name="a perk is changed",
        method="PUT",
        path="/perks/{perk}",
        payload={"label": "Delivery for free"},
        shape=PERK,
        expect={"label": "Delivery for free"},
        refusals=(Refusal(110000, path=f"/perks/{UNKNOWN}"), Refusal(1003, {"label": "x" * 121}, names="label")),
    ),
    Case(
        name="a perk is deleted",
        method="DELETE",
        path="/perks/{perk}",
        shape=NULL,
        refusals=(Refusal(110000, path=f"/perks/{UNKNOWN}"),),
        repeat=110000,
    ),
]
