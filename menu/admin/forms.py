"""Forms of the admin: what belongs to one restaurant stays in it, money is typed in its currency, names fill in codes."""

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.db.models import Model, QuerySet
from django.forms.models import BaseInlineFormSet, ModelChoiceField
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from menu.admin.fields import AllergensField, DietsField, MoneyField, PictureField
from menu.admin.tree import Branch, read_branches
from menu.models import Category, Modifier, ModifierGroup, Product, ProductModifierGroup, Restaurant, Table, Variant


class MenuForm(forms.ModelForm[Any]):
    """A form of a row of one restaurant's menu. Sets the currency of its money fields; knows `restaurant` early."""

    def __init__(self, *args: Any, restaurant: Restaurant | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.restaurant = restaurant or self._own_restaurant()
        currency = self.restaurant.currency if self.restaurant else "EUR"
        for field in self.fields.values():
            if isinstance(field, MoneyField):
                field.currency = currency
                field.label = f"{field.label} ({currency})"

    def _own_restaurant(self) -> Restaurant | None:
        """Return the restaurant of the row, else the one chosen in the form, else the one it starts with."""
        chosen: Any = getattr(self.instance, "restaurant_id", None)
        if chosen is None and "restaurant" in self.fields:
            chosen = self.data.get(self.add_prefix("restaurant")) or self.initial.get("restaurant")
        if isinstance(chosen, Restaurant):
            return chosen
        if chosen is not None and str(chosen).isdecimal():
            return Restaurant.objects.filter(pk=chosen).first()
        return None

    def _get_validation_exclusions(self) -> set[str]:
        """Check "once per restaurant" also where the restaurant cannot be changed and so is no field of the form."""
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return excluded - {"restaurant"} if getattr(self.instance, "restaurant_id", None) else excluded

    def fill_in(self, field: str, text: str, taken: QuerySet[Any], *, write: Callable[[str], str]) -> None:
        """Make up a code from a name where none was typed: the first of name, name-2, name-3 that is free in `taken`."""
        if self.cleaned_data.get(field) or field not in self.fields or field in self.errors:
            return
        longest = self._meta.model._meta.get_field(field).max_length or 50
        stem = write(slugify(text))[: longest - 4] or write("item")
        used = set(taken.filter(**{f"{field}__startswith": stem}).values_list(field, flat=True))
        candidates = (stem, *(f"{stem}-{count}" for count in range(2, len(used) + 3)))
        self.cleaned_data[field] = next(code for code in candidates if code not in used)


class OwnedFormSet(BaseInlineFormSet[Any, Any, Any]):
    """Inline forms that know their parent's restaurant without asking the database for each row."""

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        """Hand the parent's restaurant to each form."""
        parent: Any = self.instance
        restaurant = parent.restaurant if parent.restaurant_id else None
        return {**super().get_form_kwargs(index), "restaurant": restaurant}


class NamedCellsFormSet(OwnedFormSet):
    """Inline forms in a table, where Django prints a field's name over its column but not for each input."""

    def add_fields(self, form: forms.ModelForm[Any], index: int | None) -> None:
        """Name every input after its column, for those who do not see the columns."""
        super().add_fields(form, index)
        for field in form.fields.values():
            inner: Any = getattr(field.widget, "widget", field.widget)  # the admin wraps a select in its links
            inner.attrs.setdefault("aria-label", str(field.label))


def indented(branches: Iterable[Branch]) -> list[tuple[int, str]]:
    """Return choices of categories, each level further in."""
    return [(branch.category.pk, "\u2003" * branch.depth + branch.category.name) for branch in branches]


class TableForm(MenuForm):
    """A table."""

    class Meta:
        model = Table
        fields = ("restaurant", "name", "position", "is_active")


class CategoryForm(MenuForm):
    """A category; `within` offers the restaurant's own, in the order of the menu."""

    class Meta:
        model = Category
        fields = (
            "restaurant", "name", "parent", "description", "position", "is_hidden", "slug",
            "available_from", "available_until", "weekdays",
        )  # fmt: skip

    slug = forms.SlugField(
        label=Category._meta.get_field("slug").verbose_name,
        max_length=80,
        required=False,
        help_text=_("Offers name a category by this. Empty: made from the name."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        parent = self.fields.get("parent")
        if isinstance(parent, ModelChoiceField) and self.restaurant:
            own = Category.objects.filter(restaurant=self.restaurant)
            parent.queryset = own
            branches = [branch for branch in read_branches(own) if self.instance.pk not in branch.path]
            parent.choices = [("", "—"), *indented(branches)]

    def clean(self) -> dict[str, Any]:
        """Fill in the short name."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        restaurant = self.restaurant or cleaned.get("restaurant")
        others = Category.objects.filter(restaurant=restaurant).exclude(pk=self.instance.pk)
        self.fill_in("slug", cleaned.get("name", ""), others, write=str)
        return cleaned


class ProductForm(MenuForm):
    """A product; its categories and groups are its restaurant's."""

    class Meta:
        model = Product
        fields = (
            "restaurant", "name", "description", "price_cents", "categories", "picture", "allergens", "diets",
            "is_alcohol", "sku", "till_codes", "tax_rate", "kind", "promotion", "discountable", "earns_points", "position",
            "is_hidden",
        )  # fmt: skip
        widgets = {"till_codes": forms.Textarea(attrs={"rows": 2, "cols": 30})}

    sku = forms.CharField(
        label=Product._meta.get_field("sku").verbose_name,
        max_length=80,
        required=False,
        help_text=_("Your own article number; offers name products by it. Empty: made from the name."),
    )
    price_cents = MoneyField(
        label=_("Price"), required=False, help_text=_("As on the menu. Empty for a product with sizes.")
    )
    categories = forms.ModelMultipleChoiceField(
        Category.objects.none(), label=_("Categories"), required=False, widget=forms.CheckboxSelectMultiple
    )
    allergens = AllergensField(label=_("Allergens"))
    diets = DietsField(label=_("Diets"))
    picture = PictureField(label=_("Picture"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        categories = self.fields.get("categories")
        if isinstance(categories, ModelChoiceField):
            own = Category.objects.all()
            if self.restaurant:
                own = own.filter(restaurant=self.restaurant)
            categories.queryset = own
            categories.choices = indented(read_branches(own))

    def clean(self) -> dict[str, Any]:
        """Fill in the SKU; refuse categories of another restaurant."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        restaurant = self.restaurant or cleaned.get("restaurant")
        others = Product.objects.filter(restaurant=restaurant).exclude(pk=self.instance.pk)
        self.fill_in("sku", cleaned.get("name", ""), others, write=str.upper)
        categories = cleaned.get("categories") or ()
        if restaurant and any(category.restaurant_id != restaurant.pk for category in categories):
            self.add_error("categories", _("These categories belong to another restaurant."))
        return cleaned


class VariantForm(MenuForm):
    """A size of a product."""

    class Meta:
        model = Variant
        fields = ("name", "price_cents", "sku", "till_codes", "position", "is_hidden")
        widgets = {"till_codes": forms.Textarea(attrs={"rows": 1, "cols": 14})}

    sku = forms.CharField(
        label=Variant._meta.get_field("sku").verbose_name, max_length=80, required=False, help_text=_("Empty: made up.")
    )
    price_cents = MoneyField(label=_("Price"))

    def clean(self) -> dict[str, Any]:
        """Fill in the SKU from the name."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        product: Any = cleaned.get("product") or self.instance
        others = Variant.objects.filter(product_id=product.pk).exclude(pk=self.instance.pk)
        self.fill_in("sku", f"{getattr(product, 'sku', '')} {cleaned.get('name', '')}", others, write=str.upper)
        return cleaned


class AskedForm(MenuForm):
    """A modifier group asked with a product."""

    class Meta:
        model = ProductModifierGroup
        fields = ("group", "position", "min_choices", "max_choices")

    def clean(self) -> dict[str, Any]:
        """Refuse bounds that nobody could meet."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        group = cleaned.get("group")
        if isinstance(group, ModifierGroup):
            least = cleaned.get("min_choices")
            most = cleaned.get("max_choices")
            least = group.min_choices if least is None else least
            most = group.max_choices if most is None else most
            if most is not None and most < least:
                self.add_error("max_choices", _("At most cannot be less than at least."))
        return cleaned


class ModifierGroupForm(MenuForm):
    """A modifier group."""

    class Meta:
        model = ModifierGroup
        fields = ("restaurant", "name", "min_choices", "max_choices", "free_choices", "position", "key")

    key = forms.CharField(
        label=ModifierGroup._meta.get_field("key").verbose_name,
        max_length=80,
        required=False,
        help_text=_("For menu files. Empty: made from the question."),
    )

    def clean(self) -> dict[str, Any]:
        """Fill in the short name."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        restaurant = self.restaurant or cleaned.get("restaurant")
        others = ModifierGroup.objects.filter(restaurant=restaurant).exclude(pk=self.instance.pk)
        self.fill_in("key", cleaned.get("name", ""), others, write=str)
        return cleaned


class ModifierForm(MenuForm):
    """An option of a group."""

    class Meta:
        model = Modifier
        fields = (
            "name", "price_cents", "position", "max_quantity", "is_default", "is_hidden", "allergens", "diets", "sku",
        )  # fmt: skip

    price_cents = MoneyField(label=_("Surcharge"), required=False, help_text=_("Empty: none."))
    allergens = AllergensField(label=_("Allergens"))
    diets = DietsField(label=_("Diets"))

    def _own_restaurant(self) -> Restaurant | None:
        return self.instance.group.restaurant if self.instance.group_id else None

    def clean_price_cents(self) -> int:
        """Read an empty surcharge as none."""
        return self.cleaned_data.get("price_cents") or 0


def restaurant_of(row: Model) -> Restaurant:
    """Return the restaurant whose menu a product, size, group or option is on."""
    if isinstance(row, Variant):
        return row.product.restaurant
    if isinstance(row, Modifier):
        return row.group.restaurant
    restaurant: Restaurant = row.restaurant  # type: ignore[attr-defined]
    return restaurant
