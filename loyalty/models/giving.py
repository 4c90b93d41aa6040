"""What staff asked for when they gave vouchers to many: facts that a worker carries on with. Operations: loyalty.giving."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from loyalty.models.promotions import Promotion


class IssueRequest(models.Model):
    """Vouchers of a promotion for all members (none named) or those named, and how far giving them out has come.

    Contacts are gone through by id; `last_contact_id` is the last one done. Its uuid is the issue key of the vouchers.
    """

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    promotion = models.ForeignKey(Promotion, models.PROTECT, related_name="issue_requests", verbose_name=_("promotion"))
    is_for_everybody = models.BooleanField(_("for all members"), default=False)
    contact_ids = models.JSONField(default=list, editable=False)
    up_to_contact_id = models.BigIntegerField(default=0, editable=False)
    last_contact_id = models.BigIntegerField(default=0, editable=False)
    total = models.PositiveIntegerField(_("members"), default=0)
    made = models.PositiveIntegerField(_("vouchers given"), default=0)
    had_it = models.PositiveIntegerField(_("had it already"), default=0)
    over_limit = models.PositiveIntegerField(_("over the limits"), default=0)
    asked_by = models.CharField(_("asked by"), max_length=150)
    asked_at = models.DateTimeField(_("asked"))
    worked_at = models.DateTimeField(_("last worked on"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    problem = models.CharField(_("stopped because"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("vouchers given out")
        verbose_name_plural = _("vouchers given out")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["worked_at"], condition=models.Q(finished_at=None), name="issue_request_unfinished")
        ]

    def __str__(self) -> str:
        return str(self.promotion)

    @property
    def looked_at(self) -> int:
        """How many members this accounts for so far."""
        return self.made + self.had_it + self.over_limit

    @property
    def left_out(self) -> int:
        """How many had left the programme before their turn came; known once it is finished."""
        return max(0, self.total - self.looked_at) if self.finished_at and not self.problem else 0
