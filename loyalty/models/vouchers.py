"""Vouchers and their states: rows, queries, and facts. What happens to them: loyalty.voucher_use, loyalty.issuing."""

import secrets
import uuid
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Case, Count, F, IntegerField, Min, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.models.contacts import Contact
from loyalty.models.locks import Lockable, LockableQuerySet
from loyalty.models.offers import check_attributes
from loyalty.models.promotions import Promotion

# No letters or digits that look alike; 12 of 31 are about 59 bits.
CODE_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 12


class VoucherState(models.TextChoices):
    """What the facts of a voucher add up to (Leat's words, leat-api.md section 5.2)."""

    ACTIVE = "ACTIVE", _("Active")
    LOCKED = "LOCKED", _("Held")
    REDEEMED = "REDEEMED", _("Redeemed")
    EXPIRED = "EXPIRED", _("Expired")
    DEACTIVATED = "DEACTIVATED", _("Deactivated")
    INACTIVE = "INACTIVE", _("Not yet active")


def make_code() -> str:
    """Return a code that nobody can guess."""
    return "".join(secrets.choice(CODE_ALPHABET) for _letter in range(CODE_LENGTH))


def code_key(code: str) -> str:
    """Return under what a code is found, however it is typed: "abcd-efgh 2345" is ABCDEFGH2345."""
    return "".join(letter for letter in code.upper() if letter.isalnum())


def is_current(*, now: datetime) -> Q:
    """Return the condition of vouchers whose dates allow a new use, and that staff have not taken away."""
    return (
        Q(deactivated_at=None)
        & (Q(activates_at=None) | Q(activates_at__lte=now))
        & (Q(expires_at=None) | Q(expires_at__gt=now))
    )


class VoucherQuerySet(LockableQuerySet["Voucher"]):
    """What is asked of vouchers."""

    def with_locks(self, *, now: datetime) -> "VoucherQuerySet":
        """Annotate, for vouchers with several uses, `held_uses` and `first_hold_ends_at`: what `live_locks` and
        `held_until` look at. A voucher with one use has its hold in its own columns.
        """
        held = VoucherLock.objects.locked(now=now).filter(voucher=OuterRef("pk")).order_by().values("voucher")
        return self.annotate(
            held_uses=Coalesce(Subquery(held.annotate(uses=Count("pk")).values("uses")), 0),
            first_hold_ends_at=Subquery(held.annotate(until=Min("locked_until")).values("until")),
        )

    def in_state(self, state: str, *, now: datetime) -> "VoucherQuerySet":
        """Keep the vouchers whose facts add up to `state`."""
        uses = F("total_redemptions_allowed")
        held = Case(
            When(total_redemptions_allowed=1, locked_until__gt=now, then=Value(1)),
            When(total_redemptions_allowed=1, then=Value(0)),
            default=F("held_uses"),
            output_field=IntegerField(),
        )
        computed = Case(
            When(times_redeemed__gte=uses, then=Value(VoucherState.REDEEMED)),
            When(~Q(deactivated_at=None), then=Value(VoucherState.DEACTIVATED)),
            When(times_redeemed__gte=uses - held, then=Value(VoucherState.LOCKED)),
            When(expires_at__lte=now, then=Value(VoucherState.EXPIRED)),
            When(activates_at__gt=now, then=Value(VoucherState.INACTIVE)),
            default=Value(VoucherState.ACTIVE),
        )
        return self.with_locks(now=now).annotate(computed_state=computed).filter(computed_state=state)

    def to_show(self, *, now: datetime) -> "VoucherQuerySet":
        """Keep what a diner can use or holds, with its locks and its promotion; soonest ending first. One query."""
        is_held = Q(deactivated_at=None, locked_until__gt=now)
        return (
            self.filter(is_current(now=now) | is_held, times_redeemed__lt=F("total_redemptions_allowed"))
            .filter(promotion__is_active=True)
            .select_related("promotion")
            .with_locks(now=now)
            .order_by(F("expires_at").asc(nulls_last=True), "pk")
        )


