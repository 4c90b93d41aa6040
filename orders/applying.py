"""Redeeming an offer on a basket: what it would do, what it would replace, which item it brings along; then doing it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from django.db import transaction
from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from loyalty import port
from loyalty.domain import Discount, DiscountType
from menu.models import Product, Restaurant, Table, Variant
from menu.money import format_money
from orders import offers
from orders.basket import add, find_basket, lines_of, open_basket, touch
from orders.basket_pricing import charges_of, find_change, pricing_line, pricing_offer
from orders.choices import Choice, ProductForSale, products_for_sale, read_choice
from orders.errors import ChoiceRefused, Conflict, OrderingRefused
from orders.guest import Visitor
from orders.models import AppliedOffer, Guest, LineItem, OfferKind, Order
from orders.pricing import Line, Offer, PricedBasket, Reason, price_basket
from orders.showcase import ShownOffer

TRIAL_ID = "new"


@dataclass(frozen=True)
class Preview:
    """What redeeming would do, for the confirmation page.

    `items` are the products one of which the offer brings along because nothing in the basket matches; the form of the
    one chosen asks its size and required modifiers. `replaced` are the names of offers that would leave.
    """

    items: tuple[ProductForSale, ...]
    replaced: tuple[str, ...]
    refusal: str
    saved_cents: int


def preview(shown: ShownOffer, restaurant: Restaurant, order: Order | None, *, now: datetime) -> Preview:
    """Work out what the offer would do to this basket (None: an empty one); changes nothing."""
    if shown.discount is None:
        return Preview((), (), _("This offer does nothing on this restaurant's menu."), 0)
    content = _content(order)
    items = _items_to_add(shown.discount, restaurant, content, now=now)
    if items and all(_is_out(offered) for offered in items):
        return Preview((), (), _("%(name)s cannot be had at the moment.") % {"name": items[0].product.name}, 0)
    priced = _try(shown, restaurant, order, content, items[:1], now=now)
    saved = next((offer.cents for offer in priced.applied if offer.offer_id == TRIAL_ID), 0)
    refusal = _refusal(shown, priced, restaurant)
    return Preview(() if refusal else items, _replaced(order, priced), refusal, saved)


def check_item(
    shown: ShownOffer, restaurant: Restaurant, order: Order | None, form: QueryDict, *, now: datetime
) -> None:
    """Refuse a form that does not say what the offer's item shall be, before anything is spent. Raises ChoiceRefused."""
    if items := preview(shown, restaurant, order, now=now).items:
        read_choice(_chosen_item(items, form), form)


def lines_to_pick(discount: Discount, order: Order | None) -> tuple[LineItem, ...]:
    """Return the lines among which the diner may pick the one an offer is used on, cheapest first; empty: no choice."""
    if order is None or discount.is_order_level:
        return ()
    lines = [item for item in lines_of(order) if item.quantity and item.discountable and _is_part(discount, item)]
    units = 1 if discount.discount_type is DiscountType.FREE_ITEM else discount.max_units
    if len(lines) < 2 or units >= sum(item.quantity for item in lines):
        return ()
    return tuple(sorted(lines, key=lambda item: (item.unit_cents, item.pk)))


def redeem_on_basket(
    shown: ShownOffer, *, visitor: Visitor, table: Table, guest: Guest, form: QueryDict, now: datetime
) -> AppliedOffer:
    """Hold the offer and put it, with the item it needs, on the visitor's basket; repeating it changes nothing.

    `form` may carry `product`, its size and modifiers, and `line` (which line the diner picked for it).
    Raises Conflict, ChoiceRefused, OrderingRefused, port.ProgrammeAway.
    """
    if refusal := table.restaurant.refusal(now=now):
        raise OrderingRefused(refusal)
    order = find_basket(visitor, table.restaurant)
    if order is not None:
        mine = order.applied_offers.live().filter(kind=shown.kind, offer_id=shown.id).first()
        if mine is not None:
            return mine
    looked = preview(shown, table.restaurant, order, now=now)
    if looked.refusal:
        # The same form, sent twice at once: the other one may have put it on since we looked.
        order = find_basket(visitor, table.restaurant)
        mine = order.applied_offers.live().filter(kind=shown.kind, offer_id=shown.id).first() if order else None
        if mine is not None:
            return mine
        raise Conflict(looked.refusal)
    bring = None
    if looked.items:
        offered = _chosen_item(looked.items, form)
        choice = _one(read_choice(offered, form))
        _hold_first(shown, guest, table.restaurant)
        bring = partial(add, visitor=visitor, table=table, offered=offered, choice=choice, now=now)
    order = order or open_basket(guest, table, now=now)
    row = _hold(shown, order, guest, form, bring, now=now)
    _take_off_replaced(order, row, now=now)
    return row


