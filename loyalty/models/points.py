"""The points ledger: rows that are only ever added, and the buckets of points with one expiry that they fill and empty.

`balance` on the contact = the sum of the ledger. The sum of the buckets = the balance, or 0 while it is negative.
Operations: loyalty.ledger.
"""

import uuid
from datetime import datetime

from django.db import models
from django.db.models import OuterRef, Q, Subquery, Sum
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from loyalty.models.catalogue import Shop
from loyalty.models.contacts import Contact
from loyalty.models.programme import Unit
from loyalty.models.rewards import points_let_go


class EntryKind(models.TextChoices):
    """Why points came or went."""

    EARN = "earn", _("Earned")
    CORRECT = "correct", _("Corrected by a return")
    SPEND = "spend", _("Spent")
    UNDO = "undo", _("Purchase undone")
    EXPIRE = "expire", _("Expired")
    ADJUST = "adjust", _("Adjusted by staff")
    MERGE = "merge", _("Taken over from another contact")


class PointsEntry(models.Model):
    """One row of the ledger. `source` names what caused it ("order:…"); a repeat of the cause finds this row."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    contact = models.ForeignKey(Contact, models.PROTECT, related_name="points_entries", verbose_name=_("contact"))
    kind = models.CharField(_("kind"), max_length=10, choices=EntryKind.choices)
    source = models.CharField(_("source"), max_length=200)
    points = models.IntegerField(_("points"))
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("unit"))
    unit_value = models.DecimalField(_("of the unit"), max_digits=14, decimal_places=3, null=True, blank=True)
    shop = models.ForeignKey(Shop, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("shop"))
    expires_at = models.DateTimeField(_("expire"), null=True, blank=True)
    about = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("about"),
        help_text=_("The entry that is undone or corrected."),
    )
    created_at = models.DateTimeField(_("written"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    made_by = models.CharField(_("by"), max_length=150, blank=True)
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)

    class Meta:
        verbose_name = _("points entry")
        verbose_name_plural = _("points ledger")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["source", "kind"], name="points_once_per_source")]

    def __str__(self) -> str:
        return f"{self.points:+}"


class PointsBucket(models.Model):
    """A contact's points that end at one moment, or never."""

    contact = models.ForeignKey(Contact, models.PROTECT, related_name="buckets", verbose_name=_("contact"))
    expires_at = models.DateTimeField(_("expire"), null=True, blank=True)
    remaining = models.PositiveIntegerField(_("points left"), default=0)

    class Meta:
        verbose_name = _("points by expiry")
        verbose_name_plural = _("points by expiry")
        constraints = [
            models.UniqueConstraint(fields=["contact", "expires_at"], name="one_bucket_per_expiry"),
            models.UniqueConstraint(fields=["contact"], condition=Q(expires_at=None), name="one_bucket_without_expiry"),
        ]
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(remaining__gt=0), name="bucket_to_expire"),
            models.Index(fields=["contact", "expires_at"], condition=Q(remaining__gt=0), name="bucket_with_points"),
        ]

    def __str__(self) -> str:
        return f"{self.remaining}"


class PointsMove(models.Model):
    """What one ledger row put into (or, negative, took from) one bucket: the moves of a bucket add up to what is left."""

    entry = models.ForeignKey(PointsEntry, models.PROTECT, related_name="moves", verbose_name=_("entry"))
    bucket = models.ForeignKey(PointsBucket, models.PROTECT, related_name="moves", verbose_name=_("bucket"))
    points = models.IntegerField(_("points"))

    class Meta:
        verbose_name = _("move of points")
        verbose_name_plural = _("moves of points")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.points:+}"


def expired_points(*, now: datetime) -> Combinable:
    """Return, for a query of contacts, the points that are past their date and that no ledger row has taken off yet, less
    those that are due back from tills: what a balance is to be lowered by before it is shown.
    """
    due = PointsBucket.objects.filter(contact=OuterRef("pk"), remaining__gt=0, expires_at__lte=now).order_by()
    expired = Coalesce(Subquery(due.values("contact").annotate(points=Sum("remaining")).values("points")), 0)
    return expired - points_let_go(now=now)
