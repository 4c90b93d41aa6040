"""The 14 allergens of EU regulation 1169/2011 (annex II) and the diets a dish can be marked for."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class Allergen(models.TextChoices):
    """A substance that must be declared."""

    GLUTEN = "gluten", gettext_lazy("Gluten")
    CRUSTACEANS = "crustaceans", gettext_lazy("Crustaceans")
    EGGS = "eggs", gettext_lazy("Eggs")
    FISH = "fish", gettext_lazy("Fish")
    PEANUTS = "peanuts", gettext_lazy("Peanuts")
    SOYBEANS = "soybeans", gettext_lazy("Soybeans")
    MILK = "milk", gettext_lazy("Milk")
    NUTS = "nuts", gettext_lazy("Nuts")
    CELERY = "celery", gettext_lazy("Celery")
    MUSTARD = "mustard", gettext_lazy("Mustard")
    SESAME = "sesame", gettext_lazy("Sesame")
    SULPHITES = "sulphites", gettext_lazy("Sulphites")
    LUPIN = "lupin", gettext_lazy("Lupin")
    MOLLUSCS = "molluscs", gettext_lazy("Molluscs")


class Diet(models.TextChoices):
    """A way of eating that a dish suits."""

    VEGAN = "vegan", gettext_lazy("Vegan")
    VEGETARIAN = "vegetarian", gettext_lazy("Vegetarian")
    HALAL = "halal", gettext_lazy("Halal")
    KOSHER = "kosher", gettext_lazy("Kosher")
    GLUTEN_FREE = "gluten_free", gettext_lazy("Gluten-free")
    LACTOSE_FREE = "lactose_free", gettext_lazy("Lactose-free")


def validate_allergens(value: object) -> None:
    """Refuse anything but None (not recorded) or a list of allergen keys ([] = none declared)."""
    if value is not None and not (isinstance(value, list) and set(value) <= set(Allergen.values)):
        raise ValidationError(_("Allergens are a list of known allergens."))


def validate_diets(value: object) -> None:
    """Refuse anything but a list of diet keys."""
    if not (isinstance(value, list) and set(value) <= set(Diet.values)):
        raise ValidationError(_("Diets are a list of known diets."))
