"""Webhooks: what is announced, how it is signed, sent again and given up, and where it never goes."""

import hashlib
import hmac
import json
import socket
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from time import monotonic
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries, Settings

from loyalty import (
    gift_cards,
    identifiers,
    issuing,
    ledger,
    membership,
    money,
    setting_up,
    tasks,
    voucher_details,
    voucher_use,
    webhooks,
)
from loyalty.admin.base import announce_changed
from loyalty.models import Contact, GiftCardProgramme, Voucher, WebhookDelivery, WebhookEvent, WebhookSubscription
from loyalty.setting_up import RewardChanges
from loyalty.values import Changes
from loyalty.voucher_details import VoucherChanges
from loyalty.webhook_delivery import (
    GAPS,
    LEASE,
    LONGEST_TRY_SECONDS,
    RUN_SECONDS,
    account_secret,
    deliver_due,
    forget_old,
)
from loyalty.webhooks import UnusableAddress, announce, check_address
from tests.loyalty.factories import NOW, PromotionFactory, RewardFactory, VoucherFactory, member
from tests.loyalty.receiver import Receiver, receiving

pytestmark = pytest.mark.django_db


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    settings.WEBHOOK_PRIVATE_ADDRESSES = True
    settings.WEBHOOK_TIMEOUT_SECONDS = 2
    with receiving() as receiver:
        yield receiver


def subscribe(
    event: WebhookEvent = WebhookEvent.VOUCHER_REDEEMED,
    *,
    url: str = "https://example.com/hooks",
    secret: str = "theirs",
    properties: tuple[str, ...] = (),
) -> WebhookSubscription:
    return WebhookSubscription.objects.create(
        name="Theirs", event_type=event, url=url, secret=secret, properties=list(properties), created_at=NOW
    )


def redeem(voucher: Voucher) -> None:
    voucher_use.redeem(voucher, contact=voucher.contact, holder="order-1", release_key=None, shop=None, now=NOW)


# What is announced ----------------------------------------------------------------------------------------------------


def _voucher() -> Voucher:
    voucher: Voucher = VoucherFactory.create()
    return voucher


def _used() -> Voucher:
    voucher = _voucher()
    redeem(voucher)
    return voucher


def _load_card() -> None:
    programme = GiftCardProgramme.objects.create(name="Cards", currency="EUR", max_amount_cents=10000)
    gift_cards.issue_card(programme, cents=5000, key="card", now=NOW)


EVENTS: dict[str, tuple[WebhookEvent, str, Callable[[], Any], Callable[[Any], object]]] = {
    "a contact is made": (
        WebhookEvent.CONTACT_CREATED,
        "contact",
        lambda: None,
        lambda _nothing: membership.enrol("new@example.com", now=NOW),
    ),
    "an anonymous contact is made": (
        WebhookEvent.CONTACT_CREATED,
        "contact",
        lambda: None,
        lambda _nothing: membership.enrol_anonymous(now=NOW),
    ),
    "a contact is changed": (
        WebhookEvent.CONTACT_UPDATED,
        "contact",
        member,
        lambda contact: membership.change(contact, Changes(first_name="Ada"), now=NOW),
    ),
    "a card is made": (
        WebhookEvent.CONTACT_IDENTIFIER_CREATED,
        "contact_identifier",
        member,
        lambda contact: identifiers.create("card-1", name="Card", contact=contact, now=NOW),
    ),
    "points are given": (
        WebhookEvent.CREDIT_RECEPTION_CREATED,
        "credit_reception",
        member,
        lambda contact: ledger.adjust(contact, 10, reason="Sorry", by="staff", now=NOW),
    ),
    "prepaid money is paid in": (
        WebhookEvent.PREPAID_TRANSACTION_CREATED,
        "prepaid_transaction",
        member,
        lambda contact: money.top_up(money.prepaid_account(contact), 1000, source="paid-in", now=NOW),
    ),
    "a gift card is loaded": (
        WebhookEvent.GIFT_CARD_TRANSACTION_CREATED,
        "giftcard_transaction",
        lambda: None,
        lambda _nothing: _load_card(),
    ),
    "a voucher is given out": (
        WebhookEvent.VOUCHER_CREATED,
        "voucher",
        PromotionFactory.create,
        lambda promotion: issuing.issue_one(promotion, None, now=NOW),
    ),
    "a voucher is used": (WebhookEvent.VOUCHER_REDEEMED, "voucher", _voucher, redeem),
    "a use is taken back": (
        WebhookEvent.VOUCHER_UPDATED,
        "voucher",
        _used,
        lambda voucher: voucher_use.reverse(voucher.redemptions.get(), now=NOW),
    ),
    "a voucher is taken out of use": (
        WebhookEvent.VOUCHER_UPDATED,
        "voucher",
        _voucher,
        lambda voucher: voucher_use.deactivate(voucher, now=NOW),
    ),
    "a voucher is changed": (
        WebhookEvent.VOUCHER_UPDATED,
        "voucher",
        _voucher,
        lambda voucher: voucher_details.change(voucher, VoucherChanges(is_active=False), now=NOW),
    ),
    "a person leaves": (
        WebhookEvent.VOUCHER_DELETED,
        "voucher",
        _voucher,
        lambda voucher: membership.erase(voucher.contact, now=NOW),
    ),
    "a reward is changed": (
        WebhookEvent.REWARD_UPDATED,
        "reward",
        RewardFactory.create,
        lambda reward: setting_up.change_reward(reward, RewardChanges(title="Tea"), now=NOW),
    ),
    "staff change a promotion": (
        WebhookEvent.PROMOTION_UPDATED,
        "promotion",
        PromotionFactory.create,
        announce_changed,
    ),
}


