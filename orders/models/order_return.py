"""What came back of an order: which units, what they really cost, and whether the programme knows."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models.order import LineItem, Order


class OrderReturnQuerySet(models.QuerySet["OrderReturn"]):
    """What is asked of returns."""

    def to_settle(self) -> "OrderReturnQuerySet":
        """Returns the programme has not heard of, oldest first."""
        return self.filter(settled_at=None).order_by("returned_at", "pk")

    def refused(self) -> "OrderReturnQuerySet":
        """Returns that the programme would not take, or not wholly, and nobody has said that they saw it."""
        return self.exclude(refusal="").filter(refusal_seen_at=None)


class OrderReturn(models.Model):
    """One return. `external_identifier` makes repeating it harmless; `settled_at` is when the programme had heard of it."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="returns", verbose_name=_("order"))
    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    external_identifier = models.CharField(_("external identifier"), max_length=80, unique=True)
    returned_by = models.CharField(_("returned by"), max_length=150)
    reason = models.CharField(_("reason"), max_length=200)
    refund_cents = models.PositiveIntegerField(_("to pay back (cents)"))
    is_everything = models.BooleanField(_("nothing is left of the order"), default=False)
    returned_at = models.DateTimeField(_("returned"))
    points = models.IntegerField(_("points corrected"), null=True, blank=True)
    new_balance = models.IntegerField(_("points balance after"), null=True, blank=True)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    refusal = models.CharField(
        _("refusal"), max_length=80, blank=True, help_text=_("Why the loyalty programme did not take it.")
    )
    refusal_seen_at = models.DateTimeField(_("refusal seen"), null=True, blank=True, editable=False)
    refusal_seen_by = models.CharField(_("refusal seen by"), max_length=150, blank=True, editable=False)

    objects = OrderReturnQuerySet.as_manager()

    class Meta:
        verbose_name = _("return")
        verbose_name_plural = _("returns")
        ordering = ["id"]
        indexes = [
            models.Index(fields=["returned_at"], name="return_to_settle", condition=Q(settled_at=None)),
            models.Index(
                fields=["returned_at"], name="return_refused", condition=~Q(refusal="") & Q(refusal_seen_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order} ({self.returned_at:%Y-%m-%d})"


class ReturnedItem(models.Model):
    """Units of a line or sub-line that came back, and what they cost after all discounts."""

    order_return = models.ForeignKey(OrderReturn, models.CASCADE, related_name="items", verbose_name=_("return"))
    line = models.ForeignKey(LineItem, models.PROTECT, related_name="returned", verbose_name=_("line"))
    quantity = models.PositiveIntegerField(_("quantity"))
    cents = models.PositiveIntegerField(_("amount (cents)"))
    tax_cents = models.PositiveIntegerField(_("tax (cents)"), default=0)

    class Meta:
        verbose_name = _("returned item")
        verbose_name_plural = _("returned items")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["order_return", "line"], name="line_once_per_return")]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.line.name}"
