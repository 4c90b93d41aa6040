"""A guest: one browser. Its cookie holds only this row's id and the table; everything else is here."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from menu.models import Table


class Guest(models.Model):
    """One browser at a table; made on its first change, ended for good by `ended_at`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    table = models.ForeignKey(Table, models.SET_NULL, null=True, related_name="guests", verbose_name=_("table"))
    created_at = models.DateTimeField(_("first seen"))
    called_staff_at = models.DateTimeField(_("called staff"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    contact_id = models.CharField(_("member"), max_length=64, blank=True, editable=False)
    verified_at = models.DateTimeField(_("address proven"), null=True, blank=True, editable=False)
    pending_email = models.CharField(_("address being identified"), max_length=254, blank=True, editable=False)
    proven_email = models.CharField(_("address proven, not a member yet"), max_length=254, blank=True, editable=False)

    class Meta:
        verbose_name = _("guest")
        verbose_name_plural = _("guests")
        indexes = [models.Index(fields=["contact_id"], name="guest_of_contact", condition=~Q(contact_id=""))]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_member(self) -> bool:
        """Whether somebody is signed in; an address not proven yet earns, but spends nothing."""
        return bool(self.contact_id)

    @property
    def may_spend(self) -> bool:
        """Whether the member's address is proven, so that offers and points may be used."""
        return self.is_member and self.verified_at is not None
