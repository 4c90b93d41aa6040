"""The whole way with Stripe and Mollie: checkout, their hosted page, their notification, the order; and what is offered."""

from html import unescape

import pytest
from django.test import Client
from pytest_django import Settings

from menu.models import Restaurant, Table
from orders import settlement
from orders.models import Attempt, AttemptState, Order, Payment
from orders.payments import load_provider
from tests.orders.banks import Banks
from tests.orders.payments.paying import deliver_all, fill_basket, hosted_page, offered, open_payment, press_pay

pytestmark = pytest.mark.django_db
PROVIDERS = ["stripe", "mollie"]


@pytest.fixture(autouse=True)
def basket(diner: Client, table: Table, banks: Banks) -> None:
    fill_basket(diner, table)


def test_the_checkout_offers_what_has_keys_in_the_order_of_the_settings(diner: Client, settings: Settings) -> None:
    everything = offered(diner)
    settings.PAYMENT_PROVIDERS = ["mollie", "stripe", "counter"]
    settings.STRIPE_SECRET_KEY = ""

    assert everything == ["counter", "stripe", "mollie"]
    assert offered(diner) == ["mollie", "counter"]


def test_the_checkout_names_what_each_page_takes(diner: Client, settings: Settings) -> None:
    settings.STRIPE_SHOWS = ["apple_pay", "google_pay", "card"]
    settings.MOLLIE_SHOWS = ["ideal", "bancontact"]

    named = unescape(diner.get("/checkout/").content.decode())
    settings.MOLLIE_SHOWS = []
    unnamed = unescape(diner.get("/checkout/").content.decode())

    assert "Apple Pay, Google Pay, Card<small>On the safe page of Stripe.</small>" in named
    assert "iDEAL, Bancontact<small>On the safe page of Mollie.</small>" in named
    assert "Pay online<small>On the safe page of Mollie.</small>" in unnamed


def test_a_restaurant_offers_only_what_it_has_chosen(diner: Client) -> None:
    Restaurant.objects.update(payment_methods=["mollie", "counter"])

    assert offered(diner) == ["counter", "mollie"]


def test_a_restaurant_whose_choice_cannot_be_had_offers_what_there_is(diner: Client, settings: Settings) -> None:
    Restaurant.objects.update(payment_methods=["stripe"])
    settings.STRIPE_SECRET_KEY = ""

    assert offered(diner) == ["counter", "mollie"]


def test_a_way_to_pay_that_the_restaurant_does_not_offer_is_refused(diner: Client) -> None:
    Restaurant.objects.update(payment_methods=["counter"])
    order = Order.objects.get()

    answer = diner.post("/checkout/", {"method": "stripe", "tip": "0"})

    assert answer.status_code == 422
    assert "Choose how you would like to pay." in answer.content.decode()
    assert Payment.objects.count() == 0
    assert Order.objects.get() == order


@pytest.mark.parametrize("code", PROVIDERS)
def test_paying_on_the_hosted_page_pays_the_order(diner: Client, client: Client, banks: Banks, code: str) -> None:
    attempt, page = open_payment(diner, code)

    assert "24.00 EUR" in banks.look(page)
    back = banks.press(page, "pay")
    waiting = diner.get(back.removeprefix("http://127.0.0.1:8000")).content.decode()
    statuses = deliver_all(client, banks)

    order = Order.objects.get()
    assert "being checked" in waiting or "checking" in waiting
    assert set(statuses) == {200}
    assert (order.payment_state, order.kitchen_state, order.number) == ("paid", "received", 1)
    assert back == f"http://127.0.0.1:8000/orders/{order.uuid}/"
    assert "Order successful" in diner.get(f"/orders/{order.uuid}/").content.decode()
    attempt.refresh_from_db()
    assert (attempt.state, attempt.reference) == ("paid", banks.ask("payments")["payments"][0]["id"])
    assert banks.sum("captured", f"{code} EUR") == 2400


@pytest.mark.parametrize("code", PROVIDERS)
def test_a_check_by_the_bank_on_the_way_pays_too(diner: Client, banks: Banks, code: str) -> None:
    _attempt, page = open_payment(diner, code)

    banks.press(banks.press(page, "challenge"), "confirm")
    deliver_all(diner, banks)

    assert Order.objects.get().payment_state == "paid"


