"""What a member marked for use at a till, and the codes that name them there. Operations: loyalty.till."""

import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from loyalty.models.contacts import Contact
from loyalty.models.rewards import Reward, RewardReception
from loyalty.models.vouchers import Voucher

_ONE_OFFER = (
    Q(voucher__isnull=False, reception=None, reward=None)
    | Q(voucher=None, reception__isnull=False, reward=None)
    | Q(voucher=None, reception=None, reward__isnull=False)
)


class TillMark(models.Model):
    """One offer that a member wants to use at a till: a voucher, a collectable reward, or a reward to be paid with points.

    A mark promises nothing: whether the offer can be used is looked at when the till asks.
    """

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="till_marks", verbose_name=_("contact"))
    voucher = models.ForeignKey(Voucher, models.CASCADE, null=True, related_name="till_marks")
    reception = models.ForeignKey(RewardReception, models.CASCADE, null=True, related_name="till_marks")
    reward = models.ForeignKey(Reward, models.CASCADE, null=True, related_name="till_marks")
    marked_at = models.DateTimeField(_("marked"))

    class Meta:
        verbose_name = _("offer marked for a till")
        verbose_name_plural = _("offers marked for a till")
        ordering = ["marked_at", "id"]
        constraints = [
            models.CheckConstraint(condition=_ONE_OFFER, name="till_mark_of_one_offer"),
            models.UniqueConstraint(fields=["contact", "voucher"], name="voucher_marked_once"),
            models.UniqueConstraint(fields=["contact", "reception"], name="reception_marked_once"),
            models.UniqueConstraint(fields=["contact", "reward"], name="reward_marked_once"),
        ]

    def __str__(self) -> str:
        return str(self.marked_at)


class TillCodeQuerySet(models.QuerySet["TillCode"]):
    """What is asked of till codes."""

    def unspent(self) -> "TillCodeQuerySet":
        """Neither used nor replaced, in time or not."""
        return self.filter(used_at=None, ended_at=None)

    def live(self, *, now: datetime) -> "TillCodeQuerySet":
        """Codes that a till would take."""
        return self.unspent().filter(expires_at__gt=now)


class TillCode(models.Model):
    """A code that names a member at a till, once. It is worked out from `uuid`; kept is only a keyed digest to find it by."""

    uuid = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="till_codes", verbose_name=_("contact"))
    digest = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(_("made"))
    expires_at = models.DateTimeField(_("ends"))
    used_at = models.DateTimeField(_("used"), null=True)
    ended_at = models.DateTimeField(_("replaced"), null=True)

    objects = TillCodeQuerySet.as_manager()

    class Meta:
        verbose_name = _("till code")
        verbose_name_plural = _("till codes")
        constraints = [
            # Two members never share a code that a till would take; one past its time gives way (loyalty.till).
            models.UniqueConstraint(
                fields=["digest"], condition=Q(used_at=None, ended_at=None), name="till_code_of_one_member"
            ),
            models.UniqueConstraint(
                fields=["contact"], condition=Q(used_at=None, ended_at=None), name="one_till_code_per_member"
            ),
        ]
        indexes = [
            models.Index(fields=["contact", "created_at"], name="till_code_of_contact"),
            models.Index(fields=["expires_at"], name="till_code_by_end"),
        ]

    def __str__(self) -> str:
        return str(self.uuid)
