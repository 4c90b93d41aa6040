"""Redeeming an offer on a basket: what it would do, what it would replace, which item it brings along; then doing it."""

from dataclasses import dataclass
from datetime import datetime

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
from orders.pricing import Offer, PricedBasket, Reason, price_basket
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
    items = _items_to_add(shown.discount, restaurant, order, now=now)
    if items:
        return Preview(items, (), "", 0)
    priced = _try(shown, restaurant, order, now=now)
    saved = next((offer.cents for offer in priced.applied if offer.offer_id == TRIAL_ID), 0)
    return Preview((), _replaced(order, priced), _refusal(shown, priced, restaurant, order), saved)


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
        raise Conflict(looked.refusal)
    line = None
    if looked.items:
        offered = _chosen_item(looked.items, form)
        choice = read_choice(offered, form)
        _hold_first(shown, guest, now=now)
        line = add(visitor=visitor, table=table, offered=offered, choice=_one(choice), now=now)
    order = find_basket(visitor, table.restaurant) or open_basket(guest, table, now=now)
    try:
        row = _hold(shown, order, guest, form, now=now)
    except Conflict:
        if line is not None:
            _take_back(line)
        raise
    if line is not None and line.quantity == 1:
        AppliedOffer.objects.filter(pk=row.pk).update(added_line=line)
    _take_off_replaced(order, row, now=now)
    return row


def drop_what_no_longer_applies(order: Order, *, now: datetime) -> list[str]:
    """After a change of the basket: offers whose minimum is not met any more leave, and their locks end. Returns words."""
    priced = _price(order, order.restaurant, (), now=now)
    names: list[str] = []
    for missing in priced.not_applicable:
        if missing.reason is Reason.MINIMUM_NOT_MET and missing.missing_cents is not None:
            row = order.applied_offers.live().filter(pk=int(missing.offer_id)).first()
            if row is not None and offers.withdraw(order, kind=row.kind, offer_id=row.offer_id, now=now):
                names.append(_missing_words(row.name, missing.missing_cents, order.restaurant))
    return names


def _hold_first(shown: ShownOffer, guest: Guest, *, now: datetime) -> None:
    """Before an item is added for a voucher: somebody else may have it already, then nothing is added."""
    if shown.is_held_elsewhere:
        raise Conflict(_("This voucher is being used on another order."))
    if not guest.may_spend:
        raise Conflict(_("Please confirm your e-mail address first."))


def _hold(shown: ShownOffer, order: Order, guest: Guest, form: QueryDict, *, now: datetime) -> AppliedOffer:
    picked_id = form.get("line", "")
    picked = order.lines.filter(parent=None, pk=int(picked_id)).first() if picked_id.isdigit() else None
    programme = port.load()
    if shown.kind == OfferKind.VOUCHER:
        try:
            voucher = programme.find_voucher(guest.contact_id, shown.id, now=now)
        except (port.UnknownOffer, port.OfferUnavailable) as gone:
            raise Conflict(_("This voucher cannot be used any more.")) from gone
        return offers.apply_voucher(order, guest, voucher, picked=picked, now=now)
    wallet = programme.wallet(guest.contact_id, shop=order.restaurant.slug, now=now)
    collectable = next((each for each in wallet.collectables if each.id == shown.id), None)
    if collectable is None:
        raise Conflict(_("This reward cannot be used any more."))
    return offers.apply_collectable(order, guest, collectable, picked=picked, now=now)


def _take_off_replaced(order: Order, row: AppliedOffer, *, now: datetime) -> None:
    """Offers that the new one does not combine with leave, and are released after that is written."""
    priced = _price(order, order.restaurant, (), now=now)
    replaced = [int(each.offer_id) for each in priced.not_applicable if each.reason is Reason.REPLACED_BY_EXCLUSIVE]
    if not replaced or row.pk in replaced:
        return
    with transaction.atomic():
        touch(order, now=now)
        for other in order.applied_offers.live().filter(pk__in=replaced):
            offers.take_off(other, now=now)
    offers.release_due(now=now, orders=[order.pk])


def _items_to_add(
    discount: Discount, restaurant: Restaurant, order: Order | None, *, now: datetime
) -> tuple[ProductForSale, ...]:
    """Return the products a free item names, where none of them is in the basket; else nothing."""
    if discount.discount_type is not DiscountType.FREE_ITEM or not discount.product_codes:
        return ()
    codes = set(discount.product_codes)
    items = [item for item in lines_of(order) if item.quantity] if order is not None else []
    if any({item.sku, item.parent_sku} & codes or discount.category in item.category_slugs for item in items):
        return ()
    ids = set(Product.objects.filter(restaurant=restaurant, sku__in=codes).values_list("pk", flat=True))
    ids |= set(Variant.objects.filter(product__restaurant=restaurant, sku__in=codes).values_list("product", flat=True))
    found = products_for_sale(restaurant, list(ids), now=now)
    return tuple(sorted(found.values(), key=lambda offered: (offered.price_cents, offered.product.pk)))


def _chosen_item(items: tuple[ProductForSale, ...], form: QueryDict) -> ProductForSale:
    if len(items) == 1:
        return items[0]
    chosen = next((each for each in items if str(each.product.pk) == form.get("product")), None)
    if chosen is None:
        raise ChoiceRefused({"product": _("Choose what you would like.")})
    return chosen


def _one(choice: Choice) -> Choice:
    return Choice(quantity=1, note=choice.note, variant=choice.variant, picks=choice.picks)


def _take_back(line: LineItem) -> None:
    """Undo the item added for an offer that then could not be held."""
    if line.quantity > 1:
        line.quantity -= 1
        line.save(update_fields=["quantity"])
    else:
        line.delete()


def _try(shown: ShownOffer, restaurant: Restaurant, order: Order | None, *, now: datetime) -> PricedBasket:
    assert shown.discount is not None
    trial = Offer(id=TRIAL_ID, name=shown.name, discount=shown.discount, expires_at=shown.expires_at)
    return _price(order, restaurant, (trial,), now=now)


def _price(order: Order | None, restaurant: Restaurant, extra: tuple[Offer, ...], *, now: datetime) -> PricedBasket:
    """Price the basket as the pages do, with these offers besides its own."""
    items = [item for item in lines_of(order) if item.quantity] if order is not None else []
    products = products_for_sale(restaurant, [item.product_id for item in items if item.product_id], now=now)
    changes = {item.pk: find_change(item, products.get(item.product_id or 0), restaurant) for item in items}
    own = [pricing_offer(row, restaurant) for row in order.applied_offers.live()] if order is not None else []
    return price_basket(
        lines=[pricing_line(item, changes[item.pk]) for item in items],
        offers=[*own, *extra],
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


def _refusal(shown: ShownOffer, priced: PricedBasket, restaurant: Restaurant, order: Order | None) -> str:
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
