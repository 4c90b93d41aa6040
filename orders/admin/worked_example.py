"""What an offer would do: a sample basket from the real menu, priced by the rule that prices every basket, or why nothing."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.utils.translation import get_language, gettext

from loyalty.domain import Discount, DiscountType
from menu.money import format_money
from orders.admin.sold import Article, Sold
from orders.pricing import Line, Offer, PricedBasket, SubLine, price_basket

MOST_UNITS = 50
MOST_SHOWN = 3


@dataclass(frozen=True)
class ExampleLine:
    """One line of the sample: what it costs without and with the offer, in words a person reads."""

    name: str
    before: str
    after: str
    is_cheaper: bool


@dataclass(frozen=True)
class WorkedExample:
    """What the offer does at one restaurant. No lines: it does nothing there, and `warnings` say why."""

    restaurant: str
    lines: tuple[ExampleLine, ...]
    before: str
    after: str
    saved: str
    warnings: tuple[str, ...]


def work_out(discount: Discount, sold: Sold, *, currency: str) -> WorkedExample:
    """Return what a discount with amounts in `currency` does on a sample basket of what this restaurant sells."""
    warnings = tuple(find_warnings(discount, sold, currency=currency))
    basket = [] if _is_useless(discount, sold, currency) else sample(discount, sold.articles)
    priced = _price(basket, discount, sold) if basket else None
    if priced is None or not priced.applied:
        sentences = warnings or (gettext("On a sample basket it takes nothing off."),)
        return nothing(*sentences, restaurant=sold.restaurant.name)
    money = _Money(sold.restaurant.currency)
    names = {str(place): name for place, (_line, name) in enumerate(basket, start=1)}
    return WorkedExample(
        restaurant=sold.restaurant.name,
        lines=tuple(_shown(priced, names, money)),
        before=money(priced.gross_cents),
        after=money(priced.order_amount_cents),
        saved=money(priced.total_discount_cents),
        warnings=warnings,
    )


def nothing(*warnings: str, restaurant: str = "") -> WorkedExample:
    """Return the example of an offer that does nothing, with the sentences that say why."""
    return WorkedExample(restaurant=restaurant, lines=(), before="", after="", saved="", warnings=warnings)


def find_warnings(discount: Discount, sold: Sold, *, currency: str) -> Iterator[str]:
    """Yield what is wrong with the discount on this menu: what it names that is not there, and why it would do nothing."""
    if _is_in_money(discount) and currency != sold.restaurant.currency:
        yield gettext("Its amounts are in %(currency)s, this menu's prices in %(other)s: it does nothing here.") % {
            "currency": currency,
            "other": sold.restaurant.currency,
        }
    known = {sku for article in sold.articles for sku in (article.sku, article.parent_sku)}
    unknown = [code for code in discount.product_codes if code not in known]
    if unknown:
        yield gettext("Not on the menu: %(codes)s.") % {"codes": ", ".join(unknown)}
    if discount.category and discount.category not in sold.category_names:
        yield gettext("There is no category “%(slug)s” on the menu.") % {"slug": discount.category}
    elif discount.category and not any(discount.category in article.categories for article in sold.articles):
        yield gettext("The category “%(name)s” has no products.") % {"name": sold.category_names[discount.category]}
    if not sold.articles:
        yield gettext("There is nothing on the menu yet.")
        return
    meant = [article for article in sold.articles if article.is_meant_by(discount)]
    if meant and not any(article.discountable for article in meant):
        yield gettext("Discounts do not apply to any of these products.")
    elif meant and not any(article.discountable and article.unit_cents for article in meant):
        yield gettext("All of these products are free already.")
    if not meant:
        yield gettext("It would do nothing: none of what it is for is on the menu.")


def _is_in_money(discount: Discount) -> bool:
    """Say whether the discount only makes sense in its own currency: the same judgement as the diner's showcase."""
    return bool(discount.discount_type is DiscountType.ABSOLUTE or discount.max_cents or discount.minimum_cents)


