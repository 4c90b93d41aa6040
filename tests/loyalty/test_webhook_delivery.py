"""Webhooks on their way: signed, sent again and given up, and forgotten when whoever they are about leaves."""

import hashlib
import hmac
from datetime import timedelta
from time import monotonic

import pytest
from pytest_django import Settings

from loyalty import membership, tasks
from loyalty.models import Voucher, WebhookDelivery, WebhookEvent, WebhookSubscription
from loyalty.values import Changes
from loyalty.webhook_delivery import (
    GAPS,
    LEASE,
    LONGEST_TRY_SECONDS,
    RUN_SECONDS,
    account_secret,
    deliver_due,
    forget_old,
)
from tests.loyalty.factories import NOW, member
from tests.loyalty.receiver import Receiver
from tests.loyalty.subscribers import any_voucher, redeem, subscribe

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("secret", ["theirs", ""])
def test_the_exact_bytes_are_signed_with_the_secret_or_the_accounts_own(receiver: Receiver, secret: str) -> None:
    subscribe(url=receiver.url, secret=secret)
    redeem(any_voucher())

    deliver_due(now=NOW)

    got = receiver.got[0]
    key = (secret or account_secret()).encode()
    assert got.headers["Signature"] == hmac.new(key, got.body, hashlib.sha256).hexdigest()
    assert got.headers["Content-Type"] == "application/json"
    assert got.path == "/hooks?from=here"


def test_what_arrived_is_not_sent_again_and_not_kept(receiver: Receiver) -> None:
    subscribe(url=receiver.url)
    redeem(any_voucher())

    arrived = [deliver_due(now=NOW), deliver_due(now=NOW + timedelta(days=1))]

    delivery = WebhookDelivery.objects.get()
    assert (arrived, len(receiver.got)) == ([1, 0], 1)
    assert (delivery.delivered_at, delivery.due_at, delivery.attempts, delivery.body) == (NOW, None, 1, "")


def test_a_refusal_is_tried_again_five_times_with_growing_gaps_and_the_same_bytes(receiver: Receiver) -> None:
    subscribe(url=receiver.url)
    voucher = any_voucher()
    redeem(voucher)
    receiver.status = 500
    now, due = NOW, []

    for _try in range(len(GAPS)):
        deliver_due(now=now)
        deliver_due(now=now)
        now = WebhookDelivery.objects.get().due_at or now
        due.append(now)
        Voucher.objects.update(expires_at=None)
    deliver_due(now=now)

    delivery = WebhookDelivery.objects.get()
    gaps = [later - earlier for earlier, later in zip([NOW, *due], due, strict=False)]
    assert gaps == list(GAPS) == sorted(GAPS)
    assert len(receiver.got) == 6
    assert len({got.body for got in receiver.got}) == 1
    assert (delivery.given_up_at, delivery.due_at, delivery.trouble) == (now, None, "answered 500")
    assert deliver_due(now=now + timedelta(days=30)) == 0


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    subscribe(url=receiver.url)
    receiver.status, receiver.location = 307, receiver.url
    redeem(any_voucher())

    assert deliver_due(now=NOW) == 0

    assert len(receiver.got) == 1
    assert WebhookDelivery.objects.get().trouble == "answered 307"


def test_who_does_not_answer_in_time_keeps_nobody_waiting_twice(receiver: Receiver, settings: Settings) -> None:
    settings.WEBHOOK_TIMEOUT_SECONDS = 0.7  # time enough to be heard, also on a busy machine
    receiver.wait_seconds = 1.5
    subscribe(url=receiver.url)
    for _voucher_of in range(3):
        redeem(any_voucher())

    assert deliver_due(now=NOW) == 0

    assert len(receiver.got) == 1
    assert sorted(WebhookDelivery.objects.values_list("trouble", "attempts")) == [
        ("", 0),
        ("", 0),
        ("no answer in time", 1),
    ]


