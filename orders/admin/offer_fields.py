"""Form fields of offers: products and categories picked from the menu, days, and the picture kept as an address."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext

from menu.admin.tree import read_branches
from menu.models import Category, Product, Restaurant, Variant

type Choices = list[tuple[str, Any]]

MOST_DAYS = 3650
DAY = timedelta(days=1)


class ProductsField(forms.MultipleChoiceField):
    """Products and sizes ticked on the menu, kept as SKUs with commas between them. `offer_menu` fills the choices."""

    def prepare_value(self, value: Any) -> Any:
        """Show the stored text as ticks."""
        return read_codes(value) if isinstance(value, str | int) else value

    def clean(self, value: Any) -> str:
        """Return the SKUs as they are stored."""
        return ",".join(super().clean(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare what is ticked."""
        return set(read_codes(initial)) != set(data or [])


class DaysField(forms.DecimalField):
    """A length of time typed in days."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, min_value=Decimal("0.01"), max_value=MOST_DAYS, decimal_places=2, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Show a stored length in days; leave what was typed as it was."""
        if not isinstance(value, timedelta):
            return value
        days = Decimal(value // timedelta(seconds=1)) / Decimal(DAY // timedelta(seconds=1))
        return f"{days.quantize(Decimal('0.01')).normalize():f}"

    def clean(self, value: Any) -> Any:
        """Return the length of time; empty is none."""
        days = super().clean(value)
        return None if days is None else timedelta(seconds=int(days * (DAY // timedelta(seconds=1))))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare lengths as they are shown, so that one with odd seconds stays as it is."""
        return str(self.prepare_value(initial) or "") != str(data or "").strip()


class StoredPicture:
    """The picture of an offer as a file input shows it: what is kept is its address."""

    def __init__(self, url: str) -> None:
        self.url = url

    def __str__(self) -> str:
        return self.url.rpartition("/")[2]

    @property
    def name(self) -> str:
        """The name in our own storage; empty for an address elsewhere."""
        return self.url.removeprefix(settings.MEDIA_URL) if self.url.startswith(settings.MEDIA_URL) else ""


def read_codes(value: object) -> list[str]:
    """Return the SKUs of a stored text."""
    return [code.strip() for code in str(value or "").split(",") if code.strip()]


def offer_menu(products: Any, category: Any, *, stored_codes: list[str], stored_category: str) -> None:
    """Fill the two fields with what the restaurants sell; what is stored but gone stays a choice, and says so."""
    groups = _product_choices()
    known = {code for _group, choices in groups for code, _name in choices}
    gone = [code for code in stored_codes if code not in known]
    if gone:
        groups.append((gettext("Not on the menu"), [(code, code) for code in gone]))
    products.choices = groups
    slugs = _category_choices()
    if stored_category and stored_category not in {slug for slug, _name in slugs}:
        slugs.append((stored_category, gettext("%(slug)s (not on the menu)") % {"slug": stored_category}))
    category.choices = [("", "—"), *slugs]


def _product_choices() -> Choices:
    """Return SKUs with names under the name of their first category, as the menu has them."""
    several = Restaurant.objects.count() > 1
    products = (
        Product.objects.filter(is_hidden=False)
        .exclude(sku="")
        .select_related("restaurant")
        .prefetch_related("categories")
    )
    sizes: dict[int, list[Variant]] = {}
    for size in Variant.objects.filter(is_hidden=False).exclude(sku="").order_by("position", "pk"):
        sizes.setdefault(size.product_id, []).append(size)
    found: dict[str, dict[str, str]] = {}
    seen: set[str] = set()
    for product in products.order_by("restaurant__name", "categories__position", "position", "pk").distinct():
        first = min(product.categories.all(), key=lambda category: (category.position, category.pk), default=None)
        heading = first.name if first else gettext("Other")
        heading = f"{product.restaurant}: {heading}" if several else heading
        own = sizes.get(product.pk, [])
        names = {product.sku: gettext("%(name)s, every size") % {"name": product.name} if own else product.name}
        names |= {size.sku: f"{product.name}, {size.name}" for size in own}
        for sku, name in names.items():
            # A SKU with a comma in it cannot be named: commas stand between them.
            if sku not in seen and "," not in sku:
                seen.add(sku)
                found.setdefault(heading, {})[sku] = name
    return [(heading, list(names.items())) for heading, names in found.items()]


def _category_choices() -> Choices:
    several = Restaurant.objects.count() > 1
    choices: dict[str, str] = {}
    for branch in read_branches(Category.objects.select_related("restaurant")):
        name = "\u2003" * branch.depth + branch.category.name
        choices.setdefault(branch.category.slug, f"{branch.category.restaurant}: {name}" if several else name)
    return list(choices.items())
