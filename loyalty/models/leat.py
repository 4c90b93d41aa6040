"""What the backend `leat` remembers in this installation about a programme that runs elsewhere (docs/adr/0030).

Ids are Leat's own texts. No balance is kept here, and no copy of a contact. Operations: loyalty.backends.leat.
"""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

LONGEST_ID = 64
MAX_ATTEMPTS = 5


class LeatDeedQuerySet(models.QuerySet["LeatDeed"]):
    """What is asked of deeds."""

    def done(self) -> "LeatDeedQuerySet":
        """Those that Leat has answered."""
        return self.exclude(answered_at=None)

    def at_rest(self, *, now: datetime, patience: timedelta) -> "LeatDeedQuerySet":
        """Neither answered nor being asked by somebody who may still hear the answer."""
        return self.filter(Q(asked_at=None) | Q(asked_at__lte=now - patience), answered_at=None)


class LeatDeed(models.Model):
    """One change asked of Leat, once: written down before the call, with the answer after it.

    Asked and not answered, it may have happened: it is looked for at Leat before it is asked again.
    """

    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=200)
    subject = models.CharField(max_length=120, blank=True)
    contact_id = models.CharField(max_length=LONGEST_ID, blank=True)
    content = models.JSONField(default=dict)
    before = models.IntegerField(null=True)
    first_asked_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)
    is_doubtful = models.BooleanField(default=False)
    answered_at = models.DateTimeField(null=True)
    answer_id = models.CharField(max_length=LONGEST_ID, blank=True)
    answer = models.JSONField(default=dict)

    objects = LeatDeedQuerySet.as_manager()

    class Meta:
        verbose_name = _("change at Leat")
        verbose_name_plural = _("changes at Leat")
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="leat_deed_once")]
        indexes = [
            models.Index(fields=["kind", "subject"], name="leat_deed_of"),
            models.Index(fields=["answer_id"], name="leat_deed_by_id"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class LeatHoldQuerySet(models.QuerySet["LeatHold"]):
    """What is asked of holds."""

    def live(self, *, now: datetime) -> "LeatHoldQuerySet":
        """Those that keep a voucher for a basket."""
        return self.filter(ended_at=None, held_until__gt=now)

    def lapsed(self, *, now: datetime) -> "LeatHoldQuerySet":
        """Those whose basket let its time pass while Leat still keeps the lock; their key is known."""
        return self.filter(ended_at=None, held_until__lte=now, leat_until__gt=now).exclude(release_key="")


class LeatHold(models.Model):
    """A voucher locked at Leat for one basket. Leat's lock lasts an hour; ours may be shorter, and then it is let go."""

    voucher_id = models.CharField(max_length=LONGEST_ID)
    holder = models.CharField(max_length=120)
    contact_id = models.CharField(max_length=LONGEST_ID)
    release_key = models.CharField(max_length=LONGEST_ID, blank=True, editable=False)
    asked_at = models.DateTimeField()
    held_until = models.DateTimeField()
    leat_until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    is_redeemed = models.BooleanField(default=False)

    objects = LeatHoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("hold at Leat")
        verbose_name_plural = _("holds at Leat")
        constraints = [models.UniqueConstraint(fields=["voucher_id", "holder"], name="leat_hold_of_a_basket")]
        indexes = [models.Index(fields=["contact_id", "held_until"], name="leat_hold_of_member")]

    def __str__(self) -> str:
        return self.voucher_id


class LeatVoucher(models.Model):
    """A voucher seen: Leat finds and redeems them by code only, while pages name them by id."""

    voucher_id = models.CharField(max_length=LONGEST_ID, primary_key=True)
    code = models.CharField(max_length=200)
    contact_id = models.CharField(max_length=LONGEST_ID, blank=True)
    uses = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("voucher at Leat")
        verbose_name_plural = _("vouchers at Leat")

    def __str__(self) -> str:
        return self.voucher_id


class LeatMember(models.Model):
    """What Leat does not know of a member: that the address was proven here, and that they were erased from here."""

    contact_id = models.CharField(max_length=LONGEST_ID, primary_key=True)
    verified_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("member at Leat")
        verbose_name_plural = _("members at Leat")

    def __str__(self) -> str:
        return self.contact_id


class LeatConsent(models.Model):
    """One choice about a consent, with the words that were shown: Leat keeps only how it stands. Only ever added to."""

    contact_id = models.CharField(max_length=LONGEST_ID, db_index=True)
    kind = models.CharField(max_length=20)
    granted = models.BooleanField()
    wording = models.TextField()
    given_at = models.DateTimeField()

    class Meta:
        verbose_name = _("consent of a member at Leat")
        verbose_name_plural = _("consents of members at Leat")
        ordering = ["given_at", "id"]

    def __str__(self) -> str:
        return self.kind


class LeatLoginQuerySet(models.QuerySet["LeatLogin"]):
    """What is asked of logins."""

    def open(self, *, now: datetime) -> "LeatLoginQuerySet":
        """Neither used nor past their time, with a try left."""
        return self.filter(used_at=None, expires_at__gt=now, attempts__lt=MAX_ATTEMPTS)


class LeatLogin(models.Model):
    """A code that Leat mailed for one browser: which address it was, for Leat asks for both. The code is only Leat's."""

    guest_id = models.UUIDField(primary_key=True)
    email = models.EmailField(db_index=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)

    objects = LeatLoginQuerySet.as_manager()

    class Meta:
        verbose_name = _("code sent by Leat")
        verbose_name_plural = _("codes sent by Leat")

    def __str__(self) -> str:
        return str(self.guest_id)
