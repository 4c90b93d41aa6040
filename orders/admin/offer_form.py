"""The plain form of a promotion or a reward: the discount in staff's words, kept as custom attributes."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.domain import Discount, DiscountType, discount_problems, parse_discount, parse_plain_number
from loyalty.models import Promotion, Reward, find_programme
from menu.admin.fields import MoneyField, PictureField, read_amount, write_amount
from menu.money import currency_codes, minor_digits
from orders.admin.offer_fields import DaysField, ProductsField, StoredPicture, offer_menu, read_codes
from orders.admin.till_fields import TILL_FIELDS, TillRulesForm, stored_rules, typed_rules

MOST_UNITS = 1000
# The form's fields that are custom attributes, by the attribute each is kept in.
FIELD_OF = {
    "discount_type": "discount_type",
    "discount_value": "discount_value",
    "product_code": "products",
    "category": "category",
    "max_units": "max_units",
    "max_cents": "max_amount",
    "minimum_cents": "minimum",
    "includes_modifiers": "includes_modifiers",
    "exclusive": "exclusive",
}
# Which column a form field of another name is kept in.
COLUMN_OF = dict.fromkeys((*FIELD_OF.values(), *TILL_FIELDS), "attributes") | {
    "valid_days": "expiration_duration",
    "picture": "media_url",
}


class OfferForm(TillRulesForm):
    """What promotions and rewards share."""

    discount_type = forms.ChoiceField(
        label=_("Discount"),
        required=False,
        choices=[
            ("", _("None: not for orders")),
            (DiscountType.PERCENTAGE.value, _("Percentage off")),
            (DiscountType.ABSOLUTE.value, _("Amount off")),
            (DiscountType.FREE_ITEM.value, _("Free item")),
        ],
    )
    discount_value = forms.CharField(
        label=_("Value"),
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "vMoney"}),
        help_text=_("A percentage such as 10, or an amount such as 5.00. A free item has none."),
    )
    products = ProductsField(
        label=_("Products"),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "pick"}),
        help_text=_("None of them, and no category: the whole order."),
    )
    category = forms.ChoiceField(label=_("Or a category"), required=False)
    max_units = forms.IntegerField(
        label=_("Units at most"),
        required=False,
        min_value=1,
        max_value=MOST_UNITS,
        help_text=_("Of the products on one order. Empty: one."),
    )
    max_amount = MoneyField(label=_("Takes off at most"), required=False)
    minimum = MoneyField(
        label=_("From an order of"), required=False, help_text=_("Before discounts. Empty: from any order.")
    )
    includes_modifiers = forms.BooleanField(
        label=_("Extras included"), required=False, help_text=_("Otherwise extras on the product are paid.")
    )
    exclusive = forms.BooleanField(label=_("Not together with other offers"), required=False)
    picture = PictureField(label=_("Picture"))
    valid_days = DaysField(label=_("Valid for (days)"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stored: dict[str, Any] = dict(self.instance.attributes or {})
        self.currency = self._read_currency()
        for field in self.fields.values():
            if isinstance(field, MoneyField):
                field.currency = self.currency
                field.label = f"{field.label} ({self.currency})"
        for name, value in self._stored_values().items():
            self.initial.setdefault(name, value)
        if "products" in self.fields and "category" in self.fields:
            offer_menu(
                self.fields["products"],
                self.fields["category"],
                stored_codes=read_codes(self.stored.get("product_code")),
                stored_category=str(self.stored.get("category") or ""),
            )

    def _read_currency(self) -> str:
        """Return the currency of the amounts: the one posted or stored, else the programme's."""
        chosen = str(self.data.get(self.add_prefix("currency")) or self.instance.currency or "").strip().upper()
        return chosen if chosen in currency_codes() else find_programme().currency

    def _stored_values(self) -> dict[str, Any]:
        """Return what the stored attributes are in the form's fields; nonsense is shown as it is."""
        values = {field: self.stored.get(name) for name, field in FIELD_OF.items()} | stored_rules(self.stored)
        discount = parse_discount(self.stored, currency_digits=minor_digits(self.currency))
        if isinstance(discount, Discount):
            is_amount = discount.discount_type is DiscountType.ABSOLUTE
            values["discount_value"] = (
                write_amount(discount.amount_cents, self.currency) if is_amount else values["discount_value"]
            )
            values["max_amount"], values["max_units"] = discount.max_cents, values["max_units"]
            values["minimum"] = discount.minimum_cents or None
        if values["discount_value"] is not None:
            values["discount_value"] = str(values["discount_value"])
        url = self.instance.media_url
        return values | {
            "valid_days": self.instance.expiration_duration,
            "picture": StoredPicture(url) if url else None,
        }

    def clean_currency(self) -> str:
        """Write the code in capitals."""
        currency: str = self.cleaned_data["currency"].strip().upper()
        return currency

    def clean(self) -> dict[str, Any]:
        """Put the discount together and refuse, at its field, what makes none."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "discount_type" not in self.fields:
            return cleaned
        attributes = self._read_attributes(cleaned)
        if not any(field in self.errors for field in FIELD_OF.values()):
            self._check(attributes)
        if not any(field in self.errors for field in FIELD_OF.values()):
            self.instance.attributes = attributes
        if "valid_days" in cleaned:
            self.instance.expiration_duration = cleaned["valid_days"]
        return cleaned

    def _read_attributes(self, cleaned: dict[str, Any]) -> dict[str, Any]:
        """Return the attributes of the form, with those that it does not show as they were."""
        kept = {name: value for name, value in self.stored.items() if name not in {*FIELD_OF, *TILL_FIELDS}}
        kept |= typed_rules(cleaned)
        typed = {name: cleaned.get(field) for name, field in FIELD_OF.items()}
        if typed["discount_value"]:
            try:
                typed["discount_value"] = self._read_value(typed["discount_type"] or "", typed["discount_value"])
            except ValueError as error:
                self.add_error("discount_value", str(error))
        typed["minimum_cents"] = typed["minimum_cents"] or None  # 0 is no minimum
        return kept | {
            name: value for name, value in typed.items() if not (value is None or value is False or value == "")
        }

    def _read_value(self, discount_type: str, text: str) -> str:
        """Return the value as it is stored: a plain number, of an amount with its decimals. Raises ValueError."""
        if discount_type == DiscountType.ABSOLUTE:
            return write_amount(read_amount(text, self.currency), self.currency)
        if discount_type == DiscountType.FREE_ITEM:
            raise ValueError(gettext("A free item has no value: leave this empty."))
        plain = text.strip().removesuffix("%").strip().replace(",", ".")
        percent = parse_plain_number(plain)
        if discount_type == DiscountType.PERCENTAGE and percent is None:
            raise ValueError(gettext("Write the percentage like 10 or 12.5."))
        if discount_type == DiscountType.PERCENTAGE and percent is not None and percent > 100:
            raise ValueError(gettext("At most 100 percent can come off."))
        return plain

    def _check(self, attributes: dict[str, Any]) -> None:
        """Add what the programme's own rule says against these attributes, each sentence at its field."""
        meant = [name for name in FIELD_OF if name in attributes]
        if meant and "discount_type" not in attributes:
            self.add_error("discount_type", gettext("Choose what kind of discount this is, or empty the fields below."))
        if not meant or "discount_type" not in attributes:
            return
        problems = discount_problems(attributes, currency_digits=minor_digits(self.currency))
        for name, problem in problems.items():
            self.add_error(FIELD_OF.get(name), f"{self._label(name)}: {gettext(problem)}.")

    def _label(self, name: str) -> str:
        field = self.fields.get(FIELD_OF.get(name, ""))
        return str(field.label) if field else name

    @property
    def changed_columns(self) -> set[str]:
        """The columns of the row that this form changed."""
        return {COLUMN_OF.get(name, name) for name in self.changed_data}

    @property
    def discount(self) -> Discount | None:
        """The discount that a valid form makes; None where it makes none."""
        found = parse_discount(self.instance.attributes, currency_digits=minor_digits(self.currency))
        return found if isinstance(found, Discount) else None


