"""Who wants to be told of what happens in the programme, and what is to be sent to them (leat-api.md section 10).

Operations: loyalty.webhooks; sending: loyalty.webhook_delivery.
"""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class WebhookEvent(models.TextChoices):
    """What can be told: Leat's words for it."""

    CONTACT_CREATED = "contact_created", _("Contact created")
    CONTACT_UPDATED = "contact_updated", _("Contact updated")
    CONTACT_IDENTIFIER_CREATED = "contact_identifier_created", _("Contact identifier created")
    CREDIT_RECEPTION_CREATED = "credit_reception_created", _("Points received")
    PREPAID_TRANSACTION_CREATED = "prepaid_transaction_created", _("Prepaid transaction created")
    GIFT_CARD_TRANSACTION_CREATED = "giftcard_transaction_created", _("Gift card transaction created")
    VOUCHER_CREATED = "voucher_created", _("Voucher created")
    VOUCHER_UPDATED = "voucher_updated", _("Voucher updated")
    VOUCHER_REDEEMED = "voucher_redeemed", _("Voucher redeemed")
    VOUCHER_DELETED = "voucher_deleted", _("Voucher deleted")
    REWARD_UPDATED = "reward_updated", _("Reward updated")
    PROMOTION_UPDATED = "promotion_updated", _("Promotion updated")


class WebhookSubscription(models.Model):
    """Somebody who wants to be told of one kind of event. Event and secret stay as they were made."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=120)
    event_type = models.CharField(_("event"), max_length=40, choices=WebhookEvent.choices)
    url = models.CharField(_("address"), max_length=500)
    secret = models.CharField(_("secret"), max_length=200, blank=True, editable=False)
    properties = models.JSONField(
        _("attributes"), default=list, blank=True, help_text=_("Of a contact: only changes of these are told.")
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("made"), editable=False)

    class Meta:
        verbose_name = _("webhook subscription")
        verbose_name_plural = _("webhook subscriptions")
        ordering = ["id"]
        indexes = [models.Index(fields=["event_type"], condition=Q(is_active=True), name="webhooks_by_event")]

    def __str__(self) -> str:
        return self.name


class WebhookDelivery(models.Model):
    """One event to be told to one subscriber, written in the transaction of what happened.

    `body` is what is sent, the same bytes each time; it is made when the first try is due, from the row that `subject`
    names. `due_at` is empty once it has arrived or was given up.
    """

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    subscription = models.ForeignKey(
        WebhookSubscription, models.CASCADE, related_name="deliveries", verbose_name=_("webhook subscription")
    )
    event_type = models.CharField(_("event"), max_length=40, choices=WebhookEvent.choices)
    subject = models.UUIDField(_("about"))
    body = models.TextField(_("body"), blank=True)
    created_at = models.DateTimeField(_("happened"))
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    due_at = models.DateTimeField(_("next try"), null=True)
    delivered_at = models.DateTimeField(_("arrived"), null=True)
    given_up_at = models.DateTimeField(_("given up"), null=True)
    trouble = models.CharField(_("last trouble"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        ordering = ["-id"]
        indexes = [models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="webhooks_due")]

    def __str__(self) -> str:
        return f"{self.event_type} {self.uuid}"
