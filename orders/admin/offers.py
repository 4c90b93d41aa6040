"""What the pages of promotions and rewards share: the worked example, saved or not, pictures, and words for the lists."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.admin.base import ClockAdmin, announce_changed, on_the_programmes_clock
from loyalty.domain import InvalidDiscount, parse_discount
from loyalty.models import find_programme
from menu.admin.fields import rendered_of
from menu.money import minor_digits
from menu.pictures import discard_on_commit, store
from orders.admin.offer_fields import StoredPicture
from orders.admin.offer_words import in_words, read_names
from orders.admin.sold import read_sold
from orders.admin.worked_example import WorkedExample, nothing, work_out

SHOW_EXAMPLE = "_example"
DISCOUNT_FIELDS = (
    "discount_type", "discount_value", "products", "category", "max_units", "max_amount", "minimum",
    "includes_modifiers", "exclusive",
)  # fmt: skip


class OfferAdmin(ClockAdmin):
    """A page of offers whose discount is edited as a form."""

    change_form_template = "orders/admin_offer.html"
    looking: tuple[str, ...] = ("discount_in_words",)

    # The form and its example ---------------------------------------------------------------------------------------

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show the discount in words to whoever may only look."""
        return () if self._may_edit(request, obj) else self.looking

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show the form, or to whoever may only look what it comes to."""
        return self.fieldsets if self._may_edit(request, obj) else ((None, {"fields": self.looking}),)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Show or save the form; asked for the example, work it out with what was typed and save nothing."""
        if request.method == "POST" and SHOW_EXAMPLE in request.POST:
            return on_the_programmes_clock(lambda: self._show_example(request, object_id, form_url))
        offer = self.get_object(request, unquote(object_id)) if object_id else None
        extra: dict[str, Any] = (
            {"examples": examples(offer.attributes, currency=offer.currency)} if offer is not None else {}
        )
        if offer is not None and request.method == "GET":
            extra["notes"] = self.notes(offer)
        return super().changeform_view(request, object_id, form_url, {**extra, **(extra_context or {})})

    def notes(self, offer: Any) -> list[str]:
        """Return why diners are not given the offer now, whatever its discount."""
        return []

    def _may_edit(self, request: HttpRequest, obj: Any) -> bool:
        return self.has_change_permission(request, obj) if obj is not None else self.has_add_permission(request)

    def _show_example(self, request: HttpRequest, object_id: str | None, form_url: str) -> Any:
        """Answer the form as it was typed, with the example of it."""
        offer = self.get_object(request, unquote(object_id)) if object_id else None
        if object_id and offer is None:
            raise Http404
        if not self._may_edit(request, offer):
            raise PermissionDenied
        fieldsets = self.get_fieldsets(request, offer)
        form_class: Any = self.get_form(request, offer, change=offer is not None, fields=flatten_fieldsets(fieldsets))
        form = form_class(request.POST, request.FILES, instance=offer)
        is_valid = form.is_valid()
        if request.FILES:
            messages.info(request, gettext("Nothing was saved yet: please choose the picture again before you save."))
        admin_form = helpers.AdminForm(form, list(fieldsets), {}, (), model_admin=self)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Example: nothing was saved yet"),
            "adminform": admin_form,
            "object_id": object_id,
            "original": offer,
            "is_popup": False,
            "to_field": None,
            "media": self.media + admin_form.media,
            "inline_admin_formsets": [],
            "errors": helpers.AdminErrorList(form, []),
            "preserved_filters": self.get_preserved_filters(request),
            "examples": examples(form.instance.attributes, currency=form.currency) if is_valid else None,
            "is_unsaved": True,
        }
        shown = self.render_change_form(request, context, add=offer is None, change=offer is not None, obj=offer)
        shown.status_code = 200 if is_valid else 422
        return shown

    # Saving -----------------------------------------------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Write what was changed and nothing else: counts go on while somebody has the form open."""
        if "picture" in form.changed_data:
            rendered = rendered_of(form.cleaned_data.get("picture"))
            before = form.initial.get("picture")
            obj.media_url = default_storage.url(store(rendered, folder="offers")) if rendered is not None else ""
            if isinstance(before, StoredPicture):
                discard_on_commit([before.name])
        if not change:
            obj.save()
        elif form.changed_columns:
            obj.save(update_fields=form.changed_columns)
            announce_changed(obj)

    # Lists ------------------------------------------------------------------------------------------------------------

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Put the discount in words after the name, with the menu's names read once."""
        first, *others = super().get_list_display(request)
        return [first, words_column(), *others]

    @admin.display(description=_("Discount"))
    def discount_in_words(self, offer: Any) -> str:
        """Say what it takes off."""
        currency = offer.currency or find_programme().currency
        return in_words(offer.attributes, currency=currency, names=read_names())

    @admin.display(description=_("Picture"))
    def thumbnail(self, offer: Any) -> SafeString | str:
        """Show the picture, small."""
        if not offer.media_url:
            return ""
        return format_html(
            '<img class="thumbnail" src="{}" width="56" height="56" alt="" loading="lazy">', offer.media_url
        )


def words_column() -> Callable[[Any], str]:
    """Return the list column that says what each offer takes off."""
    names, currency = read_names(), find_programme().currency

    @admin.display(description=_("Discount"))
    def discount(offer: Any) -> str:
        return in_words(offer.attributes, currency=offer.currency or currency, names=names)

    return discount


def examples(attributes: Any, *, currency: str) -> list[WorkedExample]:
    """Return what a discount does at each restaurant; where there is none that makes sense, one that says so."""
    currency = currency or find_programme().currency
    found = parse_discount(attributes, currency_digits=minor_digits(currency))
    if isinstance(found, InvalidDiscount):
        return [nothing(gettext("It would do nothing: there is no discount that orders can use."))]
    restaurants = read_sold()
    if not restaurants:
        return [nothing(gettext("There is no menu yet to show an example of."))]
    return [work_out(found, sold, currency=currency) for sold in restaurants]
