"""A category of the menu, nested, with the part of the day it is served in."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from menu.hours import daypart_covers, parse_weekdays
from menu.models.restaurant import Restaurant
from menu.models.versioned import Imported, MenuRow


def validate_weekdays(value: str) -> None:
    """Refuse what cannot be read as weekdays."""
    try:
        parse_weekdays(value)
    except ValueError as error:
        raise ValidationError(gettext("Write weekdays like “Mo-Fr” or “Sa,Su”.")) from error


class Category(MenuRow, Imported):
    """A heading of the menu."""

    restaurant = models.ForeignKey(Restaurant, models.CASCADE, related_name="categories", verbose_name=_("restaurant"))
    parent = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="children", verbose_name=_("within")
    )
    slug = models.SlugField(_("short name"), max_length=80, help_text=_("Offers name a category by this."))
    name = models.CharField(_("name"), max_length=120)
    description = models.TextField(_("description"), blank=True)
    position = models.PositiveIntegerField(_("position"), default=0)
    available_from = models.TimeField(_("served from"), null=True, blank=True)
    available_until = models.TimeField(_("served until"), null=True, blank=True)
    weekdays = models.CharField(
        _("served on"),
        max_length=40,
        blank=True,
        validators=[validate_weekdays],
        help_text=_("E.g. “Mo-Fr” or “Sa,Su”. Empty: every day."),
    )
    is_hidden = models.BooleanField(_("hidden"), default=False)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["restaurant", "slug"], name="category_slug_once_per_restaurant"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a parent of another restaurant, or a category inside itself."""
        ancestor = self.parent
        if ancestor is not None and ancestor.restaurant_id != self.restaurant_id:
            raise ValidationError({"parent": gettext("This category belongs to another restaurant.")})
        while ancestor is not None:
            if ancestor.pk == self.pk and self.pk is not None:
                raise ValidationError({"parent": gettext("A category cannot be inside itself.")})
            ancestor = ancestor.parent

    def is_served(self, *, moment: datetime) -> bool:
        """Say whether this category's own daypart holds at local `moment` (its parents' dayparts count too, see sections)."""
        return daypart_covers(
            weekdays=self.weekdays,
            available_from=self.available_from,
            available_until=self.available_until,
            moment=moment,
        )
