"""Codes asked for by mail, and the book in which limits are counted. No code is stored anywhere.

Operations: loyalty.codes, loyalty.throttle.
"""

import uuid
from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

MAX_ATTEMPTS = 5


class ChallengeQuerySet(models.QuerySet["Challenge"]):
    """What is asked of challenges."""

    def open(self, *, now: datetime) -> "ChallengeQuerySet":
        """Neither used nor replaced nor past their time, with a try left."""
        return self.filter(used_at=None, ended_at=None, expires_at__gt=now, attempts__lt=MAX_ATTEMPTS)

    def to_mail(self, *, now: datetime) -> "ChallengeQuerySet":
        """Asked for since the last mail went out, and nobody is at it."""
        unsent = Q(mailed_at=None) | Q(mailed_at__lt=F("asked_at"))
        at_rest = Q(mailing_until=None) | Q(mailing_until__lte=now)
        return self.open(now=now).filter(unsent, at_rest)


class Challenge(models.Model):
    """One code sent to one address for one browser. The code is worked out from `uuid` when it is needed."""

    uuid = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    guest_id = models.UUIDField(_("browser"))
    email = models.EmailField(_("address"))
    locale = models.CharField(_("language"), max_length=10, default="en")
    is_long = models.BooleanField(_("eight letters"), default=False)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    created_at = models.DateTimeField(_("made"))
    expires_at = models.DateTimeField(_("ends"))
    asked_at = models.DateTimeField(_("last asked for"))
    mailing_until = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(_("last mailed"), null=True)
    used_at = models.DateTimeField(_("used"), null=True)
    ended_at = models.DateTimeField(_("replaced"), null=True)

    objects = ChallengeQuerySet.as_manager()

    class Meta:
        verbose_name = _("code sent")
        verbose_name_plural = _("codes sent")
        indexes = [
            models.Index(fields=["guest_id", "created_at"], name="challenge_of_guest"),
            models.Index(fields=["expires_at"], name="challenge_by_end"),
            models.Index(fields=["email"], name="challenge_by_address"),
        ]

    def __str__(self) -> str:
        return str(self.uuid)


class ThrottleKey(models.Model):
    """Whom a limit counts: a browser, an address (its hash), a network address, or the whole app."""

    key = models.CharField(max_length=100, primary_key=True)
    touched_at = models.DateTimeField()

    class Meta:
        verbose_name = _("counted by a limit")
        verbose_name_plural = _("counted by limits")

    def __str__(self) -> str:
        return self.key


class ThrottleHit(models.Model):
    """One time that it was let through."""

    counted = models.ForeignKey(ThrottleKey, models.CASCADE, related_name="hits")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("let through by a limit")
        verbose_name_plural = _("let through by limits")
        indexes = [
            models.Index(fields=["counted", "at"], name="throttle_hits"),
            models.Index(fields=["at"], name="throttle_by_age"),
        ]

    def __str__(self) -> str:
        return str(self.at)
