"""A discount in a few words, for lists and for whoever may only look."""

from collections.abc import Mapping

from django.utils.translation import get_language, gettext

from loyalty.domain import Discount, DiscountType, InvalidDiscount, parse_discount
from menu.models import Category, Product, Variant
from menu.money import format_money, minor_digits


def read_names() -> dict[str, str]:
    """Return the names of everything that offers can name, by SKU and by slug; three queries."""
    names = dict(Category.objects.values_list("slug", "name"))
    names |= dict(Product.objects.exclude(sku="").values_list("sku", "name"))
    sizes = Variant.objects.exclude(sku="").values_list("sku", "product__name", "name")
    return names | {sku: f"{product}, {size}" for sku, product, size in sizes}


def in_words(attributes: Mapping[str, object], *, currency: str, names: Mapping[str, str]) -> str:
    """Return what the attributes take off and from what: "50%, Desserts", "€5.00, whole order", "Free: Espresso"."""
    discount = parse_discount(attributes, currency_digits=minor_digits(currency))
    if isinstance(discount, InvalidDiscount):
        return gettext("nothing on orders")
    words = [_worth(discount, currency), *_on_what(discount, names)]
    if discount.minimum_cents:
        words.append(gettext("from %(amount)s") % {"amount": _money(discount.minimum_cents, currency)})
    if discount.exclusive:
        words.append(gettext("on its own"))
    return ", ".join(words)


def _worth(discount: Discount, currency: str) -> str:
    if discount.discount_type is DiscountType.FREE_ITEM:
        return gettext("Free")
    if discount.discount_type is DiscountType.PERCENTAGE:
        return f"{discount.value.normalize():f}%"
    return _money(discount.amount_cents, currency)


def _on_what(discount: Discount, names: Mapping[str, str]) -> list[str]:
    if discount.is_order_level:
        return [gettext("whole order")]
    named = [*discount.product_codes, *([discount.category] if discount.category else [])]
    shown = [names.get(code, code) for code in named[:3]]
    return [*shown, *(["…"] if len(named) > len(shown) else [])]


def _money(cents: int, currency: str) -> str:
    return format_money(cents, currency, get_language() or "en")
