"""Vouchers: made, found, changed, and used."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from loyalty import voucher_use
from loyalty.models import CustomAttribute, Entity, Promotion, Voucher
from tests.loyalty.api.cases import UNKNOWN, Case, Refusal
from tests.loyalty.api.cases_promotions import PROMOTION
from tests.loyalty.api.shapes import (
    BOOL,
    EMPTY_OBJECT,
    INT,
    MOMENT,
    NULL,
    OBJECT,
    PAGINATOR_META,
    STR,
    UUID,
    Open,
    nullable,
    one_of,
)
from tests.loyalty.factories import ContactFactory, PromotionFactory, ShopFactory, VoucherFactory

VOUCHER = {
    "uuid": UUID,
    "code": STR,
    "status": one_of("ACTIVE", "REDEEMED", "EXPIRED", "DEACTIVATED", "INACTIVE", "LOCKED"),
    "name": STR,
    "description": STR,
    "activation_date": nullable(MOMENT),
    "expiration_date": nullable(MOMENT),
    "redeemed_at": nullable(MOMENT),
    "is_redeemed": BOOL,
    "total_redemptions_allowed": INT,
    "times_redeemed": INT,
    "redemptions_remaining": INT,
    "attributes": OBJECT,
    "contact": nullable({"uuid": UUID, "email": nullable(STR)}),
    "promotion": Open(PROMOTION | {"discount_type": STR}),
}
REDEMPTION = {"uuid": UUID, "created_at": MOMENT}
USED = VOUCHER | {"voucher_redemption": REDEMPTION}
LOCKED = {
    "voucher": {"uuid": UUID, "status": one_of("LOCKED")},
    "lock": {"release_key": UUID, "locked_at": MOMENT, "unlocked_at": NULL, "system_release_at": MOMENT},
}
RELEASED = {
    "voucher": {"uuid": UUID, "status": one_of("ACTIVE")},
    "lock": {"release_key": UUID, "locked_at": MOMENT, "unlocked_at": MOMENT, "system_release_at": NULL},
}
BATCH = {
    "uuid": UUID,
    "type": one_of("vouchers"),
    "quantity": INT,
    "status": one_of("PENDING"),
    "created_at": one_of("2026-06-03, 17:30"),
}


def prepare(now: datetime) -> Mapping[str, str]:
    """Make a voucher in every state, a contact, a shop; all by name."""
    CustomAttribute.objects.create(entity=Entity.VOUCHER, name="table", label="Table", type="text")
    CustomAttribute.objects.create(entity=Entity.VOUCHER, name="gift", label="Gift", type="boolean")
    contact = ContactFactory.create(email="noor@example.com")
    promotion: Promotion = PromotionFactory.create(limit_per_contact=2)
    inactive: Promotion = PromotionFactory.create(is_active=False)
    full: Promotion = PromotionFactory.create(voucher_limit=0)
    ends = now + timedelta(days=30)
    made: dict[str, Voucher] = {
        "free": VoucherFactory.create(contact=contact, code="FREE-1", expires_at=ends),
        "open": VoucherFactory.create(contact=None, code="OPEN-1", expires_at=ends, promotion=promotion),
        "several": VoucherFactory.create(contact=contact, code="SEVERAL-1", total_redemptions_allowed=3),
        "held": VoucherFactory.create(contact=contact, code="HELD-1"),
        "used": VoucherFactory.create(contact=contact, code="USED-1"),
        "over": VoucherFactory.create(contact=contact, code="OVER-1", expires_at=now),
        "out": VoucherFactory.create(contact=contact, code="OUT-1", deactivated_at=now),
        "early": VoucherFactory.create(contact=contact, code="EARLY-1", activates_at=now + timedelta(days=1)),
        "ended": VoucherFactory.create(contact=contact, code="ENDED-1", promotion=inactive),
        "spent": VoucherFactory.create(contact=None, code="SPENT-1", promotion=promotion, total_redemptions_allowed=9),
    }
    hold = voucher_use.lock(made["held"], contact=None, holder="app", until=now + timedelta(minutes=15), now=now)
    arguments: dict[str, Any] = {"release_key": None, "shop": None, "now": now}
    used = voucher_use.redeem(made["used"], contact=contact, holder="order-1", **arguments)
    voucher_use.redeem_at_once(made["spent"], contact=contact, times=2, **arguments)
    return {
        **{name: str(voucher.uuid) for name, voucher in made.items()},
        "contact": str(contact.uuid),
        "other": str(ContactFactory.create().uuid),
        "shop": str(ShopFactory.create().uuid),
        "promotion": str(promotion.uuid),
        "inactive": str(inactive.uuid),
        "full": str(full.uuid),
        "key": str(hold.release_key),
        "use": str(used.uuid),
        "wrong": str(uuid4()),
    }


MAKING = (
    Refusal(1003, {"promotion_uuid": ...}, names="promotion_uuid"),
    Refusal(80002, {"promotion_uuid": UNKNOWN}),
    Refusal(80002, {"promotion_uuid": "nonsense"}),
    Refusal(55031, {"contact_uuid": UNKNOWN}),
    Refusal(80008, {"promotion_uuid": "{full}"}),
    Refusal(80020, {"promotion_uuid": "{inactive}"}),
    Refusal(1003, {"expiration_date": "tomorrow"}, names="expiration_date"),
    Refusal(1003, {"expiration_date": "2026-06-04T10:00:00+00:00"}, names="expiration_date"),
    Refusal(1003, {"total_redemptions_allowed": 0}, names="total_redemptions_allowed"),
    Refusal(1003, {"custom_attributes": {"nobody": "1"}}, names="custom_attributes"),
)
UNUSABLE = ((80006, "over"), (80005, "used"), (80012, "out"), (80014, "early"), (80020, "ended"))
CASES = [
    Case(
        name="the list",
        method="GET",
        path="/vouchers",
        payload={"contact_uuid": "{contact}", "limit": 3},
        shape=[VOUCHER],
        meta=PAGINATOR_META,
        expect={"0.uuid": "{free}", "0.promotion.attributes.discount_value": "10", "0.status": "ACTIVE"},
        refusals=(
            Refusal(1003, {"status": "GONE"}, names="status"),
            Refusal(1003, {"limit": "-1"}, names="limit"),
            Refusal(80002, {"promotion_uuid": UNKNOWN}),
            Refusal(55031, {"contact_uuid": UNKNOWN}),
        ),
    ),
    *(
        Case(
            name=f"the list of those {state}",
            method="GET",
            path="/vouchers",
            payload={"contact_uuid": "{contact}", "status": state},
            shape=[VOUCHER],
            expect={"0.uuid": f"{{{name}}}", "0.status": state},
        )
        for state, name in {
            "ACTIVE": "free",
            "LOCKED": "held",
            "REDEEMED": "used",
            "EXPIRED": "over",
            "DEACTIVATED": "out",
            "INACTIVE": "early",
        }.items()
    ),
    Case(
        name="an empty list",
        method="GET",
        path="/vouchers",
        payload={"promotion_uuid": "{full}"},
        shape=[VOUCHER],
        meta=PAGINATOR_META | {"from": one_of(0), "to": one_of(0), "total": one_of(0)},
    ),
    Case(
        name="one by its code",
        method="GET",
        path="/vouchers/find",
        payload={"code": "free1"},
        shape=VOUCHER | {"attributes": EMPTY_OBJECT},
        expect={"uuid": "{free}", "contact.email": "noor@example.com", "promotion.discount_value": "10"},
        refusals=(
            Refusal(1003, {"code": ...}, names="code"),
            Refusal(80004, {"code": "NOBODYS"}),
            Refusal(80004, {"code": "--"}),
        ),
    ),
    Case(
        name="one is made",
        method="POST",
        path="/vouchers",
        payload={
            "promotion_uuid": "{promotion}",
            "contact_uuid": "{contact}",
            "code": "WELCOME-7",
            "activation_date": "2026-06-04T12:00:00+02:00",
            "expiration_date": "2026-07-01T00:00:00Z",
            "total_redemptions_allowed": 2,
            "custom_attributes": {"table": 7, "gift": True},
        },
        shape=VOUCHER,
        expect={
            "code": "WELCOME-7",
            "status": "INACTIVE",
            "activation_date": "2026-06-04T10:00:00+00:00",
            "expiration_date": "2026-07-01T00:00:00+00:00",
            "redemptions_remaining": 2,
            "attributes": {"table": "7", "gift": True},
            "contact.uuid": "{contact}",
        },
        refusals=(
            *MAKING,
            Refusal(80003, {"code": "free 1"}),
            Refusal(1003, {"code": "--"}, names="code"),
            Refusal(1003, {"code": "A" * 61}, names="code"),
            Refusal(1003, {"quantity": 501}, names="quantity"),
        ),
        repeat=80003,
    ),
    Case(
        name="one of nobody is made",
        method="POST",
        path="/vouchers",
        payload={"promotion_uuid": "{promotion}"},
        shape=VOUCHER | {"attributes": EMPTY_OBJECT, "contact": NULL},
        expect={"status": "ACTIVE", "expiration_date": None},
    ),
    Case(
        name="a batch is made",
        method="POST",
        path="/vouchers/batch",
        payload={"promotion_uuid": "{promotion}", "quantity": 3, "activation_date": "2026-06-04T10:00:00+00:00"},
        shape=BATCH,
        status=201,
        expect={"quantity": 3},
        refusals=(
            *MAKING,
            Refusal(1003, {"quantity": ...}, names="quantity"),
            Refusal(1003, {"quantity": 0}, names="quantity"),
            Refusal(1003, {"quantity": 501}, names="quantity"),
            Refusal(1003, {"code": "ONE-FOR-ALL"}, names="code"),
            Refusal(80008, {"contact_uuid": "{contact}"}),
        ),
    ),
    Case(
        name="a batch is made where single vouchers are",
        method="POST",
        path="/vouchers",
        payload={"promotion_uuid": "{promotion}", "quantity": "2"},
        shape=BATCH,
        status=201,
        expect={"quantity": 2},
    ),
    Case(
        name="one is changed",
        method="PUT",
        path="/vouchers/{out}",
        payload={
            "status": "ACTIVE",
            "expiration_date": "2026-08-01T00:00:00+00:00",
            "custom_attributes": {"table": "9"},
        },
        shape=VOUCHER,
        expect={"status": "ACTIVE", "expiration_date": "2026-08-01T00:00:00+00:00", "attributes": {"table": "9"}},
        refusals=(
            Refusal(80004, path=f"/vouchers/{UNKNOWN}"),
            Refusal(80004, path="/vouchers/none"),
            Refusal(1003, {"status": "REDEEMED"}, names="status"),
            Refusal(1003, {"status": ...}, names="expiration_date"),
            Refusal(1003, {"custom_attributes": {"nobody": 1}}, names="custom_attributes"),
        ),
    ),
    Case(
        name="one is taken out of use, at its older address",
        method="PUT",
        path="/vouchers/update/{free}",
        payload={"status": "DEACTIVATED"},
        shape=VOUCHER,
        expect={"status": "DEACTIVATED"},
        refusals=(Refusal(80004, path=f"/vouchers/update/{UNKNOWN}"),),
    ),
    Case(
        name="one is looked at",
        method="POST",
        path="/vouchers/{open}/validate",
        payload={"shop_uuid": "{shop}", "contact_uuid": "{other}"},
        shape=VOUCHER,
        expect={"status": "ACTIVE", "times_redeemed": 0},
        refusals=(
            Refusal(1003, {"shop_uuid": ...}, names="shop_uuid"),
            Refusal(1003, {"contact_uuid": ...}, names="contact_uuid"),
            Refusal(1008, {"shop_uuid": UNKNOWN}),
            Refusal(55031, {"contact_uuid": UNKNOWN}),
            Refusal(1003, path="/vouchers/{free}/validate", names="contact_uuid"),
            Refusal(80004, path=f"/vouchers/{UNKNOWN}/validate"),
            Refusal(80017, {"contact_uuid": ...}, path="/vouchers/{held}/validate"),
            Refusal(80008, {"contact_uuid": "{contact}"}, path="/vouchers/{spent}/validate"),
            *(Refusal(code, {"contact_uuid": ...}, path=f"/vouchers/{{{name}}}/validate") for code, name in UNUSABLE),
        ),
    ),
    Case(
        name="one is locked for an hour",
        method="POST",
        path="/vouchers/{free}/lock",
        shape=LOCKED,
        expect={
            "voucher.uuid": "{free}",
            "lock.locked_at": "2026-06-03T17:30:00+00:00",
            "lock.system_release_at": "2026-06-03T18:30:00+00:00",
        },
        refusals=(
            Refusal(80004, path=f"/vouchers/{UNKNOWN}/lock"),
            Refusal(80004, path="/vouchers/none/lock"),
            Refusal(80017, path="/vouchers/{held}/lock/"),
            *(Refusal(code, path=f"/vouchers/{{{name}}}/lock") for code, name in UNUSABLE),
        ),
        repeat=80017,
    ),
    Case(
        name="one is released",
        method="POST",
        path="/vouchers/{held}/release",
        payload={"release_key": "{key}"},
        shape=RELEASED,
        expect={"voucher.uuid": "{held}", "lock.release_key": "{key}"},
        refusals=(
            Refusal(1003, {"release_key": ...}, names="release_key"),
            Refusal(1003, {"release_key": "{wrong}"}, names="release_key"),
            Refusal(1003, {"release_key": "nonsense"}, names="release_key"),
            Refusal(80004, path=f"/vouchers/{UNKNOWN}/release"),
            Refusal(80005, path="/vouchers/{used}/release"),
        ),
    ),
    Case(
        name="one is redeemed",
        method="POST",
        path="/vouchers/redeem",
        payload={"code": "FREE-1", "contact_uuid": "{contact}", "shop_uuid": "{shop}"},
        shape=USED,
        expect={
            "status": "REDEEMED",
            "is_redeemed": True,
            "redeemed_at": "2026-06-03T17:30:00+00:00",
            "redemptions_remaining": 0,
        },
        refusals=(
            Refusal(1003, {"code": ...}, names="code"),
            Refusal(80004, {"code": "NOBODYS"}),
            Refusal(1003, {"contact_uuid": "{other}"}, names="contact_uuid"),
            Refusal(55031, {"contact_uuid": UNKNOWN}),
            Refusal(1008, {"shop_uuid": UNKNOWN}),
            Refusal(1003, {"code": "OPEN-1", "contact_uuid": ...}, names="contact_uuid"),
            Refusal(80008, {"code": "SPENT-1"}),
            Refusal(80017, {"code": "HELD-1"}),
            Refusal(1003, {"code": "HELD-1", "release_key": "{wrong}"}, names="release_key"),
            Refusal(1003, {"release_key": "{wrong}"}, names="release_key"),
            Refusal(1003, {"release_key": "nonsense"}, names="release_key"),
            *(Refusal(code, {"code": f"{name.upper()}-1"}) for code, name in UNUSABLE),
        ),
        repeat=80005,
    ),
    Case(
        name="a locked one is redeemed with its key, without a shop",
        method="POST",
        path="/vouchers/redeem",
        payload={"code": "HELD-1", "release_key": "{key}"},
        shape=USED,
        expect={"uuid": "{held}", "status": "REDEEMED"},
        repeat=80005,
    ),
    Case(
        name="one of nobody is redeemed by somebody",
        method="POST",
        path="/vouchers/redeem",
        payload={"code": "open 1", "contact_uuid": "{contact}"},
        shape=USED,
        expect={"uuid": "{open}", "contact": None},
        repeat=80005,
    ),
    Case(
        name="one is redeemed several times",
        method="POST",
        path="/vouchers/multi-redeem",
        payload={"code": "SEVERAL-1", "number_of_times": 2, "shop_uuid": "{shop}"},
        shape={"voucher": VOUCHER, "voucher_redemptions": [REDEMPTION]},
        expect={"voucher.status": "ACTIVE", "voucher.redemptions_remaining": 1},
        refusals=(
            Refusal(1003, {"number_of_times": ...}, names="number_of_times"),
            Refusal(1003, {"number_of_times": 0}, names="number_of_times"),
            Refusal(1003, {"number_of_times": 51}, names="number_of_times"),
            Refusal(1003, {"shop_uuid": ...}, names="shop_uuid"),
            Refusal(1008, {"shop_uuid": UNKNOWN}),
            Refusal(80019, {"number_of_times": 4}),
            Refusal(80019, {"code": "FREE-1"}),
            Refusal(80020, {"code": "ENDED-1", "number_of_times": 1}),
            Refusal(80005, {"code": "USED-1", "number_of_times": 1}),
        ),
        repeat=80019,
    ),
    Case(
        name="a use is reversed",
        method="POST",
        path="/vouchers/{use}/reverse",
        shape=VOUCHER,
        expect={"uuid": "{used}", "status": "ACTIVE", "times_redeemed": 0, "redeemed_at": None},
        refusals=(
            Refusal(80004, path=f"/vouchers/{UNKNOWN}/reverse"),
            Refusal(80004, path="/vouchers/none/reverse"),
            Refusal(1003, path="/vouchers/{free}/reverse", names="uuid"),
        ),
    ),
    Case(
        name="a use is reversed by the voucher's own uuid",
        method="POST",
        path="/vouchers/{used}/reverse",
        shape=VOUCHER,
        expect={"uuid": "{used}", "status": "ACTIVE"},
    ),
]
