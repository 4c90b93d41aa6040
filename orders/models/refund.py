"""Money on its way back: one row per tender and return, or for money that came in without an order to pay."""

import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models.order_return import OrderReturn
from orders.models.payment import Attempt, Payment


class RefundState(models.TextChoices):
    """Where money on its way back is. Pending: asked for, and without a clear answer yet; failed: staff decide."""

    DUE = "due", _("Due")
    PENDING = "pending", _("On its way")
    FAILED = "failed", _("Failed")
    DONE = "done", _("Paid back")


COUNTER = "counter"
OPEN_REFUNDS = frozenset({RefundState.DUE, RefundState.PENDING})


def make_key() -> str:
    """Return a new idempotency key."""
    return uuid.uuid4().hex


class RefundQuerySet(models.QuerySet["Refund"]):
    """What is asked of refunds."""

    def to_send(self) -> "RefundQuerySet":
        """Refunds that a provider, or the programme, has still to be asked for; at the counter staff hand them out."""
        return self.filter(state__in=OPEN_REFUNDS, finished_at=None).exclude(payment__method=COUNTER)

    def due(self, *, now: datetime) -> "RefundQuerySet":
        """Of those the ones it is time to ask for: not those whose provider was asked a while ago, and is slow."""
        due = self.to_send().filter(Q(ask_again_at=None) | Q(ask_again_at__lte=now))
        return due.order_by("created_at", "pk")


class Refund(models.Model):
    """Money that goes back by the tender it came from. `idempotency_key` is written down before the provider is called.

    Without a return it is money that paid for nothing: an order paid twice, or one that had been given up before.
    """

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds", verbose_name=_("payment"))
    attempt = models.ForeignKey(
        Attempt, models.PROTECT, null=True, blank=True, related_name="refunds", verbose_name=_("payment try")
    )
    order_return = models.ForeignKey(
        OrderReturn, models.PROTECT, null=True, blank=True, related_name="refunds", verbose_name=_("return")
    )
    idempotency_key = models.CharField(max_length=64, unique=True, default=make_key, editable=False)
    amount_cents = models.PositiveIntegerField(_("amount (cents)"))
    currency = models.CharField(_("currency"), max_length=3)
    state = models.CharField(_("state"), max_length=10, choices=RefundState.choices, default=RefundState.DUE)
    reference = models.CharField(_("provider's reference"), max_length=200, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("due since"))
    ask_again_at = models.DateTimeField(null=True, blank=True, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    handed_out_by = models.CharField(_("handed out by"), max_length=150, blank=True)

    objects = RefundQuerySet.as_manager()

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["payment", "order_return"], name="refund_once_per_tender_and_return"),
            models.UniqueConstraint(
                fields=["payment"], condition=Q(order_return=None), name="money_without_order_goes_back_once"
            ),
        ]
        indexes = [
            models.Index(fields=["created_at"], name="refund_unfinished", condition=Q(finished_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.amount_cents} {self.currency}"