def test_who_answers_a_byte_at_a_time_holds_nobody_beyond_the_time_of_one_try(
    receiver: Receiver, settings: Settings
) -> None:
    settings.WEBHOOK_TIMEOUT_SECONDS = 0.4
    receiver.seconds_a_byte = 0.02
    subscribe(url=receiver.url)
    redeem(any_voucher())
    started = monotonic()

    assert deliver_due(now=NOW) == 0

    assert 0.3 < monotonic() - started < 2
    assert WebhookDelivery.objects.get().trouble == "no answer in time"


@pytest.mark.once
def test_a_run_ends_before_another_worker_may_take_its_first_try() -> None:
    asked, killed = tasks.deliver_webhooks.soft_time_limit or 0, tasks.deliver_webhooks.time_limit or 0

    assert RUN_SECONDS + LONGEST_TRY_SECONDS < asked < killed < LEASE.total_seconds()


def test_one_try_belongs_to_one_worker(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    subscribe(url=receiver.url)
    redeem(any_voucher())

    def look_up_while_another_worker_runs(host: str, port: int) -> str:
        monkeypatch.undo()
        assert deliver_due(now=NOW) == 0
        return host

    monkeypatch.setattr("loyalty.webhook_delivery._look_up", look_up_while_another_worker_runs)

    assert deliver_due(now=NOW) == 1
    assert len(receiver.got) == 1


def test_of_somebody_who_left_nothing_is_told(receiver: Receiver) -> None:
    contact = member(email="leaving@example.com")
    subscribe(WebhookEvent.CONTACT_UPDATED, url=receiver.url)
    membership.change(contact, Changes(first_name="Ada"), now=NOW)
    receiver.status = 503
    deliver_due(now=NOW)
    assert "leaving@example.com" in WebhookDelivery.objects.get().body

    membership.erase(contact, now=NOW)
    receiver.status = 200
    deliver_due(now=NOW + timedelta(minutes=1))

    delivery = WebhookDelivery.objects.get()
    assert (delivery.body, delivery.trouble, len(receiver.got)) == ("", "what it was about is gone", 1)


def test_what_was_said_of_somebody_without_an_address_is_dropped_as_well_when_they_leave(receiver: Receiver) -> None:
    contact = membership.enrol_anonymous(now=NOW)
    subscribe(WebhookEvent.CONTACT_UPDATED, url=receiver.url)
    membership.change(contact, Changes(first_name="Xanthippe"), now=NOW)
    receiver.status = 503
    deliver_due(now=NOW)
    assert "Xanthippe" in WebhookDelivery.objects.get().body

    membership.erase(contact, now=NOW)

    assert WebhookDelivery.objects.get().body == ""


def test_a_body_dropped_during_a_try_that_fails_stays_dropped(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(url=receiver.url)
    redeem(any_voucher())
    receiver.status = 503

    def look_up_while_it_is_dropped(host: str, port: int) -> str:
        WebhookDelivery.objects.update(body="")
        return host

    monkeypatch.setattr("loyalty.webhook_delivery._look_up", look_up_while_it_is_dropped)

    deliver_due(now=NOW)

    delivery = WebhookDelivery.objects.get()
    assert (delivery.body, delivery.trouble) == ("", "answered 503")


def test_what_was_given_up_is_not_kept_and_rows_go_a_month_after_they_are_done(receiver: Receiver) -> None:
    subscribe(url=receiver.url)
    redeem(any_voucher())
    redeem(any_voucher())
    deliver_due(now=NOW)
    receiver.status = 500
    WebhookDelivery.objects.filter(pk=WebhookDelivery.objects.earliest("pk").pk).update(
        delivered_at=None, due_at=NOW, attempts=len(GAPS)
    )
    deliver_due(now=NOW)
    assert list(WebhookDelivery.objects.values_list("body", "due_at")) == [("", None), ("", None)]
    redeem(any_voucher())

    left = []
    for days in (29, 30):
        forget_old(now=NOW + timedelta(days=days))
        left.append(WebhookDelivery.objects.count())

    assert left == [3, 1]


def test_nothing_is_sent_for_a_subscription_switched_off(receiver: Receiver) -> None:
    subscribe(url=receiver.url)
    redeem(any_voucher())
    WebhookSubscription.objects.update(is_active=False)

    deliver_due(now=NOW)

    assert not receiver.got
    assert WebhookDelivery.objects.get().given_up_at == NOW
