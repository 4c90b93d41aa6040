"""Fifty spends at once of a balance that covers ten (trust.md R3), the last of a reward, the last use of an undo."""

import pytest
from django.db import connection
from django.db.models import Sum

from loyalty import purchases
from loyalty.errors import NotEnoughPoints, OfferTaken, OutOfStock
from loyalty.models import Contact, Redemption, Reward, RewardReception
from tests.loyalty.factories import NOW, RewardFactory, RewardReceptionFactory, member
from tests.parallel import at_once, of_type
from tests.scale import size

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.prove(ci=True)]

ROUNDS = size(ci=2 if connection.vendor == "sqlite" else 5, full=20)


def check_books(contact: Contact) -> None:
    """Balance, ledger, moves and buckets say the same."""
    contact.refresh_from_db()
    ledger = contact.points_entries.aggregate(sum=Sum("points", default=0))["sum"]
    moved = contact.points_entries.aggregate(sum=Sum("moves__points", default=0))["sum"]
    left = contact.buckets.aggregate(sum=Sum("remaining", default=0))["sum"]
    assert (ledger, moved, left) == (contact.balance,) * 3


def test_fifty_spends_of_a_balance_for_ten_are_ten() -> None:
    bought = []
    for _round in range(ROUNDS):
        contact = member(1099)
        reward: Reward = RewardFactory.create()

        def spend(number: int, contact: Contact = contact, reward: Reward = reward) -> object:
            return purchases.buy(reward, contact=contact, purchase_key=str(number), shop=None, now=NOW)[0]

        answers = at_once(50, spend)

        assert [answer for answer in answers if not isinstance(answer, RewardReception | NotEnoughPoints)] == []
        bought.append(len(of_type(answers, RewardReception)))
        check_books(contact)
        assert contact.balance == 99

    print(f"R3 {connection.vendor}: 50 spends of a balance for 10, {ROUNDS} rounds: {bought}")  # noqa: T201 - a proof prints its number
    assert bought == [10] * ROUNDS


def test_the_last_one_in_stock_is_sold_once() -> None:
    for _round in range(ROUNDS):
        reward: Reward = RewardFactory.create(stock=1)
        buyers = [member(100) for _buyer in range(10)]

        def buy(number: int, buyers: list[Contact] = buyers, reward: Reward = reward) -> object:
            return purchases.buy(reward, contact=buyers[number], purchase_key="key", shop=None, now=NOW)[0]

        answers = at_once(10, buy)

        assert len(of_type(answers, RewardReception)) == 1
        assert len(of_type(answers, OutOfStock)) == 9
        assert sum(Contact.objects.get(pk=buyer.pk).balance for buyer in buyers) == 900


def test_one_form_posted_many_times_at_once_buys_once() -> None:
    for _round in range(ROUNDS):
        contact = member(1000)
        reward: Reward = RewardFactory.create()

        def post(_number: int, contact: Contact = contact, reward: Reward = reward) -> object:
            return purchases.buy(reward, contact=contact, purchase_key="key", shop=None, now=NOW)[0].pk

        answers = at_once(10, post)

        assert len(set(answers)) == 1
        check_books(contact)
        assert contact.balance == 900


def test_many_undos_at_once_give_the_points_back_once() -> None:
    for _round in range(ROUNDS):
        contact = member(100)
        reception, _balance = purchases.buy(
            RewardFactory.create(), contact=contact, purchase_key="key", shop=None, now=NOW
        )

        def undo(_number: int, pk: int = reception.pk, contact: Contact = contact) -> object:
            fresh = RewardReception.objects.select_related("shop").get(pk=pk)
            return purchases.undo(fresh, contact=contact, now=NOW)

        assert at_once(10, undo) == [100] * 10
        check_books(contact)


def test_one_reward_is_collected_by_one_of_many_orders() -> None:
    for _round in range(ROUNDS):
        reception: RewardReception = RewardReceptionFactory.create()

        def collect(number: int, pk: int = reception.pk) -> object:
            fresh = RewardReception.objects.select_related("contact").get(pk=pk)
            order = f"order-{number // 2}"  # each settled by two workers
            return purchases.collect(
                fresh, contact=fresh.contact, order_identifier=order, held_at=NOW, shop=None, now=NOW
            ).pk

        answers = at_once(12, collect)

        assert [answer for answer in answers if not isinstance(answer, int | OfferTaken)] == []
        assert len(set(of_type(answers, int))) == 1
        assert Redemption.objects.filter(reception=reception).count() == 1