@pytest.mark.parametrize("code", PROVIDERS)
def test_a_late_answer_pays_when_it_comes(diner: Client, banks: Banks, code: str) -> None:
    _attempt, page = open_payment(diner, code)

    banks.press(page, "late")
    before = Order.objects.get().payment_state
    deliver_all(diner, banks, at_least={"stripe": 3, "mollie": 1}[code])

    assert (before, Order.objects.get().payment_state) == ("paying", "paid")


def test_a_payment_declined_at_mollie_opens_the_basket_again(diner: Client, banks: Banks) -> None:
    attempt, page = open_payment(diner, "mollie")

    banks.press(page, "decline")
    deliver_all(diner, banks)

    attempt.refresh_from_db()
    order = Order.objects.get()
    assert (attempt.state, order.payment_state, order.placed_at) == ("declined", "unpaid", None)
    assert diner.get(f"/orders/{order.uuid}/")["Location"] == "/basket/"


def test_a_card_declined_at_stripe_leaves_the_diner_there_to_try_another(diner: Client, banks: Banks) -> None:
    _attempt, page = open_payment(diner, "stripe")

    stays = banks.press(page, "decline")
    deliver_all(diner, banks)
    after = Order.objects.get().payment_state
    banks.press(page, "pay")
    deliver_all(diner, banks, at_least=2)

    assert (stays, after, Order.objects.get().payment_state) == ("", "paying", "paid")


@pytest.mark.parametrize("code", PROVIDERS)
def test_giving_up_closes_the_page_at_the_provider(diner: Client, banks: Banks, code: str) -> None:
    _attempt, page = open_payment(diner, code)

    diner.post("/basket/give-up-payment/")

    assert "This payment is finished." in banks.look(page)
    assert Order.objects.get().payment_state == "unpaid"
    assert Attempt.objects.get().state == AttemptState.CANCELLED


@pytest.mark.parametrize("code", PROVIDERS)
def test_an_opening_that_times_out_is_found_again_and_paid_once(
    diner: Client, banks: Banks, settings: Settings, code: str
) -> None:
    settings.PAYMENT_TIMEOUT_SECONDS = 0.5
    load_provider.cache_clear()
    banks.fault("timeout_after", code, "start", seconds=0.8)

    press_pay(diner, code)
    unknown = Order.objects.get().payment_state
    settings.PAYMENT_TIMEOUT_SECONDS = 5
    load_provider.cache_clear()
    (opened,) = banks.ask("payments")["payments"]
    banks.control("press", payment=opened["id"], outcome="pay")
    deliver_all(diner, banks)

    assert (unknown, Order.objects.get().payment_state) == ("unknown", "paid")
    assert banks.sum("captured", f"{code} EUR") == 2400


@pytest.mark.parametrize("code", PROVIDERS)
def test_a_notification_that_overtakes_the_answer_to_the_opening_pays_once(
    diner: Client, banks: Banks, code: str
) -> None:
    banks.fault("paid_before_answer", code, "start")

    press_pay(diner, code)
    first = deliver_all(diner, banks)
    again = settlement.reconcile(now=Order.objects.get().changed_at)

    assert set(first) == {200}
    assert again == 0
    assert Order.objects.get().payment_state == "paid"
    assert (Attempt.objects.count(), banks.sum("captured", f"{code} EUR")) == (1, 2400)


def test_the_way_to_the_provider_is_a_page_of_ours_with_a_link(diner: Client, banks: Banks) -> None:
    own_page = press_pay(diner, "stripe")

    assert own_page.startswith("/orders/")
    assert hosted_page(diner, own_page).startswith(f"{banks.base}/pay/stripe/cs_test_")


@pytest.mark.parametrize("code", PROVIDERS)
def test_a_payment_in_doubt_can_still_be_paid(diner: Client, banks: Banks, code: str) -> None:
    """A question without an answer is no reason to keep the diner from the bank's page: it is the same payment there."""
    attempt, page = open_payment(diner, code)
    banks.fault("reset", code, "status")
    settlement.ask_provider(settlement.find_attempt(attempt.uuid), now=attempt.started_at)
    order = Order.objects.get()

    again = hosted_page(diner, f"/orders/{order.uuid}/pay/")

    assert (order.payment_state, again) == ("unknown", page)
    banks.press(again, "pay")
    deliver_all(diner, banks)
    assert Order.objects.get().payment_state == "paid"
