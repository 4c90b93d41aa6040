"""From a posted product form to a choice: what is for sale, what may be chosen, and what was wrong in plain words."""

import re
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Prefetch
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from menu.models import Category, Modifier, ModifierGroup, Product, ProductModifierGroup, Restaurant, Variant
from orders.errors import ChoiceRefused
from orders.models import LineItem

MOST_PER_LINE = 50
LONGEST_NOTE = 200
SIZE_FIELD = "modifier-size"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class Size:
    """A size on offer, at its own price."""

    variant: Variant
    price_cents: int
    is_sold_out: bool


@dataclass(frozen=True)
class Option:
    """An option of a group as the form shows it."""

    modifier: Modifier
    quantity_field: str
    price_cents: int
    max_quantity: int
    is_default: bool
    is_sold_out: bool


@dataclass(frozen=True)
class Asked:
    """A group asked with the product: between `minimum` and `maximum` (None: no limit) choices, the first `free` of them free."""

    group: ModifierGroup
    field: str
    minimum: int
    maximum: int | None
    free: int
    options: tuple[Option, ...]

    @property
    def is_required(self) -> bool:
        """Whether something must be chosen."""
        return self.minimum > 0

    @property
    def is_single(self) -> bool:
        """Whether exactly one thing is chosen, so that radios fit; without `is_required` nothing may be chosen too."""
        return self.minimum == 1 and self.maximum == 1 and all(option.max_quantity == 1 for option in self.options)


@dataclass(frozen=True)
class ProductForSale:
    """A product with everything one may choose, as of one moment."""

    product: Product
    restaurant: Restaurant
    price_cents: int
    sizes: tuple[Size, ...]
    groups: tuple[Asked, ...]
    category_slugs: tuple[str, ...]
    is_sold_out: bool
    is_served: bool


@dataclass(frozen=True)
class Pick:
    """One option chosen, `quantity` times per unit of the product, at `unit_cents` each."""

    modifier: Modifier
    quantity: int
    unit_cents: int


@dataclass(frozen=True)
class Choice:
    """What the diner wants of a product."""

    quantity: int
    note: str
    variant: Variant | None
    picks: tuple[Pick, ...] = field(default=())


def product_for_sale(restaurant: Restaurant, product_id: int, *, now: datetime) -> ProductForSale:
    """Return the product with its sizes, groups and options: at most six queries. Raises Product.DoesNotExist."""
    product = products_for_sale(restaurant, [product_id], now=now).get(product_id)
    if product is None:
        raise Product.DoesNotExist
    return product


def products_for_sale(restaurant: Restaurant, product_ids: list[int], *, now: datetime) -> dict[int, ProductForSale]:
    """Return those of `product_ids` that this restaurant has on its menu; a constant number of queries."""
    products = Product.objects.filter(pk__in=product_ids, restaurant=restaurant, is_hidden=False).prefetch_related(
        Prefetch("variants", Variant.objects.filter(is_hidden=False)),
        Prefetch("categories", Category.objects.select_related("parent__parent__parent")),
        Prefetch("asked", ProductModifierGroup.objects.select_related("group").order_by("position", "id")),
        Prefetch("asked__group__modifiers", Modifier.objects.filter(is_hidden=False)),
    )
    found = (_for_sale(product, restaurant, now=now) for product in products)
    return {each.product.pk: each for each in found if each is not None}


def _for_sale(product: Product, restaurant: Restaurant, *, now: datetime) -> ProductForSale | None:
    sizes = tuple(
        Size(variant=variant, price_cents=variant.price_cents, is_sold_out=variant.is_sold_out(now=now))
        for variant in product.variants.all()
    )
    price = min((size.price_cents for size in sizes), default=product.price_cents)
    if price is None:
        return None
    chains = [_with_ancestors(category) for category in product.categories.all()]
    moment = restaurant.local(now)
    served = not chains or any(
        all(category.is_served(moment=moment) and not category.is_hidden for category in chain) for chain in chains
    )
    return ProductForSale(
        product=product,
        restaurant=restaurant,
        price_cents=price,
        sizes=sizes,
        groups=tuple(_asked(asked, now=now) for asked in product.asked.all()),
        category_slugs=tuple(dict.fromkeys(category.slug for chain in chains for category in chain)),
        is_sold_out=product.is_sold_out(now=now) or (bool(sizes) and all(size.is_sold_out for size in sizes)),
        is_served=served,
    )


