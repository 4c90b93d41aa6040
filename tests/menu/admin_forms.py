"""Filling in admin forms in tests the way a browser does: what the page shows, less what is changed."""

from typing import Any

from django.db.models import Model
from django.forms import BaseForm, CheckboxInput, ClearableFileInput, MultiWidget
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils.datastructures import MultiValueDict

from menu.models import Restaurant


def fields_of(form: BaseForm) -> MultiValueDict[str, Any]:
    """Return what a browser would post for this form if nobody touched it."""
    posted: MultiValueDict[str, Any] = MultiValueDict()
    for bound in form:
        value = bound.value()
        widget = bound.field.widget
        if isinstance(widget, ClearableFileInput) or value is None:
            continue
        if isinstance(widget, MultiWidget):
            names: list[str] = widget.widgets_names  # type: ignore[attr-defined]
            parts = zip(names, value, strict=True)
            for suffix, part in parts:
                posted.setlist(bound.html_name + suffix, part if isinstance(part, list) else [part])
        elif isinstance(widget, CheckboxInput):
            if value:
                posted[bound.html_name] = "on"
        else:
            values = value if isinstance(value, list) else [value]
            posted.setlist(bound.html_name, [getattr(one, "pk", one) for one in values])
    return posted


def shown(response: HttpResponse) -> dict[str, Any]:
    """Return everything the change form on this page would post."""
    context: Any = response.context  # type: ignore[attr-defined]
    posted = fields_of(context["adminform"].form)
    for inline in context["inline_admin_formsets"]:
        posted.update(fields_of(inline.formset.management_form))
        for form in inline.formset.forms:
            posted.update(fields_of(form))
    return {name: posted.getlist(name) for name in posted}


def save(client: Client, url: str, **changes: Any) -> HttpResponse:
    """Open a form, change some fields (None: leave out), and press Save. `__` in a name stands for a dash."""
    fields = shown(client.get(url))  # type: ignore[arg-type]
    for name, value in changes.items():
        fields[name.replace("__", "-")] = value
    return client.post(url, {name: value for name, value in fields.items() if value is not None})  # type: ignore[return-value]


def errors_of(response: HttpResponse) -> dict[str, list[str]]:
    """Return the sentences next to the fields of a refused form, of its inlines too."""
    context: Any = response.context  # type: ignore[attr-defined]
    found = {name: list(errors) for name, errors in context["adminform"].form.errors.items()}
    for inline in context["inline_admin_formsets"]:
        for form in inline.formset.forms:
            found |= {form.add_prefix(name): list(errors) for name, errors in form.errors.items()}
        if inline.formset.non_form_errors():
            found[inline.formset.prefix] = list(inline.formset.non_form_errors())
    return found


def page_of(row: Model) -> str:
    """Return the address of a row's form."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def version(restaurant: Restaurant) -> int:
    """Return the version of the restaurant's menu as it is stored."""
    return Restaurant.objects.get(pk=restaurant.pk).menu_version
