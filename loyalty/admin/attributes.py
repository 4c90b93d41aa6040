"""Custom attributes in the admin: what values an entity may carry besides its own fields."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.admin.base import ClockAdmin
from loyalty.attributes import PREDEFINED, AttributeType
from loyalty.models import (
    Contact,
    CustomAttribute,
    Entity,
    PointsEntry,
    Promotion,
    Reward,
    Shop,
    Voucher,
)

SELECTS = {AttributeType.SELECT.value, AttributeType.MULTI_SELECT.value}
MOST_OPTIONS = 100
CARRIERS: dict[str, Any] = {
    Entity.BUSINESS_PROFILES: Shop,
    Entity.CONTACT: Contact,
    Entity.REWARD: Reward,
    Entity.PROMOTION: Promotion,
    Entity.VOUCHER: Voucher,
    Entity.LOYALTY_TRANSACTION: PointsEntry,
}


class OptionsField(forms.CharField):
    """The options of a select, one on each line, kept as a list of values and labels."""

    widget = forms.Textarea(attrs={"rows": 4})

    def prepare_value(self, value: Any) -> Any:
        """Show "value: label" on each line, the value alone where the label says the same."""
        if not isinstance(value, list):
            return value
        rows = [(str(option.get("value", "")), str(option.get("label", ""))) for option in value]
        return "\n".join(f"{name}: {label}" if label and label != name else name for name, label in rows)

    def to_python(self, value: Any) -> Any:
        """Read the lines."""
        options: list[dict[str, str]] = []
        for line in (super().to_python(value) or "").splitlines():
            name, _colon, label = (part.strip() for part in line.partition(":"))
            if name and name not in {option["value"] for option in options}:
                options.append({"value": name, "label": label or name})
        if len(options) > MOST_OPTIONS:
            raise forms.ValidationError(gettext("At most %(most)d options.") % {"most": MOST_OPTIONS})
        return options

    def run_validators(self, value: Any) -> None:
        """Skip the validators of texts: what is checked here is a list."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare lists, not their writing."""
        return bool(self.to_python(data) != (initial or []))


class CustomAttributeForm(forms.ModelForm[Any]):
    """The definition; a select needs options, the others have none."""

    class Meta:
        model = CustomAttribute
        fields = ("entity", "name", "label", "type", "options", "description", "group_name", "position")

    options = OptionsField(
        label=_("Options"), required=False, help_text=_("For selects: one on each line, as “value: label”.")
    )

    def clean(self) -> dict[str, Any]:
        """Refuse a name that stands for a discount, and options where there can be none or must be some."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        entity = cleaned.get("entity") or self.instance.entity
        taken = {definition.name for definition in PREDEFINED.get(entity, ())}
        if cleaned.get("name") in taken:
            self.add_error("name", gettext("This name is taken: it stands for a part of the discount."))
        kind, options = cleaned.get("type") or self.instance.type, cleaned.get("options")
        if kind in SELECTS and options == []:
            self.add_error("options", gettext("A select needs options."))
        if kind not in SELECTS and options:
            self.add_error("options", gettext("Only selects have options."))
        return cleaned


@admin.register(CustomAttribute)
class CustomAttributeAdmin(ClockAdmin):
    """The attributes; the predefined ones are to be looked at, of the others entity, name and type stay."""

    form = CustomAttributeForm
    list_display = ("label", "name", "entity", "type", "is_predefined")
    list_filter = ("is_predefined", "entity")
    search_fields = ("name", "label")
    fields = ("entity", "name", "label", "type", "options", "description", "group_name", "position")
    actions = None

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Keep what values were written by."""
        return ["entity", "name", "type"] if obj is not None else []

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Keep the predefined ones as they are: the pricing rule reads them."""
        if obj is not None and obj.is_predefined:
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Keep a definition while anything carries a value of it."""
        if obj is not None and (obj.is_predefined or is_in_use(obj)):
            return False
        return super().has_delete_permission(request, obj)


def is_in_use(attribute: CustomAttribute) -> bool:
    """Say whether any row carries a value of this attribute."""
    if attribute.entity not in CARRIERS:
        return False
    rows = CARRIERS[attribute.entity].objects.filter(attributes__has_key=attribute.name)
    return bool(rows.exists())
