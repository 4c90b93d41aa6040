"""The same form sent several times at once: the offer is redeemed once, and brings its item along once."""

import uuid

import pytest
from django.db import connection
from django.http import QueryDict

from loyalty.models import Reward, RewardReception
from menu.models import Table
from orders.models import AppliedOffer, LineItem
from orders.redeeming import Redeemed, redeem
from tests.factories import NOW, ProductFactory
from tests.loyalty.factories import RewardFactory, member
from tests.orders.diners import Diner, seat_member, voucher
from tests.parallel import at_once, of_type
from tests.scale import size

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.prove(ci=True)]

ROUNDS = size(ci=1 if connection.vendor == "sqlite" else 3, full=20)
FREE = {"discount_type": "free_item", "product_code": "CAKE"}


@pytest.fixture
def diner(table: Table) -> Diner:
    ProductFactory.create(restaurant=table.restaurant, sku="CAKE", price_cents=650)
    return seat_member(table, member(100_000))


def send(diner: Diner, kind: str, offer_id: str, key: str = "") -> list[object]:
    """Send the form six times at once."""

    def press(_number: int) -> object:
        form = QueryDict(f"purchase_key={key}")
        return redeem(kind, offer_id, visitor=diner.visitor, table=diner.table, guest=diner.guest, form=form, now=NOW)

    return at_once(6, press)


def test_a_reward_is_bought_once_and_brings_one_item(diner: Diner) -> None:
    for _round in range(ROUNDS):
        LineItem.objects.all().delete()
        AppliedOffer.objects.all().delete()
        reward: Reward = RewardFactory.create(attributes=FREE)

        answers = send(diner, "reward", str(reward.uuid), key=uuid.uuid4().hex)

        assert len(of_type(answers, Redeemed)) == 6, answers
        assert RewardReception.objects.filter(reward=reward).count() == 1
        assert list(LineItem.objects.values_list("sku", "quantity")) == [("CAKE", 1)]


def test_a_voucher_brings_one_item(diner: Diner) -> None:
    for _round in range(ROUNDS):
        LineItem.objects.all().delete()
        AppliedOffer.objects.all().delete()

        answers = send(diner, "voucher", str(voucher(diner, **FREE).uuid))

        assert len(of_type(answers, Redeemed)) == 6, answers
        assert list(LineItem.objects.values_list("sku", "quantity")) == [("CAKE", 1)]