@pytest.mark.parametrize("name", EVENTS)
def test_what_happens_is_told_under_the_name_of_its_kind(receiver: Receiver, name: str) -> None:
    event, key, prepare, happen = EVENTS[name]
    subject = prepare()
    subscribe(event, url=receiver.url)

    happen(subject)
    arrived = deliver_due(now=NOW + timedelta(days=3650))

    assert arrived == len(receiver.got) == 1
    told = json.loads(receiver.got[0].body)
    assert (told["type"], list(told["data"])) == (event.value, [key])
    assert told["data"][key]


def test_every_event_that_can_be_subscribed_to_happens() -> None:
    assert {event for event, *_rest in EVENTS.values()} == set(WebhookEvent)


def test_without_subscribers_announcing_costs_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        announce(WebhookEvent.VOUCHER_CREATED, uuid4(), now=NOW)

    assert not WebhookDelivery.objects.exists()


def test_only_active_subscribers_of_the_event_and_the_attribute_are_told() -> None:
    contact = member()
    first = subscribe(WebhookEvent.CONTACT_UPDATED, properties=("firstname",))
    subscribe(WebhookEvent.CONTACT_UPDATED, properties=("birthdate",))
    subscribe(WebhookEvent.CONTACT_CREATED)
    WebhookSubscription.objects.filter(pk=subscribe(WebhookEvent.CONTACT_UPDATED, properties=("firstname",)).pk).update(
        is_active=False
    )

    membership.change(contact, Changes(first_name="Ada"), now=NOW)

    delivery = WebhookDelivery.objects.get()
    assert (delivery.subscription, delivery.subject) == (first, contact.uuid)


def test_what_is_taken_back_was_never_announced() -> None:
    subscribe()

    with transaction.atomic():
        redeem(_voucher())
        transaction.set_rollback(True)

    assert not WebhookDelivery.objects.exists()


# Sending --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("secret", ["theirs", ""])
def test_the_exact_bytes_are_signed_with_the_secret_or_the_accounts_own(receiver: Receiver, secret: str) -> None:
    subscribe(url=receiver.url, secret=secret)
    redeem(_voucher())

    deliver_due(now=NOW)

    got = receiver.got[0]
    key = (secret or account_secret()).encode()
    assert got.headers["Signature"] == hmac.new(key, got.body, hashlib.sha256).hexdigest()
    assert got.headers["Content-Type"] == "application/json"
    assert got.path == "/hooks?from=here"


def test_what_arrived_is_not_sent_again_and_not_kept(receiver: Receiver) -> None:
    subscribe(url=receiver.url)
    redeem(_voucher())

    arrived = [deliver_due(now=NOW), deliver_due(now=NOW + timedelta(days=1))]

    delivery = WebhookDelivery.objects.get()
    assert (arrived, len(receiver.got)) == ([1, 0], 1)
    assert (delivery.delivered_at, delivery.due_at, delivery.attempts, delivery.body) == (NOW, None, 1, "")


def test_a_refusal_is_tried_again_five_times_with_growing_gaps_and_the_same_bytes(receiver: Receiver) -> None:
    subscribe(url=receiver.url)
    voucher = _voucher()
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
    redeem(_voucher())

    assert deliver_due(now=NOW) == 0

    assert len(receiver.got) == 1
    assert WebhookDelivery.objects.get().trouble == "answered 307"


