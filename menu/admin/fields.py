"""Form fields for what the menu stores in its own way: money, percent lists, allergens, diets, colours, pictures."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminFileWidget
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from menu.food import Allergen, Diet
from menu.models.product import MOST_CENTS
from menu.money import minor_digits
from menu.pictures import MOST_BYTES, PictureRefused, Rendered, render

_AMOUNT = re.compile(r"^[0-9]+(?:[.,][0-9]+)?$")
_PERCENT = re.compile(r"^[0-9]{1,3}$")
MOST_TIPS = 6


def read_amount(text: str, currency: str) -> int:
    """Return `text` in major units ("12.50", "12,5") as cents of `currency`. Raises ValueError with the sentence."""
    digits = minor_digits(currency)
    example = f"{Decimal(1250).scaleb(-digits):.{digits}f}" if digits else "1250"
    plain = text.strip().removeprefix(currency).removesuffix(currency).strip()
    if not _AMOUNT.match(plain):
        raise ValueError(gettext("Write the amount like %(example)s.") % {"example": example})
    whole, _point, fraction = plain.replace(",", ".").partition(".")
    if len(fraction) > digits:
        raise ValueError(
            gettext("%(currency)s has %(digits)d decimal digits: write the amount like %(example)s.")
            % {"currency": currency, "digits": digits, "example": example}
        )
    cents = int((whole + fraction.ljust(digits, "0"))[:20])
    if cents > MOST_CENTS:
        raise ValueError(gettext("This amount is too big."))
    return cents


def write_amount(cents: int, currency: str) -> str:
    """Return `cents` in major units as an input shows them ("12.50")."""
    digits = minor_digits(currency)
    return f"{Decimal(cents).scaleb(-digits):.{digits}f}"


class MoneyField(forms.CharField):
    """An amount typed in major units and kept in cents. The form sets `currency` before it is shown or read."""

    def __init__(self, *, currency: str = "EUR", **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 20)
        super().__init__(**kwargs)
        self.currency = currency
        self.widget.attrs |= {"inputmode": "decimal", "autocomplete": "off", "class": "vMoney"}

    def prepare_value(self, value: Any) -> Any:
        """Show cents in major units; leave what was typed as it was."""
        return write_amount(value, self.currency) if isinstance(value, int) else value

    def to_python(self, value: Any) -> Any:
        """Read the typed text as cents, empty as None."""
        text = super().to_python(value)
        if not text:
            return None
        try:
            return read_amount(text, self.currency)
        except ValueError as error:
            raise ValidationError(str(error)) from error

    def run_validators(self, value: Any) -> None:
        """Skip the validators of texts: what is checked here is a number."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare amounts, not their writing: 12.5 is 12,50."""
        try:
            return bool(self.to_python(data) != initial)
        except ValidationError:
            return True


