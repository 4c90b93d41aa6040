"""What a promotion and a reward share: the custom attributes that make their discount, and the check of them."""

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.attributes import DISCOUNT_ATTRIBUTES, PREDEFINED, Definition, attribute_problems
from loyalty.currency import minor_digits
from loyalty.domain import discount_problems
from loyalty.models.attributes import CustomAttribute
from loyalty.models.programme import find_programme, validate_currency


def find_definitions(entity: str) -> dict[str, Definition]:
    """Return what attributes may be set on `entity`: the predefined ones and those that staff defined; one query."""
    defined = {row.name: row.definition for row in CustomAttribute.objects.filter(entity=entity)}
    return {definition.name: definition for definition in PREDEFINED.get(entity, ())} | defined


def check_attributes(entity: str, values: object) -> None:
    """Raise ValidationError, naming each attribute at fault, unless all `values` fit their definitions."""
    problems = attribute_problems(values, find_definitions(entity))
    if problems:
        raise ValidationError([_sentence(name, problem) for name, problem in problems.items()])


def check_discount(attributes: Mapping[str, object], *, currency: str) -> None:
    """Raise ValidationError if the attributes mean a discount but make none; none of them set: none is meant."""
    if all(attributes.get(definition.name) in {None, ""} for definition in DISCOUNT_ATTRIBUTES):
        return
    try:
        digits = minor_digits(currency or find_programme().currency)
    except ValueError:
        return  # the currency's own check says so
    problems = discount_problems(attributes, currency_digits=digits)
    if problems:
        raise ValidationError([_sentence(name, problem) for name, problem in problems.items()])


def _sentence(name: str, problem: str) -> str:
    return f"{name}: {gettext(problem)}" if name else gettext(problem)


class DiscountOffer(models.Model):
    """What can be used on an order. The currency is that of the amounts among its attributes."""

    entity = ""

    is_active = models.BooleanField(_("active"), default=True)
    currency = models.CharField(
        _("currency"),
        max_length=3,
        blank=True,
        validators=[validate_currency],
        help_text=_("Of the amounts of the discount. Empty: the programme's."),
    )
    media_url = models.CharField(_("picture"), max_length=500, blank=True)
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)
    expiration_duration = models.DurationField(
        _("valid for"), null=True, blank=True, help_text=_("Once issued or bought. Empty: without end.")
    )

    class Meta:
        abstract = True

    def clean(self) -> None:
        """Refuse attributes that are not defined, values of the wrong type, and a discount that would be none."""
        super().clean()
        check_attributes(self.entity, self.attributes)
        check_discount(self.attributes, currency=self.currency)
