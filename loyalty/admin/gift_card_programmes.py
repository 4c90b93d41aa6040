"""Kinds of gift card in the admin: how much one may hold, how long it lasts, and whether more are issued."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from loyalty.admin.amounts import AmountField, amount_words
from loyalty.admin.base import ClockAdmin
from loyalty.models import GiftCardProgramme, find_programme


class CardProgrammeForm(forms.ModelForm[Any]):
    """A kind of gift card; its amount is typed as money."""

    class Meta:
        model = GiftCardProgramme
        fields = ("name", "currency", "max_amount_cents", "expiration_days", "can_be_topped_up", "is_active")

    max_amount_cents = AmountField(label=_("Holds at most"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        typed = str(self.data.get("currency", "")).strip().upper()
        usual = self.instance.currency or find_programme().currency
        amount: Any = self.fields["max_amount_cents"]
        amount.use(typed if _is_currency(self, typed) else usual)
        self.initial.setdefault("currency", usual)
        if not self.instance.pk:
            self.initial["currency"] = usual

    def clean_currency(self) -> str:
        """Write the code in capitals."""
        currency: str = self.cleaned_data["currency"].strip().upper()
        return currency


def _is_currency(form: forms.ModelForm[Any], text: str) -> bool:
    try:
        form.instance._meta.get_field("currency").run_validators(text)
    except forms.ValidationError:
        return False
    return bool(text)


@admin.register(GiftCardProgramme)
class GiftCardProgrammeAdmin(ClockAdmin):
    """The kinds of gift card; one that cards were issued of keeps its currency and stays."""

    form = CardProgrammeForm
    list_display = ("name", "most", "expiration_days", "can_be_topped_up", "is_active")
    actions = None

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Show the amount in words to whoever may only look."""
        amount = "max_amount_cents" if self._may_write(request, obj) else "most"
        return ["name", "currency", amount, "expiration_days", "can_be_topped_up", "is_active"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Keep the currency that money was paid in."""
        return ["currency", "most"] if obj is not None and obj.cards.exists() else ["most"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Keep a kind that cards were issued of."""
        if obj is not None and obj.cards.exists():
            return False
        return super().has_delete_permission(request, obj)

    def _may_write(self, request: HttpRequest, obj: Any) -> bool:
        return self.has_add_permission(request) if obj is None else self.has_change_permission(request, obj)

    @admin.display(description=_("Holds at most"), ordering="max_amount_cents")
    def most(self, programme: GiftCardProgramme) -> str:
        """Show the most that a card may hold."""
        return amount_words(programme.max_amount_cents, programme.currency)
