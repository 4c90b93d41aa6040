"""From PENDING to CLAIMED to VOID: what is used, earned and reversed, each once, and the same answer to the same body."""

import time
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from loyalty import merging, order_processing
from loyalty.models import (
    Contact,
    OrderReturn,
    PointsEntry,
    ProcessedOrder,
    Redemption,
    Reward,
    RewardReception,
    Shop,
    TillTransaction,
    Voucher,
)
from tests.loyalty.api.rbi.test_holds import balance_of, collectables_of, state_of
from tests.loyalty.api.rbi.tills import VENDOR, Till, basket, item, mark, reward_line
from tests.loyalty.documents import give_back
from tests.loyalty.factories import (
    NOW,
    PromotionFactory,
    RewardFactory,
    RewardReceptionFactory,
    TierFactory,
    VoucherFactory,
    member,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def voucher(noor: Contact) -> Voucher:
    made: Voucher = VoucherFactory.create(contact=noor)
    return made


@pytest.fixture
def coffee() -> Reward:
    made: Reward = RewardFactory.create(stock=5)
    return made


# PENDING --------------------------------------------------------------------------------------------------------------


def test_pending_holds_rewards_and_earns_nothing(rbi: Till, noor: Contact, voucher: Voucher, coffee: Reward) -> None:
    mark(noor, voucher)
    found = rbi.scan(noor)

    pending = rbi.update(found, basket(found, item("50.00"), reward_line(coffee), status="PENDING"))

    assert pending.points == (20, 0, 100)
    assert (state_of(voucher), balance_of(noor)) == ("LOCKED", 20)
    held = TillTransaction.objects.get()
    assert (held.state, held.points_redeemed, held.claimed_at) == ("PENDING", 100, None)
    assert not ProcessedOrder.objects.exists()


def test_a_reward_taken_off_the_order_gives_its_points_back(rbi: Till, noor: Contact, coffee: Reward) -> None:
    found = rbi.scan(noor)
    rbi.update(found, basket(found, reward_line(coffee), status="PENDING"))

    pending = rbi.update(found, basket(found, item("5.00"), status="PENDING"))

    assert pending.points == (120, 0, 0)
    assert balance_of(noor) == 120


def test_a_held_discount_stays_held_until_the_claim_says_whether_it_was_used(
    rbi: Till, noor: Contact, voucher: Voucher
) -> None:
    mark(noor, voucher)
    found = rbi.scan(noor)

    rbi.update(found, basket(found, item("5.00"), status="PENDING", discounts=[]))
    while_pending = state_of(voucher)
    rbi.update(found, basket(found, item("5.00"), discounts=[]))

    assert (while_pending, state_of(voucher)) == ("LOCKED", "ACTIVE")
    assert noor.till_marks.count() == 1


# CLAIMED --------------------------------------------------------------------------------------------------------------


def test_points_are_what_the_app_would_give_for_the_same_order(rbi: Till, noor: Contact) -> None:
    tier = TierFactory.create(multiplier="1.5")
    noor.move_to_tier(tier, now=NOW - timedelta(days=1))
    found = rbi.scan(noor)
    lines = (item("0.99", quantity=3), item("4.00", referenceId="2"), item(0, referenceId="3", parentReferenceId="2"))

    claimed = rbi.update(found, basket(found, *lines))

    assert claimed.points == (130, 10, 0)  # 6.97 x 1.5 = 10.455
    order = ProcessedOrder.objects.get()
    assert (order.earning_cents, order.points, order.shop) == (697, 10, Shop.objects.get())
    assert [line["sku"] for line in order.document["lines"]] == ["SOUP"] * 3


@pytest.mark.parametrize(
    ("currency", "price", "cents", "points"),
    [
        ("EUR", "4.005", 401, 4),
        ("EUR", 0.29, 29, 0),
        ("EUR", "1000.10", 100010, 1000),
        ("JPY", 450, 450, 450),
        ("KWD", "1.234", 1234, 1),
        ("USD", 4.00, 400, 4),
    ],
)
def test_prices_are_major_units_of_any_currency(
    rbi: Till, noor: Contact, currency: str, price: float | str, cents: int, points: int
) -> None:
    found = rbi.scan(noor)
    body = basket(found, item(price))
    body["transactionDetails"]["currency"] = currency

    claimed = rbi.update(found, body)

    assert (claimed.points[1], ProcessedOrder.objects.get().earning_cents) == (points, cents)


@pytest.mark.parametrize(
    ("price", "cents"),
    [
        ("1e-6000000", 0),
        ("4.005" + "0" * 300_000 + "1", 401),
        ("4.004" + "9" * 300_000, 400),
        ("0.004999999999999999999", 0),
    ],
)
def test_a_price_of_however_many_digits_keeps_nobody_waiting(rbi: Till, noor: Contact, price: str, cents: int) -> None:
    found = rbi.scan(noor)
    body = basket(found, item(price))
    began = time.process_time()

    rbi.update(found, body)

    assert time.process_time() - began < 1.0
    assert ProcessedOrder.objects.get().earning_cents == cents


def test_a_reward_bought_before_is_used_before_another_is_paid_for(rbi: Till, noor: Contact, coffee: Reward) -> None:
    bought: RewardReception = RewardReceptionFactory.create(contact=noor, reward=coffee)
    found = rbi.scan(noor)

    claimed = rbi.update(found, basket(found, reward_line(coffee)))

    assert claimed.points == (120, 0, 0)
    bought.refresh_from_db()
    assert bought.collected_at == NOW


def test_two_units_of_a_reward_cost_twice(rbi: Till, coffee: Reward) -> None:
    rich = member(250)
    found = rbi.scan(rich)

    claimed = rbi.update(found, basket(found, reward_line(coffee, quantity=2)))

    assert claimed.points == (50, 0, 200)
    assert RewardReception.objects.exclude(collected_at=None).count() == 2


def test_two_vouchers_of_one_promotion_are_named_by_their_incentive(rbi: Till, noor: Contact) -> None:
    promotion = PromotionFactory.create(attributes={"discount_type": "free_item", "product_code": "CAKE"})
    vouchers = VoucherFactory.create_batch(2, contact=noor, promotion=promotion)
    mark(noor, vouchers[0])
    found = rbi.scan(noor)
    line = item(0, productType="offer", incentiveId=str(promotion.uuid), productId="CAKE")

    claimed = rbi.update(found, basket(found, line, line))

    assert claimed.status == 200
    assert [state_of(voucher) for voucher in vouchers] == ["REDEEMED", "REDEEMED"]


def test_a_held_item_can_be_named_by_its_product_alone(rbi: Till, noor: Contact, coffee: Reward) -> None:
    mark(noor, coffee)
    found = rbi.scan(noor)

    claimed = rbi.update(found, basket(found, item(0, productType="reward", productId="COFFEE")))

    assert claimed.points == (20, 0, 100)


def test_another_till_may_claim_what_a_kiosk_left_pending(rbi: Till, noor: Contact, coffee: Reward) -> None:
    found = rbi.scan(noor)
    rbi.update(found, basket(found, reward_line(coffee), status="PENDING"))
    counter = {"posVendor": VENDOR | {"terminal": "9", "operator": "12"}}
    body = basket(found, item("5.00"), reward_line(coffee))
    body["transactionDetails"] |= counter

    claimed = rbi.update(found, body)

    assert claimed.points == (25, 5, 100)
    assert TillTransaction.objects.get().till["terminal"] == "9"


# Repeats --------------------------------------------------------------------------------------------------------------


def rows() -> tuple[int, ...]:
    """Everything that happening twice would show in."""
    return tuple(model._default_manager.count() for model in (PointsEntry, Redemption, ProcessedOrder, RewardReception))


def test_the_same_claim_again_gets_the_same_answer(
    rbi: Till, noor: Contact, voucher: Voucher, coffee: Reward, clock: time_machine.Traveller
) -> None:
    mark(noor, voucher)
    found = rbi.scan(noor)
    body = basket(found, item("50.00"), reward_line(coffee))
    first = rbi.update(found, body)
    before = rows()
    other = rbi.scan(noor)
    rbi.update(other, basket(other, item("7.00")))
    clock.move_to(NOW + timedelta(days=1))

    again = rbi.update(found, body)

    assert again.body == first.body
    assert first.points == (70, 50, 100)
    assert rows() == (before[0] + 1, before[1], before[2] + 1, before[3])


def test_a_claim_with_another_body_is_refused(rbi: Till, noor: Contact, voucher: Voucher) -> None:
    mark(noor, voucher)
    found = rbi.scan(noor)
    rbi.update(found, basket(found, item("50.00")))
    before = rows()

    for changed in (basket(found, item("60.00")), basket(found, item("50.00"), status="PENDING")):
        refused = rbi.update(found, changed)
        assert (refused.status, refused.code) == (400, "TransactionNotClaimable")

    assert rows() == before


def test_the_same_pending_again_gets_the_same_answer(rbi: Till, noor: Contact, coffee: Reward) -> None:
    found = rbi.scan(noor)
    body = basket(found, reward_line(coffee), status="PENDING")

    first, again = rbi.update(found, body), rbi.update(found, body)

    assert first.body == again.body
    assert RewardReception.objects.count() == 1


@pytest.mark.parametrize("status", ["VOID", "CANCELLED", "claimed", "OPENED"])
def test_no_other_status_can_be_brought_about(rbi: Till, noor: Contact, status: str) -> None:
    found = rbi.scan(noor)

    refused = rbi.update(found, basket(found, item("5.00"), status=status))

    assert (refused.status, refused.code) == (400, "TransactionNotClaimable")
    assert TillTransaction.objects.get().state == "OPENED"


# VOID -----------------------------------------------------------------------------------------------------------------


def test_void_after_a_claim_reverses_everything_once(
    rbi: Till, noor: Contact, voucher: Voucher, coffee: Reward
) -> None:
    bought: RewardReception = RewardReceptionFactory.create(contact=noor)
    mark(noor, voucher, bought, coffee)
    found = rbi.scan(noor)
    body = basket(found, item("50.00"), *found.body["order"])
    assert rbi.update(found, body).points == (70, 50, 100)

    first = rbi.void(found, body | {"status": "VOID"})
    again = rbi.void(found)

    assert first.points == (120, 0, 0)
    assert again.body == first.body
    assert (state_of(voucher), balance_of(noor), collectables_of(noor)) == ("ACTIVE", 120, [str(bought.uuid)])
    assert OrderReturn.objects.get().points == -50
    assert not Redemption.objects.filter(reversed_at=None).exists()
    coffee.refresh_from_db()
    assert (coffee.stock, coffee.purchases) == (5, 0)
    noor.refresh_from_db()
    assert noor.balance == sum(PointsEntry.objects.values_list("points", flat=True)) == 120


def test_points_spent_since_leave_the_balance_below_zero(rbi: Till, coffee: Reward) -> None:
    poor = member(60)
    found = rbi.scan(poor)
    rbi.update(found, basket(found, item("50.00")))
    later = rbi.scan(poor)
    rbi.update(later, basket(later, reward_line(coffee)))

    voided = rbi.void(found)

    assert voided.points == (-40, 0, 0)


def test_void_gives_back_what_a_return_left(rbi: Till, noor: Contact) -> None:
    found = rbi.scan(noor)
    rbi.update(found, basket(found, item("10.00", quantity=3), item("4.50", referenceId="2")))
    holder = TillTransaction.objects.get().holder
    order_processing.process_return(give_back(holder, ("1", 1, 1000)), now=NOW)

    assert rbi.void(found).points == (120, 0, 0)


@pytest.mark.parametrize("claimed", [False, True])
def test_nothing_can_be_done_with_what_is_void(rbi: Till, noor: Contact, voucher: Voucher, claimed: bool) -> None:
    mark(noor, voucher)
    found = rbi.scan(noor)
    body = basket(found, item("5.00"))
    if claimed:
        rbi.update(found, body)
    rbi.void(found)

    for refused in (rbi.update(found, body), rbi.validate(found, body)):
        assert (refused.status, refused.code) == (400, "TransactionNotClaimable")
    assert balance_of(noor) == 120


# Validate -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("status", ["PENDING", "CLAIMED"])
def test_validate_says_what_a_claim_would_and_changes_nothing(
    rbi: Till, noor: Contact, voucher: Voucher, coffee: Reward, method: str, status: str
) -> None:
    mark(noor, voucher)
    found = rbi.scan(noor)
    body = basket(found, item("50.00"), reward_line(coffee), status=status)
    before = rows(), TillTransaction.objects.values().get()

    checked = rbi.send(method, f"/transaction/pos/validate/{found.body['transactionId']}", body)

    assert checked.points == (70, 50, 100)
    assert (rows(), TillTransaction.objects.values().get()) == before
    assert (state_of(voucher), balance_of(noor)) == ("LOCKED", 120)
    assert rbi.update(found, body | {"status": "CLAIMED"}).body == checked.body


# The person -----------------------------------------------------------------------------------------------------------


def test_a_member_merged_meanwhile_is_claimed_and_voided_for(rbi: Till, noor: Contact, voucher: Voucher) -> None:
    mark(noor, voucher)
    found = rbi.scan(noor)
    one = member(30)
    merging.merge(noor, one, now=NOW)

    claimed = rbi.update(found, basket(found, item("5.00")))
    voided = rbi.void(found)

    assert (claimed.points, claimed.body["loyaltyId"]) == ((155, 5, 0), str(one.uuid))
    assert (voided.points, state_of(voucher)) == ((150, 0, 0), "ACTIVE")


def test_queries_do_not_grow_with_offers_that_are_not_used(
    rbi: Till, noor: Contact, django_assert_max_num_queries: Any
) -> None:
    VoucherFactory.create_batch(10, contact=noor)
    RewardFactory.create_batch(10)
    mark(noor, VoucherFactory.create(contact=noor))

    with django_assert_max_num_queries(23):
        found = rbi.scan(noor)
    with django_assert_max_num_queries(48):
        rbi.update(found, basket(found, item("5.00")))
