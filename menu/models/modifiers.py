"""Groups of choices (milk, toppings, how it is cooked) that products share, and the options in them."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from menu.food import validate_allergens, validate_diets
from menu.models.product import MOST_CENTS, Product, Sellable
from menu.models.restaurant import Restaurant
from menu.models.versioned import Imported, MenuRow


class ModifierGroup(MenuRow, Imported):
    """A question asked with a product. `min_choices` 1 or more makes it required; `max_choices` empty is no limit."""

    restaurant = models.ForeignKey(Restaurant, models.CASCADE, related_name="groups", verbose_name=_("restaurant"))
    key = models.CharField(_("short name"), max_length=80)
    name = models.CharField(_("question"), max_length=120)
    min_choices = models.PositiveSmallIntegerField(_("at least"), default=0)
    max_choices = models.PositiveSmallIntegerField(
        _("at most"), null=True, blank=True, validators=[MinValueValidator(1)], help_text=_("Empty: no limit.")
    )
    free_choices = models.PositiveSmallIntegerField(
        _("included in the price"), default=0, help_text=_("This many choices are free, the dearest first.")
    )
    position = models.PositiveIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("modifier group")
        verbose_name_plural = _("modifier groups")
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["restaurant", "key"], name="group_key_once_per_restaurant")]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a group nobody could answer."""
        if self.max_choices is not None and self.max_choices < self.min_choices:
            raise ValidationError({"max_choices": gettext("At most cannot be less than at least.")})


class Modifier(MenuRow, Imported, Sellable):
    """An option of a group, at `price_cents` on top of the product; `max_quantity` above 1 gives it a count of its own."""

    group = models.ForeignKey(ModifierGroup, models.CASCADE, related_name="modifiers", verbose_name=_("group"))
    sku = models.CharField(_("SKU"), max_length=80, blank=True)
    name = models.CharField(_("name"), max_length=120)
    price_cents = models.PositiveIntegerField(
        _("surcharge (in cents)"), default=0, validators=[MaxValueValidator(MOST_CENTS)]
    )
    is_default = models.BooleanField(_("chosen from the start"), default=False)
    max_quantity = models.PositiveSmallIntegerField(
        _("at most of this"), default=1, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    allergens = models.JSONField(_("allergens"), null=True, blank=True, validators=[validate_allergens])
    diets = models.JSONField(_("diets"), default=list, blank=True, validators=[validate_diets])
    position = models.PositiveIntegerField(_("position"), default=0)
    is_hidden = models.BooleanField(_("hidden"), default=False)

    class Meta:
        verbose_name = _("option")
        verbose_name_plural = _("options")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name

    def menu_owner_id(self) -> int:
        """Return the id of the group's restaurant."""
        return self.group.restaurant_id


class ProductModifierGroup(MenuRow):
    """A group asked with a product, in this place; the bounds may differ from the group's own (empty: as the group)."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="asked", verbose_name=_("product"))
    group = models.ForeignKey(ModifierGroup, models.CASCADE, related_name="asked", verbose_name=_("group"))
    position = models.PositiveIntegerField(_("position"), default=0)
    min_choices = models.PositiveSmallIntegerField(_("at least"), null=True, blank=True)
    max_choices = models.PositiveSmallIntegerField(_("at most"), null=True, blank=True)

    class Meta:
        verbose_name = _("modifier group of a product")
        verbose_name_plural = _("modifier groups of products")
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["product", "group"], name="group_once_per_product")]

    def __str__(self) -> str:
        return str(self.group)

    def menu_owner_id(self) -> int:
        """Return the id of the product's restaurant."""
        return self.product.restaurant_id

    def clean(self) -> None:
        """Refuse a group of another restaurant."""
        if getattr(self, "group_id", None) and self.group.restaurant_id != self.product.restaurant_id:
            raise ValidationError({"group": gettext("This group belongs to another restaurant.")})
