"""The money of an order: a payment per tender, its tries at the provider, and the demo provider's own books."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models.order import Order
from orders.models.states import OPEN_ATTEMPTS, AttemptState

# Tenders that the loyalty programme keeps: money paid in before.
GIFT_CARD, PREPAID = "gift_card", "prepaid"
STORED = frozenset({GIFT_CARD, PREPAID})

# The reason kept with a try that is given up although its provider calls it open.
OPEN_AT_LONG_STOP = "still open at the long stop"


class PaymentQuerySet(models.QuerySet["Payment"]):
    """What is asked of payments."""

    def current(self) -> "PaymentQuerySet":
        """Those of the try that is on or that succeeded, not of tries that failed."""
        return self.filter(given_up_at=None)

    def taken(self) -> "PaymentQuerySet":
        """Those whose money came in and was kept."""
        return self.current().exclude(paid_at=None)

    def stored_to_take(self) -> "PaymentQuerySet":
        """Stored money that an order being paid has still to be given."""
        return self.current().filter(method__in=STORED, paid_at=None)

    def stored_in_doubt(self) -> "PaymentQuerySet":
        """Stored money asked for by a try that failed, of which nobody wrote down whether it was given."""
        given_up = self.filter(link_id="", given_up_at__isnull=False, asked_at__isnull=False)
        return given_up.filter(method__in=STORED).order_by("given_up_at", "pk")


class Payment(models.Model):
    """One tender of an order: a method and an amount. Stored money has an account, and a link once it was taken."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="payments", verbose_name=_("order"))
    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    method = models.CharField(_("method"), max_length=20)
    amount_cents = models.PositiveIntegerField(_("amount (cents)"))
    currency = models.CharField(_("currency"), max_length=3)
    created_at = models.DateTimeField(_("started"))
    paid_at = models.DateTimeField(_("paid"), null=True, blank=True)
    marked_by = models.CharField(_("marked paid by"), max_length=150, blank=True)
    account_id = models.CharField(_("account"), max_length=64, blank=True)
    account_name = models.CharField(_("account"), max_length=40, blank=True)
    link_id = models.CharField(_("movement"), max_length=80, blank=True)
    asked_at = models.DateTimeField(_("asked for"), null=True, blank=True)
    given_up_at = models.DateTimeField(_("given up"), null=True, blank=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["given_up_at"],
                name="stored_money_in_doubt",
                condition=Q(link_id="", given_up_at__isnull=False, asked_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.method


class AttemptQuerySet(models.QuerySet["Attempt"]):
    """What is asked of tries."""

    def open(self) -> "AttemptQuerySet":
        """Those that wait for the provider's final word: none of them is finished, by which the index finds them."""
        return self.filter(state__in=OPEN_ATTEMPTS, finished_at=None)

    def open_at_long_stop(self) -> "AttemptQuerySet":
        """Those given up without a final word."""
        return self.filter(state=AttemptState.EXPIRED, reason=OPEN_AT_LONG_STOP)


class Attempt(models.Model):
    """One try at a provider. The provider knows it by `uuid`; `idempotency_key` was written down before the first call."""

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="attempts", verbose_name=_("payment"))
    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=AttemptState.choices, default=AttemptState.STARTED)
    idempotency_key = models.CharField(max_length=64, unique=True)
    reference = models.CharField(_("provider's reference"), max_length=200, blank=True)
    redirect_url = models.URLField(max_length=2000, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    started_at = models.DateTimeField(_("started"))
    expires_at = models.DateTimeField(_("window ends"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment try")
        verbose_name_plural = _("payment tries")
        ordering = ["id"]
        indexes = [
            models.Index(fields=["started_at"], name="attempt_open", condition=Q(finished_at=None)),
            models.Index(
                fields=["finished_at"],
                name="attempt_open_at_long_stop",
                condition=Q(state=AttemptState.EXPIRED, reason=OPEN_AT_LONG_STOP),
            ),
        ]

    def __str__(self) -> str:
        return str(self.uuid)


class DemoCharge(models.Model):
    """The demo provider's own book of one payment. Only orders.payments.demo and its pages touch it.

    `outcome` is what the person chose; the provider itself knows it from `known_at` on (later than the choice for
    "Pay, but answer late"), and tells nobody before.
    """

    uuid = models.UUIDField(primary_key=True, editable=False)
    idempotency_key = models.CharField(max_length=64, unique=True)
    amount_cents = models.PositiveIntegerField()
    refunded_cents = models.PositiveIntegerField(default=0)
    currency = models.CharField(max_length=3)
    description = models.CharField(max_length=200)
    return_url = models.URLField(max_length=500)
    declined_url = models.URLField(max_length=500)
    cancel_url = models.URLField(max_length=500)
    outcome = models.CharField(max_length=10, blank=True)
    created_at = models.DateTimeField()
    known_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("demo provider's charge")
        verbose_name_plural = _("demo provider's charges")

    def __str__(self) -> str:
        return str(self.uuid)


class DemoRefund(models.Model):
    """The demo provider's own book of money sent back; `DemoCharge.refunded_cents` is their sum."""

    charge = models.ForeignKey(DemoCharge, models.CASCADE, related_name="refunds")
    idempotency_key = models.CharField(max_length=64, unique=True)
    amount_cents = models.PositiveIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("demo provider's refund")
        verbose_name_plural = _("demo provider's refunds")

    def __str__(self) -> str:
        return self.idempotency_key