def test_who_does_not_answer_in_time_keeps_nobody_waiting_twice(receiver: Receiver, settings: Settings) -> None:
    settings.WEBHOOK_TIMEOUT_SECONDS = 0.7  # time enough to be heard, also on a busy machine
    receiver.wait_seconds = 1.5
    subscribe(url=receiver.url)
    for _voucher_of in range(3):
        redeem(_voucher())

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
    redeem(_voucher())
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
    redeem(_voucher())

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
    redeem(_voucher())
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
    redeem(_voucher())
    redeem(_voucher())
    deliver_due(now=NOW)
    receiver.status = 500
    WebhookDelivery.objects.filter(pk=WebhookDelivery.objects.earliest("pk").pk).update(
        delivered_at=None, due_at=NOW, attempts=len(GAPS)
    )
    deliver_due(now=NOW)
    assert list(WebhookDelivery.objects.values_list("body", "due_at")) == [("", None), ("", None)]
    redeem(_voucher())

    left = []
    for days in (29, 30):
        forget_old(now=NOW + timedelta(days=days))
        left.append(WebhookDelivery.objects.count())

    assert left == [3, 1]


def test_nothing_is_sent_for_a_subscription_switched_off(receiver: Receiver) -> None:
    subscribe(url=receiver.url)
    redeem(_voucher())
    WebhookSubscription.objects.update(is_active=False)

    deliver_due(now=NOW)

    assert not receiver.got
    assert WebhookDelivery.objects.get().given_up_at == NOW


# Where it never goes --------------------------------------------------------------------------------------------------

PRIVATE = [
    "127.0.0.1",
    "127.1.2.3",
    "10.0.0.8",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fc00::1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
]


@pytest.mark.once
@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_of_no_public_network_is_refused_when_it_is_told(address: str) -> None:
    with pytest.raises(UnusableAddress):
        check_address(f"http://[{address}]/" if ":" in address else f"http://{address}/")


@pytest.mark.once
@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "ftp://example.com",
        "http://",
        "http://user:password@example.com/",
        "http://example.com:99999/",
        "http://example.com:0/",
        "http://exa mple.com/",
        "http://[::1",
        "https://localhost/",
        "https://app.localhost/",
        "http://example.com\\@127.0.0.1/",
        "https://exämple.com/",
        f"https://example.com/{'x' * 500}",
    ],
)
def test_what_is_no_public_web_address_is_refused(url: str) -> None:
    with pytest.raises(UnusableAddress):
        check_address(url)


@pytest.mark.once
@pytest.mark.parametrize("url", ["https://example.com/hooks", "http://8.8.8.8:8080/", "https://[2606:4700::1111]/"])
def test_public_addresses_are_taken(url: str) -> None:
    check_address(url)


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["93.184.216.34", "10.0.0.8"], ["::1"], ["169.254.169.254"]])
def test_a_name_that_stands_for_a_private_address_is_not_called(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, addresses: list[str]
) -> None:
    with receiving() as receiver:
        subscribe(url=f"http://hooks.example.com:{receiver.port}/")
        redeem(_voucher())
        answers_with(monkeypatch, addresses, receiver.port)

        assert deliver_due(now=NOW) == 0

        assert not receiver.got
    delivery = WebhookDelivery.objects.get()
    assert (delivery.trouble, delivery.attempts) == ("address refused: Must be a public address.", 1)


def test_the_address_that_was_checked_is_the_one_that_is_called(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(url=f"http://hooks.example.com:{receiver.port}/")
    redeem(_voucher())
    asked = answers_with(monkeypatch, ["127.0.0.1"], receiver.port)

    assert deliver_due(now=NOW) == 1

    assert asked == ["hooks.example.com"]
    assert receiver.got[0].headers["Host"] == f"hooks.example.com:{receiver.port}"


def answers_with(monkeypatch: pytest.MonkeyPatch, addresses: list[str], port: int) -> list[str]:
    """Have names stand for these addresses; return the list to which every name asked for is added."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def look_up(host: str, *arguments: Any, **options: Any) -> list[Any]:
        if host != "hooks.example.com":
            return real(host, *arguments, **options)
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


def test_a_subscription_is_not_made_for_an_address_that_would_be_refused() -> None:
    with pytest.raises(UnusableAddress):
        webhooks.subscribe(
            name="Inside",
            event=WebhookEvent.VOUCHER_CREATED,
            url="http://192.168.0.1/",
            secret="",
            properties=(),
            now=datetime.now(tz=NOW.tzinfo),
        )

    assert not WebhookSubscription.objects.exists()
    assert not Contact.objects.exists()
