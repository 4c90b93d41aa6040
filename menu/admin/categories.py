"""Categories in the admin: shown the way the menu prints them, each within its parent."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Case, Count, IntegerField, QuerySet, Value, When
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from menu.admin.base import MenuAdmin
from menu.admin.forms import CategoryForm
from menu.admin.tree import read_branches
from menu.models import Category


class InMenuOrder(ChangeList):
    """A list that stays in the order of the menu."""

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """Return the place that `CategoryAdmin.get_queryset` worked out."""
        return ["place", "pk"]


@admin.register(Category)
class CategoryAdmin(MenuAdmin):
    """The categories of all restaurants."""

    form = CategoryForm
    list_display = ("indented_name", "daypart", "product_count", "position", "is_hidden")
    list_filter = ("restaurant", "is_hidden")
    ordering = ("restaurant", "position", "id")
    list_select_related = ("restaurant",)
    search_fields = ("name", "slug")
    fieldsets = (
        (None, {"fields": ("restaurant", "name", "parent", "description", "position", "is_hidden", "slug")}),
        (
            _("When it is served"),
            {
                "description": _("Leave everything empty for all day, every day."),
                "fields": ("available_from", "available_until", "weekdays"),
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Category]:
        """Put the rows into the order of the menu, and count their products."""
        branches = read_branches(Category.objects.all())
        place = [When(pk=branch.category.pk, then=Value(number)) for number, branch in enumerate(branches)]
        depth = [When(pk=branch.category.pk, then=Value(branch.depth)) for branch in branches]
        return Category.objects.annotate(
            place=Case(*place, default=Value(0), output_field=IntegerField()),
            depth=Case(*depth, default=Value(0), output_field=IntegerField()),
            count_of_products=Count("products"),
        ).order_by("place")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Keep the order of the menu."""
        return InMenuOrder

    @admin.display(description=_("Name"))
    def indented_name(self, category: Any) -> SafeString:
        """Show the name, further in the deeper it lies."""
        return format_html('<span class="depth-{}">{}</span>', min(category.depth, 4), category.name)

    @admin.display(description=_("Served"))
    def daypart(self, category: Category) -> str:
        """Say when it is served."""
        begin, end = category.available_from, category.available_until
        hours = f"{begin:%H:%M}–" if begin else ""
        hours += f"{end:%H:%M}" if end and begin else f"–{end:%H:%M}" if end else ""
        return " ".join(filter(None, (category.weekdays, hours))) or gettext("always")

    @admin.display(description=_("Products"))
    def product_count(self, category: Any) -> int:
        """Count the products right in it."""
        count: int = category.count_of_products
        return count