def refuse_limit(limit: int | None, used: int) -> int | None:
    """Return the limit. Raises ValidationError if it is below what was given out already, or lets nobody have any."""
    if limit is not None and limit < max(used, 1):
        raise ValidationError(
            gettext("%(used)d were given out already: write at least that, or leave this empty.") % {"used": used}
            if used
            else gettext("Write at least 1, or leave this empty.")
        )
    return limit


class PromotionForm(OfferForm):
    """A promotion."""

    class Meta:
        model = Promotion
        fields = (
            "name", "description", "is_active", "starts_at", "ends_at", "voucher_limit", "limit_per_contact",
            "redemptions_per_voucher", "reversal_grace_days", "currency",
        )  # fmt: skip

    def clean_voucher_limit(self) -> int | None:
        """Refuse a limit below the vouchers that there are."""
        return refuse_limit(self.cleaned_data.get("voucher_limit"), self.instance.issued_vouchers)

    def clean_limit_per_contact(self) -> int | None:
        """Refuse a limit that gives nobody a voucher."""
        return refuse_limit(self.cleaned_data.get("limit_per_contact"), 0)


class RewardForm(OfferForm):
    """A reward."""

    class Meta:
        model = Reward
        fields = (
            "title", "description", "required_points", "is_active", "reward_type", "is_pre_redeemable", "stock",
            "purchase_limit", "limit_per_contact", "cost_price_cents", "currency",
        )  # fmt: skip

    cost_price_cents = MoneyField(label=_("Costs you"), required=False, help_text=_("For your own numbers."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "stock" in self.fields:
            # Members buy while the form is open: only a stock that staff changed is written.
            self.fields["stock"].show_hidden_initial = True

    def clean_purchase_limit(self) -> int | None:
        """Refuse a limit below what was bought."""
        return refuse_limit(self.cleaned_data.get("purchase_limit"), self.instance.purchases)

    def clean_limit_per_contact(self) -> int | None:
        """Refuse a limit that lets nobody buy one."""
        return refuse_limit(self.cleaned_data.get("limit_per_contact"), 0)
