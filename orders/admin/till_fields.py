"""Form fields of an offer for the rules that hold at tills only (docs/adr/0029), kept as custom attributes of the same names."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
TILL_FIELDS = ("till_weekdays", "till_service_modes", "till_stores", "till_enrolled_from", "till_enrolled_until")


class DayInput(forms.DateInput):
    """A date as browsers pick it."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class TillRulesForm(forms.ModelForm[Any]):
    """The fields. Empty ones are no rule."""

    till_weekdays = forms.MultipleChoiceField(
        label=_("Days of the week"),
        required=False,
        choices=[(day, WEEKDAYS[number]) for number, day in enumerate(DAYS)],
        widget=forms.CheckboxSelectMultiple,
    )
    till_service_modes = forms.MultipleChoiceField(
        label=_("Service modes"),
        required=False,
        choices=[
            ("EAT_IN", _("Eat in")),
            ("TAKEOUT", _("Take out")),
            ("DRIVE_THRU", _("Drive-through")),
            ("CURBSIDE", _("Curbside")),
            ("TABLE_SERVICE", _("Table service")),
        ],
        widget=forms.CheckboxSelectMultiple,
    )
    till_stores = forms.CharField(
        label=_("Stores"),
        required=False,
        max_length=255,
        help_text=_("References or numbers at tills, with commas between them. Empty: all."),
    )
    till_enrolled_from = forms.DateField(label=_("Joined from"), required=False, widget=DayInput)
    till_enrolled_until = forms.DateField(label=_("Joined until"), required=False, widget=DayInput)


def stored_rules(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the stored rules as the fields show them."""
    return {name: attributes.get(name) for name in TILL_FIELDS}


def typed_rules(cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """Return the rules typed as they are stored; those left empty are not among them."""
    typed = {name: cleaned.get(name) for name in TILL_FIELDS}
    return {name: each.isoformat() if isinstance(each, date) else each for name, each in typed.items() if each}
