"""The guide's own samples ("Redeem discounts"), filled in as rbi-api.md says: comments and alternatives gone, no line mended."""

import re
from collections.abc import Mapping
from decimal import Decimal

import pytest

from loyalty import till
from loyalty.models import Contact, Redemption, Reward, TillTransaction, Voucher
from tests.loyalty.api.rbi.tills import Till, mark
from tests.loyalty.factories import NOW, RewardFactory, VoucherFactory, member

pytestmark = pytest.mark.django_db

IDENTIFY = """
{ "identifier": "$6digitCode", "posVendor": { "operator": "$operatorId", "posType": "$posVendorName",
"storeId": "$rbiStoreId", "supportingPos": "POS vendor name", "terminal": "$terminalNumber",
"transactionId": "$posTransactionId" } }
"""
UPDATE = """
{ "channel": "Restaurant", "created": "2021-05-04T13:39:47Z", "loyaltyId": "$loyaltyUserId", "serviceMode": "$serviceMode",
"status": "CLAIMED", "transactionDetails": { "appliedDiscounts": [ { "details": { "displayName": "20% off order",
"discountValue": 20, "subtype": "PERCENTAGE_DISCOUNT", "type": "offer" }, "incentiveId": "$sanityIncentiveId",
"productId": "$incentivePlu", "referenceId": "$incentiveLoyaltyId" } ], "currency": "USD", "order": [
{ "name": "med whopper combo", "price": 4.00, "productId": "$plu", "productType": "combo", "quantity": 1,
"referenceId": "3", "tax": 0 },
{ "name": "whopper", "parentReferenceId": "1", "price": 0, "productId": "$plu", "productType": "item", "quantity": 1,
"referenceId": "4", "tax": 0 },
{ "name": "med fries", "parentReferenceId": "1", "price": 0, "productId": "$plu", "productType": "item", "quantity": 1,
"referenceId": "5", "tax": 0 },
{ "incentiveId": "$sanityRewardId", "price": 0, "productId": "$rewardPlu", "productType": "reward", "quantity": 1,
"referenceId": "3", "tax": 0 } ], "payments": [ { "amount": 500, "type": "$paymentMethod", "ccToken": "$panToken" } ],
"posVendor": { "operator": "$operatorId", "posType": "$posVendorName", "storeId": "$rbiStoreId",
"supportingPos": "POS vendor name", "terminal": "$terminalNumber", "transactionId": "$posTransactionId" } },
"transactionId": "$loyaltyTransactionId" }
"""
WORDS = {
    "operatorId": "12",
    "posVendorName": "Partner",
    "rbiStoreId": "demo",
    "terminalNumber": "3",
    "posTransactionId": "4711",
    "serviceMode": "EAT_IN",
    "plu": "1001",
    "rewardPlu": "2002",
    "paymentMethod": "VISA",
    "panToken": "tok_123",
}


def fill_in(sample: str, words: Mapping[str, str]) -> str:
    return re.sub(r"\$(\w+)", lambda found: {**WORDS, **words}[found[1]], sample)


@pytest.fixture
def noor(db: None) -> Contact:
    return member(1000, first_name="Noor", last_name="Bakker")


@pytest.fixture
def voucher(noor: Contact) -> Voucher:
    attributes = {"discount_type": "percentage_discount", "discount_value": "20"}
    made: Voucher = VoucherFactory.create(
        contact=noor, promotion__name="20% off order", promotion__attributes=attributes
    )
    return made


@pytest.fixture
def coffee() -> Reward:
    made: Reward = RewardFactory.create(title="Free coffee", required_points=750)
    return made


def test_the_guides_identify_and_update_work_as_printed(
    rbi: Till, noor: Contact, voucher: Voucher, coffee: Reward
) -> None:
    mark(noor, voucher, coffee)
    code = till.work_out(till.make_code(noor, now=NOW))

    found = rbi.send("POST", "/identify", fill_in(IDENTIFY, {"6digitCode": code}))

    held = TillTransaction.objects.get()
    assert found.status == 200
    assert found.body == {
        "balances": [{"amount": 250, "currency": "points"}],
        "eligibleDiscounts": [
            {
                "details": {
                    "displayName": "20% off order",
                    "discountValue": 20,
                    "subtype": "PERCENTAGE_DISCOUNT",
                    "type": "offer",
                },
                "incentiveId": str(voucher.promotion.uuid),
                "productId": str(voucher.promotion.uuid),
                "referenceId": str(voucher.uuid),
            }
        ],
        "loyaltyUser": {"created": "2025-06-03T17:30:00.000Z", "id": str(noor.uuid), "name": "Noor Bakker"},
        "order": [
            {
                "incentiveId": str(coffee.uuid),
                "loyaltyEngineId": str(noor.receptions.get().uuid),
                "name": "Free coffee",
                "price": 0,
                "productId": "COFFEE",
                "productType": "reward",
                "quantity": 1,
                "referenceId": "1",
                "tax": 0,
            }
        ],
        "transactionId": str(held.uuid),
    }

    discount = found.body["eligibleDiscounts"][0]
    filled = fill_in(
        UPDATE,
        {
            "loyaltyUserId": found.body["loyaltyUser"]["id"],
            "sanityIncentiveId": discount["incentiveId"],
            "incentivePlu": discount["productId"],
            "incentiveLoyaltyId": discount["referenceId"],
            "sanityRewardId": found.body["order"][0]["incentiveId"],
            "loyaltyTransactionId": found.body["transactionId"],
        },
    )
    claimed = rbi.send("PUT", f"/transaction/pos/{held.uuid}", filled)

    assert claimed.points == (254, 4, 750)
    assert claimed.body["loyaltyId"] == str(noor.uuid)
    assert claimed.body["transactionId"] == str(held.uuid)
    held.refresh_from_db()
    assert held.state == "CLAIMED"
    assert held.faults == [
        "2 lines have the id 3",
        "lines belong to a line 1 that is not there",
        "the lines come to 400, the payments to 500 minor units",
    ]
    assert "tok_123" not in str(held.basket)
    uses = Redemption.objects.filter(order_identifier=held.holder, reversed_at=None)
    assert {use.voucher or use.reception for use in uses} == {voucher, noor.receptions.get()}
    assert not noor.till_marks.exists()


def test_the_loyalty_id_identifies_as_the_code_does(rbi: Till, noor: Contact, voucher: Voucher) -> None:
    mark(noor, voucher)

    found = rbi.send("POST", "/identify", fill_in(IDENTIFY, {"6digitCode": str(noor.uuid)}))

    assert [discount["referenceId"] for discount in found.body["eligibleDiscounts"]] == [str(voucher.uuid)]


def test_an_amount_is_said_in_major_units_exactly(rbi: Till, noor: Contact) -> None:
    attributes = {"discount_type": "absolute_discount", "discount_value": "12.10"}
    mark(noor, VoucherFactory.create(contact=noor, promotion__attributes=attributes))

    found = rbi.scan(noor)

    details = found.body["eligibleDiscounts"][0]["details"]
    assert (details["subtype"], details["discountValue"]) == ("AMOUNT_DISCOUNT", Decimal("12.1"))
    assert b'"discountValue":12.1,' in found.response.content
