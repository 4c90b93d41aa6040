"""Promotions, the parents of vouchers: what a voucher is worth, how many there may be and for how long."""

import uuid
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.models.offers import DiscountOffer


class Promotion(DiscountOffer):
    """A promotion. Vouchers come from loyalty.issuing, which keeps the limits."""

    entity = "promotion"

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=120)
    description = models.TextField(_("description"), blank=True)
    voucher_limit = models.PositiveIntegerField(_("vouchers in all"), null=True, blank=True)
    limit_per_contact = models.PositiveIntegerField(_("vouchers per contact"), null=True, blank=True)
    redemptions_per_voucher = models.PositiveIntegerField(
        _("uses of one voucher"), default=1, validators=[MinValueValidator(1), MaxValueValidator(1_000_000)]
    )
    starts_at = models.DateTimeField(_("starts"), null=True, blank=True)
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True)
    reversal_grace_days = models.PositiveIntegerField(
        _("days of grace after a return"),
        default=0,
        validators=[MaxValueValidator(3650)],
        help_text=_("A voucher that comes back past its date can be used this many days longer."),
    )
    issued_vouchers = models.PositiveIntegerField(_("vouchers issued"), default=0, editable=False)

    class Meta:
        verbose_name = _("promotion")
        verbose_name_plural = _("promotions")
        permissions = [("issue_vouchers", "Can issue vouchers")]
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(voucher_limit=None) | Q(issued_vouchers__lte=F("voucher_limit")),
                name="vouchers_within_limit",
                violation_error_message=_("More vouchers than that have been issued."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a promotion that ends before it starts, and what every offer refuses."""
        super().clean()
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise ValidationError({"ends_at": gettext("It must end after it starts.")})

    def voucher_expires_at(self, *, issued_at: datetime) -> datetime | None:
        """Return when a voucher issued then ends: after its duration, with the promotion at the latest."""
        lasts_until = issued_at + self.expiration_duration if self.expiration_duration else None
        return min((end for end in (lasts_until, self.ends_at) if end is not None), default=None)