def drop_what_no_longer_applies(order: Order, *, now: datetime) -> list[str]:
    """After a change of the basket: offers whose minimum is not met any more leave, and their locks end. Returns words.

    One query where no offer has a minimum.
    """
    own = _own_offers(order, order.restaurant)
    if not _some(own, lambda discount: discount.minimum_cents > 0):
        return []
    priced = _price(_content(order), order.restaurant, own, now=now)
    names: list[str] = []
    for missing in priced.not_applicable:
        if missing.reason is Reason.MINIMUM_NOT_MET and missing.missing_cents is not None:
            row = order.applied_offers.live().filter(pk=int(missing.offer_id)).first()
            if row is not None and offers.withdraw(order, kind=row.kind, offer_id=row.offer_id, now=now):
                names.append(_missing_words(row.name, missing.missing_cents, order.restaurant))
    return names


def _hold_first(shown: ShownOffer, guest: Guest, restaurant: Restaurant) -> None:
    """Before an item is added for an offer: somebody else may have it already, then nothing is added."""
    if shown.is_held_elsewhere:
        raise Conflict(offers.taken_words(shown.kind, restaurant, shown.held_until))
    if not guest.may_spend:
        raise Conflict(_("Please confirm your e-mail address first."))


def _hold(
    shown: ShownOffer,
    order: Order,
    guest: Guest,
    form: QueryDict,
    bring: Callable[[], LineItem] | None,
    *,
    now: datetime,
) -> AppliedOffer:
    picked_id = form.get("line", "")
    is_id = picked_id.isascii() and picked_id.isdigit() and len(picked_id) < 19
    picked = order.lines.filter(parent=None, pk=int(picked_id)).first() if is_id else None
    programme = port.load()
    if shown.kind == OfferKind.VOUCHER:
        try:
            voucher = programme.find_voucher(guest.contact_id, shown.id, now=now)
        except (port.UnknownOffer, port.OfferUnavailable) as gone:
            raise Conflict(offers.gone_words(shown.kind)) from gone
        return offers.apply_voucher(order, guest, voucher, picked=picked, bring=bring, now=now)
    wallet = programme.wallet(guest.contact_id, shop=order.restaurant.slug, now=now)
    collectable = next((each for each in wallet.collectables if each.id == shown.id), None)
    if collectable is None:
        raise Conflict(offers.gone_words(shown.kind))
    return offers.apply_collectable(order, guest, collectable, picked=picked, bring=bring, now=now)


def _take_off_replaced(order: Order, row: AppliedOffer, *, now: datetime) -> None:
    """Offers that the new one does not combine with leave, and are released after that is written."""
    own = _own_offers(order, order.restaurant)
    if len(own) < 2 or not _some(own, lambda discount: discount.exclusive):
        return
    priced = _price(_content(order), order.restaurant, own, now=now)
    replaced = [int(each.offer_id) for each in priced.not_applicable if each.reason is Reason.REPLACED_BY_EXCLUSIVE]
    if not replaced or row.pk in replaced:
        return
    with transaction.atomic():
        touch(order, now=now)
        for other in order.applied_offers.live().filter(pk__in=replaced):
            offers.take_off(other, now=now)
    offers.release_due(now=now, orders=[order.pk])


def _items_to_add(
    discount: Discount, restaurant: Restaurant, content: list[LineItem], *, now: datetime
) -> tuple[ProductForSale, ...]:
    """Return the products a free item names, where none of them is in the basket; else nothing."""
    if discount.discount_type is not DiscountType.FREE_ITEM or not discount.product_codes:
        return ()
    codes = set(discount.product_codes)
    if any(_is_part(discount, item) for item in content):
        return ()
    ids = set(Product.objects.filter(restaurant=restaurant, sku__in=codes).values_list("pk", flat=True))
    ids |= set(Variant.objects.filter(product__restaurant=restaurant, sku__in=codes).values_list("product", flat=True))
    found = products_for_sale(restaurant, list(ids), now=now).values()
    named = (_with_named_sizes(offered, codes) for offered in found)
    return tuple(sorted(named, key=lambda offered: (_is_out(offered), offered.price_cents, offered.product.pk)))


def _with_named_sizes(offered: ProductForSale, codes: set[str]) -> ProductForSale:
    """Return the product with those sizes only that the offer is for: all of them where it names the product."""
    if offered.product.sku in codes or not offered.sizes:
        return offered
    sizes = tuple(size for size in offered.sizes if size.variant.sku in codes)
    return replace(
        offered,
        sizes=sizes,
        price_cents=min(size.price_cents for size in sizes),
        is_sold_out=offered.is_sold_out or all(size.is_sold_out for size in sizes),
    )


def _is_out(offered: ProductForSale) -> bool:
    return offered.is_sold_out or not offered.is_served


