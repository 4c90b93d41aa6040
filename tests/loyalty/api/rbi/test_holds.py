"""What identifying holds, for how long, and who has it after a second scan, a Void or a quarter of an hour."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from loyalty import ledger, purchases, tasks, till, voucher_use
from loyalty.backends.embedded import EmbeddedLoyalty
from loyalty.errors import OfferTaken, OutOfStock
from loyalty.models import Contact, PointsEntry, Redemption, Reward, RewardReception, TillTransaction, Voucher
from tests.loyalty.api.rbi.tills import Till, basket, item, mark
from tests.loyalty.factories import NOW, RewardFactory, RewardReceptionFactory, VoucherFactory, member

pytestmark = pytest.mark.django_db

QUARTER = timedelta(minutes=15)


def state_of(voucher: Voucher) -> str:
    now = timezone.now()
    return Voucher.objects.with_locks(now=now).get(pk=voucher.pk).state(now=now).value


def balance_of(contact: Contact) -> int:
    """The balance as the diner's pages show it."""
    return EmbeddedLoyalty().wallet(str(contact.uuid), shop="demo", now=timezone.now()).balance


def collectables_of(contact: Contact) -> list[str]:
    """The bought rewards that the diner's pages offer: those that nobody holds."""
    wallet = EmbeddedLoyalty().wallet(str(contact.uuid), shop="demo", now=timezone.now())
    return [offer.id for offer in wallet.collectables if offer.held_until is None]


def brought(body: dict[str, list[dict[str, str]]]) -> set[str]:
    """What Identify named, by our ids."""
    lines = {line["loyaltyEngineId"] for line in body["order"]}
    return lines | {discount["referenceId"] for discount in body["eligibleDiscounts"]}


@pytest.fixture
def voucher(noor: Contact) -> Voucher:
    made: Voucher = VoucherFactory.create(contact=noor)
    return made


@pytest.fixture
def coffee() -> Reward:
    made: Reward = RewardFactory.create(stock=5)
    return made


# Holding --------------------------------------------------------------------------------------------------------------


def test_identifying_holds_each_kind_against_a_basket(rbi: Till, noor: Contact, coffee: Reward) -> None:
    single, several = (
        VoucherFactory.create(contact=noor),
        VoucherFactory.create(contact=noor, total_redemptions_allowed=2),
    )
    bought: RewardReception = RewardReceptionFactory.create(contact=noor)
    mark(noor, single, several, bought, coffee)

    found = rbi.scan(noor)

    assert brought(found.body) >= {str(single.uuid), str(several.uuid), str(bought.uuid)}
    assert len(brought(found.body)) == 4
    until = NOW + QUARTER
    with pytest.raises(OfferTaken) as taken:
        voucher_use.lock(single, contact=noor, holder="order-1", until=until, now=NOW)
    assert taken.value.until == until
    assert several.live_locks(now=NOW) == 1
    with pytest.raises(OfferTaken):
        purchases.collect(bought, contact=noor, order_identifier="order-1", held_at=NOW, shop=None, now=NOW)
    assert found.body["balances"] == [{"amount": 20, "currency": "points"}]
    assert (balance_of(noor), collectables_of(noor)) == (20, [])
    coffee.refresh_from_db()
    assert (coffee.stock, coffee.purchases) == (4, 1)


def test_what_was_not_marked_stays_where_it_is(rbi: Till, noor: Contact, voucher: Voucher, coffee: Reward) -> None:
    found = rbi.scan(noor)

    assert (found.body["eligibleDiscounts"], found.body["order"]) == ([], [])
    assert (state_of(voucher), balance_of(noor)) == ("ACTIVE", 120)


def test_of_rewards_that_are_too_many_for_the_points_those_that_suffice_are_held(rbi: Till, noor: Contact) -> None:
    rewards = RewardFactory.create_batch(3, required_points=50)
    mark(noor, *rewards)

    found = rbi.scan(noor)

    assert [line["name"] for line in found.body["order"]] == [reward.title for reward in rewards[:2]]
    assert balance_of(noor) == 20


def test_nonsense_is_not_handed_out(rbi: Till, noor: Contact) -> None:
    for attributes in ({"discount_type": "percentage_discount", "discount_value": "many"}, {}, {"discount_type": "x"}):
        mark(noor, VoucherFactory.create(contact=noor, promotion__attributes=attributes))

    found = rbi.scan(noor)

    assert (found.body["eligibleDiscounts"], found.body["order"]) == ([], [])


