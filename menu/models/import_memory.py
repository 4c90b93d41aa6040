"""What menu files have brought so far: how an import tells a new product from one that staff deleted."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from menu.models.restaurant import Restaurant


class BroughtProduct(models.Model):
    """A product that an import put on a menu, by the file's own id; it stays when the product is deleted."""

    restaurant = models.ForeignKey(Restaurant, models.CASCADE, related_name="brought", verbose_name=_("restaurant"))
    source_key = models.CharField(_("id in the imported file"), max_length=200)

    class Meta:
        verbose_name = _("imported product")
        verbose_name_plural = _("imported products")
        constraints = [models.UniqueConstraint(fields=["restaurant", "source_key"], name="brought_once_per_restaurant")]

    def __str__(self) -> str:
        return self.source_key
