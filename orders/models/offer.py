"""Offers on an order: what was applied, how it is held, and how much each line carries of it."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models.order import LineItem, Order


class OfferKind(models.TextChoices):
    """What an offer on an order is."""

    VOUCHER = "voucher", _("Voucher")
    COLLECTABLE = "collectable", _("Collectable reward")


class AppliedOfferQuerySet(models.QuerySet["AppliedOffer"]):
    """What is asked of the offers on orders."""

    def live(self) -> "AppliedOfferQuerySet":
        """Still on their order."""
        return self.filter(withdrawn_at=None)

    def to_release(self) -> "AppliedOfferQuerySet":
        """Taken off their order, but the programme has not been told yet; the first taken off come first."""
        return self.filter(withdrawn_at__isnull=False, released_at=None).order_by("withdrawn_at", "pk")

    def overruns(self) -> "AppliedOfferQuerySet":
        """Paid for with them, but not redeemed, and nobody has said that they saw it."""
        return self.live().exclude(overrun="").filter(overrun_seen_at=None)


class AppliedOffer(models.Model):
    """An offer on an order: what it is, its own copy of the discount, its hold, and once placed what it took.

    One taken off stays as a row until the programme knows (`released_at`), so that a crash in between loses no release.
    """

    order = models.ForeignKey(Order, models.CASCADE, related_name="applied_offers", verbose_name=_("order"))
    uuid = models.UUIDField(_("external identifier"), unique=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=12, choices=OfferKind.choices)
    contact_id = models.CharField(_("member"), max_length=64, blank=True)
    offer_id = models.CharField(_("offer"), max_length=80)
    name = models.CharField(_("name"), max_length=200)
    attributes = models.JSONField(_("discount"), default=dict)
    expires_at = models.DateTimeField(_("ends"), null=True, blank=True)
    picked_line = models.ForeignKey(
        LineItem, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("line picked")
    )
    is_order_level = models.BooleanField(_("on the whole order"), default=True)
    cents = models.PositiveIntegerField(_("amount (cents)"), default=0)
    added_line = models.ForeignKey(
        LineItem, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("line it added")
    )

    release_key = models.CharField(max_length=64, blank=True, editable=False)
    applied_at = models.DateTimeField(_("applied"), null=True, blank=True)
    held_until = models.DateTimeField(_("held until"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("taken off"), null=True, blank=True)
    released_at = models.DateTimeField(_("released"), null=True, blank=True)
    redeemed_at = models.DateTimeField(_("redeemed"), null=True, blank=True)
    redemption_id = models.CharField(_("redemption"), max_length=80, blank=True)
    overrun = models.CharField(
        _("overrun"),
        max_length=200,
        blank=True,
        help_text=_("Why it could not be redeemed although the order was paid."),
    )

    overrun_seen_at = models.DateTimeField(_("overrun seen"), null=True, blank=True, editable=False)
    overrun_seen_by = models.CharField(_("overrun seen by"), max_length=150, blank=True, editable=False)

    objects = AppliedOfferQuerySet.as_manager()

    class Meta:
        verbose_name = _("offer applied")
        verbose_name_plural = _("offers applied")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "kind", "offer_id"], condition=Q(withdrawn_at=None), name="offer_once_per_order"
            ),
            # Not every programme can hold a collectable reward (docs/adr/0036): it is on one order at a time here too.
            models.UniqueConstraint(
                fields=["offer_id"],
                condition=Q(withdrawn_at=None, redeemed_at=None, kind="collectable"),
                name="collectable_on_one_order",
            ),
        ]
        indexes = [
            models.Index(
                fields=["withdrawn_at"],
                name="offer_to_release",
                condition=Q(withdrawn_at__isnull=False, released_at=None),
            ),
            models.Index(fields=["order"], name="offer_overrun", condition=~Q(overrun="") & Q(overrun_seen_at=None)),
            models.Index(fields=["held_until"], name="offer_held", condition=Q(withdrawn_at=None, redeemed_at=None)),
        ]

    def __str__(self) -> str:
        return self.name


class AppliedShare(models.Model):
    """How much of an applied offer one line or sub-line carries; returns refund by this, never by a new calculation."""

    offer = models.ForeignKey(AppliedOffer, models.CASCADE, related_name="shares", verbose_name=_("offer"))
    line = models.ForeignKey(LineItem, models.CASCADE, related_name="shares", verbose_name=_("line"))
    cents = models.PositiveIntegerField(_("amount (cents)"))
    units = models.PositiveIntegerField(
        _("units"), null=True, blank=True, help_text=_("Units a product discount took; empty for the whole order's.")
    )

    class Meta:
        verbose_name = _("share of an offer")
        verbose_name_plural = _("shares of offers")
        constraints = [models.UniqueConstraint(fields=["offer", "line"], name="share_once_per_line")]

    def __str__(self) -> str:
        return f"{self.cents}"
