"""Gift cards, their programmes, and what happens on them."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from loyalty import gift_cards, money
from loyalty.models import CustomAttribute, Entity, GiftCard, GiftCardProgramme
from tests.loyalty.api.cases import UNKNOWN, Case, Refusal
from tests.loyalty.api.cases_rewards import SHOP
from tests.loyalty.api.shapes import (
    BOOL,
    EMPTY_LIST,
    INT,
    MOMENT,
    NUMBER,
    OBJECT,
    STR,
    UUID,
    VIEWING_META,
    nullable,
    one_of,
)
from tests.loyalty.factories import ContactFactory, ShopFactory

NESTED_PROGRAMME = {
    "id": INT,
    "uuid": UUID,
    "name": STR,
    "max_amount_in_cents": INT,
    "calculator_flow": STR,
    "expiration_days": nullable(INT),
}
PROGRAMME = NESTED_PROGRAMME | {
    "active": BOOL,
    "card_count": INT,
    "settles": INT,
    "min_amount_in_cents": nullable(INT),
}
CARD = {
    "id": INT,
    "uuid": UUID,
    "type": one_of("DIGITAL", "PHYSICAL"),
    "hash": STR,
    "amount_in_cents": INT,
    "amount": NUMBER,
    "display_amount": STR,
    "upgradeable": BOOL,
    "active": BOOL,
    "expiration_date": nullable(MOMENT),
    "formatted_expiration_date": nullable(STR),
    "url": STR,
    "giftcard_program": NESTED_PROGRAMME,
    "giftcard_recipients": EMPTY_LIST,
}
TRANSACTION = {
    "id": INT,
    "uuid": UUID,
    "amount_in_cents": INT,
    "type": one_of("STANDARD"),
    "settled": BOOL,
    "card": {"id": INT, "uuid": UUID},
    "card_id": INT,
    "shop": SHOP,
    "shop_id": INT,
    "settlements": EMPTY_LIST,
    "custom_attributes": OBJECT,
    "created_at": MOMENT,
}


def prepare(now: datetime) -> Mapping[str, str]:
    """Make two programmes, and cards of every kind."""
    CustomAttribute.objects.create(
        entity=Entity.GIFT_CARD_TRANSACTION, name="receipt", label="Receipt", type="identifier"
    )
    shop = ShopFactory.create()
    usual = GiftCardProgramme.objects.create(name="Usual", currency="EUR", max_amount_cents=10_000, expiration_days=365)
    fixed = GiftCardProgramme.objects.create(
        name="Fixed", currency="EUR", max_amount_cents=5_000, can_be_topped_up=False
    )
    ended = GiftCardProgramme.objects.create(name="Ended", currency="EUR", max_amount_cents=5_000, is_active=False)
    cards = {
        name: gift_cards.issue_card(programme, cents=cents, key=name, now=now - timedelta(days=1))
        for name, programme, cents in [("card", usual, 2500), ("fixed", fixed, 1000), ("late", usual, 500)]
    }
    GiftCard.objects.filter(pk=cards["late"].pk).update(expires_at=now)
    cards["off"] = gift_cards.issue_card(usual, cents=500, key="off", now=now)
    GiftCard.objects.filter(pk=cards["off"].pk).update(is_active=False)
    account = cards["card"].account
    first = money.spend(account, 300, source="one", shop=shop, now=now - timedelta(hours=2))
    latest = money.spend(account, 200, source="two", shop=shop, now=now - timedelta(hours=1))
    load = money.top_up(cards["late"].account, 1, source="three", shop=shop, now=now - timedelta(hours=3))
    spent = money.spend(cards["fixed"].account, 1000, source="four", shop=shop, now=now - timedelta(hours=1))
    full = gift_cards.issue_card(usual, cents=10_000, key="full", now=now)
    emptied = money.spend(full.account, 1, source="five", now=now)
    money.top_up(full.account, 1, source="six", now=now)
    return {
        **{name: str(card.uuid) for name, card in cards.items()},
        "code": cards["card"].code.lower().replace("-", " "),
        "hash": cards["card"].code,
        "usual": str(usual.uuid),
        "ended": str(ended.uuid),
        "shop": str(shop.uuid),
        "contact": str(ContactFactory.create().uuid),
        "nameless": str(ContactFactory.create(email=None).uuid),
        "first": str(first.uuid),
        "latest": str(latest.uuid),
        "load": str(load.uuid),
        "spent": str(spent.uuid),
        "emptied": str(emptied.uuid),
        "full": str(full.uuid),
    }


SPENDING = {"giftcard_uuid": "{card}", "amount_in_cents": -500, "shop_uuid": "{shop}"}
CASES = [
    Case(
        name="the programmes",
        method="GET",
        path="/giftcard-programs",
        shape=[PROGRAMME],
        expect={"0.name": "Usual", "0.card_count": 4, "1.expiration_days": None, "2.active": False},
    ),
    Case(
        name="the list",
        method="GET",
        path="/giftcards",
        payload={"giftcard_program_uuid": "{usual}", "limit": 2},
        shape=[CARD],
        meta={"page": one_of(1), "per_page": one_of(2), "last_page": one_of(2), "total": one_of(4)},
        expect={"0.uuid": "{card}"},
        refusals=(
            Refusal(1003, {"limit": "x"}, names="limit"),
            Refusal(1100, {"giftcard_program_uuid": UNKNOWN}),
        ),
    ),
    Case(
        name="one",
        method="GET",
        path="/giftcards/{card}",
        shape=CARD,
        expect={
            "hash": "{hash}",
            "amount_in_cents": 2000,
            "amount": 20,
            "display_amount": "€20.00",
            "expiration_date": "2027-06-02T17:30:00+00:00",
            "formatted_expiration_date": "2027-06-02",
            "giftcard_program.uuid": "{usual}",
            "upgradeable": True,
        },
        refusals=(Refusal(5001, path=f"/giftcards/{UNKNOWN}"), Refusal(5001, path="/giftcards/none")),
    ),
    Case(
        name="one by its code",
        method="GET",
        path="/giftcards/find-one-by",
        payload={"hash": "{code}"},
        shape=CARD,
        expect={"uuid": "{card}"},
        refusals=(
            Refusal(1003, {"hash": ...}, names="hash"),
            Refusal(5001, {"hash": "ABCD"}),
            Refusal(5001, {"hash": "-"}),
        ),
    ),
    Case(
        name="one is made with nothing on it",
        method="POST",
        path="/giftcards",
        payload={"type": 1, "giftcard_program_uuid": "{usual}"},
        shape=CARD,
        expect={"amount_in_cents": 0, "active": True},
        refusals=(
            Refusal(1003, {"type": ...}, names="type"),
            Refusal(1003, {"giftcard_program_uuid": ...}, names="giftcard_program_uuid"),
            Refusal(55021, {"type": 0}),
            Refusal(1100, {"giftcard_program_uuid": UNKNOWN}),
            Refusal(1100, {"giftcard_program_uuid": "{ended}"}),
        ),
    ),
    Case(
        name="one is mailed",
        method="POST",
        path="/giftcards/{card}/send-by-email",
        payload={"contact_uuid": "{contact}", "merge_tags": {"custom.message": "Happy birthday!"}},
        shape=one_of("Email successfully sent"),
        refusals=(
            Refusal(1003, {"contact_uuid": ...}, names="contact_uuid"),
            Refusal(1003, {"contact_uuid": "{nameless}"}, names="contact_uuid"),
            Refusal(1003, {"merge_tags": {"custom.message": "x" * 1001}}, names="merge_tags"),
            Refusal(55031, {"contact_uuid": UNKNOWN}),
            Refusal(5001, path=f"/giftcards/{UNKNOWN}/send-by-email"),
        ),
    ),
    Case(
        name="money is taken off",
        method="POST",
        path="/giftcard-transactions",
        payload={**SPENDING, "custom_attributes": {"receipt": "R-1"}},
        shape=TRANSACTION,
        expect={"amount_in_cents": -500, "card.uuid": "{card}", "custom_attributes": {"receipt": "R-1"}},
        refusals=(
            Refusal(1003, {"amount_in_cents": ...}, names="amount_in_cents"),
            Refusal(1003, {"amount_in_cents": 0}, names="amount_in_cents"),
            Refusal(1003, {"amount_in_cents": "5.50"}, names="amount_in_cents"),
            Refusal(1003, {"amount_in_cents": -(10**13)}, names="amount_in_cents"),
            Refusal(1003, {"shop_uuid": ...}, names="shop_uuid"),
            Refusal(1003, {"custom_attributes": {"nobody": 1}}, names="custom_attributes.nobody"),
            Refusal(5001, {"giftcard_uuid": UNKNOWN}),
            Refusal(1008, {"shop_uuid": UNKNOWN}),
            Refusal(5003, {"amount_in_cents": -2001}),
            Refusal(5002, {"giftcard_uuid": "{late}", "amount_in_cents": -1}),
            Refusal(5002, {"giftcard_uuid": "{off}", "amount_in_cents": -1}),
        ),
    ),
    Case(
        name="money is put on",
        method="POST",
        path="/giftcard-transactions",
        payload={**SPENDING, "amount_in_cents": 5000},
        shape=TRANSACTION,
        expect={"amount_in_cents": 5000, "shop.uuid": "{shop}", "custom_attributes": {}},
        refusals=(
            Refusal(5006, {"giftcard_uuid": "{fixed}"}),
            Refusal(5008, {"amount_in_cents": 8001}),
            Refusal(5002, {"giftcard_uuid": "{late}"}),
        ),
        repeat=5008,
    ),
    Case(
        name="the transactions, oldest first",
        method="GET",
        path="/giftcard-transactions",
        payload={"giftcard_hash": "{code}", "perPage": 2},
        shape=[TRANSACTION],
        meta=VIEWING_META | {"limit": one_of(2), "total": one_of(3)},
        expect={"0.amount_in_cents": 2500, "0.shop.name": "Tableside", "1.uuid": "{first}"},
        refusals=(
            Refusal(1003, {"perPage": "x"}, names="perPage"),
            Refusal(1003, {"sort": "amount"}, names="sort"),
            Refusal(1008, {"shop_uuid": UNKNOWN}),
            Refusal(1100, {"giftcard_program_uuid": UNKNOWN}),
        ),
    ),
    Case(
        name="the transactions of a programme in a shop since a moment, newest first",
        method="GET",
        path="/giftcard-transactions",
        payload={
            "giftcard_program_uuid": "{usual}",
            "shop_uuid": "{shop}",
            "created_at[gt]": "2026-06-03T15:00:00+00:00",
            "sort": "-created_at",
            "limit": 1,
        },
        shape=[TRANSACTION],
        meta=VIEWING_META | {"limit": one_of(1), "total": one_of(2)},
        expect={"0.uuid": "{latest}"},
    ),
    Case(
        name="one transaction",
        method="GET",
        path="/giftcard-transactions/{first}",
        shape=TRANSACTION,
        expect={"amount_in_cents": -300},
        refusals=(
            Refusal(5010, path=f"/giftcard-transactions/{UNKNOWN}"),
            Refusal(5010, path="/giftcard-transactions/none"),
        ),
    ),
    Case(
        name="the latest transaction is reversed",
        method="POST",
        path="/giftcard-transactions/{latest}/reverse",
        shape=TRANSACTION,
        expect={"amount_in_cents": 200, "shop.uuid": "{shop}"},
        refusals=(
            Refusal(5010, path=f"/giftcard-transactions/{UNKNOWN}/reverse"),
            Refusal(55025, path="/giftcard-transactions/{first}/reverse"),
        ),
    ),
    Case(
        name="a load is reversed, at the older address, also past the card's date",
        method="POST",
        path="/giftcard-transactions/{load}/correct",
        shape=TRANSACTION,
        expect={"amount_in_cents": -1},
        refusals=(Refusal(55025, path="/giftcard-transactions/{emptied}/correct"),),
    ),
    Case(
        name="what a card that is not topped up paid comes back to it",
        method="POST",
        path="/giftcard-transactions/{spent}/reverse",
        shape=TRANSACTION,
        expect={"amount_in_cents": 1000},
    ),
]