def _with_ancestors(category: Category) -> list[Category]:
    """The category and what it is within, as far as was loaded (four levels)."""
    chain = [category]
    while chain[-1].parent_id is not None and "parent" in chain[-1]._state.fields_cache and len(chain) < 4:
        parent = chain[-1].parent
        assert parent is not None
        chain.append(parent)
    return chain


def _asked(asked: ProductModifierGroup, *, now: datetime) -> Asked:
    group = asked.group
    return Asked(
        group=group,
        field=f"modifier-{group.pk}",
        minimum=group.min_choices if asked.min_choices is None else asked.min_choices,
        maximum=group.max_choices if asked.max_choices is None else asked.max_choices,
        free=group.free_choices,
        options=tuple(
            Option(
                modifier=modifier,
                quantity_field=f"quantity-{modifier.pk}",
                price_cents=modifier.price_cents,
                max_quantity=modifier.max_quantity,
                is_default=modifier.is_default and not modifier.is_sold_out(now=now),
                is_sold_out=modifier.is_sold_out(now=now),
            )
            for modifier in group.modifiers.all()
        ),
    )


def read_choice(offered: ProductForSale, form: QueryDict) -> Choice:
    """Return what `form` asks of the product. Raises ChoiceRefused with a sentence for each field that is wrong."""
    errors: dict[str, str] = {}
    if offered.is_sold_out:
        errors["product"] = _("%(name)s is sold out.") % {"name": offered.product.name}
    elif not offered.is_served:
        errors["product"] = _("%(name)s is not served at this time.") % {"name": offered.product.name}
    quantity = read_quantity(form.get("quantity", "1"), errors, least=1)
    note = " ".join(_CONTROL.sub(" ", form.get("note", "")).split())
    if len(note) > LONGEST_NOTE:
        errors["note"] = _("Please keep the note under %(count)d characters.") % {"count": LONGEST_NOTE}
    variant = _read_size(offered, form, errors)
    picks = [pick for asked in offered.groups for pick in _read_group(asked, form, errors)]
    known = {asked.field for asked in offered.groups} | {SIZE_FIELD}
    known |= {option.quantity_field for asked in offered.groups for option in asked.options}
    for name in form:
        if name.startswith("quantity-") and name not in known and form.get(name, "").strip() not in ("", "0"):
            errors.setdefault("product", _("That choice does not belong to %(name)s.") % {"name": offered.product.name})
        if name.startswith("modifier-") and name not in known and any(form.getlist(name)):
            errors.setdefault("product", _("That choice does not belong to %(name)s.") % {"name": offered.product.name})
    if errors:
        raise ChoiceRefused(errors)
    return Choice(quantity=quantity, note=note, variant=variant, picks=tuple(picks))


def read_quantity(text: str, errors: dict[str, str], *, least: int) -> int:
    """Return `text` as a number of units from `least` to 50; anything else adds an error under "quantity"."""
    number = int(text) if text.strip().isascii() and text.strip().isdigit() and len(text) < 10 else -1
    if not least <= number <= MOST_PER_LINE:
        errors["quantity"] = _("Choose a number from %(least)d to %(most)d.") % {
            "least": least,
            "most": MOST_PER_LINE,
        }
    return number


def _read_size(offered: ProductForSale, form: QueryDict, errors: dict[str, str]) -> Variant | None:
    if not offered.sizes:
        return None
    wanted = form.getlist(SIZE_FIELD)
    chosen = next((size for size in offered.sizes if wanted == [str(size.variant.pk)]), None)
    if chosen is None:
        errors[SIZE_FIELD] = _("Choose a size.")
    elif chosen.is_sold_out:
        errors[SIZE_FIELD] = _("%(name)s is sold out.") % {"name": chosen.variant.name}
    return chosen.variant if chosen else None


