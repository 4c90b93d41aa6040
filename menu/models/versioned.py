"""What rows of the menu share: a change makes a new menu version; an import remembers what it wrote."""

from collections.abc import Iterable
from typing import Any

from django.db import models, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _


class MenuRow(models.Model):
    """A row that is printed on a restaurant's menu: saving or deleting it makes a new version of that menu."""

    class Meta:
        abstract = True

    def menu_owner_id(self) -> int:
        """Return the id of the restaurant whose menu this row is printed on."""
        owner: int = self.restaurant_id  # type: ignore[attr-defined]
        return owner

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the row and make a new menu version in one transaction."""
        with transaction.atomic(savepoint=False):
            super().save(*args, **kwargs)
            renew_menu(restaurant_ids=[self.menu_owner_id()])

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete the row and make a new menu version in one transaction."""
        with transaction.atomic(savepoint=False):
            renew_menu(restaurant_ids=[self.menu_owner_id()])
            return super().delete(*args, **kwargs)


class Imported(models.Model):
    """A row that may come from a menu file: the file's own id of it, and each field as the last import wrote it."""

    source_key = models.CharField(_("id in the imported file"), max_length=200, blank=True, editable=False)
    imported = models.JSONField(_("as last imported"), default=dict, editable=False)

    class Meta:
        abstract = True


def renew_menu(*, restaurant_ids: Iterable[int]) -> None:
    """Count the menu version of these restaurants up, so that every kept rendering of their menu is stale."""
    model = MenuRow._meta.apps.get_model("menu", "Restaurant")
    model._default_manager.filter(pk__in=restaurant_ids).update(menu_version=F("menu_version") + 1)
