"""People in the programme, what they agreed to, and the tiers they were in."""

import uuid
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from loyalty.domain import normalise_email
from loyalty.models.offers import check_attributes
from loyalty.models.programme import Tier


class ContactQuerySet(models.QuerySet["Contact"]):
    """What is asked of contacts."""

    def members(self) -> "ContactQuerySet":
        """Contacts that have not been erased or merged into another."""
        return self.filter(erased_at=None)

    def with_address(self, email: str) -> "ContactQuerySet":
        """The member with this address, in whatever case it is written."""
        return self.members().filter(email=normalise_email(email))


class Contact(models.Model):
    """A person in the programme. Operations: loyalty.membership; their points: loyalty.ledger."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(_("e-mail"), unique=True, null=True, blank=True)
    first_name = models.CharField(_("first name"), max_length=80, blank=True)
    last_name = models.CharField(_("last name"), max_length=80, blank=True)
    birthdate = models.DateField(_("birthdate"), null=True, blank=True)
    locale = models.CharField(_("language"), max_length=10, default="en")
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)
    tier = models.ForeignKey(Tier, models.PROTECT, null=True, blank=True, editable=False, verbose_name=_("tier"))
    balance = models.IntegerField(_("points"), default=0, editable=False)
    earned_points = models.IntegerField(_("points earned in all"), default=0, editable=False)
    created_at = models.DateTimeField(_("member since"), editable=False)
    verified_at = models.DateTimeField(_("address proven"), null=True, blank=True, editable=False)
    erased_at = models.DateTimeField(_("erased"), null=True, blank=True, editable=False)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, editable=False, related_name="+", verbose_name=_("merged into")
    )

    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        permissions = [("adjust_points", "Can adjust points")]
        ordering = ["-id"]

    def __str__(self) -> str:
        # Never the address: this is what the admin's own log keeps.
        return str(self.uuid)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, with the address in its one spelling."""
        self.email = normalise_email(self.email) if self.email else None
        super().save(*args, **kwargs)

    def clean(self) -> None:
        """Bring the address into its one spelling before it is compared, and refuse attributes that are not defined."""
        super().clean()
        self.email = normalise_email(self.email) if self.email else None
        check_attributes("contact", self.attributes)

    def verify(self, *, now: datetime) -> bool:
        """Remember that the address is proven; return whether this was the first time."""
        return Contact.objects.filter(pk=self.pk, verified_at=None).update(verified_at=now) == 1

    def move_to_tier(self, tier: Tier | None, *, now: datetime) -> None:
        """Put the contact into `tier` from now on."""
        TierChange.objects.create(contact=self, tier=tier, changed_at=now)
        Contact.objects.filter(pk=self.pk).update(tier=tier)

    def tier_at(self, moment: datetime) -> Tier | None:
        """Return the tier the contact was in at `moment`."""
        change = self.tier_changes.filter(changed_at__lte=moment).select_related("tier").last()
        return change.tier if change else None

    def consents_now(self) -> dict[str, bool]:
        """Return the latest choice of each kind of consent; one query."""
        return {consent.kind: consent.granted for consent in self.consents.all()}


class TierChange(models.Model):
    """A contact entered a tier, or (none) left all of them."""

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="tier_changes", verbose_name=_("contact"))
    tier = models.ForeignKey(Tier, models.PROTECT, null=True, verbose_name=_("tier"))
    changed_at = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("tier change")
        verbose_name_plural = _("tier changes")
        ordering = ["changed_at", "id"]

    def __str__(self) -> str:
        return str(self.tier or "–")


class ConsentRecord(models.Model):
    """One choice about a consent, with the words that were shown. Only ever added to."""

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="consents", verbose_name=_("contact"))
    kind = models.CharField(_("kind"), max_length=20)
    granted = models.BooleanField(_("granted"))
    wording = models.TextField(_("wording shown"))
    given_at = models.DateTimeField(_("given"))

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering = ["given_at", "id"]

    def __str__(self) -> str:
        return self.kind


def lock_contacts(*contact_ids: int) -> list[Contact]:
    """Take the rows of these contacts, in the order of their ids, until the transaction ends; return them as they are.

    The first statement of every transaction that counts or sums what a contact has: an update that changes nothing, so
    that a second one waits here, on every database.
    """
    for contact_id in sorted(contact_ids):
        Contact.objects.filter(pk=contact_id).update(balance=F("balance"))
    return list(Contact.objects.filter(pk__in=contact_ids).order_by("pk"))