def _read_group(asked: Asked, form: QueryDict, errors: dict[str, str]) -> list[Pick]:
    """Return what was chosen of one group, the free choices at 0; adds at most one error, under the group's field."""
    wanted = [value for value in form.getlist(asked.field) if value]
    by_id = {str(option.modifier.pk): option for option in asked.options}
    if any(value not in by_id for value in wanted):
        errors[asked.field] = _("Choose from the list: %(name)s.") % {"name": asked.group.name}
        return []
    counts: dict[str, int] = {}
    for key, option in by_id.items():
        counted = _read_count(option, form, ticked=key in wanted)
        if counted is None or counted > option.max_quantity:
            errors[asked.field] = ngettext(
                "At most %(count)d of %(name)s.", "At most %(count)d of %(name)s.", option.max_quantity
            ) % {"count": option.max_quantity, "name": option.modifier.name}
            return []
        if counted and option.is_sold_out:
            errors[asked.field] = _("%(name)s is sold out.") % {"name": option.modifier.name}
            return []
        if counted:
            counts[key] = counted
    if refusal := _count_refusal(asked, sum(counts.values())):
        errors[asked.field] = refusal
        return []
    return _price(asked, [(by_id[key], count) for key, count in counts.items()])


def _read_count(option: Option, form: QueryDict, *, ticked: bool) -> int | None:
    """How many of this option: its own count where the form has one, else one if ticked; None for nonsense."""
    text = form.get(option.quantity_field, "").strip()
    if not text:
        return 1 if ticked else 0
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else None


def _count_refusal(asked: Asked, count: int) -> str:
    name = asked.group.name.rstrip("?!:. ")
    if count < asked.minimum:
        if asked.minimum == 1:
            return _("Please choose: %(name)s.") % {"name": name}
        return _("Choose at least %(count)d: %(name)s.") % {"count": asked.minimum, "name": name}
    if asked.maximum is not None and count > asked.maximum:
        return _("Choose at most %(count)d: %(name)s.") % {"count": asked.maximum, "name": name}
    return ""


def _price(asked: Asked, chosen: list[tuple[Option, int]]) -> list[Pick]:
    """Price the choices of a group: the `free` dearest units cost nothing. One option may become two picks (free and paid)."""
    free = asked.free
    picks: list[Pick] = []
    for option, count in sorted(chosen, key=lambda each: (-each[0].price_cents, each[0].modifier.pk)):
        included = min(free, count)
        free -= included
        if included:
            picks.append(Pick(modifier=option.modifier, quantity=included, unit_cents=0))
        if count > included:
            picks.append(Pick(modifier=option.modifier, quantity=count - included, unit_cents=option.price_cents))
    order = {option.modifier.pk: place for place, option in enumerate(asked.options)}
    return sorted(picks, key=lambda pick: order[pick.modifier.pk])


def choose_again(offered: ProductForSale, item: LineItem) -> Choice:
    """Return what `item` holds as it would be added now, at present prices. Raises ChoiceRefused where it cannot be."""
    if offered.is_sold_out:
        raise ChoiceRefused({"product": _("%(name)s is sold out.") % {"name": item.name}})
    if not offered.is_served:
        raise ChoiceRefused({"product": _("%(name)s is not served at this time.") % {"name": item.name}})
    size = next((size for size in offered.sizes if size.variant.pk == item.variant_id), None)
    if (size is None and (offered.sizes or item.variant_id)) or (size is not None and size.is_sold_out):
        what = f"{item.name} ({item.variant_name})" if item.variant_name else item.name
        raise ChoiceRefused({SIZE_FIELD: _("%(name)s is sold out.") % {"name": what}})
    wanted: dict[int, int] = {}
    for sub in item.sub_lines.all():
        wanted[sub.modifier_id or 0] = wanted.get(sub.modifier_id or 0, 0) + sub.quantity
    picks: list[Pick] = []
    for asked in offered.groups:
        chosen = [(option, wanted.pop(option.modifier.pk)) for option in asked.options if option.modifier.pk in wanted]
        for option, _count in chosen:
            if option.is_sold_out:
                what = f"{item.name} ({option.modifier.name})"
                raise ChoiceRefused({asked.field: _("%(name)s is sold out.") % {"name": what}})
        if _count_refusal(asked, sum(count for _option, count in chosen)):
            question = asked.group.name.rstrip("?!:. ")
            text = _("%(name)s needs another answer now: %(question)s. Please remove it and add it again.")
            raise ChoiceRefused({asked.field: text % {"name": item.name, "question": question}})
        picks.extend(_price(asked, chosen))
    if wanted:
        raise ChoiceRefused({"product": _("A choice for %(name)s is no longer on the menu.") % {"name": item.name}})
    return Choice(quantity=item.quantity, note=item.note, variant=size.variant if size else None, picks=tuple(picks))
