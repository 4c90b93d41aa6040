"""What names a contact at a till besides their address (a card's number), and keys that open their session elsewhere."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from loyalty.models.contacts import Contact


class ContactIdentifier(models.Model):
    """A card or the like. Operations: loyalty.identifiers."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    value = models.CharField(_("value"), max_length=255, unique=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, blank=True, related_name="identifiers", verbose_name=_("contact")
    )
    created_at = models.DateTimeField(_("made"))

    class Meta:
        verbose_name = _("contact identifier")
        verbose_name_plural = _("contact identifiers")
        ordering = ["id"]

    def __str__(self) -> str:
        # Never the value: it may stand for a person.
        return str(self.uuid)


class SessionKey(models.Model):
    """A key that another program was given to act as a contact for minutes, once. Only its hash is kept."""

    digest = models.CharField(max_length=64, unique=True)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="session_keys", verbose_name=_("contact"))
    created_at = models.DateTimeField(_("made"))
    expires_at = models.DateTimeField(_("ends"), db_index=True)
    used_at = models.DateTimeField(_("used"), null=True)

    class Meta:
        verbose_name = _("session key")
        verbose_name_plural = _("session keys")

    def __str__(self) -> str:
        return str(self.pk)
