"""Notifications forged, replayed, about other things, doubled and shuffled: nobody can pay with one."""

import json
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from menu.models import Table
from orders.models import Attempt, Order
from orders.payments import load_provider
from orders.payments.signing import sign
from orders.returns import return_everything
from tests.orders.banks import STRIPE_SECRET, Banks, Notice
from tests.orders.payments.paying import deliver, deliver_all, fill_basket, open_payment

pytestmark = pytest.mark.django_db
PROVIDERS = ["stripe", "mollie"]


@pytest.fixture(autouse=True)
def basket(diner: Client, table: Table, banks: Banks) -> None:
    fill_basket(diner, table)


def signed(body: bytes, *, secret: str = STRIPE_SECRET, age: float = 0) -> Notice:
    """Make an event of Stripe's with a signature of our choice."""
    sent_at = int(timezone.now().timestamp() - age)
    headers = {"Content-Type": "application/json", "Stripe-Signature": sign(body, key=secret.encode(), sent_at=sent_at)}
    return Notice("stripe", "", "", "http://testserver/payments/stripe/webhook/", headers, body)


def event(metadata: object) -> bytes:
    return json.dumps({"type": "checkout.session.completed", "data": {"object": {"metadata": metadata}}}).encode()


def nothing_changed(attempt: Attempt) -> bool:
    attempt.refresh_from_db()
    order = Order.objects.get()
    return (attempt.state, order.payment_state, order.placed_at) == ("started", "paying", None)


FORGED: dict[str, Callable[[bytes], Notice]] = {
    "another secret": lambda body: signed(body, secret="whsec_another"),
    "too old": lambda body: signed(body, age=301),
    "from the future": lambda body: signed(body, age=-302),
    "no signature": lambda body: replace(signed(body), headers={"Content-Type": "application/json"}),
    "only a time": lambda body: replace(signed(body), headers=signed(body).headers | {"Stripe-Signature": "t=1"}),
    "a time that is none": lambda body: replace(
        signed(body), headers=signed(body).headers | {"Stripe-Signature": "t=²,v1=é"}
    ),
    "another body": lambda body: replace(signed(body), body=body + b" "),
}


def test_a_forged_event_is_refused_even_where_the_money_is_there(diner: Client, banks: Banks) -> None:
    attempt, page = open_payment(diner, "stripe")
    banks.press(page, "pay")
    body = event({"tableside_attempt": str(attempt.uuid)})

    for how, forge in FORGED.items():
        assert deliver(diner, forge(body)) == 400, how

    assert nothing_changed(attempt)


NOT_OURS = [
    (event({}), 200),
    (event(None), 200),
    (event([1]), 200),
    (event({"tableside_attempt": "00000000-0000-4000-8000-000000000000"}), 404),
    (event({"tableside_attempt": "no uuid"}), 400),
    (event({"tableside_attempt": 1}), 400),
    (b'{"data": 1}', 400),
    (b"[]", 400),
    (b"\xff", 400),
]


def test_an_event_about_nothing_of_ours_changes_nothing(diner: Client, banks: Banks) -> None:
    attempt, page = open_payment(diner, "stripe")
    banks.press(page, "pay")

    assert [deliver(diner, signed(body)) for body, _status in NOT_OURS] == [status for _body, status in NOT_OURS]

    assert nothing_changed(attempt)


def test_a_notice_too_large_to_be_one_is_refused_unread(diner: Client, banks: Banks) -> None:
    attempt, page = open_payment(diner, "stripe")
    banks.press(page, "pay")
    body = event({"tableside_attempt": str(attempt.uuid), "more": "x" * 64 * 1024})

    assert deliver(diner, signed(body)) == 413
    assert nothing_changed(attempt)


def test_a_length_that_is_no_number_harms_nobody(diner: Client, banks: Banks) -> None:
    answer = diner.post(
        "/payments/stripe/webhook/", b"{}", content_type="application/json", headers={"Content-Length": "x"}
    )

    assert answer.status_code == 400


NO_IDS = [b"", b"id=", b"id=tr_unknown", b"id=tr_..%2F..%2Fx", b"id=ord_1", b"id=tr_1&id=tr_2", b"\xff=1", b"tr_1"]


def test_a_notice_with_an_id_mollie_does_not_know_is_refused(diner: Client, banks: Banks) -> None:
    attempt, page = open_payment(diner, "mollie")
    banks.press(page, "pay")

    for body in NO_IDS:
        answer = diner.post("/payments/mollie/webhook/", body, content_type="application/x-www-form-urlencoded")
        assert answer.status_code == 400, body

    assert nothing_changed(attempt)