class Voucher(Lockable):
    """A voucher of one contact, or (none) of whoever types its code. With one use, the hold on it is on its own row."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    promotion = models.ForeignKey(Promotion, models.PROTECT, related_name="vouchers", verbose_name=_("promotion"))
    contact = models.ForeignKey(
        Contact, models.PROTECT, null=True, blank=True, related_name="vouchers", verbose_name=_("contact")
    )
    code = models.CharField(_("code"), max_length=60, default=make_code)
    code_key = models.CharField(max_length=60, unique=True, editable=False)
    total_redemptions_allowed = models.PositiveIntegerField(
        _("uses allowed"), default=1, validators=[MinValueValidator(1)]
    )
    times_redeemed = models.PositiveIntegerField(_("times used"), default=0, editable=False)
    redeemed_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)
    activates_at = models.DateTimeField(_("active from"), null=True, blank=True)
    expires_at = models.DateTimeField(_("ends"), null=True, blank=True)
    deactivated_at = models.DateTimeField(_("deactivated"), null=True, blank=True, editable=False)
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)
    issue_key = models.CharField(
        _("issued for"), max_length=120, blank=True, editable=False, help_text=_("A repeat finds the same voucher.")
    )
    created_at = models.DateTimeField(_("issued"), editable=False)

    objects = VoucherQuerySet.as_manager()

    class Meta:
        verbose_name = _("voucher")
        verbose_name_plural = _("vouchers")
        permissions = [("deactivate_voucher", "Can deactivate vouchers")]
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(times_redeemed__lte=F("total_redemptions_allowed")),
                name="voucher_uses_within_limit",
                violation_error_message=_("It has been used more often than that."),
            ),
            models.UniqueConstraint(
                fields=["promotion", "contact", "issue_key"],
                condition=~Q(issue_key=""),
                name="voucher_once_per_issue",
            ),
        ]
        indexes = [
            models.Index(fields=["locked_until"], condition=~Q(locked_until=None), name="voucher_locked"),
            models.Index(fields=["contact", "expires_at"], name="voucher_of_contact"),
        ]

    def __str__(self) -> str:
        return f"{self.promotion_id}-{self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, with what the code is found under."""
        self.code_key = code_key(self.code)
        super().save(*args, **kwargs)

    def clean(self) -> None:
        """Refuse a code that cannot be typed or that another voucher has, and attributes that are not defined."""
        super().clean()
        key = code_key(self.code)
        if not key:
            raise ValidationError({"code": gettext("A code needs letters or digits.")})
        if Voucher.objects.filter(code_key=key).exclude(pk=self.pk).exists():
            raise ValidationError({"code": gettext("Another voucher has this code.")})
        check_attributes("voucher", self.attributes)

    @property
    def is_multi_use(self) -> bool:
        """Whether it can be used more than once, and its holds are rows of their own."""
        return self.total_redemptions_allowed > 1

    @property
    def lock_rows(self) -> "LockableQuerySet[Any]":
        """The rows with its holds: itself, or those of a voucher with several uses."""
        return VoucherLock.objects.filter(voucher=self) if self.is_multi_use else Voucher.objects.filter(pk=self.pk)

    def is_current(self, *, now: datetime) -> bool:
        """Say whether its dates and staff allow a new use; the same condition as the query's."""
        return (
            self.deactivated_at is None
            and (self.activates_at is None or self.activates_at <= now)
            and (self.expires_at is None or self.expires_at > now)
        )

    def live_locks(self, *, now: datetime) -> int:
        """Return how many of its uses are held; a query where it has several, unless `with_locks` has asked."""
        if self.is_multi_use:
            held: int | None = vars(self).get("held_uses")
            return self.locks.locked(now=now).count() if held is None else held
        return 1 if self.locked_until is not None and self.locked_until > now else 0

    def held_until(self, *, now: datetime) -> datetime | None:
        """Return when the first hold ends of a voucher read `with_locks` all whose uses are held; None: one is free."""
        if self.times_redeemed + self.live_locks(now=now) < self.total_redemptions_allowed:
            return None
        ends_at: datetime | None = vars(self)["first_hold_ends_at"] if self.is_multi_use else self.locked_until
        return ends_at

    def state(self, *, now: datetime) -> VoucherState:
        """Return what its facts add up to."""
        if self.times_redeemed >= self.total_redemptions_allowed:
            return VoucherState.REDEEMED
        if self.deactivated_at is not None:
            return VoucherState.DEACTIVATED
        if self.times_redeemed + self.live_locks(now=now) >= self.total_redemptions_allowed:
            return VoucherState.LOCKED
        if self.expires_at is not None and self.expires_at <= now:
            return VoucherState.EXPIRED
        return VoucherState.ACTIVE if self.is_current(now=now) else VoucherState.INACTIVE


class VoucherLockQuerySet(LockableQuerySet["VoucherLock"]):
    """Holds on vouchers with several uses."""


class VoucherLock(Lockable):
    """A hold on one use of a voucher that has several; a holder has at most one."""

    voucher = models.ForeignKey(Voucher, models.CASCADE, related_name="locks", verbose_name=_("voucher"))
    contact = models.ForeignKey(
        Contact,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="voucher_locks",
        verbose_name=_("contact"),
    )
    """For whom; none where a till's key alone asked."""

    objects = VoucherLockQuerySet.as_manager()

    class Meta:
        verbose_name = _("hold on a voucher")
        verbose_name_plural = _("holds on vouchers")
        constraints = [
            models.UniqueConstraint(
                fields=["voucher", "locked_for"], condition=~Q(locked_for=""), name="one_hold_per_holder"
            )
        ]
        indexes = [models.Index(fields=["locked_until"], condition=~Q(locked_until=None), name="voucher_use_locked")]

    def __str__(self) -> str:
        return str(self.locked_until)
