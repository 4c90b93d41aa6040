"""Redeeming an offer on a basket: what it would do, what it would replace, which item it brings along; then doing it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from django.db import transaction
from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from loyalty.domain import Discount, DiscountType
from loyalty.port import CollectableOffer, VoucherOffer
from menu.models import Product, Restaurant, Table, Variant
from menu.money import format_money
from orders import offers
from orders.basket import add, find_basket, open_basket, touch
from orders.basket_pricing import has_any, price_rows
from orders.basket_view import Basket, read_again, read_basket
from orders.choices import Choice, ProductForSale, products_for_sale, read_choice
from orders.errors import ChoiceRefused, Conflict, OrderingRefused
from orders.guest import Visitor
from orders.models import AppliedOffer, Guest, LineItem, Order
from orders.pricing import Line, Offer, PricedBasket, Reason
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


def preview(shown: ShownOffer, restaurant: Restaurant, basket: Basket | None, *, now: datetime) -> Preview:
    """Work out what the offer would do to this basket (None: there is none yet); changes nothing."""
    if shown.discount is None:
        return Preview((), (), _("This offer does nothing on this restaurant's menu."), 0)
    items = _items_to_add(shown.discount, restaurant, basket, now=now)
    if items and all(_is_out(offered) for offered in items):
        return Preview((), (), _("%(name)s cannot be had at the moment.") % {"name": items[0].product.name}, 0)
    priced = _try(shown, restaurant, basket, items[:1])
    saved = next((offer.cents for offer in priced.applied if offer.offer_id == TRIAL_ID), 0)
    refusal = _refusal(shown, priced, restaurant)
    return Preview(() if refusal else items, _replaced(basket, priced), refusal, saved)


def check_item(looked: Preview, form: QueryDict) -> None:
    """Refuse a form that does not say what the offer's item shall be, before anything is spent. Raises ChoiceRefused."""
    if looked.items:
        read_choice(_chosen_item(looked.items, form), form)


def lines_to_pick(discount: Discount, basket: Basket | None) -> tuple[LineItem, ...]:
    """Return the lines among which the diner may pick the one an offer is used on, cheapest first; empty: no choice."""
    if basket is None or discount.is_order_level:
        return ()
    lines = [item for item in basket.items if item.discountable and _is_part(discount, item)]
    units = 1 if discount.discount_type is DiscountType.FREE_ITEM else discount.max_units
    if len(lines) < 2 or units >= sum(item.quantity for item in lines):
        return ()
    return tuple(sorted(lines, key=lambda item: (item.unit_cents, item.pk)))


def redeem_on_basket(
    shown: ShownOffer,
    looked: Preview,
    basket: Basket | None,
    *,
    visitor: Visitor,
    table: Table,
    guest: Guest,
    form: QueryDict,
    now: datetime,
) -> AppliedOffer:
    """Hold the offer and put it, with the item it needs, on the visitor's basket; repeating it changes nothing.

    `basket` is that basket as it was just read (None: there is none yet), `looked` what the offer would do to it; both are
    looked at again where another tab changed it since. `form` may carry `product`, its size and modifiers, and `line`
    (which line the diner picked for it).
    Raises Conflict, ChoiceRefused, OrderingRefused, port.ProgrammeAway.
    """
    if refusal := table.restaurant.refusal(now=now):
        raise OrderingRefused(refusal)
    if basket is not None and (present := read_again(basket, now=now)) is not basket:
        basket, looked = present, preview(shown, table.restaurant, present, now=now)
    own = basket.offers if basket is not None else ()
    mine = next((row for row in own if (row.kind, row.offer_id) == (shown.kind, shown.id)), None)
    if mine is not None:
        return mine
    order = basket.order if basket is not None else None
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
        bring = partial(add, visitor=visitor, table=table, offered=offered, choice=choice, now=now)
    order = order or open_basket(guest, table, now=now)
    row = _hold(shown, order, guest, form, bring, now=now)
    _take_off_replaced(order, row, now=now)
    return row


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
    match shown.offer:
        case VoucherOffer() as voucher:
            return offers.apply_voucher(order, guest, voucher, picked=picked, bring=bring, now=now)
        case CollectableOffer() as collectable if collectable.held_until or not _has_ended(collectable, now=now):
            return offers.apply_collectable(order, guest, collectable, picked=picked, bring=bring, now=now)
        case _:
            raise Conflict(offers.gone_words(shown.kind))


def _has_ended(collectable: CollectableOffer, *, now: datetime) -> bool:
    """Not every programme looks at that when it holds a reward; a hold that lasts outlives the reward's end."""
    return collectable.expires_at is not None and collectable.expires_at <= now


def _take_off_replaced(order: Order, row: AppliedOffer, *, now: datetime) -> None:
    """Offers that the new one does not combine with leave, and are released after that is written."""
    rows = list(order.applied_offers.live())  # by now: another tab may have put one on since the basket was read
    if len(rows) < 2 or not has_any(rows, order.restaurant, lambda discount: discount.exclusive):
        return
    priced = read_basket(order, now=now).priced
    replaced = [int(each.offer_id) for each in priced.not_applicable if each.reason is Reason.REPLACED_BY_EXCLUSIVE]
    if not replaced or row.pk in replaced:
        return
    with transaction.atomic():
        touch(order, now=now)
        for other in order.applied_offers.live().filter(pk__in=replaced):
            offers.take_off(other, now=now)
    offers.release_due(now=now, orders=[order.pk])


def _items_to_add(
    discount: Discount, restaurant: Restaurant, basket: Basket | None, *, now: datetime
) -> tuple[ProductForSale, ...]:
    """Return the products a free item names, where none of them is in the basket; else nothing."""
    if discount.discount_type is not DiscountType.FREE_ITEM or not discount.product_codes:
        return ()
    codes = set(discount.product_codes)
    if basket is not None and any(_is_part(discount, item) for item in basket.items):
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
    shown: ShownOffer, restaurant: Restaurant, basket: Basket | None, items: tuple[ProductForSale, ...]
) -> PricedBasket:
    """Price the basket with the offer on it, and with the item that it would bring along."""
    assert shown.discount is not None
    trial = Offer(id=TRIAL_ID, name=shown.name, discount=shown.discount, expires_at=shown.expires_at)
    return price_rows(
        basket.items if basket is not None else (),
        basket.change_by_line if basket is not None else {},
        basket.offers if basket is not None else (),
        restaurant,
        extra_lines=[_trial_line(offered) for offered in items],
        extra_offers=[trial],
    )


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


def _replaced(basket: Basket | None, priced: PricedBasket) -> tuple[str, ...]:
    """Names of the offers on the basket that would leave for the new one."""
    if basket is None or not any(offer.offer_id == TRIAL_ID for offer in priced.applied):
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
        return missing_words(shown.name, missing.missing_cents or 0, restaurant)
    if missing.reason is Reason.REPLACED_BY_EXCLUSIVE:
        return _("The offers on your basket are worth more than this one, and it cannot be combined with them.")
    if missing.reason is Reason.NOTHING_LEFT:
        return _("There is nothing left in your basket that this offer could take off.")
    return _("Nothing in your basket is part of this offer.")


def missing_words(name: str, missing_cents: int, restaurant: Restaurant) -> str:
    """Say how much more a basket must be worth for an offer."""
    amount = format_money(missing_cents, restaurant.currency, get_language() or "en")
    return _("%(offer)s needs %(amount)s more.") % {"offer": name, "amount": amount}
