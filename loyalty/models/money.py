"""Stored money: gift cards and prepaid balances are accounts with one ledger. Operations: loyalty.money, loyalty.gift_cards."""

import uuid
from datetime import datetime

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from loyalty.models.catalogue import Shop
from loyalty.models.contacts import Contact
from loyalty.models.programme import validate_currency


class MoneyAccount(models.Model):
    """Money that somebody paid in and can spend: `balance_cents` = the sum of its entries, never below zero.

    It belongs to a gift card, or (prepaid) to a contact.
    """

    currency = models.CharField(_("currency"), max_length=3, validators=[validate_currency])
    balance_cents = models.PositiveBigIntegerField(_("balance (cents)"), default=0, editable=False)
    contact = models.OneToOneField(
        Contact, models.PROTECT, null=True, blank=True, related_name="prepaid", verbose_name=_("contact")
    )

    class Meta:
        verbose_name = _("stored money")
        verbose_name_plural = _("stored money")

    def __str__(self) -> str:
        return f"{self.balance_cents} {self.currency}"


class MoneyKind(models.TextChoices):
    """Why money came or went."""

    SALE = "sale", _("Sold")
    TOP_UP = "top_up", _("Topped up")
    SPEND = "spend", _("Spent")
    GIVE_BACK = "give_back", _("Given back")
    REVERSE = "reverse", _("Reversed")
    ADJUST = "adjust", _("Adjusted by staff")
    MERGE = "merge", _("Taken over from another contact")


class MoneyEntry(models.Model):
    """One row of the ledger, only ever added. `source` names what caused it; a repeat of the cause finds this row."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(MoneyAccount, models.PROTECT, related_name="entries", verbose_name=_("account"))
    kind = models.CharField(_("kind"), max_length=10, choices=MoneyKind.choices)
    source = models.CharField(_("source"), max_length=200)
    cents = models.BigIntegerField(_("amount (cents)"))
    balance_cents = models.PositiveBigIntegerField(_("balance after (cents)"))
    shop = models.ForeignKey(Shop, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("shop"))
    about = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="follow_ups", verbose_name=_("about")
    )
    created_at = models.DateTimeField(_("written"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    made_by = models.CharField(_("by"), max_length=150, blank=True)
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)

    class Meta:
        verbose_name = _("money entry")
        verbose_name_plural = _("money ledger")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["source", "kind"], name="money_once_per_source")]

    def __str__(self) -> str:
        return f"{self.cents:+}"


class GiftCardProgramme(models.Model):
    """A kind of gift card: how much it may hold and how long it lasts."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=120)
    currency = models.CharField(_("currency"), max_length=3, validators=[validate_currency])
    max_amount_cents = models.PositiveIntegerField(_("amount at most (cents)"), validators=[MinValueValidator(1)])
    expiration_days = models.PositiveIntegerField(
        _("days it lasts"), null=True, blank=True, validators=[MinValueValidator(1)], help_text=_("Empty: for good.")
    )
    can_be_topped_up = models.BooleanField(_("can be topped up"), default=True)
    is_active = models.BooleanField(_("cards are issued"), default=True)

    class Meta:
        verbose_name = _("gift card programme")
        verbose_name_plural = _("gift card programmes")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class GiftCardQuerySet(models.QuerySet["GiftCard"]):
    """What is asked of gift cards."""

    def usable(self, *, now: datetime) -> "GiftCardQuerySet":
        """Cards that can be spent: not taken out of use, not past their date."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=now), is_active=True)


class GiftCard(models.Model):
    """A gift card: whoever knows its code can spend it."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    programme = models.ForeignKey(
        GiftCardProgramme, models.PROTECT, related_name="cards", verbose_name=_("gift card programme")
    )
    account = models.OneToOneField(MoneyAccount, models.PROTECT, related_name="gift_card", editable=False)
    code = models.CharField(_("code"), max_length=40, editable=False)
    code_key = models.CharField(max_length=40, unique=True, editable=False)
    issue_key = models.CharField(max_length=200, unique=True, editable=False)
    is_active = models.BooleanField(_("can be used"), default=True)
    created_at = models.DateTimeField(_("issued"), editable=False)
    expires_at = models.DateTimeField(_("ends"), null=True, blank=True)

    objects = GiftCardQuerySet.as_manager()

    class Meta:
        verbose_name = _("gift card")
        verbose_name_plural = _("gift cards")
        ordering = ["-id"]

    def __str__(self) -> str:
        # Never the code: this is what the admin's own log keeps.
        return str(self.uuid)

    @property
    def ending(self) -> str:
        """The last four letters of the code: enough to tell one's cards apart, too few to spend one."""
        return self.code[-4:]


class GiftCardMailQuerySet(models.QuerySet["GiftCardMail"]):
    """What is asked of mails with gift cards."""

    def due(self, *, now: datetime) -> "GiftCardMailQuerySet":
        """Not sent, not given up, and nobody is at it."""
        at_rest = Q(mailing_until=None) | Q(mailing_until__lte=now)
        return self.filter(at_rest, mailed_at=None, given_up_at=None)


class GiftCardMail(models.Model):
    """A gift card that is to be mailed to a contact. Operations: loyalty.card_mail."""

    card = models.ForeignKey(GiftCard, models.CASCADE, related_name="mails", verbose_name=_("gift card"))
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="+", verbose_name=_("contact"))
    message = models.CharField(_("message"), max_length=1000, blank=True)
    asked_at = models.DateTimeField(_("asked for"))
    mailing_until = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(_("mailed"), null=True)
    given_up_at = models.DateTimeField(_("given up"), null=True)

    objects = GiftCardMailQuerySet.as_manager()

    class Meta:
        verbose_name = _("gift card by mail")
        verbose_name_plural = _("gift cards by mail")
        indexes = [
            models.Index(fields=["asked_at"], condition=Q(mailed_at=None, given_up_at=None), name="gift_card_mail_due")
        ]

    def __str__(self) -> str:
        return str(self.asked_at)