class PercentsField(forms.CharField):
    """A short list of percentages typed with commas ("5, 10, 15") and kept as a list of whole numbers."""

    def prepare_value(self, value: Any) -> Any:
        """Show the list with commas."""
        return ", ".join(str(number) for number in value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """Read the list."""
        numbers: list[int] = []
        for word in re.split(r"[,;\s]+", (super().to_python(value) or "").replace("%", " ").strip()):
            if not word:
                continue
            number = int(word) if _PERCENT.match(word) else 0
            if not 0 < number <= 100:
                raise ValidationError(gettext("Write whole percentages from 1 to 100 with commas, like “5, 10, 15”."))
            if number not in numbers:
                numbers.append(number)
        if len(numbers) > MOST_TIPS:
            raise ValidationError(gettext("Offer at most %(most)d tips."), params={"most": MOST_TIPS})
        return numbers

    def run_validators(self, value: Any) -> None:
        """Skip the validators of texts: what is checked here is a list."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare lists, not their writing."""
        try:
            return bool(self.to_python(data or "") != (initial or []))
        except ValidationError:
            return True


class AllergensWidget(forms.MultiWidget):
    """Three radios (not recorded, none, these) and a checkbox for each allergen."""

    use_fieldset = True

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        recorded = [
            ("unknown", _("Not recorded")),
            ("none", _("None of the 14")),
            ("some", _("Contains:")),
        ]
        super().__init__(
            {
                "recorded": forms.RadioSelect(choices=recorded),
                "which": forms.CheckboxSelectMultiple(choices=Allergen.choices),
            },
            attrs,
        )

    @staticmethod
    def decompress(value: Any) -> list[Any]:
        """Split the stored value: None is not recorded, [] is none."""
        if value is None:
            return ["unknown", []]
        return ["some" if value else "none", value]


class AllergensField(forms.MultiValueField):
    """The 14 allergens with the explicit difference between "not recorded" (None) and "none" ([])."""

    widget = AllergensWidget

    def __init__(self, **kwargs: Any) -> None:
        recorded = forms.ChoiceField(choices=[(word, word) for word in ("unknown", "none", "some")], required=False)
        which = forms.MultipleChoiceField(choices=Allergen.choices, required=False)
        super().__init__((recorded, which), require_all_fields=False, required=False, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Split the stored value for the two parts of the widget; leave what was posted as it was."""
        if isinstance(value, list) and len(value) == 2 and isinstance(value[1], list):
            return value
        return AllergensWidget.decompress(value)

    def clean(self, value: Any) -> list[str] | None:
        """Return the allergens in the regulation's order; contradictions are refused, never guessed at."""
        recorded, which = value if isinstance(value, (list, tuple)) and len(value) == 2 else ("", [])
        recorded, which = recorded or "", list(which or [])
        if recorded not in {"", "unknown", "none", "some"} or not set(which) <= set(Allergen.values):
            raise ValidationError(gettext("Choose allergens from the list."))
        if recorded == "some" and not which:
            raise ValidationError(gettext("Tick the allergens it contains, or choose “None of the 14”."))
        if recorded in {"unknown", "none"} and which:
            raise ValidationError(gettext("Allergens are ticked: choose “Contains:”, or untick them."))
        if not recorded and which:
            recorded = "some"
        if recorded == "some":
            return [allergen for allergen in Allergen.values if allergen in which]
        return [] if recorded == "none" else None

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare what it means."""
        try:
            return bool(self.clean(data) != initial)
        except ValidationError:
            return True


class DietsField(forms.MultipleChoiceField):
    """The diets a dish suits, as a list in our order."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=Diet.choices, required=False, **kwargs)

    def clean(self, value: Any) -> list[str]:
        """Return the diets ticked."""
        ticked = super().clean(value)
        return [diet for diet in Diet.values if diet in ticked]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare them as sets."""
        return set(initial or []) != set(data or [])


class ColourInput(forms.TextInput):
    """The browser's own colour picker."""

    input_type = "color"


class PictureInput(AdminFileWidget):
    """A file input with a label of its own, where Django's says its name only as a legend."""

    use_fieldset = False


class PictureField(forms.FileField):
    """An upload that is made safe at once; the cleaned file carries the result as `rendered`."""

    widget = PictureInput

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", _("JPEG, PNG, WebP or AVIF, at most 10 MB."))
        super().__init__(required=False, **kwargs)
        self.widget.attrs["accept"] = "image/jpeg,image/png,image/webp,image/avif"

    def to_python(self, value: Any) -> Any:
        """Decode and encode the upload; refuse what is no picture."""
        upload: UploadedFile[Any] | None = value or None
        if upload is None:
            return None
        try:
            upload.rendered = render(upload.read(MOST_BYTES + 1))  # type: ignore[attr-defined]
        except PictureRefused as refused:
            raise ValidationError(refused.message) from refused
        return upload


def rendered_of(upload: object) -> Rendered | None:
    """Return what `PictureField` made of an upload; None for a picture that was there before, or none."""
    rendered = getattr(upload, "rendered", None)
    return rendered if isinstance(rendered, Rendered) else None
