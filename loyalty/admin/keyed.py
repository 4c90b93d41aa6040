"""Forms whose hidden key makes pressing the button twice one request."""

from typing import Any

from django import forms
from django.utils.translation import gettext


class KeyedForm(forms.Form):
    """A form with a key, which whoever shows it makes up."""

    key = forms.UUIDField(widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Say what a hidden key that was changed or lost means."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "key" in self.errors:
            raise forms.ValidationError(gettext("Please open this page again and fill it in there."))
        return cleaned
