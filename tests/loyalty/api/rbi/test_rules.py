"""The rules: each with its code, how it is and how it should be; several at once; in the guest's own time."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loyalty import voucher_use
from loyalty.models import Contact, Reward, RewardReception, Shop, TillTransaction, Voucher
from tests.loyalty.api.rbi.test_holds import balance_of, state_of
from tests.loyalty.api.rbi.tills import Reply, Till, basket, item, mark, reward_line
from tests.loyalty.factories import NOW, PromotionFactory, RewardFactory, VoucherFactory

pytestmark = pytest.mark.django_db

TEN = {"discount_type": "percentage_discount", "discount_value": "10"}


def voucher_with(contact: Contact, **attributes: object) -> Voucher:
    made: Voucher = VoucherFactory.create(contact=contact, promotion__attributes=TEN | attributes)
    return made


def only_rule(reply: Reply) -> dict[str, Any]:
    assert (reply.status, reply.code) == (400, "RulesError")
    assert reply.body["isEngineError"] is True
    (rule,) = reply.body["details"]["ruleEvaluation"]
    found: dict[str, Any] = rule
    return found


CASES: list[tuple[dict[str, object], dict[str, Any], str, object, list[object]]] = [
    # attributes of the offer, what the basket says otherwise, code, current value, target values
    ({"till_weekdays": ["monday", "friday"]}, {}, "invalid-day-of-the-week", "wednesday", ["monday", "friday"]),
    ({"till_service_modes": ["EAT_IN"]}, {}, "invalid-service-mode", "TABLE_SERVICE", ["EAT_IN"]),
    ({"till_stores": "harbour, 17"}, {}, "invalid-store-id", "demo", ["harbour", "17"]),
    ({"till_enrolled_from": "2025-07-01"}, {}, "invalid-enrollment-start-date", "2025-06-03", ["2025-07-01"]),
    ({"till_enrolled_until": "2025-01-31"}, {}, "invalid-enrollment-end-date", "2025-06-03", ["2025-01-31"]),
]


@pytest.mark.parametrize(("attributes", "changed", "code", "current", "targets"), CASES)
def test_a_rule_says_how_it_is_and_how_it_should_be(
    rbi: Till,
    noor: Contact,
    attributes: dict[str, object],
    changed: dict[str, Any],
    code: str,
    current: object,
    targets: list[object],
) -> None:
    voucher = voucher_with(noor, **attributes)
    mark(noor, voucher)
    found = rbi.scan(noor)
    body = basket(found, item("50.00"), **changed)

    for reply in (rbi.validate(found, body), rbi.update(found, body)):
        rule = only_rule(reply)
        assert (rule["code"], rule["currentValue"], rule["targetValue"]) == (code, current, targets)
        assert rule["incentiveId"] == str(voucher.promotion.uuid)
    assert (state_of(voucher), TillTransaction.objects.get().state) == ("LOCKED", "OPENED")


@pytest.mark.parametrize(
    ("attributes", "changed"),
    [
        ({"till_weekdays": ["wednesday"]}, {}),
        ({"till_service_modes": ["EAT_IN", "TABLE_SERVICE"]}, {}),
        ({"till_stores": "harbour, demo"}, {}),
        ({"till_enrolled_from": "2025-06-03", "till_enrolled_until": "2025-06-03"}, {}),
        ({"minimum_cents": 5000}, {}),
    ],
)
def test_an_offer_within_its_rules_is_claimed(
    rbi: Till, noor: Contact, attributes: dict[str, object], changed: dict[str, Any]
) -> None:
    voucher = voucher_with(noor, **attributes)
    mark(noor, voucher)
    found = rbi.scan(noor)

    # 50.00 less ten percent, as the till sends it.
    claimed = rbi.update(found, basket(found, item("45.00"), **changed))

    assert claimed.points == (165, 45, 0)


def test_the_minimum_is_measured_before_the_discount(rbi: Till, noor: Contact) -> None:
    mark(noor, voucher_with(noor, minimum_cents=5000))
    found = rbi.scan(noor)

    rule = only_rule(rbi.validate(found, basket(found, item("44.10"))))

    assert rule["code"] == "minimum-spend-not-met"
    assert (rule["currentValue"], rule["targetValue"]) == (49, [50])


def test_an_exclusive_offer_stands_alone(rbi: Till, noor: Contact) -> None:
    alone, other = voucher_with(noor, exclusive=True), voucher_with(noor)
    mark(noor, alone, other)
    found = rbi.scan(noor)

    rule = only_rule(rbi.validate(found, basket(found, item("50.00"))))
    claimed = rbi.update(found, basket(found, item("50.00"), discounts=found.body["eligibleDiscounts"][:1]))

    assert (rule["code"], rule["incentiveId"]) == ("not-combinable", str(alone.promotion.uuid))
    assert claimed.status == 200
    assert (state_of(alone), state_of(other)) == ("REDEEMED", "ACTIVE")


@pytest.mark.parametrize(
    ("local", "code"),
    [
        ("2026-06-03T23:59:00", None),
        ("2026-06-04T00:30:00", "invalid-day-of-the-week"),
        ("2026-06-04T00:30:00+10:00", "invalid-day-of-the-week"),
        ("2026-06-03T22:30:00Z", "invalid-day-of-the-week"),  # half past midnight in Amsterdam
        ("2026-06-03T21:30:00.000Z", None),
    ],
)
def test_the_day_is_that_of_the_guest(rbi: Till, noor: Contact, local: str, code: str | None) -> None:
    mark(noor, voucher_with(noor, till_weekdays=["wednesday"]))
    found = rbi.scan(noor)

    reply = rbi.validate(found, basket(found, item("50.00")), headers={"x-user-datetime": local, "x-region": "NL"})

    assert (only_rule(reply)["code"] if code else None) == code
    assert reply.status == (400 if code else 200)


@pytest.mark.parametrize(
    ("local", "code", "value"),
    [
        ("2026-06-01T12:00:00", "invalid-start-date", "2026-06-02T00:00:00"),
        ("2026-06-05T00:00:00", "invalid-end-date", "2026-06-05T00:00:00"),
        ("2026-06-04T23:59:59", None, ""),
    ],
)
def test_dates_are_judged_on_the_guests_clock(
    rbi: Till, noor: Contact, local: str, code: str | None, value: str
) -> None:
    voucher = voucher_with(noor)
    midnight = NOW.replace(hour=22, minute=0)  # in Amsterdam
    Voucher.objects.update(activates_at=midnight - timedelta(days=2), expires_at=midnight + timedelta(days=1))
    mark(noor, voucher)
    found = rbi.scan(noor)

    reply = rbi.validate(found, basket(found, item("50.00")), headers={"x-user-datetime": local})

    assert reply.status == (400 if code else 200)
    if code:
        rule = only_rule(reply)
        assert (rule["code"], rule["currentValue"], rule["targetValue"]) == (code, local, [value])


def test_all_broken_rules_are_told_at_once(rbi: Till, noor: Contact) -> None:
    voucher = voucher_with(noor, till_weekdays=["monday"], till_stores="17", minimum_cents=10000)
    dear: Reward = RewardFactory.create(required_points=1000, attributes={"till_service_modes": ["DRIVE_THRU"]})
    mark(noor, voucher)
    found = rbi.scan(noor)
    body = basket(found, item("50.00"), reward_line(dear))

    checked, refused = rbi.validate(found, body), rbi.update(found, body)

    promotion, reward = str(voucher.promotion.uuid), str(dear.uuid)
    assert checked.code == "RulesError"
    assert checked.rules == [
        ("invalid-store-id", promotion),
        ("invalid-day-of-the-week", promotion),
        ("minimum-spend-not-met", promotion),
        ("invalid-service-mode", reward),
        ("insufficient-point-balance", reward),
    ]
    assert (refused.code, refused.rules) == ("TransactionInsufficientPoints", checked.rules)
    points = checked.body["details"]["ruleEvaluation"][-1]
    assert (points["currentValue"], points["targetValue"]) == (120, [1000])
    assert len({rule["ruleId"] for rule in checked.body["details"]["ruleEvaluation"]}) == 5
    assert balance_of(noor) == 120
    assert not RewardReception.objects.exists()


def test_an_offer_named_too_often_is_refused(rbi: Till, noor: Contact) -> None:
    voucher = voucher_with(noor)
    mark(noor, voucher)
    found = rbi.scan(noor)
    (discount,) = found.body["eligibleDiscounts"]

    rule = only_rule(rbi.update(found, basket(found, item("50.00"), discounts=[discount, discount])))

    assert (rule["code"], rule["currentValue"], rule["targetValue"]) == ("exceeds-limit-per-order", 2, [1])
    assert state_of(voucher) == "LOCKED"


def test_an_absurd_number_of_rewards_is_refused_at_once(rbi: Till, noor: Contact) -> None:
    cheap: Reward = RewardFactory.create(required_points=1)
    found = rbi.scan(noor)

    refused = rbi.update(found, basket(found, reward_line(cheap, quantity=10_000)))

    assert ("exceeds-limit-per-order", str(cheap.uuid)) in refused.rules
    assert balance_of(noor) == 120


def test_an_order_with_absurdly_many_rewards_costs_few_queries(
    rbi: Till, noor: Contact, django_assert_max_num_queries: Any
) -> None:
    dear, other = RewardFactory.create_batch(2, required_points=1000)
    found = rbi.scan(noor)

    for lines in (
        [reward_line(dear, quantity=20)] * 100,
        [reward_line(dear, quantity=2)] * 20 + [reward_line(other)] * 9,
    ):
        with django_assert_max_num_queries(30):
            refused = rbi.update(found, basket(found, *lines, status="PENDING"))
        assert ("exceeds-limit-per-order", str(dear.uuid)) in refused.rules
    assert only_rule(rbi.update(found, basket(found, *[reward_line(dear, quantity=20)] * 100)))["currentValue"] == 2000
    assert not RewardReception.objects.exists()


def test_a_reward_that_was_refused_is_not_tried_for_each_unit(
    rbi: Till, noor: Contact, django_assert_max_num_queries: Any
) -> None:
    dear, other = RewardFactory.create_batch(2, required_points=1000)
    found = rbi.scan(noor)
    lines = [reward_line(dear, quantity=20), reward_line(other, quantity=20)]

    with django_assert_max_num_queries(60):
        refused = rbi.update(found, basket(found, *lines, status="PENDING"))

    assert refused.rules == [("insufficient-point-balance", str(reward.uuid)) for reward in (dear, other)]
    assert balance_of(noor) == 120


def test_tills_take_the_rows_of_rewards_in_one_order(rbi: Till, noor: Contact) -> None:
    first, second = RewardFactory.create_batch(2, required_points=10)
    found = rbi.scan(noor)
    body = basket(found, reward_line(second), reward_line(first), item("5.00"))

    rbi.update(found, body | {"status": "PENDING"})
    bought = list(RewardReception.objects.order_by("pk").values_list("reward", flat=True))
    # Held in the till's order, as if by an update of each: given back in that of the rewards all the same.
    RewardReception.objects.filter(reward=second).update(locked_at=NOW - timedelta(minutes=1))
    rbi.update(found, body)
    with CaptureQueriesContext(connection) as queries:
        rbi.void(found)

    assert bought == [first.pk, second.pk]
    returned = [sql for sql in (query["sql"] for query in queries) if sql.startswith('UPDATE "loyalty_reward" ')]
    assert [int(sql.rsplit(" = ", 1)[1].rstrip(";) ")) for sql in returned] == [first.pk, second.pk]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"expires_at": NOW - timedelta(days=1)}, "invalid-end-date"),
        ({"activates_at": NOW + timedelta(days=1)}, "invalid-start-date"),
        ({"deactivated_at": NOW}, "incentive-not-usable"),
        ({"times_redeemed": 1}, "exceeds-max-redemption"),
        ({"locked_for": "order-1", "locked_until": NOW + timedelta(minutes=1)}, "exceeds-max-redemption"),
    ],
)
def test_a_voucher_that_cannot_be_used_says_why(rbi: Till, noor: Contact, change: dict[str, object], code: str) -> None:
    voucher = voucher_with(noor)
    Voucher.objects.update(**change)
    found = rbi.scan(noor)
    named = {"referenceId": str(voucher.uuid), "incentiveId": str(voucher.promotion.uuid)}

    rule = only_rule(rbi.update(found, basket(found, item("50.00"), discounts=[named])))

    assert rule["code"] == code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"stock": 0}, "exceeds-max-redemption"),
        ({"is_active": False}, "incentive-not-usable"),
        ({"limit_per_contact": 0}, "exceeds-max-redemption"),
        ({"attributes": {"discount_type": "nonsense"}}, "incentive-not-usable"),
    ],
)
def test_a_reward_that_cannot_be_had_says_why(rbi: Till, noor: Contact, change: dict[str, object], code: str) -> None:
    reward: Reward = RewardFactory.create(**change)
    found = rbi.scan(noor)

    rule = only_rule(rbi.update(found, basket(found, reward_line(reward))))

    assert (rule["code"], rule["incentiveId"]) == (code, str(reward.uuid))
    assert balance_of(noor) == 120


def test_a_member_who_has_not_confirmed_their_address_spends_nothing(rbi: Till, noor: Contact) -> None:
    voucher = voucher_with(noor)
    Contact.objects.update(verified_at=None)
    found = rbi.scan(noor)
    named = {"referenceId": str(voucher.uuid)}

    rule = only_rule(rbi.update(found, basket(found, item("50.00"), discounts=[named])))

    assert rule["code"] == "unverified-member"
    assert rbi.update(found, basket(found, item("50.00"))).points == (170, 50, 0)


def test_what_is_not_the_members_is_unknown(rbi: Till, noor: Contact) -> None:
    foreign: Voucher = VoucherFactory.create()
    found = rbi.scan(noor)
    not_here = "11111111-1111-4111-8111-111111111111"
    named = [
        ({"referenceId": str(foreign.uuid), "details": {"type": "offer"}}, "OfferNotFoundError"),
        ({"incentiveId": not_here, "details": {"type": "reward"}}, "RewardNotFoundError"),
        ({"incentiveId": "no-uuid"}, "OfferNotFoundError"),
        ({}, "OfferNotFoundError"),
    ]

    for discount, code in named:
        refused = rbi.update(found, basket(found, item("50.00"), discounts=[discount]))
        assert (refused.status, refused.code) == (404, code)
    line = item(0, productType="reward", productId="CAKE")
    assert rbi.update(found, basket(found, line)).code == "RewardNotFoundError"
    assert state_of(foreign) == "ACTIVE"


def test_a_till_holds_against_a_basket_and_a_basket_against_a_till(rbi: Till, noor: Contact) -> None:
    voucher: Voucher = VoucherFactory.create(contact=noor, promotion=PromotionFactory.create(attributes=TEN))
    mark(noor, voucher)
    voucher_use.lock(voucher, contact=noor, holder="order-1", until=NOW + timedelta(minutes=5), now=NOW)

    assert rbi.scan(noor).body["eligibleDiscounts"] == []


def test_a_restaurant_that_does_not_take_part_refuses_updates(rbi: Till, noor: Contact) -> None:
    found = rbi.scan(noor)
    Shop.objects.update(has_loyalty=False)

    refused = rbi.update(found, basket(found, item("50.00")))

    assert (refused.status, refused.code) == (400, "RedeemRewardError")


def test_a_store_is_known_by_its_number_at_tills(rbi: Till, noor: Contact) -> None:
    harbour = Shop.objects.create(reference="harbour", name="Harbour", store_number="15678")
    found = rbi.scan(noor, storeId="15678")
    body = basket(found, item("50.00"))

    body["transactionDetails"]["posVendor"] = {"storeId": "no-such-store"}

    unknown = rbi.update(found, body)
    body["transactionDetails"]["posVendor"] = {"storeId": "15678"}
    claimed = rbi.update(found, body)

    assert (unknown.status, unknown.code) == (404, "StoreNotFound")
    assert claimed.status == 200
    assert TillTransaction.objects.get().shop == harbour
