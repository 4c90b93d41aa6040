"""Amounts of money on the programme's pages: read as they are typed, written as they are read. Kept in minor units."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext

from loyalty.currency import amount_words, minor_digits

__all__ = ["AmountField", "amount_words", "read_cents"]

MOST_CENTS = 100_000_000
_AMOUNT = re.compile(r"^([0-9]{1,12})(?:[.,]([0-9]{1,6}))?$")


def read_cents(text: str, currency: str) -> int:
    """Return what was typed ("12.50", "12,5") in minor units of the currency. Raises ValueError with the sentence."""
    digits = minor_digits(currency)
    found = _AMOUNT.match(text.strip())
    if found is None:
        example = f"{Decimal(1250).scaleb(-digits):.{digits}f}" if digits else "1250"
        raise ValueError(gettext("Write the amount like %(example)s.") % {"example": example})
    fraction = (found[2] or "").rstrip("0")
    if len(fraction) > digits:
        raise ValueError(gettext("This currency has fewer digits after the point."))
    cents = int(found[1] + fraction.ljust(digits, "0"))
    if cents > MOST_CENTS:
        raise ValueError(gettext("This amount is too big."))
    return cents


class AmountField(forms.CharField):
    """An amount of at least one cent. The form names the `currency` before the field is shown or read."""

    def __init__(self, *, currency: str = "EUR", **kwargs: Any) -> None:
        super().__init__(**{"max_length": 20, **kwargs})
        self.currency = currency
        self.widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}

    def use(self, currency: str) -> None:
        """Read and write amounts of this currency, and say so."""
        self.currency = currency
        self.label = f"{self.label} ({currency})"

    def prepare_value(self, value: Any) -> Any:
        """Show cents in major units; leave what was typed as it was."""
        if not isinstance(value, int):
            return value
        digits = minor_digits(self.currency)
        return f"{Decimal(value).scaleb(-digits):.{digits}f}"

    def clean(self, value: Any) -> Any:
        """Read the typed text as cents."""
        text: str = super().clean(value)
        try:
            cents = read_cents(text, self.currency)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error
        if not cents:
            raise forms.ValidationError(gettext("The amount must be more than nothing."))
        return cents

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare amounts, not their writing: 12.5 is 12,50."""
        try:
            return bool(self.clean(data) != initial)
        except forms.ValidationError:
            return True
