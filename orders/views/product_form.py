"""What the product form shows: every choice with its state, kept over a refusal, and the sentence next to each field."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from menu.food import Allergen
from orders.choices import SIZE_FIELD, Asked, Option, ProductForSale
from orders.listing import diet_names


@dataclass(frozen=True)
class ShownSize:
    """A size as a radio button."""

    value: int
    name: str
    price_cents: int
    is_sold_out: bool
    is_chosen: bool


@dataclass(frozen=True)
class ShownOption:
    """An option as a radio button, a checkbox or a count of its own; `facts` are allergens, diets, "Sold out"."""

    value: int
    name: str
    price_cents: int
    facts: str
    is_sold_out: bool
    is_chosen: bool
    quantity_field: str
    max_quantity: int
    count: int

    @property
    def has_count(self) -> bool:
        """Whether more than one of it may be chosen."""
        return self.max_quantity > 1


@dataclass(frozen=True)
class ShownGroup:
    """A question of the form; `how` says in words how many may be chosen and what of that is free."""

    name: str
    field: str
    how: str
    free: int
    maximum: int | None
    is_single: bool
    error: str
    options: tuple[ShownOption, ...]


def shown_form(offered: ProductForSale, form: QueryDict | None, errors: Mapping[str, str]) -> dict[str, object]:
    """Return what the template needs of the form: as posted where there is one, else with the defaults chosen."""
    return {
        "sizes": _sizes(offered, form),
        "groups": tuple(_group(asked, form, errors.get(asked.field, "")) for asked in offered.groups),
        "note": form.get("note", "") if form else "",
        "quantity": (form.get("quantity") if form else None) or "1",
        "errors": errors,
        "size_error": errors.get(SIZE_FIELD, ""),
        "note_error": errors.get("note", ""),
        "quantity_error": errors.get("quantity", ""),
        "product_error": errors.get("product", ""),
    }


def _sizes(offered: ProductForSale, form: QueryDict | None) -> tuple[ShownSize, ...]:
    chosen = form.get(SIZE_FIELD, "") if form else ""
    return tuple(
        ShownSize(
            value=size.variant.pk,
            name=size.variant.name,
            price_cents=size.price_cents,
            is_sold_out=size.is_sold_out,
            is_chosen=str(size.variant.pk) == chosen and not size.is_sold_out,
        )
        for size in offered.sizes
    )


def _group(asked: Asked, form: QueryDict | None, error: str) -> ShownGroup:
    common, common_text = _common_allergens(asked)
    return ShownGroup(
        name=asked.group.name,
        field=asked.field,
        how=" · ".join(filter(None, (how_many(asked), common_text))),
        free=asked.free,
        maximum=asked.maximum,
        is_single=asked.is_single,
        error=error,
        options=tuple(_option(asked, option, form, with_allergens=not common) for option in asked.options),
    )


def _option(asked: Asked, option: Option, form: QueryDict | None, *, with_allergens: bool) -> ShownOption:
    modifier = option.modifier
    chosen = str(modifier.pk) in form.getlist(asked.field) if form else option.is_default
    counted = form.get(option.quantity_field, "") if form else ""
    facts = [
        _("Sold out") if option.is_sold_out else "",
        _allergens(modifier.allergens) if with_allergens else "",
        diet_names(modifier.diets) if with_allergens else "",
    ]
    return ShownOption(
        value=modifier.pk,
        name=modifier.name,
        price_cents=option.price_cents,
        facts=" · ".join(filter(None, facts)),
        is_sold_out=option.is_sold_out,
        is_chosen=chosen and not option.is_sold_out,
        quantity_field=option.quantity_field,
        max_quantity=option.max_quantity,
        count=int(counted)
        if counted.isascii() and counted.isdigit() and len(counted) < 4
        else int(chosen and not option.is_sold_out),
    )


def how_many(asked: Asked) -> str:
    """Say in words whether the group must be answered, with how many choices, and how many of them are free."""
    least, most = asked.minimum, asked.maximum
    words = [_("required") if least else _("optional")]
    if asked.is_single:
        pass  # radio buttons say it themselves
    elif least and most == least:
        words.append(ngettext("choose %(count)d", "choose %(count)d", least) % {"count": least})
    elif least and most:
        words.append(_("choose %(least)d to %(most)d") % {"least": least, "most": most})
    elif least:
        words.append(_("choose at least %(count)d") % {"count": least})
    elif most:
        words.append(ngettext("up to %(count)d", "up to %(count)d", most) % {"count": most})
    if asked.free:
        words.append(ngettext("%(count)d included", "%(count)d included", asked.free) % {"count": asked.free})
    return " · ".join(words)


def _common_allergens(asked: Asked) -> tuple[bool, str]:
    """Say once for the whole group what would be the same under every option: nothing declared, or nothing recorded."""
    if asked.options and all(option.modifier.allergens is None for option in asked.options):
        return True, _("allergens not recorded")
    if asked.options and all(option.modifier.allergens == [] for option in asked.options):
        return True, _("no allergens declared")
    return False, ""


def _allergens(keys: Iterable[str] | None) -> str:
    if keys is None:
        return _("Allergens not recorded")
    return ", ".join(str(Allergen(key).label) for key in keys) or _("No allergens declared")
