"""The order, from the first tap to the receipt one row with one external identifier, and everything it consists of.

While `placed_at` is empty it is a basket and its amounts are worked out on each view; placing writes them down for good.
"""

import uuid
from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from menu.models import Modifier, Product, Restaurant, Table, Variant
from orders.models.guest import Guest
from orders.models.states import KitchenState, PaymentState


class OrderQuerySet(models.QuerySet["Order"]):
    """What is asked of orders."""

    def baskets(self) -> "OrderQuerySet":
        """Orders not placed yet."""
        return self.filter(placed_at=None, kitchen_state=KitchenState.NONE)

    def of_guest(self, guest_id: uuid.UUID) -> "OrderQuerySet":
        """Orders of this browser, as long as it has not been ended."""
        return self.filter(guest_id=guest_id, guest__ended_at=None)

    def to_settle(self) -> "OrderQuerySet":
        """Paid orders whose last steps are not done yet, however that came about; those paid first come first."""
        return self.filter(payment_state=PaymentState.PAID, settled_at=None).order_by("paid_at", "pk")

    def in_payment(self) -> "OrderQuerySet":
        """Orders whose payment is under way or being checked; said with OR as the index says it, which SQLite needs."""
        return self.filter(Q(payment_state=PaymentState.PAYING) | Q(payment_state=PaymentState.UNKNOWN))

    def cancelled_unfinished(self) -> "OrderQuerySet":
        """Cancelled orders of which a return may still be to be made, or offers and money to be let go."""
        return self.filter(kitchen_state=KitchenState.CANCELLED, cancel_finished_at=None)

    def refused(self) -> "OrderQuerySet":
        """Orders that the programme would not take, and nobody has said that they saw it."""
        return self.exclude(refusal="").filter(refusal_seen_at=None)


