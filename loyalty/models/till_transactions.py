"""Loyalty transactions of tills: opened by identifying, then PENDING, CLAIMED or VOID. Operations: loyalty.till_transactions."""

import uuid
from datetime import datetime

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from loyalty.models.catalogue import Shop
from loyalty.models.contacts import Contact


class TillState(models.TextChoices):
    """The life of a transaction (rbi-api.md section 5)."""

    OPENED = "OPENED", _("Identified")
    PENDING = "PENDING", _("Pending")
    CLAIMED = "CLAIMED", _("Claimed")
    VOID = "VOID", _("Void")


# From which states each can be reached; one conditional update moves a transaction.
REACHED_FROM = {
    TillState.PENDING: (TillState.OPENED, TillState.PENDING),
    TillState.CLAIMED: (TillState.OPENED, TillState.PENDING),
    TillState.VOID: (TillState.OPENED, TillState.PENDING, TillState.CLAIMED),
}


class TillTransactionQuerySet(models.QuerySet["TillTransaction"]):
    """What is asked of transactions, and the one way to move them."""

    def open(self) -> "TillTransactionQuerySet":
        """Neither claimed nor void; what they hold may have lapsed."""
        return self.filter(state__in=[TillState.OPENED, TillState.PENDING])

    def lapsed(self, *, now: datetime) -> "TillTransactionQuerySet":
        """Open ones that no till has updated in time: they hold nothing any more."""
        return self.open().filter(held_until__lte=now)

    def move(self, state: TillState, **changes: object) -> bool:
        """Bring these rows into `state` with what changes along; say whether just one was moved."""
        return self.filter(state__in=REACHED_FROM[state]).update(state=state, **changes) == 1


class TillTransaction(models.Model):
    """One visit of a member to a till. What it holds, it holds under `holder`: vouchers, and rewards bought for it."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    contact = models.ForeignKey(Contact, models.PROTECT, related_name="till_transactions", verbose_name=_("contact"))
    shop = models.ForeignKey(Shop, models.PROTECT, null=True, related_name="+", verbose_name=_("shop"))
    state = models.CharField(_("state"), max_length=10, choices=TillState.choices, default=TillState.OPENED)
    replaced_by = models.ForeignKey(
        "self", models.SET_NULL, null=True, related_name="+", verbose_name=_("replaced by a second scan")
    )
    till = models.JSONField(_("till"), default=dict, help_text=_("Who asked: operator, terminal, store and make."))
    region = models.CharField(_("region"), max_length=2, blank=True)
    opened_at = models.DateTimeField(_("identified"))
    updated_at = models.DateTimeField(_("last update"))
    held_until = models.DateTimeField(_("holds until"), null=True)
    claimed_at = models.DateTimeField(_("claimed"), null=True)
    voided_at = models.DateTimeField(_("void since"), null=True)
    points_earned = models.IntegerField(_("points earned"), default=0)
    points_redeemed = models.IntegerField(_("points redeemed"), default=0)
    basket = models.JSONField(_("order"), default=dict, encoder=DjangoJSONEncoder)
    faults = models.JSONField(_("faults in what the till sent"), default=list)
    body_digest = models.CharField(max_length=64, blank=True, editable=False)
    answer = models.JSONField(default=dict, editable=False)

    objects = TillTransactionQuerySet.as_manager()

    class Meta:
        verbose_name = _("till transaction")
        verbose_name_plural = _("till transactions")
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["contact"], condition=Q(state__in=["OPENED", "PENDING"]), name="till_transaction_open"
            ),
            models.Index(
                fields=["held_until"], condition=Q(state__in=["OPENED", "PENDING"]), name="till_transaction_held"
            ),
        ]

    def __str__(self) -> str:
        return str(self.uuid)

    @property
    def holder(self) -> str:
        """Under what its holds and uses are kept."""
        return f"till:{self.uuid}"
