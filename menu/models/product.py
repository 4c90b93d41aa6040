"""A product and its sizes: names, prices, what is in it, and whether it is sold out."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from menu.food import validate_allergens, validate_diets
from menu.models.category import Category
from menu.models.restaurant import PERCENT, Restaurant
from menu.models.versioned import Imported, MenuRow
from menu.till_codes import validate_till_codes

MOST_CENTS = 100_000_000


class Sellable(models.Model):
    """What runs out: a product, a size of it, or an option. Sold out until a moment, or until somebody says otherwise."""

    sold_out_since = models.DateTimeField(_("sold out since"), null=True, blank=True)
    sold_out_until = models.DateTimeField(
        _("sold out until"), null=True, blank=True, help_text=_("Empty: until you put it back on sale.")
    )

    class Meta:
        abstract = True

    def is_sold_out(self, *, now: datetime) -> bool:
        """Say whether this cannot be ordered at `now`."""
        return self.sold_out_since is not None and (self.sold_out_until is None or now < self.sold_out_until)


class CodedAtTills(models.Model):
    """What has a code of its own at tills of other makes, beside its SKU."""

    till_codes = models.TextField(
        _("codes at tills"),
        blank=True,
        validators=[validate_till_codes],
        help_text=_("A line for each make of till, such as “Acme=1001”. Tills of other makes are told the SKU."),
    )

    class Meta:
        abstract = True


class ProductKind(models.TextChoices):
    """What selling a product means beyond the kitchen."""

    FOOD = "food", _("Food or drink")
    GIFT_CARD = "gift_card", _("Gift card")
    VOUCHER = "voucher", _("Voucher")


class Product(MenuRow, Imported, Sellable, CodedAtTills):
    """Something one can order. With sizes, the price is each size's own and `price_cents` is empty."""

    restaurant = models.ForeignKey(Restaurant, models.CASCADE, related_name="products", verbose_name=_("restaurant"))
    categories = models.ManyToManyField(Category, related_name="products", blank=True, verbose_name=_("categories"))
    sku = models.CharField(_("SKU"), max_length=80, help_text=_("Your own article number; offers name products by it."))
    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    price_cents = models.PositiveIntegerField(
        _("price (in cents)"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(MOST_CENTS)],
        help_text=_("In the smallest unit of the currency. Empty for a product with sizes."),
    )
    groups = models.ManyToManyField(
        "menu.ModifierGroup", through="menu.ProductModifierGroup", related_name="products", verbose_name=_("modifiers")
    )
    position = models.PositiveIntegerField(_("position"), default=0)

    picture = models.ImageField(_("picture"), upload_to="products/", blank=True)
    drawing = models.CharField(_("built-in drawing"), max_length=80, blank=True)
    allergens = models.JSONField(_("allergens"), null=True, blank=True, validators=[validate_allergens])
    diets = models.JSONField(_("diets"), default=list, blank=True, validators=[validate_diets])
    tax_rate = models.DecimalField(
        _("tax rate (%)"),
        max_digits=6,
        decimal_places=3,
        null=True,
        blank=True,
        validators=PERCENT,
        help_text=_("Empty: the restaurant's usual rate."),
    )
    kind = models.CharField(_("kind"), max_length=12, choices=ProductKind.choices, default=ProductKind.FOOD)
    promotion = models.CharField(
        _("promotion"),
        max_length=64,
        blank=True,
        help_text=_("Of a voucher: what the buyer gets one of. Empty for everything else."),
    )
    is_alcohol = models.BooleanField(_("contains alcohol"), default=False)
    discountable = models.BooleanField(_("discounts apply"), default=True)
    earns_points = models.BooleanField(_("earns points"), default=True)
    is_hidden = models.BooleanField(_("hidden"), default=False)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        permissions = [("mark_sold_out", "Can mark things sold out")]
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["restaurant", "sku"], name="product_sku_once_per_restaurant"),
            models.UniqueConstraint(
                fields=["restaurant", "source_key"],
                condition=~Q(source_key=""),
                name="product_source_once_per_restaurant",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def takes_discounts(self) -> bool:
        """Whether discounts apply: never to gift cards, which are money, whatever was ticked (offer-rules.md 6)."""
        return self.discountable and self.kind != ProductKind.GIFT_CARD

    @property
    def gives_points(self) -> bool:
        """Whether buying it earns points: never with gift cards, which earn when they are spent (offer-rules.md 10)."""
        return self.earns_points and self.kind != ProductKind.GIFT_CARD

    def clean(self) -> None:
        """Refuse a voucher of no promotion, and a promotion of what is no voucher."""
        super().clean()
        if self.kind == ProductKind.VOUCHER and not self.promotion:
            raise ValidationError({"promotion": gettext("Choose of which promotion the buyer gets a voucher.")})
        if self.kind != ProductKind.VOUCHER and self.promotion:
            raise ValidationError({"promotion": gettext("Only a product of the kind “Voucher” has a promotion.")})


class Variant(MenuRow, Imported, Sellable, CodedAtTills):
    """A size of a product, with a price and a SKU of its own."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="variants", verbose_name=_("product"))
    sku = models.CharField(_("SKU"), max_length=80)
    name = models.CharField(_("name"), max_length=120)
    price_cents = models.PositiveIntegerField(_("price (in cents)"), validators=[MaxValueValidator(MOST_CENTS)])
    position = models.PositiveIntegerField(_("position"), default=0)
    is_hidden = models.BooleanField(_("hidden"), default=False)

    class Meta:
        verbose_name = _("size")
        verbose_name_plural = _("sizes")
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["product", "sku"], name="variant_sku_once_per_product")]

    def __str__(self) -> str:
        return self.name

    def menu_owner_id(self) -> int:
        """Return the id of the product's restaurant."""
        return self.product.restaurant_id
