"""Redemptions: a use of a voucher or the collection of a reward, for one order. What an order links to and a return reverses."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from loyalty.models.catalogue import Shop
from loyalty.models.contacts import Contact
from loyalty.models.rewards import RewardReception
from loyalty.models.vouchers import Voucher


class Redemption(models.Model):
    """One use. It stays when it is reversed."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    voucher = models.ForeignKey(
        Voucher, models.PROTECT, null=True, blank=True, related_name="redemptions", verbose_name=_("voucher")
    )
    reception = models.ForeignKey(
        RewardReception, models.PROTECT, null=True, blank=True, related_name="redemptions", verbose_name=_("reward")
    )
    contact = models.ForeignKey(
        Contact, models.PROTECT, null=True, blank=True, related_name="redemptions", verbose_name=_("contact")
    )
    shop = models.ForeignKey(Shop, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("shop"))
    order_identifier = models.CharField(_("order"), max_length=120, blank=True)
    release_key = models.UUIDField(null=True, editable=False)
    redeemed_at = models.DateTimeField(_("redeemed"))
    reversed_at = models.DateTimeField(_("reversed"), null=True, blank=True)

    class Meta:
        verbose_name = _("redemption")
        verbose_name_plural = _("redemptions")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(voucher=None) ^ Q(reception=None), name="redemption_of_voucher_or_reward"
            ),
            models.UniqueConstraint(
                fields=["voucher", "order_identifier"],
                condition=~Q(voucher=None) & ~Q(order_identifier=""),
                name="voucher_once_per_order",
            ),
            models.UniqueConstraint(
                fields=["reception"],
                condition=~Q(reception=None) & Q(reversed_at=None),
                name="reward_collected_once",
            ),
        ]

    def __str__(self) -> str:
        return str(self.uuid)
