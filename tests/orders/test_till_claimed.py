"""A member uses at a till what they marked on their phone: the offers page knows of it at once, and of a Void too."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from loyalty import tokens
from loyalty.models import Contact, Redemption, Shop, TokenKind
from menu.models import Product, Table
from orders.models import AppliedOffer, Order
from orders.settlement import mark_paid
from tests.factories import NOW, ProductFactory
from tests.loyalty.api.rbi.tills import Till, basket, item
from tests.orders.members import give_reward, give_voucher, offer_reward, seat_member, text_of, url_of
from tests.orders.test_lapsed_holds import order_now
from tests.orders.test_till_pages import code_on

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def phone(client: Client, table: Table, noor: Contact) -> Client:
    ProductFactory.create(restaurant=table.restaurant, sku="SOUP", name="Soup", price_cents=1200)
    seat_member(client, table, noor)
    return client


@pytest.fixture
def rbi(table: Table) -> Till:
    Shop.objects.get_or_create(reference="demo", defaults={"name": "Demo"})
    return Till(tokens.make_token("till", kind=TokenKind.RBI, now=NOW).secret)


def read(client: Client) -> str:
    response = client.get("/offers/")
    assert response.status_code == 200
    return text_of(response)


def test_what_a_till_claimed_is_gone_from_the_offers_page_and_back_after_a_void(
    phone: Client, noor: Contact, rbi: Till
) -> None:
    voucher, treat = give_voucher(noor, "Evening treat"), give_reward(noor, "Bought soup", product_code="SOUP")
    soup = offer_reward("Free soup", 100, product_code="SOUP")
    for offer in (voucher, treat, soup):
        phone.post(url_of(offer, "preselect"))
    before = read(phone)

    found = rbi.identify(code_on(before).replace(" ", ""))
    held = read(phone)
    claimed = rbi.update(found, basket(found, item("30.00"), *found.body["order"]))
    after = read(phone)
    rbi.void(found)
    voided = read(phone)

    assert "Balance: 120 points" in before
    assert url_of(treat) in before
    assert "Balance: 20 points" in held
    assert claimed.points == (50, 30, 100)
    assert "Balance: 50 points" in after
    assert "Evening treat" not in after
    assert url_of(treat) not in after
    assert "50 points missing" in after
    assert "Balance: 120 points" in voided
    assert "Evening treat" in voided
    assert url_of(treat) in voided


def test_what_a_till_holds_cannot_be_put_on_a_basket(phone: Client, noor: Contact, rbi: Till) -> None:
    voucher, treat = give_voucher(noor, "Evening treat"), give_reward(noor, "Bought soup", product_code="SOUP")
    for offer in (voucher, treat):
        phone.post(url_of(offer, "preselect"))
    assert len(rbi.scan(noor).body["order"]) == 1

    answers = [phone.post(url_of(offer, "apply")) for offer in (voucher, treat)]
    undone = phone.post(url_of(treat, "undo"))

    assert [answer.status_code for answer in answers] == [409, 409]
    assert "Until 7:45 p.m. this voucher is being used on another order." in text_of(answers[0])
    assert "Until 7:45 p.m. this reward is being used on another order." in text_of(answers[1])
    assert undone.status_code == 409
    assert not AppliedOffer.objects.exists()
    assert read(phone).count("On another order until 7:45 p.m.") == 2


def test_a_basket_whose_time_ran_out_is_told_before_it_pays_that_a_till_has_the_reward(
    phone: Client, noor: Contact, rbi: Till, clock: time_machine.Traveller
) -> None:
    treat = give_reward(noor, "Bought soup", product_code="SOUP")
    phone.post(url_of(treat, "apply"))
    clock.move_to(NOW + timedelta(minutes=16))
    found = rbi.scan(noor)
    named = item("0.00", productType="reward", loyaltyEngineId=str(treat.uuid))
    assert rbi.update(found, basket(found, named, status="PENDING")).status == 200

    refused = order_now(phone)

    assert refused.status_code == 409
    assert "Bought soup cannot be used any more, so the total has changed." in text_of(refused)
    assert not Order.objects.exclude(placed_at=None).exists()
    treat.refresh_from_db()
    assert treat.locked_for == f"till:{found.body['transactionId']}"


def test_a_basket_holds_its_reward_against_tills_until_it_is_paid(
    phone: Client, noor: Contact, rbi: Till, clock: time_machine.Traveller
) -> None:
    treat = give_reward(noor, "Bought soup", product_code="SOUP")
    phone.post("/basket/add/", {"product": Product.objects.get().pk, "quantity": 2})
    phone.post(url_of(treat, "apply"))
    order_now(phone)
    clock.move_to(NOW + timedelta(hours=1))
    found = rbi.scan(noor)
    named = item("0.00", productType="reward", loyaltyEngineId=str(treat.uuid))

    refused = [rbi.update(found, basket(found, named, status=status)) for status in ("PENDING", "CLAIMED")]
    mark_paid(Order.objects.get(), by="anna", now=timezone.now())

    assert [answer.rules for answer in refused] == [[("exceeds-max-redemption", str(treat.reward.uuid))]] * 2
    row = AppliedOffer.objects.get()
    assert (row.overrun, row.redeemed_at) == ("", NOW + timedelta(hours=1))
    assert Redemption.objects.get(reception=treat).order_identifier == str(row.order.uuid)
