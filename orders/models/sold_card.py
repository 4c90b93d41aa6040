"""Gift cards that lines of orders sold."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.models.order import LineItem


class SoldCard(models.Model):
    """A gift card that a line sold, one row for each of its units: the line's result (Order at Table guide)."""

    line = models.ForeignKey(LineItem, models.PROTECT, related_name="sold_cards", verbose_name=_("line"))
    position = models.PositiveIntegerField(_("unit of the line"))
    code = models.CharField(_("code"), max_length=40, blank=True, editable=False)
    link_id = models.CharField(_("movement"), max_length=80, blank=True)
    expires_at = models.DateTimeField(_("ends"), null=True, blank=True)
    problem = models.CharField(
        _("problem"), max_length=80, blank=True, help_text=_("Why no card was issued although it was paid.")
    )

    class Meta:
        verbose_name = _("gift card sold")
        verbose_name_plural = _("gift cards sold")
        ordering = ["line", "position"]
        constraints = [models.UniqueConstraint(fields=["line", "position"], name="sold_card_once_per_unit")]

    def __str__(self) -> str:
        return f"{self.line} ({self.position + 1})"
