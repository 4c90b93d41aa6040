"""A table and the opaque code printed on it."""

import secrets

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from menu.models.restaurant import Restaurant

# No vowels and no look-alikes: codes spell no words and survive being typed off a card. 12 of 27 letters: 57 bits.
CODE_ALPHABET = "23456789bcdfghjkmnpqrstvwxz"


def new_table_code() -> str:
    """Return a code nobody can guess."""
    return "".join(secrets.choice(CODE_ALPHABET) for _letter in range(12))


def table_label(name: str) -> str:
    """Return what to call a table: a bare number gets the word in front, "Terrace 2" is a name already."""
    return gettext("Table %(name)s") % {"name": name} if name.isdigit() else name


class Table(models.Model):
    """Where guests sit; its code opens the menu and lets one order, and shows nobody's earlier orders."""

    restaurant = models.ForeignKey(Restaurant, models.CASCADE, related_name="tables", verbose_name=_("restaurant"))
    name = models.CharField(_("name"), max_length=40)
    position = models.PositiveIntegerField(_("position"), default=0)
    code = models.CharField(_("code"), max_length=40, unique=True, default=new_table_code, editable=False)
    rotated_at = models.DateTimeField(_("code renewed"), null=True, blank=True, editable=False)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("table")
        verbose_name_plural = _("tables")
        ordering = ["restaurant", "position", "id"]
        constraints = [models.UniqueConstraint(fields=["restaurant", "name"], name="table_name_once_per_restaurant")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the address that the printed code carries."""
        return f"/t/{self.code}/"
