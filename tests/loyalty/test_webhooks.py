"""Webhooks: what is announced. How it is sent: test_webhook_delivery; where it never goes: test_webhook_addresses."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from loyalty import (
    gift_cards,
    identifiers,
    issuing,
    ledger,
    membership,
    money,
    setting_up,
    voucher_details,
    voucher_use,
)
from loyalty.admin.base import announce_changed
from loyalty.models import GiftCardProgramme, Voucher, WebhookDelivery, WebhookEvent, WebhookSubscription
from loyalty.setting_up import RewardChanges
from loyalty.values import Changes
from loyalty.voucher_details import VoucherChanges
from loyalty.webhook_delivery import deliver_due
from loyalty.webhooks import announce
from tests.loyalty.factories import NOW, PromotionFactory, RewardFactory, member
from tests.loyalty.receiver import Receiver
from tests.loyalty.subscribers import any_voucher, redeem, subscribe

pytestmark = pytest.mark.django_db


def _used() -> Voucher:
    voucher = any_voucher()
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
    "a voucher is used": (WebhookEvent.VOUCHER_REDEEMED, "voucher", any_voucher, redeem),
    "a use is taken back": (
        WebhookEvent.VOUCHER_UPDATED,
        "voucher",
        _used,
        lambda voucher: voucher_use.reverse(voucher.redemptions.get(), now=NOW),
    ),
    "a voucher is taken out of use": (
        WebhookEvent.VOUCHER_UPDATED,
        "voucher",
        any_voucher,
        lambda voucher: voucher_use.deactivate(voucher, now=NOW),
    ),
    "a voucher is changed": (
        WebhookEvent.VOUCHER_UPDATED,
        "voucher",
        any_voucher,
        lambda voucher: voucher_details.change(voucher, VoucherChanges(is_active=False), now=NOW),
    ),
    "a person leaves": (
        WebhookEvent.VOUCHER_DELETED,
        "voucher",
        any_voucher,
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
        redeem(any_voucher())
        transaction.set_rollback(True)

    assert not WebhookDelivery.objects.exists()
