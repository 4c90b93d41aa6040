"""What the diner's templates need beyond Django's own: money, pictures, the restaurant's stylesheet, names of allergens."""

from collections.abc import Iterable
from decimal import Decimal

from babel.numbers import format_percent
from django import template
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from menu.colour import brand_name
from menu.food import Allergen
from menu.models import Product, Restaurant
from menu.money import format_money

register = template.Library()


@register.filter
def money(cents: int, currency: str) -> str:
    """Return an amount in minor units the way the page's language writes it: {{ total_cents|money:currency }}."""
    return format_money(cents, currency, get_language() or "en")


@register.filter
def percent(value: Decimal | int) -> str:
    """Return a percentage the way the page's language writes it: 7.5 -> "7.5%", "7,5 %"."""
    return format_percent(
        Decimal(value) / 100, locale=(get_language() or "en").replace("-", "_"), decimal_quantization=False
    )


@register.filter
def table_label(name: str) -> str:
    """Return what to call a table: a bare number gets the word in front, "Terrace 2" is a name already."""
    return _("Table %(name)s") % {"name": name} if name.isdigit() else name


@register.filter
def picture_url(product: Product) -> str:
    """Return the address of the product's picture; empty where there is none."""
    if product.picture:
        return product.picture.url
    return static(f"pictures/{product.drawing}.svg") if product.drawing else ""


@register.filter
def logo_url(restaurant: Restaurant) -> str:
    """Return the address of the restaurant's logo; empty where there is none."""
    if restaurant.logo:
        return restaurant.logo.url
    return static(f"pictures/{restaurant.logo_drawing}.svg") if restaurant.logo_drawing else ""


@register.filter
def brand_url(restaurant: Restaurant) -> str:
    """Return the address of the stylesheet with the restaurant's accent colour."""
    return reverse("brand", args=[brand_name(restaurant.accent_colour)])


@register.filter
def allergen_names(keys: Iterable[str]) -> str:
    """Return allergens as a diner reads them: "Gluten, Milk"."""
    return ", ".join(str(Allergen(key).label) for key in keys if key in Allergen.values)
