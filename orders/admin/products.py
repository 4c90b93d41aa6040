"""The product's form, where the programme is built in: of a voucher sold, staff choose the promotion by its name."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.utils.translation import gettext

from loyalty.models import Promotion
from menu.admin.forms import ProductForm as MenuProductForm
from menu.admin.products import ProductAdmin as MenuProductAdmin
from menu.models import Product


class ProductForm(MenuProductForm):
    """The menu's form; the promotion is a choice. One that is gone stays as it is until another is chosen."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields.get("promotion")
        if field is None or settings.LOYALTY_BACKEND != "embedded":
            return
        rows = Promotion.objects.filter(is_active=True).order_by("name", "pk").values_list("uuid", "name")
        choices = {str(promotion): name for promotion, name in rows}
        if self.instance.promotion and self.instance.promotion not in choices:
            choices[self.instance.promotion] = _name_of(self.instance.promotion)
        self.fields["promotion"] = forms.ChoiceField(
            label=field.label, help_text=field.help_text, required=False, choices=[("", "—"), *choices.items()]
        )


def _name_of(promotion: str) -> str:
    """Name a promotion that is not active, or that is not there."""
    found = next((row.name for row in Promotion.objects.all() if str(row.uuid) == promotion), "")
    return gettext("%(name)s (not active)") % {"name": found} if found else gettext("A promotion that is not there")


admin.site.unregister(Product)


@admin.register(Product)
class ProductAdmin(MenuProductAdmin):
    """The menu's products, with what the programme offers to sell."""

    form = ProductForm
