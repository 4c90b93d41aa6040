"""Orders and returns as the programme received them: whole documents, and what they earned and took.

Operations: loyalty.order_processing.
"""

import uuid

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from loyalty.models.catalogue import Shop
from loyalty.models.contacts import Contact


class ProcessedOrder(models.Model):
    """An order that earned points. Rate and tier are as they were when it was paid; returns are corrected with them."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    external_identifier = models.CharField(_("external identifier"), max_length=120, unique=True)
    contact = models.ForeignKey(Contact, models.PROTECT, related_name="orders", verbose_name=_("contact"))
    shop = models.ForeignKey(Shop, models.PROTECT, null=True, related_name="+", verbose_name=_("shop"))
    currency = models.CharField(_("currency"), max_length=3)
    document = models.JSONField(_("document"), encoder=DjangoJSONEncoder)
    earning_cents = models.PositiveIntegerField(_("amount that earns (cents)"))
    points_per_unit = models.DecimalField(_("points for one"), max_digits=9, decimal_places=4)
    tier_multiplier = models.DecimalField(_("points multiplied by"), max_digits=6, decimal_places=3)
    points = models.IntegerField(_("points earned"))
    new_balance = models.IntegerField(_("balance after it"))
    paid_at = models.DateTimeField(_("paid"))
    processed_at = models.DateTimeField(_("processed"))

    class Meta:
        verbose_name = _("processed order")
        verbose_name_plural = _("processed orders")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.external_identifier


class OrderReturn(models.Model):
    """A return of an order, whole or in part, and the points it took."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    external_identifier = models.CharField(_("external identifier"), max_length=120, unique=True)
    order = models.ForeignKey(ProcessedOrder, models.PROTECT, related_name="returns", verbose_name=_("order"))
    document = models.JSONField(_("document"), encoder=DjangoJSONEncoder)
    returned_cents = models.PositiveIntegerField(_("returned of what earns (cents)"))
    points = models.IntegerField(_("points corrected"))
    new_balance = models.IntegerField(_("balance after it"))
    returned_at = models.DateTimeField(_("returned"))
    processed_at = models.DateTimeField(_("processed"))

    class Meta:
        verbose_name = _("order return")
        verbose_name_plural = _("order returns")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.external_identifier
