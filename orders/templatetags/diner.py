"""What the diner's templates need beyond Django's own: money, pictures, the restaurant's stylesheet, names of allergens."""

from collections.abc import Iterable
from decimal import Decimal

from babel.numbers import format_percent
from django import template
from django.urls import reverse
from django.utils.translation import get_language

from menu.colour import brand_name
from menu.food import Allergen
from menu.models import Product, Restaurant
from menu.models.table import table_label
from menu.money import format_money
from menu.pictures import Picture, logo_sources, sources

register = template.Library()
register.filter("table_label", table_label)


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
def picture(product: Product) -> Picture | None:
    """Return the product's picture; None where it has none, or names a drawing that is not among the static files."""
    try:
        return sources(product)
    except ValueError:  # the manifest of hashed names does not know it
        return None


@register.filter
def logo(restaurant: Restaurant) -> Picture | None:
    """Return the restaurant's logo; None where it has none, or names a drawing that is not among the static files."""
    try:
        return logo_sources(restaurant)
    except ValueError:
        return None


@register.filter
def brand_url(restaurant: Restaurant) -> str:
    """Return the address of the stylesheet with the restaurant's accent colour."""
    return reverse("brand", args=[brand_name(restaurant.accent_colour)])


@register.filter
def allergen_names(keys: Iterable[str]) -> str:
    """Return allergens as a diner reads them: "Gluten, Milk"."""
    return ", ".join(str(Allergen(key).label) for key in keys if key in Allergen.values)
