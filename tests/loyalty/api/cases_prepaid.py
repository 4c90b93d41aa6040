"""Prepaid balances."""

from collections.abc import Mapping
from datetime import datetime

from loyalty import money
from loyalty.models import ContactIdentifier, CustomAttribute, Entity
from tests.loyalty.api.cases import UNKNOWN, Case, Refusal
from tests.loyalty.api.cases_rewards import SHOP
from tests.loyalty.api.shapes import BOOL, INT, MOMENT, STR, UUID, nullable, one_of
from tests.loyalty.factories import ContactFactory, ShopFactory

PREPAID = {
    "uuid": UUID,
    "amount_in_cents": INT,
    "prepaid_balance": {"balance_in_cents": INT, "balance": STR},
    "created_at": MOMENT,
    "shop": SHOP,
    "contact_identifier": nullable({"name": nullable(STR), "value": STR, "active": BOOL}),
    "contact": {"uuid": UUID, "email": nullable(STR)},
}


def prepare(now: datetime) -> Mapping[str, str]:
    """Make a contact with a card who paid 50.00 in and spent 10.00 and 2.00, of which 1.00 came back."""
    CustomAttribute.objects.create(entity=Entity.PREPAID, name="receipt", label="Receipt", type="identifier")
    contact, shop = ContactFactory.create(email="noor@example.com"), ShopFactory.create()
    ContactIdentifier.objects.create(value="CARD-1", contact=contact, created_at=now)
    ContactIdentifier.objects.create(value="OFF-1", contact=contact, is_active=False, created_at=now)
    ContactIdentifier.objects.create(value="LOOSE-1", created_at=now)
    account = money.prepaid_account(contact)
    paid_in = money.top_up(account, 5000, source="one", shop=shop, now=now)
    spent = money.spend(account, 1000, source="two", shop=shop, now=now)
    partly = money.spend(account, 200, source="three", shop=shop, now=now)
    money.give_back(partly, 100, source="four", now=now)
    other = ContactFactory.create()
    money.top_up(money.prepaid_account(other), 100, source="five", now=now)
    return {
        "contact": str(contact.uuid),
        "other": str(other.uuid),
        "shop": str(shop.uuid),
        "paid_in": str(paid_in.uuid),
        "spent": str(spent.uuid),
        "partly": str(partly.uuid),
    }


CASES = [
    Case(
        name="money is spent",
        method="POST",
        path="/prepaid-transactions",
        payload={"contact_uuid": "{contact}", "amount_in_cents": -1500, "shop_uuid": "{shop}"},
        shape=PREPAID,
        expect={
            "amount_in_cents": -1500,
            "prepaid_balance": {"balance_in_cents": 2400, "balance": "€24.00"},
            "shop.uuid": "{shop}",
            "contact_identifier": None,
        },
        refusals=(
            Refusal(1003, {"contact_uuid": ...}, names="contact_uuid"),
            Refusal(1003, {"amount_in_cents": ...}, names="amount_in_cents"),
            Refusal(1003, {"amount_in_cents": 0}, names="amount_in_cents"),
            Refusal(1003, {"amount_in_cents": -3901}, names="amount_in_cents"),
            Refusal(1003, {"shop_uuid": ...}, names="shop_uuid"),
            Refusal(1003, {"custom_attributes": {"nobody": 1}}, names="custom_attributes.nobody"),
            Refusal(55031, {"contact_uuid": UNKNOWN}),
            Refusal(60003, {"contact_identifier_value": "NOBODY"}),
            Refusal(60004, {"contact_identifier_value": "OFF-1"}),
            Refusal(60011, {"contact_uuid": ..., "contact_identifier_value": "LOOSE-1"}),
            Refusal(1003, {"contact_uuid": "{other}", "contact_identifier_value": "CARD-1"}),
            Refusal(1008, {"shop_uuid": UNKNOWN}),
        ),
    ),
    Case(
        name="money is paid in with a card",
        method="POST",
        path="/prepaid-transactions",
        payload={
            "contact_identifier_value": "CARD-1",
            "amount_in_cents": "2500",
            "shop_uuid": "{shop}",
            "custom_attributes": {"receipt": "R-1"},
        },
        shape=PREPAID,
        expect={
            "prepaid_balance.balance_in_cents": 6400,
            "contact.uuid": "{contact}",
            "contact_identifier.value": "CARD-1",
        },
    ),
    Case(
        name="the list",
        method="GET",
        path="/prepaid-transactions",
        payload={"contact_uuid": "{contact}", "limit": 3},
        shape=[PREPAID],
        meta={
            "current_page": one_of(1),
            "from": one_of(1),
            "last_page": one_of(2),
            "per_page": one_of(3),
            "total": one_of(4),
        },
        expect={"0.uuid": "{paid_in}", "0.contact.email": "noor@example.com", "1.prepaid_balance.balance": "€40.00"},
        refusals=(
            Refusal(1003, {"page": "x"}, names="page"),
            Refusal(55031, {"contact_uuid": UNKNOWN}),
            Refusal(1008, {"shop_uuid": UNKNOWN}),
        ),
    ),
    Case(
        name="the list of a shop",
        method="GET",
        path="/prepaid-transactions",
        payload={"shop_uuid": "{shop}", "limit": 1000},
        shape=[PREPAID],
        meta={
            "current_page": one_of(1),
            "from": one_of(1),
            "last_page": one_of(1),
            "per_page": one_of(30),
            "total": one_of(4),
        },
    ),
    Case(
        name="a payment is reversed",
        method="POST",
        path="/prepaid-transactions/{spent}/reverse",
        shape=PREPAID,
        expect={"amount_in_cents": 1000, "prepaid_balance.balance_in_cents": 4900},
        refusals=(
            Refusal(60013, path=f"/prepaid-transactions/{UNKNOWN}/reverse"),
            Refusal(60013, path="/prepaid-transactions/none/reverse"),
            Refusal(1003, path="/prepaid-transactions/{paid_in}/reverse", names="uuid"),
            Refusal(1003, path="/prepaid-transactions/{partly}/reverse", names="uuid"),
        ),
    ),
]
