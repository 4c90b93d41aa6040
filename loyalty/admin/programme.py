"""The programme's settings and its tiers in the admin."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from loyalty.admin.base import ClockAdmin
from loyalty.models import Programme, Tier, Unit, find_programme


class ProgrammeForm(forms.ModelForm[Any]):
    """The settings, with the rate at which orders earn points, which is the unit's."""

    class Meta:
        model = Programme
        fields = ("name", "currency", "time_zone", "points_valid_days", "welcome_promotion", "birthday_promotion")

    points_each = forms.DecimalField(
        label=_("Points for 1.00 spent"),
        min_value=0,
        max_digits=9,
        decimal_places=4,
        help_text=_("Orders earn this many points for each whole amount of the currency, rounded down once per order."),
    )
    time_zone = forms.ChoiceField(label=_("Time zone"))
    points_valid_days = forms.IntegerField(
        label=_("Days points are valid"),
        required=False,
        min_value=1,
        max_value=36500,
        help_text=_("Empty: points do not expire."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones: Any = self.fields["time_zone"]
        zones.choices = [(name, name.replace("_", " ")) for name in sorted(available_timezones())]
        self.initial.setdefault("points_each", self.instance.unit.points_each.normalize())

    def clean_currency(self) -> str:
        """Write the code in capitals."""
        currency: str = self.cleaned_data["currency"].strip().upper()
        return currency


@admin.register(Programme)
class ProgrammeAdmin(ClockAdmin):
    """The one programme: its list leads to its page."""

    form = ProgrammeForm
    fieldsets = (
        (None, {"fields": ("name", "points_each", "points_valid_days")}),
        (_("Vouchers that come by themselves"), {"fields": ("welcome_promotion", "birthday_promotion")}),
        (_("Money and time"), {"fields": ("currency", "time_zone")}),
    )
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        """There is one already."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """There must be one."""
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Go to the only row, made with its defaults where there is none yet."""
        return HttpResponseRedirect(reverse("admin:loyalty_programme_change", args=[find_programme().pk]))

    @admin.display(description=_("Points for 1.00 spent"))
    def points_each(self, programme: Programme) -> str:
        """Show the rate to whoever may only look."""
        return f"{programme.unit.points_each.normalize():f}"

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Write what was changed; points that were earned already stay as they are."""
        with transaction.atomic():
            changed = [name for name in form.changed_data if name != "points_each"]
            if changed:
                obj.save(update_fields=changed)
            if "points_each" in form.changed_data:
                Unit.objects.filter(pk=obj.unit_id).update(points_each=form.cleaned_data["points_each"])


@admin.register(Tier)
class TierAdmin(ClockAdmin):
    """The tiers; one that somebody is or was in stays."""

    list_display = ("name", "multiplier", "reached_at_points", "position")
    fields = ("name", "description", "multiplier", "reached_at_points", "position")
    actions = None

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Keep a tier that a record names."""
        if obj is not None and obj.tierchange_set.exists():
            return False
        return super().has_delete_permission(request, obj)
