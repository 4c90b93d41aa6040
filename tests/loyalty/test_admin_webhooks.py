"""Webhooks in the admin: what did not arrive can be seen and sent again; secrets are not shown."""

import pytest
from django.test import Client
from django.urls import reverse

from loyalty.models import WebhookDelivery, WebhookEvent, WebhookSubscription
from loyalty.webhook_delivery import account_secret
from tests.loyalty.factories import NOW, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def delivery() -> WebhookDelivery:
    subscription = WebhookSubscription.objects.create(
        name="Shop",
        event_type=WebhookEvent.CONTACT_CREATED,
        url="https://example.com/hooks",
        secret="only theirs",
        created_at=NOW,
    )
    return WebhookDelivery.objects.create(
        subscription=subscription,
        event_type=WebhookEvent.CONTACT_CREATED,
        subject=member().uuid,
        created_at=NOW,
        attempts=6,
        given_up_at=NOW,
        trouble="answered 500",
    )


def test_deliveries_that_failed_are_listed_with_their_trouble(admin_client: Client, delivery: WebhookDelivery) -> None:
    address = reverse("admin:loyalty_webhookdelivery_changelist")

    failed = admin_client.get(address, {"outcome": "failed"})
    arrived = admin_client.get(address, {"outcome": "arrived"})
    page = admin_client.get(reverse("admin:loyalty_webhookdelivery_change", args=[delivery.pk]))

    assert "answered 500" in failed.text
    assert "answered 500" not in arrived.text
    assert page.status_code == 200


def test_what_was_given_up_can_be_sent_again(admin_client: Client, delivery: WebhookDelivery) -> None:
    admin_client.post(
        reverse("admin:loyalty_webhookdelivery_changelist"),
        {"action": "send_again", "_selected_action": [delivery.pk]},
    )

    delivery.refresh_from_db()
    assert (delivery.given_up_at, delivery.attempts, delivery.due_at is not None) == (None, 0, True)


def test_a_subscribers_secret_is_shown_to_nobody_our_own_key_where_it_signs(
    admin_client: Client, delivery: WebhookDelivery
) -> None:
    address = reverse("admin:loyalty_webhooksubscription_change", args=[delivery.subscription_id])

    theirs = admin_client.get(address)
    WebhookSubscription.objects.update(secret="")
    ours = admin_client.get(address)

    assert "only theirs" not in theirs.text
    assert account_secret() not in theirs.text
    assert account_secret() in ours.text


def test_staff_can_switch_a_subscription_off_but_not_lead_it_elsewhere(
    admin_client: Client, delivery: WebhookDelivery
) -> None:
    address = reverse("admin:loyalty_webhooksubscription_change", args=[delivery.subscription_id])

    admin_client.post(address, {"name": "Shop", "url": "https://elsewhere.example.com/"})

    subscription = WebhookSubscription.objects.get()
    assert (subscription.is_active, subscription.url) == (False, "https://example.com/hooks")