def test_a_notice_sent_once_more_after_everything_came_back_brings_nothing_back(diner: Client, banks: Banks) -> None:
    """A replay within the 300 s in which its signature is good."""
    _attempt, page = open_payment(diner, "stripe")
    banks.press(page, "pay")
    notices = banks.take_notices(at_least=2)
    for notice in notices:
        deliver(diner, notice)
    order = Order.objects.get()
    return_everything(order, key="r", by="anna", reason="cold", now=timezone.now())
    before = Order.objects.values().get()

    statuses = {deliver(diner, notice) for notice in notices}

    assert (statuses, before["payment_state"], Order.objects.values().get()) == ({200}, "returned", before)
    assert banks.sum("captured", "stripe EUR") == banks.sum("refunded", "stripe EUR") == 2400


def test_a_notice_that_claims_a_payment_changes_nothing_before_the_provider_confirms_it(
    diner: Client, banks: Banks
) -> None:
    attempt, _page = open_payment(diner, "stripe")

    assert deliver(diner, signed(event({"tableside_attempt": str(attempt.uuid)}))) == 200
    assert nothing_changed(attempt)


@pytest.mark.parametrize("code", PROVIDERS)
@pytest.mark.parametrize("field", [{"units": 100}, {"currency": "USD"}])
def test_another_amount_or_currency_than_ours_does_not_pay(
    diner: Client, banks: Banks, code: str, field: dict[str, object]
) -> None:
    attempt, page = open_payment(diner, code)
    payment = banks.ask("payments")["payments"][0]["id"]
    currency = {"stripe": "usd", "mollie": "USD"}[code]
    banks.control("tamper", payment=payment, **(field if "units" in field else {"currency": currency}))

    banks.press(page, "pay")
    deliver_all(diner, banks)

    attempt.refresh_from_db()
    order = Order.objects.get()
    assert (attempt.state, order.payment_state, order.placed_at) == ("unknown", "unknown", None)
    assert "differs" in attempt.reason


@pytest.mark.parametrize("code", PROVIDERS)
def test_notifications_doubled_and_shuffled_pay_once(diner: Client, banks: Banks, code: str) -> None:
    banks.control("notices", mode="hold", copies=3)
    _attempt, page = open_payment(diner, code)
    banks.press(page, "pay")
    notices = banks.take_notices(at_least={"stripe": 6, "mollie": 3}[code])
    random.Random(7).shuffle(notices)

    statuses = {deliver(diner, notice) for notice in notices}

    order = Order.objects.get()
    assert statuses == {200}
    assert (order.payment_state, order.number) == ("paid", 1)


def test_one_providers_notice_does_not_speak_for_another(diner: Client, banks: Banks) -> None:
    attempt, page = open_payment(diner, "mollie")
    banks.press(page, "pay")

    assert deliver(diner, signed(event({"tableside_attempt": str(attempt.uuid)}))) == 404
    assert nothing_changed(attempt)


def test_a_notice_that_cannot_be_looked_into_now_is_asked_for_again(diner: Client, banks: Banks) -> None:
    attempt, page = open_payment(diner, "mollie")
    banks.press(page, "pay")
    (notice,) = banks.take_notices()
    banks.fault("reset", "mollie", "status")

    first, second = deliver(diner, notice), deliver(diner, notice)

    attempt.refresh_from_db()
    assert (first, second, attempt.state) == (503, 200, "paid")


def test_without_keys_there_is_no_such_address(diner: Client, banks: Banks, settings: Settings) -> None:
    settings.STRIPE_SECRET_KEY = settings.MOLLIE_API_KEY = ""
    load_provider.cache_clear()

    assert deliver(diner, signed(event({}))) == 404
    assert diner.post("/payments/mollie/webhook/", {"id": "tr_1"}).status_code == 404
    assert diner.post("/payments/nobody/webhook/").status_code == 404
    assert diner.get("/payments/stripe/webhook/").status_code == 405


def test_an_event_signed_five_minutes_ago_is_just_in_time(diner: Client, banks: Banks) -> None:
    attempt, page = open_payment(diner, "stripe")
    banks.press(page, "pay")
    body = event({"tableside_attempt": str(attempt.uuid)})

    assert deliver(diner, signed(body, age=timedelta(minutes=5).total_seconds() - 5)) == 200

    attempt.refresh_from_db()
    assert attempt.state == "paid"