class Order(models.Model):
    """One order of one guest at one table."""

    uuid = models.UUIDField(_("external identifier"), unique=True, default=uuid.uuid4, editable=False)
    guest = models.ForeignKey(Guest, models.PROTECT, related_name="orders", verbose_name=_("guest"))
    restaurant = models.ForeignKey(Restaurant, models.PROTECT, related_name="orders", verbose_name=_("restaurant"))
    table = models.ForeignKey(Table, models.SET_NULL, null=True, related_name="orders", verbose_name=_("table"))
    table_name = models.CharField(_("table"), max_length=40, blank=True)
    number = models.PositiveIntegerField(_("number"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    language = models.CharField(_("language"), max_length=10, default="en")
    note = models.CharField(_("note"), max_length=500, blank=True)
    contact_id = models.CharField(_("member"), max_length=64, blank=True, editable=False)
    points_earned = models.IntegerField(_("points earned"), null=True, blank=True)
    new_balance = models.IntegerField(_("points balance after"), null=True, blank=True)
    email = models.EmailField(_("receipt to"), blank=True)

    payment_state = models.CharField(
        _("payment"), max_length=10, choices=PaymentState.choices, default=PaymentState.UNPAID
    )
    kitchen_state = models.CharField(
        _("kitchen"), max_length=10, choices=KitchenState.choices, default=KitchenState.NONE
    )
    version = models.PositiveIntegerField(_("basket version"), default=0, editable=False)
    attempts = models.PositiveIntegerField(_("payment tries"), default=0, editable=False)
    checkout_key = models.CharField(max_length=64, blank=True, editable=False)
    checkout_content = models.CharField(max_length=64, blank=True, editable=False)

    tip_cents = models.PositiveIntegerField(_("tip (cents)"), default=0)
    items_cents = models.PositiveIntegerField(_("items before discounts (cents)"), default=0)
    order_amount_cents = models.PositiveIntegerField(_("items after discounts (cents)"), default=0)
    total_discount_cents = models.PositiveIntegerField(_("discounts (cents)"), default=0)
    total_cents = models.PositiveIntegerField(_("total (cents)"), default=0)

    created_at = models.DateTimeField(_("started"))
    changed_at = models.DateTimeField(_("last changed"))
    placed_at = models.DateTimeField(_("placed"), null=True, blank=True)
    paid_at = models.DateTimeField(_("paid"), null=True, blank=True)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    preparing_at = models.DateTimeField(_("preparing since"), null=True, blank=True)
    ready_at = models.DateTimeField(_("ready since"), null=True, blank=True)
    served_at = models.DateTimeField(_("served"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True)
    cancelled_by = models.CharField(_("cancelled by"), max_length=150, blank=True)
    cancel_reason = models.CharField(_("reason"), max_length=200, blank=True)
    refusal = models.CharField(
        _("refusal"), max_length=80, blank=True, help_text=_("Why the loyalty programme did not take it.")
    )
    refusal_seen_at = models.DateTimeField(_("refusal seen"), null=True, blank=True, editable=False)
    refusal_seen_by = models.CharField(_("refusal seen by"), max_length=150, blank=True, editable=False)
    cancel_finished_at = models.DateTimeField(_("cancelling finished"), null=True, blank=True, editable=False)

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["guest", "restaurant"],
                condition=Q(placed_at=None, kitchen_state=KitchenState.NONE),
                name="one_basket_per_guest_and_restaurant",
            ),
            models.UniqueConstraint(fields=["restaurant", "number"], name="order_number_once_per_restaurant"),
        ]
        indexes = [
            models.Index(fields=["restaurant", "kitchen_state", "placed_at"], name="order_board"),
            models.Index(
                fields=["changed_at"],
                name="order_in_payment",
                condition=Q(payment_state=PaymentState.PAYING) | Q(payment_state=PaymentState.UNKNOWN),
            ),
            models.Index(
                fields=["paid_at"],
                name="order_to_settle",
                condition=Q(payment_state=PaymentState.PAID, settled_at=None),
            ),
            models.Index(
                fields=["payment_state"],
                name="order_cancelled_unfinished",
                condition=Q(kitchen_state=KitchenState.CANCELLED, cancel_finished_at=None),
            ),
            models.Index(fields=["paid_at"], name="order_refused", condition=~Q(refusal="") & Q(refusal_seen_at=None)),
        ]

    def __str__(self) -> str:
        return f"#{self.number}" if self.number else str(self.uuid)

    @property
    def due_cents(self) -> int:
        """What is still to be paid of it; one query, none where its payments are loaded with it."""
        return sum(
            payment.amount_cents
            for payment in self.payments.all()
            if payment.paid_at is None and payment.given_up_at is None
        )

    @property
    def tax_is_added(self) -> bool:
        """Whether tax came on top of the prices when the order was placed; one query."""
        return self.taxes.filter(is_contained=False).exists()

    def get_absolute_url(self) -> str:
        """Return the address of the order's own page."""
        return f"/orders/{self.uuid}/"


class LineItem(models.Model):
    """A line, or (with a parent) a sub-line: a modifier on a line. Name, SKU and price are as the guest saw them.

    A sub-line's quantity is per unit of its line. Totals are written when the order is placed; a line's total excludes
    its sub-lines' (Order at Table guide, "line_items.sub_line_items").
    """

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines", verbose_name=_("order"))
    parent = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="sub_lines", verbose_name=_("line")
    )
    uuid = models.UUIDField(_("external identifier"), unique=True, default=uuid.uuid4, editable=False)
    product = models.ForeignKey(Product, models.SET_NULL, null=True, blank=True, verbose_name=_("product"))
    variant = models.ForeignKey(Variant, models.SET_NULL, null=True, blank=True, verbose_name=_("size"))
    modifier = models.ForeignKey(Modifier, models.SET_NULL, null=True, blank=True, verbose_name=_("option"))

    sku = models.CharField(_("SKU"), max_length=80, blank=True)
    parent_sku = models.CharField(_("SKU of the sized product"), max_length=80, blank=True)
    name = models.CharField(_("name"), max_length=200)
    variant_name = models.CharField(_("size"), max_length=120, blank=True)
    category_slugs = models.JSONField(_("categories"), default=list)
    kind = models.CharField(_("kind"), max_length=12, blank=True)
    promotion = models.CharField(_("promotion"), max_length=64, blank=True)
    discountable = models.BooleanField(_("discounts apply"), default=True)
    earns_points = models.BooleanField(_("earns points"), default=True)
    is_alcohol = models.BooleanField(_("contains alcohol"), default=False)
    tax_rate = models.DecimalField(_("tax rate (%)"), max_digits=6, decimal_places=3, default=Decimal(0))

    unit_cents = models.PositiveIntegerField(_("price (cents)"))
    quantity = models.PositiveIntegerField(_("quantity"))
    removed_quantity = models.PositiveIntegerField(
        default=0, editable=False, help_text=_("What a removed line had, so that the removal can be undone.")
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    added_at = models.DateTimeField(_("added"))

    gross_cents = models.PositiveIntegerField(_("before discounts (cents)"), default=0)
    discount_cents = models.PositiveIntegerField(_("discounts (cents)"), default=0)
    total_cents = models.PositiveIntegerField(_("after discounts (cents)"), default=0)
    tax_cents = models.PositiveIntegerField(
        _("tax (cents)"), default=0, help_text=_("Its part of the tax of its rate, sub-lines included.")
    )

    class Meta:
        verbose_name = _("line item")
        verbose_name_plural = _("line items")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.name}"


class ChargeType(models.TextChoices):
    """Leat's default charge definitions that we use."""

    SERVICE_CHARGE = "SERVICE_CHARGE", _("Service charge")
    GRATUITY = "GRATUITY", _("Tip")
    TAX = "TAX", _("Tax")


class Charge(models.Model):
    """What comes after the items: service charge, tip, tax that is not in the prices. Written when the order is placed."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="charges", verbose_name=_("order"))
    uuid = models.UUIDField(_("external identifier"), unique=True, default=uuid.uuid4, editable=False)
    type = models.CharField(_("type"), max_length=20, choices=ChargeType.choices)
    percent = models.DecimalField(_("percent"), max_digits=6, decimal_places=3, null=True, blank=True)
    tax_rate = models.DecimalField(_("tax rate (%)"), max_digits=6, decimal_places=3, null=True, blank=True)
    cents = models.PositiveIntegerField(_("amount (cents)"))

    class Meta:
        verbose_name = _("charge")
        verbose_name_plural = _("charges")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.get_type_display()


class TaxAmount(models.Model):
    """The tax of one rate on an order, contained in the prices or added to them. Written when the order is placed."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="taxes", verbose_name=_("order"))
    rate = models.DecimalField(_("rate (%)"), max_digits=6, decimal_places=3)
    base_cents = models.PositiveIntegerField(_("amount taxed (cents)"))
    tax_cents = models.PositiveIntegerField(_("tax (cents)"))
    is_contained = models.BooleanField(_("contained in the prices"))

    class Meta:
        verbose_name = _("tax")
        verbose_name_plural = _("taxes")
        ordering = ["rate"]

    def __str__(self) -> str:
        return f"{self.rate.normalize():f} %"
