"""Orders and returns as the programme received them: whole documents, and once processed what they earned and took.

Operations: loyalty.order_processing, loyalty.till_orders.
"""

import uuid

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from loyalty.models.catalogue import Shop
from loyalty.models.contacts import Contact


class OrderStatus(models.TextChoices):
    """How far an order is: Leat's words (leat-api.md section 8)."""

    CREATED = "CREATED", _("Created")
    PENDING = "PENDING", _("Pending")
    COMPLETED = "COMPLETED", _("Completed")
    CANCELLED = "CANCELLED", _("Cancelled")


class OrderPaymentStatus(models.TextChoices):
    """Whether an order is paid: Leat's words."""

    UNPAID = "UNPAID", _("Unpaid")
    PENDING = "PENDING", _("Pending")
    PAID = "PAID", _("Paid")


class ReturnStatus(models.TextChoices):
    """How far a return is: Leat's words."""

    PENDING = "PENDING", _("Pending")
    COMPLETED = "COMPLETED", _("Completed")


class ProcessedOrder(models.Model):
    """An order that earned points, or one of a till's that will once it is processed (`processed_at`).

    Rate and tier are as they were when it was paid; returns are corrected with them.
    """

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    external_identifier = models.CharField(_("external identifier"), max_length=120, unique=True)
    contact = models.ForeignKey(Contact, models.PROTECT, related_name="orders", verbose_name=_("contact"))
    shop = models.ForeignKey(Shop, models.PROTECT, null=True, related_name="+", verbose_name=_("shop"))
    status = models.CharField(_("status"), max_length=10, choices=OrderStatus.choices, default=OrderStatus.COMPLETED)
    payment_status = models.CharField(
        _("payment status"), max_length=10, choices=OrderPaymentStatus.choices, default=OrderPaymentStatus.PAID
    )
    currency = models.CharField(_("currency"), max_length=3)
    document = models.JSONField(_("document"), encoder=DjangoJSONEncoder)
    earning_cents = models.PositiveBigIntegerField(_("amount that earns (cents)"), default=0)
    points_per_unit = models.DecimalField(_("points for one"), max_digits=9, decimal_places=4, default=0)
    tier_multiplier = models.DecimalField(_("points multiplied by"), max_digits=6, decimal_places=3, default=1)
    points = models.IntegerField(_("points earned"), default=0)
    new_balance = models.IntegerField(_("balance after it"), default=0)
    created_at = models.DateTimeField(_("received"))
    changed_at = models.DateTimeField(_("changed"))
    paid_at = models.DateTimeField(_("paid"), null=True)
    completed_at = models.DateTimeField(_("completed"), null=True)
    processed_at = models.DateTimeField(_("processed"), null=True)

    class Meta:
        verbose_name = _("processed order")
        verbose_name_plural = _("processed orders")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.external_identifier


class OrderReturn(models.Model):
    """A return of an order, whole or in part, and the points it took once it was processed."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    external_identifier = models.CharField(_("external identifier"), max_length=120, unique=True)
    order = models.ForeignKey(ProcessedOrder, models.PROTECT, related_name="returns", verbose_name=_("order"))
    status = models.CharField(_("status"), max_length=10, choices=ReturnStatus.choices, default=ReturnStatus.COMPLETED)
    document = models.JSONField(_("document"), encoder=DjangoJSONEncoder)
    returned_cents = models.PositiveBigIntegerField(_("returned of what earns (cents)"))
    points = models.IntegerField(_("points corrected"), default=0)
    new_balance = models.IntegerField(_("balance after it"), default=0)
    returned_at = models.DateTimeField(_("returned"))
    processed_at = models.DateTimeField(_("processed"), null=True)

    class Meta:
        verbose_name = _("order return")
        verbose_name_plural = _("order returns")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.external_identifier


class ChargeDefinition(models.Model):
    """What charges are called that tills put on orders besides Leat's five; made by the first order that has one."""

    external_identifier = models.CharField(_("external identifier"), max_length=120, unique=True)
    name = models.CharField(_("name"), max_length=200)

    class Meta:
        verbose_name = _("kind of charge")
        verbose_name_plural = _("kinds of charges")
        ordering = ["external_identifier"]

    def __str__(self) -> str:
        return self.name
