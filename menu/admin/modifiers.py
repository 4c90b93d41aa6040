"""Modifier groups and their options in the admin; the list of options is where "no oat milk today" is one tap."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from menu.admin import sold_out
from menu.admin.base import MenuAdmin
from menu.admin.forms import ModifierForm, ModifierGroupForm, OwnedFormSet
from menu.admin.products import Availability
from menu.models import Modifier, ModifierGroup
from menu.money import format_money

OPTION_FIELDSETS: Any = (
    (None, {"fields": (("name", "price_cents", "position"), ("max_quantity", "is_default", "is_hidden"), "on_sale")}),
    (_("What is in it"), {"classes": ("collapse",), "fields": ("allergens", "diets", "sku")}),
)


class ModifierInline(admin.StackedInline[Any, Any]):
    """The options of a group."""

    model = Modifier
    form = ModifierForm
    formset = OwnedFormSet
    extra = 0
    fieldsets = OPTION_FIELDSETS
    readonly_fields = ("on_sale",)

    @admin.display(description=_("On sale"))
    def on_sale(self, modifier: Modifier) -> SafeString | str:
        """Show whether the option can be had, with the buttons."""
        return sold_out.cell(modifier, now=timezone.now(), may_change=True) if modifier.pk else "—"


@admin.register(ModifierGroup)
class ModifierGroupAdmin(MenuAdmin):
    """The questions asked with products."""

    form = ModifierGroupForm
    inlines = (ModifierInline,)
    list_display = ("name", "rule", "option_count", "product_count")
    list_filter = ("restaurant",)
    list_select_related = ("restaurant",)
    search_fields = ("name", "key", "modifiers__name")
    ordering = ("restaurant", "position", "id")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "restaurant",
                    "name",
                    ("min_choices", "max_choices", "free_choices"),
                    "position",
                    "key",
                )
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[ModifierGroup]:
        """Count the options and the products."""
        rows: QuerySet[ModifierGroup] = super().get_queryset(request)
        return rows.annotate(
            count_of_options=Count("modifiers", distinct=True), count_of_products=Count("products", distinct=True)
        )

    @admin.display(description=_("Rule"))
    def rule(self, group: ModifierGroup) -> str:
        """Say in words how many must and may be chosen."""
        least, most = group.min_choices, group.max_choices
        if least and least == most:
            return ngettext("choose %(count)d", "choose %(count)d", least) % {"count": least}
        if most is None:
            return gettext("at least %(least)d") % {"least": least} if least else gettext("any number")
        return gettext("%(least)d to %(most)d") % {"least": least, "most": most}

    @admin.display(description=_("Options"))
    def option_count(self, group: Any) -> int:
        """Count the options."""
        count: int = group.count_of_options
        return count

    @admin.display(description=_("Products"))
    def product_count(self, group: Any) -> int:
        """Count the products it is asked with."""
        count: int = group.count_of_products
        return count


@admin.register(Modifier)
class ModifierAdmin(MenuAdmin):
    """All options in one list: search, tap, done. New ones are added on their group's page."""

    form = ModifierForm
    list_display = ("name", "group", "price")
    list_select_related = ("group__restaurant",)
    list_filter = (Availability, "group__restaurant")
    search_fields = ("name", "sku", "group__name")
    ordering = ("group__restaurant", "group__position", "group", "position", "id")
    fieldsets = OPTION_FIELDSETS
    readonly_fields = ("on_sale",)

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Add the column with the buttons this person may press."""
        return [*self.list_display, sold_out.column(request)]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Leave adding to the group's page."""
        return False

    @admin.display(description=_("Surcharge"))
    def price(self, modifier: Modifier) -> str:
        """Show the surcharge."""
        if not modifier.price_cents:
            return "—"
        return format_money(modifier.price_cents, modifier.group.restaurant.currency, get_language() or "en")

    @admin.display(description=_("On sale"))
    def on_sale(self, modifier: Modifier) -> SafeString | str:
        """Show whether the option can be had, with the buttons."""
        return sold_out.cell(modifier, now=timezone.now(), may_change=True) if modifier.pk else "—"