def _is_useless(discount: Discount, sold: Sold, currency: str) -> bool:
    return _is_in_money(discount) and currency != sold.restaurant.currency


def sample(discount: Discount, articles: tuple[Article, ...]) -> list[tuple[Line, str]]:
    """Return a basket on which the discount shows what it does, with the lines' names; nothing it is for: empty."""
    usable = [article for article in articles if article.discountable and article.unit_cents]
    meant = [article for article in usable if article.is_meant_by(discount)]
    if not meant:
        return []
    if discount.is_order_level:
        chosen = _varied(meant, 2)
    else:
        others = [article for article in articles if not article.is_meant_by(discount) and article.unit_cents]
        chosen = [*_varied(meant, 2), *others[:1]]
    lines = [_line(place, article, discount) for place, article in enumerate(chosen, start=1)]
    if not discount.is_order_level and discount.max_units > 1:
        lines[0] = replace(lines[0], quantity=min(discount.max_units, MOST_SHOWN))
    lines = _raised_to(discount.minimum_cents, lines)
    return [(line, article.name) for line, article in zip(lines, chosen, strict=True)]


def _varied(articles: list[Article], count: int) -> list[Article]:
    """Return the first article and the next ones that stand elsewhere on the menu, as far as there are any."""
    first = articles[0]
    elsewhere = [article for article in articles[1:] if article.categories != first.categories]
    same = [article for article in articles[1:] if article.unit_cents != first.unit_cents]
    return [first, *(elsewhere or same)[: count - 1]]


def _line(place: int, article: Article, discount: Discount) -> Line:
    extra = article.extra if discount.includes_modifiers and article.is_meant_by(discount) else None
    return Line(
        id=str(place),
        sku=article.sku,
        parent_sku=article.parent_sku,
        unit_cents=article.unit_cents,
        quantity=1,
        categories=article.categories,
        discountable=article.discountable,
        modifiers=(SubLine(id=f"{place}.1", unit_cents=extra[1]),) if extra else (),
    )


def _raised_to(minimum_cents: int, lines: list[Line]) -> list[Line]:
    """Return the lines with enough units of the last one that discounts apply to for the minimum order."""
    counted = [line for line in lines if line.discountable]
    reached = sum(_gross(line) for line in counted)
    if not counted or reached >= minimum_cents:
        return lines
    last = counted[-1]
    missing_units = -(-(minimum_cents - reached) // (_gross(last) // last.quantity))
    more = min(last.quantity + missing_units, MOST_UNITS)
    return [replace(line, quantity=more) if line is last else line for line in lines]


def _gross(line: Line) -> int:
    return line.quantity * (line.unit_cents + sum(sub.unit_cents * sub.quantity for sub in line.modifiers))


def _price(basket: list[tuple[Line, str]], discount: Discount, sold: Sold) -> PricedBasket:
    return price_basket(
        [line for line, _name in basket],
        [Offer(id="1", discount=discount)],
        currency_digits=sold.restaurant.digits,
        prices_include_tax=sold.restaurant.prices_include_tax,
    )


class _Money:
    """Writes cents of one currency for whoever reads the page."""

    def __init__(self, currency: str) -> None:
        self.currency = currency
        self.language = get_language() or "en"

    def __call__(self, cents: int) -> str:
        return format_money(cents, self.currency, self.language)


def _shown(priced: PricedBasket, names: dict[str, str], money: _Money) -> Iterator[ExampleLine]:
    for line in priced.lines:
        gross = sum(part.gross_cents for part in line.parts)
        total = line.total_with_sub_lines_cents
        units = max(1, line.quantity)
        name = names[line.id] if units == 1 else f"{units} × {names[line.id]}"
        if line.sub_lines:
            name = gettext("%(name)s with extras") % {"name": name}
        yield ExampleLine(name=name, before=money(gross), after=money(total), is_cheaper=total < gross)
