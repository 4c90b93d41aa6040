"""Receipts: numbered per restaurant without gaps, one for an order once it is paid and one for each return."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from menu.models import Restaurant
from orders.models.order import Order
from orders.models.order_return import OrderReturn


class Receipt(models.Model):
    """What was issued under a number: the sale, or (with a return) money given back. Never changed, never deleted."""

    restaurant = models.ForeignKey(Restaurant, models.PROTECT, related_name="receipts", verbose_name=_("restaurant"))
    number = models.PositiveIntegerField(_("number"))
    order = models.ForeignKey(Order, models.PROTECT, related_name="receipts", verbose_name=_("order"))
    order_return = models.OneToOneField(
        OrderReturn, models.PROTECT, null=True, blank=True, related_name="receipt", verbose_name=_("return")
    )
    issued_at = models.DateTimeField(_("issued"))
    sent_at = models.DateTimeField(_("mailed"), null=True, blank=True)

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        ordering = ["restaurant", "number"]
        constraints = [
            models.UniqueConstraint(fields=["restaurant", "number"], name="receipt_number_once_per_restaurant"),
            models.UniqueConstraint(fields=["order"], condition=Q(order_return=None), name="one_receipt_per_sale"),
        ]
        indexes = [models.Index(fields=["issued_at"], name="receipt_to_mail", condition=Q(sent_at=None))]

    def __str__(self) -> str:
        return str(self.number)


def issue_receipt(order: Order, order_return: OrderReturn | None = None, *, now: datetime) -> None:
    """Give the sale, or the return, the restaurant's next receipt number. Runs inside the transaction that books it.

    The restaurant's row is taken first, and what is rolled back takes its number along: no gap, no number twice.
    """
    Restaurant.objects.filter(pk=order.restaurant_id).update(last_receipt_number=F("last_receipt_number") + 1)
    number = Restaurant.objects.values_list("last_receipt_number", flat=True).get(pk=order.restaurant_id)
    Receipt.objects.create(
        restaurant_id=order.restaurant_id, number=number, order=order, order_return=order_return, issued_at=now
    )
