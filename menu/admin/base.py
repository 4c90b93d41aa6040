"""What the pages of menu rows share: a new menu version just when something printed changed; the restaurant of a row
is chosen once; pictures are stored and cleaned up.
"""

from typing import Any, ClassVar

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst

from menu.admin.fields import rendered_of
from menu.models import Restaurant
from menu.pictures import discard_on_commit, store


class MenuAdmin(admin.ModelAdmin[Any]):
    """A page of rows that are printed on a menu. `pictures` maps picture fields to their folder."""

    actions_on_top = True
    list_per_page = 200
    show_full_result_count = False
    pictures: ClassVar[dict[str, str]] = {}

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Call the list what it lists."""
        title = capfirst(str(self.opts.verbose_name_plural))
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Keep a row in its restaurant once it is made."""
        fields: list[Any] = list(super().get_readonly_fields(request, obj))
        belongs = any(field.name == "restaurant" for field in self.model._meta.fields)
        return [*fields, "restaurant"] if obj is not None and belongs else fields

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Start with the only restaurant where there is one."""
        initial: dict[str, Any] = dict(super().get_changeform_initial_data(request))
        restaurants = list(Restaurant.objects.values_list("pk", flat=True)[:2])
        if len(restaurants) == 1:
            initial.setdefault("restaurant", str(restaurants[0]))
        return initial

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Write what was changed and nothing else: nothing changed, no new menu; two people, two fields, both kept."""
        self._store_pictures(obj, form)
        if not change:
            obj.save()
        elif form.changed_data:
            columns = {field.name for field in obj._meta.concrete_fields}
            obj.save(update_fields=[name for name in form.changed_data if name in columns])

    def _store_pictures(self, obj: Any, form: Any) -> None:
        """Put new uploads into storage, and let go of the files they replace."""
        for name, folder in self.pictures.items():
            if name not in form.changed_data:
                continue
            rendered = rendered_of(form.cleaned_data.get(name))
            if rendered is not None:
                setattr(obj, name, store(rendered, folder=folder))
            discard_on_commit([_file_name(form.initial.get(name))])

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete the row and its pictures."""
        discard_on_commit([getattr(obj, name).name for name in self.pictures])
        obj.delete()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Delete several rows at once, each the way a single one goes."""
        with transaction.atomic():
            for obj in queryset:
                self.delete_model(request, obj)


def _file_name(initial: object) -> str:
    return getattr(initial, "name", None) or ""
