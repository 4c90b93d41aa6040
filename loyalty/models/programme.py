"""The one programme of this installation, what its points count, and its tiers."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.currency import minor_digits

NOT_NEGATIVE = [MinValueValidator(Decimal(0))]
ONLY_ID = 1


def validate_currency(value: str) -> None:
    """Refuse what is no ISO 4217 currency that money can be counted in."""
    try:
        minor_digits(value)
    except ValueError as error:
        raise ValidationError(
            gettext("“%(value)s” is not a currency code such as EUR."), params={"value": value}
        ) from error


def validate_time_zone(value: str) -> None:
    """Refuse a name that is no IANA time zone."""
    if value not in available_timezones():
        raise ValidationError(
            gettext("“%(value)s” is not a time zone such as Europe/Amsterdam."), params={"value": value}
        )


class Unit(models.Model):
    """What points are given for: one major unit of money spent, a visit … (leat-api.md section 7)."""

    name = models.SlugField(_("name"), unique=True)
    label = models.CharField(_("label"), max_length=80)
    prefix = models.CharField(_("prefix"), max_length=10, blank=True)
    points_each = models.DecimalField(
        _("points for one"), max_digits=9, decimal_places=4, default=Decimal(1), validators=NOT_NEGATIVE
    )

    class Meta:
        verbose_name = _("unit")
        verbose_name_plural = _("units")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.label


class Programme(models.Model):
    """The loyalty programme: one row, with id 1. Read it through `find_programme`."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY_ID, editable=False)
    name = models.CharField(_("name"), max_length=120, default="Tableside")
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="Europe/Amsterdam", validators=[validate_time_zone]
    )
    currency = models.CharField(_("currency"), max_length=3, default="EUR", validators=[validate_currency])
    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="+", verbose_name=_("unit"), help_text=_("What orders earn points for.")
    )
    points_valid_days = models.PositiveIntegerField(
        _("days points are valid"), null=True, blank=True, help_text=_("Empty: points do not expire.")
    )
    welcome_promotion = models.ForeignKey(
        "loyalty.Promotion",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("welcome voucher"),
        help_text=_("Everybody who signs up gets a voucher of this promotion."),
    )
    birthday_promotion = models.ForeignKey(
        "loyalty.Promotion",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("birthday voucher"),
        help_text=_("Members get a voucher of this promotion on their birthday, once a year."),
    )
    has_tills = models.BooleanField(
        _("tills take offers"),
        default=True,
        help_text=_(
            "Members can mark offers for use at a till and show a code there. Off: the pages do not speak of tills."
        ),
    )

    class Meta:
        verbose_name = _("loyalty programme")
        verbose_name_plural = _("loyalty programme")
        constraints = [models.CheckConstraint(condition=models.Q(id=ONLY_ID), name="one_programme")]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """The programme's own clock."""
        return ZoneInfo(self.time_zone)

    def today(self, *, now: datetime) -> date:
        """Return the date on the programme's own clock."""
        return now.astimezone(self.zone).date()

    def points_expire_at(self, *, earned_at: datetime) -> datetime | None:
        """Return the end of the last day on which points earned then are valid; None: they do not expire."""
        if self.points_valid_days is None:
            return None
        last_day = self.today(now=earned_at) + timedelta(days=self.points_valid_days)
        return datetime.combine(last_day + timedelta(days=1), datetime.min.time(), tzinfo=self.zone)


def find_programme() -> Programme:
    """Return the programme, made with its defaults (a point for each major unit spent) where there is none yet."""
    programme = Programme.objects.select_related("unit").filter(pk=ONLY_ID).first()
    return programme or make_programme()


def make_programme(**fields: Any) -> Programme:
    """Make the programme's row, or return the one that somebody else has just made."""
    unit, _made = Unit.objects.get_or_create(name="purchase_amount", defaults={"label": "Purchase amount"})
    programme, _made = Programme.objects.get_or_create(pk=ONLY_ID, defaults={"unit": unit, **fields})
    return programme


class Tier(models.Model):
    """A level of membership; its members' points are multiplied."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    description = models.CharField(_("description"), max_length=300, blank=True)
    position = models.PositiveIntegerField(_("position"), default=0)
    multiplier = models.DecimalField(
        _("points multiplied by"), max_digits=6, decimal_places=3, default=Decimal(1), validators=NOT_NEGATIVE
    )
    reached_at_points = models.PositiveIntegerField(
        _("reached at points"),
        null=True,
        blank=True,
        help_text=_("Points earned with orders in all, spent or not. Empty: given by hand only."),
    )

    class Meta:
        verbose_name = _("tier")
        verbose_name_plural = _("tiers")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name
