"""Perks: advantages of members that the programme names and another program grants (free delivery, a larger drink)."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class PerkType(models.TextChoices):
    """How a perk's value is chosen."""

    SINGLE_SELECT = "single_select", _("One of several")
    BOOLEAN = "boolean", _("Yes or no")


class Perk(models.Model):
    """One perk with the values it can have."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = models.SlugField(_("name"), max_length=80, unique=True)
    label = models.CharField(_("label"), max_length=120)
    data_type = models.CharField(_("type"), max_length=20, choices=PerkType.choices)
    options = models.JSONField(_("options"), default=list, blank=True)

    class Meta:
        verbose_name = _("perk")
        verbose_name_plural = _("perks")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.label