def _is_part(discount: Discount, item: LineItem) -> bool:
    """Whether a product discount is for this line."""
    named = {item.sku, item.parent_sku} & set(discount.product_codes)
    return bool(named) or (bool(discount.category) and discount.category in item.category_slugs)


def _chosen_item(items: tuple[ProductForSale, ...], form: QueryDict) -> ProductForSale:
    if len(items) == 1:
        return items[0]
    chosen = next((each for each in items if str(each.product.pk) == form.get("product")), None)
    if chosen is None:
        raise ChoiceRefused({"product": _("Choose what you would like.")})
    return chosen


def _one(choice: Choice) -> Choice:
    return Choice(quantity=1, note=choice.note, variant=choice.variant, picks=choice.picks)


def _try(
    shown: ShownOffer,
    restaurant: Restaurant,
    order: Order | None,
    content: list[LineItem],
    items: tuple[ProductForSale, ...],
    *,
    now: datetime,
) -> PricedBasket:
    """Price the basket with the offer on it, and with the item that it would bring along."""
    assert shown.discount is not None
    trial = Offer(id=TRIAL_ID, name=shown.name, discount=shown.discount, expires_at=shown.expires_at)
    offers_then = [*_own_offers(order, restaurant), trial]
    return _price(content, restaurant, offers_then, [_trial_line(offered) for offered in items], now=now)


def _trial_line(offered: ProductForSale) -> Line:
    size = min(offered.sizes, key=lambda size: size.price_cents, default=None)
    return Line(
        id=TRIAL_ID,
        sku=size.variant.sku if size else offered.product.sku,
        parent_sku=offered.product.sku if size else "",
        unit_cents=offered.price_cents,
        quantity=1,
        categories=offered.category_slugs,
        discountable=offered.product.takes_discounts,
        earns_points=offered.product.gives_points,
    )


def _content(order: Order | None) -> list[LineItem]:
    return [item for item in lines_of(order) if item.quantity] if order is not None else []


def _own_offers(order: Order | None, restaurant: Restaurant) -> list[Offer]:
    return [pricing_offer(row, restaurant) for row in order.applied_offers.live()] if order is not None else []


def _some(own: Iterable[Offer], is_so: Callable[[Discount], bool]) -> bool:
    return any(isinstance(offer.discount, Discount) and is_so(offer.discount) for offer in own)


def _price(
    content: list[LineItem],
    restaurant: Restaurant,
    offers_then: Iterable[Offer],
    extra_lines: Iterable[Line] = (),
    *,
    now: datetime,
) -> PricedBasket:
    """Price what is in the basket as the pages do, with these offers, and with lines besides its own."""
    products = products_for_sale(restaurant, [item.product_id for item in content if item.product_id], now=now)
    changes = {item.pk: find_change(item, products.get(item.product_id or 0), restaurant) for item in content}
    return price_basket(
        lines=[*(pricing_line(item, changes[item.pk]) for item in content), *extra_lines],
        offers=offers_then,
        charges=charges_of(restaurant, 0),
        prices_include_tax=restaurant.prices_include_tax,
        currency_digits=restaurant.digits,
    )


def _replaced(order: Order | None, priced: PricedBasket) -> tuple[str, ...]:
    """Names of the offers on the basket that would leave for the new one."""
    if order is None or not any(offer.offer_id == TRIAL_ID for offer in priced.applied):
        return ()
    return tuple(
        each.name
        for each in priced.not_applicable
        if each.reason is Reason.REPLACED_BY_EXCLUSIVE and each.offer_id != TRIAL_ID
    )


def _refusal(shown: ShownOffer, priced: PricedBasket, restaurant: Restaurant) -> str:
    """Say why the offer cannot be redeemed on this basket; an offer on the whole order may wait for a first item."""
    missing = next((each for each in priced.not_applicable if each.offer_id == TRIAL_ID), None)
    if missing is None:
        return ""
    is_empty = not priced.lines
    if missing.reason is Reason.NO_ELIGIBLE_LINE and is_empty and shown.discount is not None:
        return "" if shown.discount.is_order_level else _("Add something that this offer is for first.")
    if missing.reason is Reason.MINIMUM_NOT_MET:
        return _missing_words(shown.name, missing.missing_cents or 0, restaurant)
    if missing.reason is Reason.REPLACED_BY_EXCLUSIVE:
        return _("The offers on your basket are worth more than this one, and it cannot be combined with them.")
    if missing.reason is Reason.NOTHING_LEFT:
        return _("There is nothing left in your basket that this offer could take off.")
    return _("Nothing in your basket is part of this offer.")


def _missing_words(name: str, missing_cents: int, restaurant: Restaurant) -> str:
    amount = format_money(missing_cents, restaurant.currency, get_language() or "en")
    return _("%(offer)s needs %(amount)s more.") % {"offer": name, "amount": amount}
