"""Gift cards and vouchers that lines of orders sold."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.models.order import LineItem


class SoldCardQuerySet(models.QuerySet["SoldCard"]):
    """What is asked of what was sold."""

    def to_issue(self) -> "SoldCardQuerySet":
        """Paid for, refused by the programme, and not given back."""
        return self.exclude(problem="").filter(taken_back_at=None)

    def closed(self) -> "SoldCardQuerySet":
        """Closed to be taken back, and not part of a return: the try got no further."""
        return self.filter(returned=False).exclude(taken_back_at=None)

    def closing(self) -> "SoldCardQuerySet":
        """Being closed, and nobody wrote down that it was: it may be closed or not."""
        return self.filter(returned=False, taken_back_at=None).exclude(closing_at=None)


class SoldCard(models.Model):
    """A gift card or voucher that a line sold, one row for each of its units: the line's result (Order at Table guide).

    `link_id` is the movement that loaded the card, or the voucher. `issuing_at` is written down before the programme is
    asked again for one that it refused: while it is set, it may be issued. `closing_at` is written down before it is
    asked to close it, `taken_back_at` once it has.
    """

    line = models.ForeignKey(LineItem, models.PROTECT, related_name="sold_cards", verbose_name=_("line"))
    position = models.PositiveIntegerField(_("unit of the line"))
    code = models.CharField(_("code"), max_length=40, blank=True, editable=False)
    link_id = models.CharField(_("movement"), max_length=80, blank=True)
    expires_at = models.DateTimeField(_("ends"), null=True, blank=True)
    problem = models.CharField(
        _("problem"), max_length=80, blank=True, help_text=_("Why it was not issued although it was paid.")
    )

    issuing_at = models.DateTimeField(null=True, blank=True, editable=False)
    returned = models.BooleanField(_("returned"), default=False)
    closing_at = models.DateTimeField(null=True, blank=True, editable=False)
    taken_back_at = models.DateTimeField(_("taken back"), null=True, blank=True)

    objects = SoldCardQuerySet.as_manager()

    class Meta:
        verbose_name = _("gift card or voucher sold")
        verbose_name_plural = _("gift cards and vouchers sold")
        ordering = ["line", "position"]
        constraints = [models.UniqueConstraint(fields=["line", "position"], name="sold_card_once_per_unit")]

    def __str__(self) -> str:
        return f"{self.line} ({self.position + 1})"
