"""A diner pays with a reward, a till hands it out at the same moment: one has it, the other is told, nothing overruns.

The tills come through their APIs: Leat's `collect`, RBI's CLAIMED. The diner presses the buttons of their own pages.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.http import QueryDict

from loyalty import tokens
from loyalty.models import Contact, Redemption, RewardReception, Shop, TokenKind
from menu.models import Product, Table
from orders.basket import add
from orders.choices import product_for_sale, read_choice
from orders.errors import Conflict
from orders.models import AppliedOffer, Order
from orders.settlement import mark_paid
from tests.factories import NOW, ProductFactory
from tests.loyalty.api.calling import Caller, body_of
from tests.loyalty.api.rbi.tills import Till, basket, item
from tests.loyalty.factories import RewardReceptionFactory, member
from tests.orders.diners import Diner, seat_member
from tests.parallel import at_once
from tests.scale import size

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.prove(ci=True)]

ROUNDS = size(ci=2 if connection.vendor == "sqlite" else 4, full=100)
# Seconds that the till and the diner wait: each has more to do than the other before they come to the reward.
DELAYS = ((0.0, 0.0), (0.06, 0.0), (0.18, 0.0), (0.0, 0.18))
FREE = {"discount_type": "free_item", "product_code": "CAKE"}

type HandOut = Callable[[RewardReception], str]
"""Have the reward at a till; return under which order's name, or nothing where it is refused."""


@dataclass
class Round:
    """One more diner, with one more reward of the same member's."""

    diner: Diner
    reward: RewardReception

    def apply(self) -> None:
        """Redeem it on the basket: one of the two cakes is free."""
        self.diner.redeem(self.reward)

    def apply_and_pay(self) -> Order | Conflict:
        """Press one button after the other."""
        diner = self.diner
        try:
            shown = diner.showcase().find("collectable", str(self.reward.uuid))
            if shown is None:
                return Conflict("gone")
            diner.put(shown)
            return diner.pay()
        except Conflict as told:
            return told


@pytest.fixture
def noor(table: Table) -> Contact:
    ProductFactory.create(restaurant=table.restaurant, sku="CAKE", price_cents=650)
    Shop.objects.get_or_create(reference="demo", defaults={"name": "Demo"})
    return member(0)


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(params=["leat", "rbi"])
def hand_out(request: pytest.FixtureRequest, noor: Contact) -> HandOut:
    if request.param == "leat":
        leat = Caller(tokens.make_token("till", kind=TokenKind.BEARER, now=NOW).secret)

        def collect(reward: RewardReception) -> str:
            answer = leat.json("PUT", f"/collectable-rewards/collect/{reward.uuid}", {})
            body = body_of(answer)
            assert (answer.status_code, body.get("code")) in {(200, None), (400, 80300)}, body
            return "collected" if answer.status_code == 200 else ""

        return collect

    rbi = Till(tokens.make_token("till", kind=TokenKind.RBI, now=NOW).secret)

    def claim(reward: RewardReception) -> str:
        found = rbi.scan(noor)
        named = item("0.00", productType="reward", loyaltyEngineId=str(reward.uuid))
        answer = rbi.update(found, basket(found, named))
        assert answer.status == 200 or answer.rules == [("exceeds-max-redemption", str(reward.reward.uuid))], (
            answer.body
        )
        return f"till:{found.body['transactionId']}" if answer.status == 200 else ""

    return claim


def one_more(table: Table, contact: Contact) -> Round:
    reward: RewardReception = RewardReceptionFactory.create(contact=contact, attributes=FREE)
    diner = seat_member(table, contact)
    cake = product_for_sale(table.restaurant, Product.objects.get().pk, now=NOW)
    choice = read_choice(cake, QueryDict("quantity=2"))
    add(visitor=diner.visitor, table=table, offered=cake, choice=choice, now=NOW)
    return Round(diner, reward)


def judge(reward: RewardReception, till: object, diner: object) -> str:
    """Return who won, after a look at everything that was written."""
    assert isinstance(till, str), till
    assert isinstance(diner, Order | Conflict), diner
    assert bool(till) != isinstance(diner, Order), (till, diner)
    used = Redemption.objects.get(reception=reward)
    applied = AppliedOffer.objects.live().filter(offer_id=str(reward.uuid))
    assert not applied.exclude(overrun="").exists()
    if isinstance(diner, Order):
        row = applied.get()
        assert (diner.total_cents, row.redemption_id) == (650, str(used.uuid))
        assert used.order_identifier == str(diner.uuid)
        return "diner"
    assert not applied.exists()
    assert used.order_identifier == (till if till.startswith("till:") else "")
    return "till"


def report(what: str, winners: Counter[str]) -> None:
    print(f"{connection.vendor}: {what}, {ROUNDS} rounds, winners {dict(winners)}")  # noqa: T201 - a proof prints its number
    assert winners.total() == ROUNDS


def test_a_till_and_a_diner_who_redeems_and_pays_never_both_have_a_reward(
    table: Table, noor: Contact, hand_out: HandOut
) -> None:
    winners: Counter[str] = Counter()
    for number in range(ROUNDS):
        one = one_more(table, noor)

        def run(who: int, number: int = number, one: Round = one) -> object:
            time.sleep(DELAYS[number % 4][who])
            if who == 0:
                return hand_out(one.reward)
            return one.apply_and_pay()

        till, diner = at_once(2, run)

        winners[judge(one.reward, till, diner)] += 1

    report("a reward handed out and redeemed at once", winners)


def test_a_basket_whose_time_ran_out_and_a_till_never_both_have_a_reward(
    table: Table, noor: Contact, hand_out: HandOut
) -> None:
    winners: Counter[str] = Counter()
    for number in range(ROUNDS):
        one = one_more(table, noor)
        one.apply()
        RewardReception.objects.filter(pk=one.reward.pk).update(locked_until=NOW - timedelta(seconds=1))

        def run(who: int, number: int = number, one: Round = one) -> object:
            time.sleep(DELAYS[number % 4][who])
            if who == 0:
                return hand_out(one.reward)
            try:
                return one.diner.pay()
            except Conflict as told:
                return told

        till, diner = at_once(2, run)

        winners[judge(one.reward, till, diner)] += 1

    report("a reward handed out and paid with at once", winners)


def test_a_basket_that_is_paying_has_its_reward_for_itself(table: Table, noor: Contact, hand_out: HandOut) -> None:
    one = one_more(table, noor)
    one.apply()

    order = one.diner.pay(is_marked=False)
    till = hand_out(one.reward)
    mark_paid(order, by="anna", now=NOW)

    assert judge(one.reward, till, order) == "diner"