def test_a_reward_without_a_discount_is_handed_out_as_a_line(rbi: Till, noor: Contact) -> None:
    bag: Reward = RewardFactory.create(title="Bag", attributes={})
    mark(noor, bag)

    found = rbi.scan(noor)

    (line,) = found.body["order"]
    assert (line["name"], line["productId"], line["productType"]) == ("Bag", str(bag.uuid), "reward")


# A second scan --------------------------------------------------------------------------------------------------------


def test_a_second_scan_takes_everything_over_at_once(
    rbi: Till, noor: Contact, voucher: Voucher, coffee: Reward
) -> None:
    bought: RewardReception = RewardReceptionFactory.create(contact=noor)
    mark(noor, voucher, bought, coffee)
    first = rbi.scan(noor)
    rbi.update(first, basket(first, item("5.00"), *first.body["order"], status="PENDING"))

    second = rbi.scan(noor, terminal="3")

    assert brought(second.body) == brought(first.body)
    assert second.body["balances"] == first.body["balances"] == [{"amount": 20, "currency": "points"}]
    old, new = TillTransaction.objects.order_by("pk")
    assert (old.state, old.replaced_by, new.state) == ("VOID", new, "OPENED")
    voucher.refresh_from_db()
    assert voucher.locked_for == new.holder
    # Bought once, never given back in between.
    assert list(PointsEntry.objects.order_by("pk").values_list("points", flat=True)) == [120, -100]


def test_the_first_till_is_told_and_its_void_changes_nothing(rbi: Till, noor: Contact, voucher: Voucher) -> None:
    mark(noor, voucher)
    first = rbi.scan(noor)
    second = rbi.scan(noor)

    refused = rbi.update(first, basket(first, item("5.00")))
    voided = rbi.void(first)

    assert (refused.status, refused.code) == (400, "TransactionNotClaimable")
    assert voided.points == (120, 0, 0)
    assert rbi.update(second, basket(second, item("5.00"))).points == (125, 5, 0)
    assert state_of(voucher) == "REDEEMED"


def test_what_is_not_marked_any_more_is_free_after_a_second_scan(
    rbi: Till, noor: Contact, voucher: Voucher, coffee: Reward
) -> None:
    mark(noor, voucher, coffee)
    rbi.scan(noor)
    till.unmark(coffee, contact=noor)
    till.unmark(voucher, contact=noor)

    second = rbi.scan(noor)

    assert brought(second.body) == set()
    assert (state_of(voucher), balance_of(noor)) == ("ACTIVE", 120)
    coffee.refresh_from_db()
    assert (coffee.stock, coffee.purchases) == (5, 0)


def test_another_members_scan_takes_nothing(rbi: Till, noor: Contact, voucher: Voucher) -> None:
    mark(noor, voucher)
    first = rbi.scan(noor)

    second = rbi.scan(member(10))

    assert brought(second.body) == set()
    assert rbi.update(first, basket(first, item("5.00"))).status == 200


# Letting go -----------------------------------------------------------------------------------------------------------


def test_void_lets_everything_go(rbi: Till, noor: Contact, voucher: Voucher, coffee: Reward) -> None:
    bought: RewardReception = RewardReceptionFactory.create(contact=noor)
    mark(noor, voucher, bought, coffee)
    found = rbi.scan(noor)

    voided = rbi.void(found)

    assert voided.points == (120, 0, 0)
    assert (state_of(voucher), balance_of(noor), collectables_of(noor)) == ("ACTIVE", 120, [str(bought.uuid)])
    coffee.refresh_from_db()
    assert (coffee.stock, coffee.purchases) == (5, 0)


def test_a_quarter_of_an_hour_without_an_update_lets_go_without_any_worker(
    rbi: Till, noor: Contact, voucher: Voucher, coffee: Reward, clock: time_machine.Traveller
) -> None:
    bought: RewardReception = RewardReceptionFactory.create(contact=noor)
    mark(noor, voucher, bought, coffee)
    rbi.scan(noor)

    clock.move_to(NOW + QUARTER)

    assert (state_of(voucher), balance_of(noor), collectables_of(noor)) == ("ACTIVE", 120, [str(bought.uuid)])
    # All of the points can be spent at once.
    ledger.adjust(noor, -120, reason="test", by="test", now=NOW + QUARTER)
    assert balance_of(noor) == 0


