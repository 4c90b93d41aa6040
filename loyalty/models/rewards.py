"""Rewards that cost points, and reward receptions: points spent. One that is not collected yet is a collectable reward."""

import uuid
from datetime import datetime

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Count, F, IntegerField, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from loyalty.models.catalogue import Shop
from loyalty.models.contacts import Contact
from loyalty.models.locks import Lockable, LockableQuerySet
from loyalty.models.offers import DiscountOffer


class RewardType(models.TextChoices):
    """Leat's two types; "collectable" is not one of them (leat-api.md section 6.1)."""

    PHYSICAL = "PHYSICAL", _("Physical")
    DIGITAL = "DIGITAL", _("Digital")


class RewardQuerySet(models.QuerySet["Reward"]):
    """What is asked of rewards."""

    def in_stock(self) -> "RewardQuerySet":
        """Rewards that can still be bought by somebody."""
        return self.filter(
            Q(stock=None) | Q(stock__gt=0),
            Q(purchase_limit=None) | Q(purchases__lt=F("purchase_limit")),
            is_active=True,
        )

    def to_buy(self, contact: Contact) -> "RewardQuerySet":
        """Rewards this contact may buy in the app if the points suffice: only those collected later. One query."""
        return self.claimable(contact).filter(is_pre_redeemable=True)

    def claimable(self, contact: Contact) -> "RewardQuerySet":
        """Rewards this contact may have if the points suffice, cheapest first."""
        own = (
            RewardReception.objects.filter(reward=OuterRef("pk"), contact=contact, reversed_at=None)
            .order_by()
            .values("reward")
            .annotate(bought=Count("pk"))
            .values("bought")
        )
        return (
            self.in_stock()
            .annotate(bought=Coalesce(Subquery(own), 0, output_field=IntegerField()))
            .filter(Q(limit_per_contact=None) | Q(bought__lt=F("limit_per_contact")))
            .order_by("required_points", "pk")
        )


class Reward(DiscountOffer):
    """A reward. Buying, undoing and collecting: loyalty.purchases."""

    entity = "reward"

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    title = models.CharField(_("title"), max_length=120)
    description = models.TextField(_("description"), blank=True)
    required_points = models.PositiveIntegerField(_("price in points"), validators=[MinValueValidator(1)])
    reward_type = models.CharField(_("type"), max_length=10, choices=RewardType.choices, default=RewardType.PHYSICAL)
    is_pre_redeemable = models.BooleanField(
        _("bought now, collected later"), default=True, help_text=_("Only such rewards are offered to diners.")
    )
    stock = models.PositiveIntegerField(_("stock"), null=True, blank=True, help_text=_("Empty: without end."))
    purchase_limit = models.PositiveIntegerField(_("purchases in all"), null=True, blank=True)
    limit_per_contact = models.PositiveIntegerField(_("purchases per contact"), null=True, blank=True)
    purchases = models.PositiveIntegerField(_("purchases"), default=0, editable=False)
    cost_price_cents = models.PositiveIntegerField(_("cost price (cents)"), null=True, blank=True)

    objects = RewardQuerySet.as_manager()

    class Meta:
        verbose_name = _("reward")
        verbose_name_plural = _("rewards")
        ordering = ["required_points", "id"]

    def __str__(self) -> str:
        return self.title


class ReceptionQuerySet(LockableQuerySet["RewardReception"]):
    """What is asked of reward receptions."""

    def collectable(self, *, now: datetime) -> "ReceptionQuerySet":
        """What nobody holds of `to_show`."""
        return self.to_show(now=now).free(now=now)

    def to_show(self, *, now: datetime) -> "ReceptionQuerySet":
        """Bought to keep, not undone, not collected, not past their date, or held still; soonest ending first. One query."""
        in_time = Q(expires_at=None) | Q(expires_at__gt=now) | Q(locked_until__gt=now)
        return (
            self.filter(in_time, collected_at=None, reversed_at=None, is_for_till=False)
            .select_related("reward")
            .order_by(F("expires_at").asc(nulls_last=True), "pk")
        )

    def let_go_by_till(self, *, now: datetime) -> "ReceptionQuerySet":
        """Bought by a till that did not claim them in time: their points are the contact's again."""
        return self.free(now=now).filter(is_for_till=True, collected_at=None, reversed_at=None)


class RewardReception(Lockable):
    """Points spent on a reward. Title and discount are as they were when it was bought. The hold: a basket's or a till's."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    contact = models.ForeignKey(Contact, models.PROTECT, related_name="receptions", verbose_name=_("contact"))
    reward = models.ForeignKey(Reward, models.PROTECT, related_name="receptions", verbose_name=_("reward"))
    shop = models.ForeignKey(Shop, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("shop"))
    purchase_key = models.CharField(max_length=200, editable=False)
    title = models.CharField(_("title"), max_length=120)
    points = models.PositiveIntegerField(_("points spent"))
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)
    created_at = models.DateTimeField(_("bought"))
    expires_at = models.DateTimeField(_("collect until"), null=True, blank=True)
    collected_at = models.DateTimeField(_("collected"), null=True, blank=True)
    reversed_at = models.DateTimeField(_("undone"), null=True, blank=True)
    is_for_till = models.BooleanField(
        _("bought at a till"),
        default=False,
        editable=False,
        help_text=_("Bought by showing a code there: the points come back unless the till claims it in time."),
    )

    objects = ReceptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("reward reception")
        verbose_name_plural = _("reward receptions")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["contact", "purchase_key"], name="purchase_once_per_key")]
        indexes = [
            models.Index(
                fields=["contact", "locked_until"],
                condition=Q(is_for_till=True, collected_at=None, reversed_at=None),
                name="reception_bought_at_till",
            ),
            models.Index(fields=["locked_until"], condition=~Q(locked_until=None), name="reception_locked"),
        ]

    def __str__(self) -> str:
        return self.title

    def held_until(self, *, now: datetime) -> datetime | None:
        """Return when the hold on it ends; None where nobody has one."""
        return self.locked_until if self.locked_until is not None and self.locked_until > now else None


def points_let_go(*, now: datetime) -> Coalesce:
    """Return, for a query of contacts, the points of rewards that tills did not claim in time, not yet written back."""
    due = RewardReception.objects.let_go_by_till(now=now).filter(contact=OuterRef("pk")).order_by()
    return Coalesce(Subquery(due.values("contact").annotate(spent=Sum("points")).values("spent")), 0)
