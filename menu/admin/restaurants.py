"""Restaurants in the admin: all settings, whether orders are taken (one tap, on top), and the menu in and out as a file."""

from typing import Any, ClassVar
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from menu.admin import menu_files
from menu.admin.base import MenuAdmin
from menu.admin.fields import ColourInput, PercentsField, PictureField
from menu.admin.tables import restaurant_sheet
from menu.availability import set_ordering
from menu.models import Restaurant
from menu.models.restaurant import Ordering
from menu.money import currency_codes

# Asked anew for every diner, so a change of these alone leaves the printed menu as it is.
NOT_PRINTED = frozenset({"ordering", "pause_message", "tip_percents", "payment_methods", "receipt_details"})
WAYS_TO_PAY: dict[str, Any] = {"counter": _("At the counter"), "stripe": "Stripe", "mollie": "Mollie", "demo": "Demo"}


class RestaurantForm(forms.ModelForm[Any]):
    """A restaurant's settings."""

    class Meta:
        model = Restaurant
        fields = (
            "name", "tagline", "slug", "ordering", "pause_message", "opening_hours", "logo", "accent_colour",
            "currency", "prices_include_tax", "tax_rate", "tip_percents", "payment_methods", "service_charge_percent",
            "service_charge_tax_rate", "time_zone", "language",
        )  # fmt: skip
        help_texts: ClassVar[dict[str, Any]] = {"slug": _("The menu is at /r/, then this name, then /.")}
        widgets: ClassVar[dict[str, Any]] = {"accent_colour": ColourInput, "opening_hours": forms.Textarea({"rows": 4})}

    currency = forms.ChoiceField(label=_("Currency"))
    time_zone = forms.ChoiceField(label=_("Time zone"))
    language = forms.ChoiceField(label=_("Language of the menu"))
    tip_percents = PercentsField(
        label=_("Tips offered (%)"), required=False, help_text=_("Like “5, 10, 15”. Empty: no suggestions.")
    )
    payment_methods = forms.MultipleChoiceField(
        label=_("Ways to pay"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: all that this installation offers."),
    )
    logo = PictureField(label=_("Logo"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offer("currency", sorted((code, code) for code in currency_codes()))
        self._offer("time_zone", sorted((zone, zone) for zone in available_timezones() if "/" in zone or zone == "UTC"))
        self._offer("language", list(settings.LANGUAGES))
        ways = self.fields.get("payment_methods")
        if isinstance(ways, forms.MultipleChoiceField):
            codes = dict.fromkeys([*settings.PAYMENT_PROVIDERS, *self.instance.payment_methods])
            ways.choices = [(code, WAYS_TO_PAY.get(code, code)) for code in codes]

    def _offer(self, name: str, choices: list[tuple[str, Any]]) -> None:
        """Offer these choices, and the value there is even where it is none of them."""
        field = self.fields.get(name)
        if isinstance(field, forms.ChoiceField):
            own = self.initial.get(name) or self._meta.model._meta.get_field(name).default
            field.choices = choices if any(own == value for value, _label in choices) else [(own, own), *choices]
            field.initial = own

    def clean_currency(self) -> str:
        """Refuse another currency once something was ordered: amounts would change their meaning."""
        currency: str = self.cleaned_data["currency"]
        if self.instance.pk and self.instance.last_order_number and currency != self.initial.get("currency"):
            raise forms.ValidationError(gettext("Orders were taken in %(currency)s: it cannot be changed any more.") % {
                "currency": self.initial.get("currency")
            })  # fmt: skip
        return currency


IN_A_WORD: dict[str, Any] = {
    Ordering.ON: _("Taking orders"),
    Ordering.PAUSED: _("Paused"),
    Ordering.BROWSE_ONLY: _("Menu only"),
}


@admin.register(Restaurant)
class RestaurantAdmin(MenuAdmin):
    """The restaurants."""

    form = RestaurantForm
    pictures: ClassVar[dict[str, str]] = {"logo": "logos"}
    list_display = ("name", "ordering_mark", "currency", "menu_links")
    search_fields = ("name", "slug")
    fieldsets = (
        (None, {"fields": ("name", "tagline", "slug", "ordering", "pause_message", "opening_hours")}),
        (_("Looks"), {"fields": ("logo", "accent_colour")}),
        (
            _("Money"),
            {
                "fields": (
                    "currency",
                    "prices_include_tax",
                    "tax_rate",
                    "tip_percents",
                    "payment_methods",
                    "receipt_details",
                )
            },
        ),
        (_("Service charge"), {"fields": ("service_charge_percent", "service_charge_tax_rate")}),
        (_("Clock and language"), {"fields": ("time_zone", "language")}),
    )

    def get_urls(self) -> list[URLPattern]:
        """Add the ordering control, the sheet of codes, and the menu as a file."""
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/ordering/", view(self.change_ordering), name="menu_restaurant_ordering"),
            path("<int:pk>/qr-codes.pdf", view(self.qr_codes), name="menu_restaurant_qr_codes"),
            *menu_files.urls(self.admin_site),
            *super().get_urls(),
        ]

    def save_model(self, request: HttpRequest, obj: Restaurant, form: Any, change: bool) -> None:
        """Write what was changed; make a new menu version only when something printed is among it."""
        changed = set(form.changed_data)
        if change and changed <= NOT_PRINTED:
            Restaurant.objects.filter(pk=obj.pk).update(**{name: getattr(obj, name) for name in changed})
        else:
            super().save_model(request, obj, form, change)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Show the settings below the one-tap control."""
        extra: dict[str, Any] = {"may_pause": may_pause(request), "export_formats": menu_files.FORMATS}
        if (restaurant := self.get_object(request, object_id)) is not None:
            extra["ordering_state"] = IN_A_WORD[restaurant.ordering]
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **extra})

    @admin.display(description=_("Ordering"), ordering="ordering")
    def ordering_mark(self, restaurant: Restaurant) -> SafeString:
        """Show whether orders are taken, as a word with a colour."""
        kind = {Ordering.ON: "on", Ordering.PAUSED: "out"}.get(Ordering(restaurant.ordering), "off")
        return format_html('<span class="mark mark-{}">{}</span>', kind, IN_A_WORD[restaurant.ordering])

    @admin.display(description=_("Menu"))
    def menu_links(self, restaurant: Restaurant) -> SafeString:
        """Link to the menu that diners see."""
        return format_html('<a href="/r/{0}/">/r/{0}/</a>', restaurant.slug)

    def change_ordering(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take orders, pause with a message, or show the menu only."""
        return change_ordering(request, pk)

    def qr_codes(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Answer the sheet of all tables in use."""
        if not request.user.has_perm("menu.view_table"):
            raise Http404
        return restaurant_sheet(request, get_object_or_404(Restaurant, pk=pk))


def may_pause(request: HttpRequest) -> bool:
    """Say whether this person may pause ordering."""
    return request.user.has_perm("menu.pause_ordering") or request.user.has_perm("menu.change_restaurant")


@require_POST
def change_ordering(request: HttpRequest, pk: int) -> HttpResponse:
    """Write whether orders are taken, from the restaurant's page or the board, and go back there."""
    restaurant = get_object_or_404(Restaurant, pk=pk)
    if not may_pause(request):
        return HttpResponse(
            gettext("You are not allowed to do this."), status=403, content_type="text/plain; charset=utf-8"
        )
    try:
        set_ordering(
            restaurant,
            ordering=request.POST.get("ordering", ""),
            message=request.POST.get("pause_message", restaurant.pause_message).strip(),
        )
    except ValueError as error:
        messages.error(request, str(error))
    else:
        said = gettext("%(restaurant)s: %(state)s.")
        messages.success(request, said % {"restaurant": restaurant.name, "state": IN_A_WORD[restaurant.ordering]})
    if request.POST.get("back") == "board":
        return HttpResponseRedirect(f"{reverse('admin:index')}board/{restaurant.slug}/")
    return HttpResponseRedirect(reverse("admin:menu_restaurant_change", args=[pk]))
