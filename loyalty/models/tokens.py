"""Keys of other programs to the APIs. Only a hash of each is kept; operations: loyalty.tokens."""

import uuid
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _


class TokenKind(models.TextChoices):
    """What a key is and how it is shown to us."""

    BEARER = "bearer", _("Leat: bearer token")
    CLIENT = "client", _("Leat: client id and secret")
    RBI = "rbi", _("RBI: x-api-key")


class ApiToken(models.Model):
    """One key. `issued_by` is the client whose id and secret a short-lived bearer token was handed out for."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=10, choices=TokenKind.choices)
    hint = models.CharField(_("begins with"), max_length=20)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(_("scopes"), default=list, blank=True, help_text=_("Empty: may do everything."))
    created_at = models.DateTimeField(_("made"))
    expires_at = models.DateTimeField(_("ends"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    issued_by = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="issued", verbose_name=_("issued to")
    )

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ["-id"]
        permissions = [("revoke_apitoken", "Can revoke API tokens")]

    def __str__(self) -> str:
        return self.name

    def allows(self, scope: str) -> bool:
        """Say whether this key may do what `scope` names; a scope that may write may read."""
        group, _colon, _action = scope.partition(":")
        return not self.scopes or scope in self.scopes or f"{group}:write" in self.scopes

    def is_over(self, *, now: datetime) -> bool:
        """Say whether its time is over."""
        return self.expires_at is not None and self.expires_at <= now