def test_an_update_holds_for_another_quarter_of_an_hour(
    rbi: Till, noor: Contact, voucher: Voucher, coffee: Reward, clock: time_machine.Traveller
) -> None:
    several: Voucher = VoucherFactory.create(contact=noor, total_redemptions_allowed=2)
    mark(noor, voucher, several, coffee)
    found = rbi.scan(noor)
    clock.move_to(NOW + timedelta(minutes=14))
    rbi.update(found, basket(found, *found.body["order"], status="PENDING"))

    clock.move_to(NOW + timedelta(minutes=28))

    assert (state_of(voucher), balance_of(noor)) == ("LOCKED", 20)
    assert several.live_locks(now=timezone.now()) == 1
    clock.move_to(NOW + timedelta(minutes=29))
    assert (state_of(voucher), balance_of(noor)) == ("ACTIVE", 120)


def test_the_worker_puts_rewards_back_on_the_shelf(
    rbi: Till, noor: Contact, coffee: Reward, clock: time_machine.Traveller
) -> None:
    Reward.objects.update(stock=1)
    mark(noor, coffee)
    rbi.scan(noor)
    other = member(100)
    with pytest.raises(OutOfStock):
        purchases.buy(coffee, contact=other, purchase_key="k", shop=None, now=NOW)
    clock.move_to(NOW + QUARTER)

    tasks.expire_locks()

    coffee.refresh_from_db()
    noor.refresh_from_db()
    assert (coffee.stock, noor.balance) == (1, 120)
    purchases.buy(coffee, contact=other, purchase_key="k", shop=None, now=NOW + QUARTER)


def test_what_ends_while_a_till_holds_it_is_honoured_and_not_a_moment_longer(
    rbi: Till, noor: Contact, voucher: Voucher, clock: time_machine.Traveller
) -> None:
    bought: RewardReception = RewardReceptionFactory.create(contact=noor)
    mark(noor, voucher, bought)
    found = rbi.scan(noor)
    ends = NOW + timedelta(minutes=5)
    Voucher.objects.update(expires_at=ends)
    RewardReception.objects.update(expires_at=ends)
    body = basket(found, item("5.00"), *found.body["order"])
    late = {"x-user-datetime": "2026-06-03T19:40:00"}
    clock.move_to(NOW + timedelta(minutes=10))

    pending = rbi.update(found, body | {"status": "PENDING"})
    checked, claimed = rbi.validate(found, body, headers=late), rbi.update(found, body, headers=late)
    uses = Redemption.objects.filter(reversed_at=None).count()
    rbi.void(found)
    again = rbi.scan(noor)
    named = item("0.00", productType="reward", loyaltyEngineId=str(bought.uuid))
    refused = rbi.update(again, basket(again, item("5.00"), named))

    assert [answer.status for answer in (pending, checked, claimed)] == [200, 200, 200]
    assert uses == 2
    assert brought(again.body) == set()
    assert refused.rules == [("invalid-end-date", str(bought.reward.uuid))]


def test_a_till_that_comes_late_gets_what_nobody_took_meanwhile(
    rbi: Till, noor: Contact, voucher: Voucher, coffee: Reward, clock: time_machine.Traveller
) -> None:
    mark(noor, voucher, coffee)
    found = rbi.scan(noor)
    clock.move_to(NOW + timedelta(hours=1))

    claimed = rbi.update(found, basket(found, item("5.00"), *found.body["order"]))

    assert claimed.points == (25, 5, 100)
    assert state_of(voucher) == "REDEEMED"


def test_a_till_that_comes_late_is_refused_what_a_basket_took(
    rbi: Till, noor: Contact, voucher: Voucher, clock: time_machine.Traveller
) -> None:
    mark(noor, voucher)
    found = rbi.scan(noor)
    later = NOW + timedelta(hours=1)
    clock.move_to(later)
    voucher_use.lock(voucher, contact=noor, holder="order-1", until=later + QUARTER, now=later)

    refused = rbi.update(found, basket(found, item("5.00")))

    assert (refused.status, refused.code) == (400, "RulesError")
    assert refused.rules == [("exceeds-max-redemption", str(voucher.promotion.uuid))]
    assert (TillTransaction.objects.get().state, balance_of(noor)) == ("OPENED", 120)
