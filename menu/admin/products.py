"""Products in the admin: the list a waiter uses in the middle of service, and the form."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from menu.admin import sold_out
from menu.admin.base import MenuAdmin
from menu.admin.forms import AskedForm, NamedCellsFormSet, ProductForm, VariantForm
from menu.models import Category, ModifierGroup, Product, ProductModifierGroup, Variant
from menu.money import format_money
from menu.pictures import sources


class Availability(admin.SimpleListFilter):
    """On sale, sold out, hidden."""

    title = _("availability")
    parameter_name = "sale"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the choices."""
        return [("on", _("On sale")), ("out", _("Sold out")), ("hidden", _("Hidden"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow the list."""
        out = Q(sold_out_since__isnull=False) & (Q(sold_out_until=None) | Q(sold_out_until__gt=timezone.now()))
        if self.value() == "hidden":
            return queryset.filter(is_hidden=True)
        if self.value() == "out":
            return queryset.filter(out)
        return queryset.filter(~out, is_hidden=False) if self.value() == "on" else queryset


class AllergensRecorded(admin.SimpleListFilter):
    """Products whose allergens nobody wrote down yet."""

    title = _("allergens")
    parameter_name = "allergens"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the choices."""
        return [("missing", _("Not recorded")), ("recorded", _("Recorded"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow the list."""
        if self.value() not in {"missing", "recorded"}:
            return queryset
        return queryset.filter(allergens__isnull=self.value() == "missing")


class InCategory(admin.SimpleListFilter):
    """A category with all that is within it, in the order of the menu."""

    title = _("category")
    parameter_name = "category"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the categories."""
        rows = Category.objects.order_by("restaurant", "position", "id").values_list("pk", "name")
        return [(str(pk), name) for pk, name in rows]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow the list."""
        value: str = self.value() or ""
        if not value.isdecimal():
            return queryset
        within = Q(categories=value) | Q(categories__parent=value) | Q(categories__parent__parent=value)
        return queryset.filter(within).distinct()


class VariantInline(admin.TabularInline[Any, Any]):
    """The sizes of a product."""

    model = Variant
    form = VariantForm
    formset = NamedCellsFormSet
    extra = 0
    fields = ("name", "price_cents", "sku", "till_codes", "position", "is_hidden", "on_sale")
    readonly_fields = ("on_sale",)

    @admin.display(description=_("On sale"))
    def on_sale(self, variant: Any) -> SafeString | str:
        """Show whether the size can be had, with the buttons."""
        if variant.pk is None:
            return "—"
        return sold_out.cell(variant, now=timezone.now(), may_change=True)


class AskedInline(admin.TabularInline[Any, Any]):
    """The modifier groups asked with a product."""

    model = ProductModifierGroup
    form = AskedForm
    formset = NamedCellsFormSet
    extra = 0
    verbose_name = _("modifier group")
    verbose_name_plural = _("modifier groups asked")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Read the groups along: each row is called by its group."""
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.select_related("group")

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Offer the groups of the product's restaurant, read once for all rows."""
        formset = super().get_formset(request, obj, **kwargs)
        field: Any = formset.form.base_fields.get("group")
        if field is not None:
            groups = ModifierGroup.objects.order_by("restaurant", "position", "id")
            if obj is not None:
                groups = groups.filter(restaurant=obj.restaurant_id)
            field.queryset = groups
            field.choices = [("", "—"), *((group.pk, str(group)) for group in groups)]
        return formset


@admin.register(Product)
class ProductAdmin(MenuAdmin):
    """The products of all restaurants."""

    form = ProductForm
    pictures: ClassVar[dict[str, str]] = {"picture": "products"}
    inlines = (VariantInline, AskedInline)
    list_display = ("thumbnail", "name", "price", "in_categories")
    list_display_links = ("name",)
    list_select_related = ("restaurant",)
    list_filter = (Availability, InCategory, AllergensRecorded, "restaurant")
    search_fields = ("name", "sku", "description", "variants__sku")
    ordering = ("restaurant", "position", "id")
    readonly_fields = ("thumbnail", "on_sale")
    fieldsets = (
        (None, {"fields": ("restaurant", "on_sale", "name", "description", "price_cents", "categories")}),
        (_("Picture"), {"fields": ("thumbnail", "picture")}),
        (_("What is in it"), {"fields": ("allergens", "diets", "is_alcohol")}),
        (
            _("Article, tax and offers"),
            {
                "fields": (
                    "sku",
                    "till_codes",
                    "tax_rate",
                    "kind",
                    "promotion",
                    "discountable",
                    "earns_points",
                    "position",
                    "is_hidden",
                )
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        """Read the sizes and categories of all rows in one query each."""
        sizes = Variant.objects.filter(is_hidden=False).order_by("price_cents")
        rows: QuerySet[Product] = super().get_queryset(request)
        return rows.prefetch_related("categories", Prefetch("variants", sizes, to_attr="sizes_shown"))

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Add the column with the buttons this person may press."""
        return [*self.list_display, sold_out.column(request)]

    def get_urls(self) -> list[URLPattern]:
        """Add the address of the sold-out buttons."""
        return [*sold_out.urls(self.admin_site), *super().get_urls()]

    @admin.display(description=_("Picture"))
    def thumbnail(self, product: Product) -> SafeString | str:
        """Show the picture, small."""
        picture = sources(product)
        if picture is None:
            return "" if product.pk else "—"
        return format_html(
            '<img class="thumbnail" src="{}" width="{}" height="{}" alt="" loading="lazy">',
            picture.webp.partition(" ")[0] or picture.src,
            picture.width,
            picture.height,
        )

    @admin.display(description=_("Price"))
    def price(self, product: Any) -> str:
        """Show the price, or that of the cheapest size."""
        sizes = product.sizes_shown
        cents = sizes[0].price_cents if sizes else product.price_cents
        if cents is None:
            return gettext("no price")
        text = format_money(cents, product.restaurant.currency, get_language() or "en")
        return gettext("from %(price)s") % {"price": text} if len(sizes) > 1 else text

    @admin.display(description=_("Categories"))
    def in_categories(self, product: Product) -> SafeString:
        """Name the categories, and whether the product is hidden."""
        names = format_html_join(", ", "{}", ((category.name,) for category in product.categories.all()))
        return format_html('{} <span class="mark">{}</span>', names, gettext("Hidden")) if product.is_hidden else names

    @admin.display(description=_("On sale"))
    def on_sale(self, product: Product) -> SafeString | str:
        """Show whether the product can be had, with the buttons."""
        return sold_out.cell(product, now=timezone.now(), may_change=True) if product.pk else "—"
