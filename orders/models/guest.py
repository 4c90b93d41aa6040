"""A guest: one browser. Its cookie holds only this row's id and the table; everything else is here."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from menu.models import Table


class Guest(models.Model):
    """One browser at a table; made on its first change, ended for good by `ended_at`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    table = models.ForeignKey(Table, models.SET_NULL, null=True, related_name="guests", verbose_name=_("table"))
    created_at = models.DateTimeField(_("first seen"))
    called_staff_at = models.DateTimeField(_("called staff"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("guest")
        verbose_name_plural = _("guests")

    def __str__(self) -> str:
        return str(self.id)
