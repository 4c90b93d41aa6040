"""A restaurant: its money, clock, languages, looks, and whether it takes orders now."""

from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from menu.hours import Span, is_open, parse_opening_hours
from menu.models.versioned import renew_menu
from menu.money import currency_codes, minor_digits

PERCENT = [MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))]
_spans_of = lru_cache(maxsize=256)(parse_opening_hours)


class Ordering(models.TextChoices):
    """Whether diners can order."""

    ON = "on", _("Taking orders")
    PAUSED = "paused", _("Paused (with the message below)")
    BROWSE_ONLY = "browse_only", _("Menu only, no ordering")


def validate_time_zone(value: str) -> None:
    """Refuse a name that is no IANA time zone."""
    if value not in available_timezones():
        raise ValidationError(
            gettext("“%(value)s” is not a time zone such as Europe/Amsterdam."), params={"value": value}
        )


def validate_currency(value: str) -> None:
    """Refuse what is no ISO 4217 currency."""
    if value not in currency_codes():
        raise ValidationError(gettext("“%(value)s” is not a currency code such as EUR."), params={"value": value})


def validate_opening_hours(value: str) -> None:
    """Refuse lines that cannot be read as opening hours."""
    try:
        parse_opening_hours(value)
    except ValueError as error:
        raise ValidationError(
            gettext("“%(line)s” cannot be read. Write lines like “Mo-Fr 11:00-14:30, 17:00-22:00”."),
            params={"line": str(error)},
        ) from error


class Restaurant(models.Model):
    """One restaurant; the tables, the menu and the orders hang on it."""

    slug = models.SlugField(_("address name"), unique=True, help_text=_("The menu is at /r/<this>/."))
    name = models.CharField(_("name"), max_length=120)
    tagline = models.CharField(_("tagline"), max_length=200, blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="EUR", validators=[validate_currency])
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="Europe/Amsterdam", validators=[validate_time_zone]
    )
    language = models.CharField(_("language of the menu"), max_length=10, default="en")
    logo = models.ImageField(_("logo"), upload_to="logos/", blank=True)
    logo_drawing = models.CharField(_("built-in logo"), max_length=80, blank=True)
    accent_colour = models.CharField(
        _("accent colour"),
        max_length=7,
        default="#c4432b",
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$", _("Write the colour as #rrggbb."))],
        help_text=_("Used for what can be tapped; made darker or lighter on its own until it can be read."),
    )

    prices_include_tax = models.BooleanField(_("prices include tax"), default=True)
    tax_rate = models.DecimalField(
        _("usual tax rate (%)"), max_digits=6, decimal_places=3, default=Decimal(0), validators=PERCENT
    )
    service_charge_percent = models.DecimalField(
        _("service charge (%)"), max_digits=5, decimal_places=2, default=Decimal(0), validators=PERCENT
    )
    service_charge_tax_rate = models.DecimalField(
        _("tax rate of the service charge (%)"), max_digits=6, decimal_places=3, default=Decimal(0), validators=PERCENT
    )
    tip_percents = models.JSONField(_("tips offered (%)"), default=list, blank=True)
    payment_methods = models.JSONField(
        _("ways to pay"), default=list, blank=True, help_text=_("None chosen: all that this installation offers.")
    )

    receipt_details = models.TextField(
        _("on receipts"),
        blank=True,
        max_length=500,
        help_text=_("Under the name on every receipt: company, address, VAT number. One line each."),
    )

    opening_hours = models.TextField(
        _("opening hours"),
        blank=True,
        validators=[validate_opening_hours],
        help_text=_("One line per group of days, e.g. “Mo-Fr 11:00-14:30, 17:00-22:00”. Empty: always open."),
    )
    ordering = models.CharField(_("ordering"), max_length=12, choices=Ordering.choices, default=Ordering.ON)
    pause_message = models.CharField(
        _("message while paused"), max_length=200, blank=True, help_text=_("What diners read, e.g. why and until when.")
    )

    menu_version = models.PositiveIntegerField(default=1, editable=False)
    last_order_number = models.PositiveIntegerField(default=0, editable=False)
    last_receipt_number = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("restaurant")
        verbose_name_plural = _("restaurants")
        permissions = [("pause_ordering", "Can pause ordering")]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save; the name, looks and hours are printed on the menu, so this makes a new version of it."""
        with transaction.atomic():
            super().save(*args, **kwargs)
            if not kwargs.get("force_insert"):
                renew_menu(restaurant_ids=[self.pk])
                self.refresh_from_db(fields=["menu_version"])

    @property
    def zone(self) -> ZoneInfo:
        """The restaurant's own clock."""
        return ZoneInfo(self.time_zone)

    @property
    def digits(self) -> int:
        """Decimal digits of the currency's minor unit, from ISO 4217."""
        return minor_digits(self.currency)

    @property
    def hours(self) -> tuple[Span, ...]:
        """The opening hours as stretches of the week; none means always open."""
        return _spans_of(self.opening_hours)

    def local(self, now: datetime) -> datetime:
        """Return `now` on the restaurant's own clock."""
        return now.astimezone(self.zone)

    def is_open(self, *, now: datetime) -> bool:
        """Say whether the kitchen is open at `now`."""
        return is_open(self.hours, self.local(now))

    def refusal(self, *, now: datetime) -> str:
        """Return why no order is taken at `now`, in the diner's language; empty when orders are taken."""
        if self.ordering == Ordering.PAUSED:
            return self.pause_message or gettext("We are not taking orders for a moment. Please try again shortly.")
        if self.ordering == Ordering.BROWSE_ONLY:
            return gettext("Please order with our staff; this menu is for browsing.")
        if not self.is_open(now=now):
            return gettext("The kitchen is closed now.")
        return ""
