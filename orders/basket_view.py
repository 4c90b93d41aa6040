"""What the basket holds, priced, with every change of the menu since a line was added; frozen values for the pages."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from loyalty.domain import parse_discount
from menu.models import Restaurant
from menu.money import format_money
from orders.basket import lines_of, unit_price
from orders.choices import Choice, ProductForSale, choose_again, products_for_sale
from orders.errors import ChoiceRefused, Conflict
from orders.models import AppliedOffer, LineItem, Order
from orders.models.order import ChargeType
from orders.pricing import Charge, Line, Offer, PricedBasket, SubLine, price_basket

SERVICE_CHARGE_ID = "1"
TIP_ID = "2"


@dataclass(frozen=True)
class Change:
    """What the menu says differently of a line since it was added. `fresh` is how to add it now; None: not at all."""

    text: str
    old_cents: int
    new_cents: int | None
    fresh: Choice | None

    @property
    def blocks(self) -> bool:
        """Whether the line must leave before the order can be placed."""
        return self.fresh is None


@dataclass(frozen=True)
class ShownModifier:
    """A modifier of a line, `quantity` per unit."""

    name: str
    quantity: int
    unit_cents: int


@dataclass(frozen=True)
class BasketLine:
    """A line as the pages show it; amounts include its modifiers."""

    id: int
    product_id: int | None
    name: str
    variant_name: str
    note: str
    quantity: int
    removed_quantity: int
    unit_cents: int
    modifiers: tuple[ShownModifier, ...]
    gross_cents: int
    discount_cents: int
    total_cents: int
    offer_names: tuple[str, ...]
    allergens: tuple[str, ...] | None
    change: Change | None


@dataclass(frozen=True)
class Basket:
    """A basket, priced with the menu's present prices."""

    order: Order
    lines: tuple[BasketLine, ...]
    removed: BasketLine | None
    priced: PricedBasket
    items: tuple[LineItem, ...]

    @property
    def count(self) -> int:
        """Units in the basket."""
        return sum(line.quantity for line in self.lines)

    @property
    def changes(self) -> tuple[Change, ...]:
        """What changed since the lines were added, in their order."""
        return tuple(line.change for line in self.lines if line.change is not None)

    @property
    def is_blocked(self) -> bool:
        """Whether a line must leave before the order can be placed."""
        return any(change.blocks for change in self.changes)

    @property
    def items_cents(self) -> int:
        """Items before discounts."""
        return self.priced.gross_cents

    @property
    def total_discount_cents(self) -> int:
        """All discounts."""
        return self.priced.total_discount_cents

    @property
    def service_charge_cents(self) -> int:
        """The service charge, 0 where there is none."""
        return sum(charge.cents for charge in self.priced.charges if charge.type == ChargeType.SERVICE_CHARGE)

    @property
    def added_tax_cents(self) -> int:
        """Tax on top of the prices, 0 where prices include it."""
        return sum(charge.cents for charge in self.priced.charges if charge.type == ChargeType.TAX)

    @property
    def tip_cents(self) -> int:
        """The tip."""
        return sum(charge.cents for charge in self.priced.charges if charge.type == ChargeType.GRATUITY)

    @property
    def total_cents(self) -> int:
        """What is to be paid."""
        return self.priced.total_cents


def read_basket(order: Order, *, now: datetime, tip_cents: int = 0) -> Basket:
    """Read and price the basket as of `now`, with a tip of `tip_cents`; a constant number of queries."""
    items = lines_of(order)
    wanted = [item for item in items if item.quantity > 0]
    restaurant = order.restaurant
    products = products_for_sale(restaurant, [item.product_id for item in items if item.product_id], now=now)
    changes = {item.pk: find_change(item, products.get(item.product_id or 0), restaurant) for item in items}
    priced = price_basket(
        lines=[_pricing_line(item, changes[item.pk]) for item in wanted],
        offers=[_pricing_offer(offer, restaurant) for offer in order.applied_offers.live()],
        charges=_charges(restaurant, tip_cents),
        prices_include_tax=restaurant.prices_include_tax,
        currency_digits=restaurant.digits,
    )
    names = {str(offer.pk): offer.name for offer in order.applied_offers.live()}
    shown = {item.pk: _shown(item, changes[item.pk], products.get(item.product_id or 0)) for item in items}
    return Basket(
        order=order,
        lines=tuple(_with_price(shown[item.pk], priced, names) for item in wanted),
        removed=next((shown[item.pk] for item in items if item.quantity == 0), None),
        priced=priced,
        items=tuple(wanted),
    )


def find_prices(order: Order, basket: Basket) -> PricedBasket:
    """Price the rows as they are written now, under their own ids, with the charges of `basket`: what is frozen."""
    priced = price_basket(
        lines=[_pricing_line(item, None) for item in lines_of(order) if item.quantity > 0],
        offers=[_pricing_offer(offer, order.restaurant) for offer in order.applied_offers.live()],
        charges=_charges(order.restaurant, basket.tip_cents),
        prices_include_tax=order.restaurant.prices_include_tax,
        currency_digits=order.restaurant.digits,
    )
    if priced.total_cents != basket.total_cents:
        raise Conflict(_("The total has changed. Please look at it once more."))
    return priced


def find_change(item: LineItem, offered: ProductForSale | None, restaurant: Restaurant) -> Change | None:
    """Say what the menu says differently of `item` by now; None where nothing changed."""
    old = item.unit_cents + sum(sub.unit_cents * sub.quantity for sub in item.sub_lines.all())
    if offered is None or (item.variant_name and item.variant_id is None):
        return Change(
            text=_("%(name)s is no longer on the menu.") % {"name": item.name},
            old_cents=old,
            new_cents=None,
            fresh=None,
        )
    try:
        fresh = choose_again(offered, item)
    except ChoiceRefused as refused:
        return Change(text=str(refused), old_cents=old, new_cents=None, fresh=None)
    new = unit_price(offered, fresh) + sum(pick.unit_cents * pick.quantity for pick in fresh.picks)
    if new == old:
        return None
    language = get_language() or "en"
    text = _("The price of %(name)s changed from %(old)s to %(new)s.") % {
        "name": item.name,
        "old": format_money(old, restaurant.currency, language),
        "new": format_money(new, restaurant.currency, language),
    }
    return Change(text=text, old_cents=old, new_cents=new, fresh=fresh)


def fresh_unit_cents(item: LineItem, change: Change | None) -> int:
    """Return the unit price of `item` without modifiers, at the menu's present price."""
    if change is None or change.fresh is None or change.new_cents is None:
        return item.unit_cents
    return change.new_cents - sum(pick.unit_cents * pick.quantity for pick in change.fresh.picks)


def _pricing_line(item: LineItem, change: Change | None) -> Line:
    if change is not None and change.fresh is not None:
        subs = [
            SubLine(id=f"{item.pk}.{place}", unit_cents=pick.unit_cents, quantity=pick.quantity)
            for place, pick in enumerate(change.fresh.picks)
        ]
    else:
        subs = [
            SubLine(id=str(sub.pk), unit_cents=sub.unit_cents, quantity=sub.quantity) for sub in item.sub_lines.all()
        ]
    return Line(
        id=str(item.pk),
        sku=item.sku,
        parent_sku=item.parent_sku,
        unit_cents=fresh_unit_cents(item, change),
        quantity=item.quantity,
        categories=tuple(item.category_slugs),
        discountable=item.discountable,
        earns_points=item.earns_points,
        tax_rate=None if item.kind == "gift_card" else item.tax_rate,
        modifiers=tuple(subs),
    )


def _pricing_offer(offer: AppliedOffer, restaurant: Restaurant) -> Offer:
    return Offer(
        id=str(offer.pk),
        name=offer.name,
        discount=parse_discount(offer.attributes, currency_digits=restaurant.digits),
        expires_at=offer.expires_at,
        picked_line=str(offer.picked_line_id) if offer.picked_line_id else None,
    )


def _charges(restaurant: Restaurant, tip_cents: int) -> list[Charge]:
    charges = []
    if restaurant.service_charge_percent > 0:
        charges.append(
            Charge(
                id=SERVICE_CHARGE_ID,
                type=ChargeType.SERVICE_CHARGE,
                percent=Decimal(restaurant.service_charge_percent),
                tax_rate=Decimal(restaurant.service_charge_tax_rate),
            )
        )
    if tip_cents:
        charges.append(Charge(id=TIP_ID, type=ChargeType.GRATUITY, cents=tip_cents))
    return charges


def _shown(item: LineItem, change: Change | None, offered: ProductForSale | None) -> BasketLine:
    if change is not None and change.fresh is not None:
        modifiers = tuple(
            ShownModifier(name=pick.modifier.name, quantity=pick.quantity, unit_cents=pick.unit_cents)
            for pick in change.fresh.picks
        )
    else:
        modifiers = tuple(
            ShownModifier(name=sub.name, quantity=sub.quantity, unit_cents=sub.unit_cents)
            for sub in item.sub_lines.all()
        )
    return BasketLine(
        id=item.pk,
        product_id=item.product_id,
        name=item.name,
        variant_name=item.variant_name,
        note=item.note,
        quantity=item.quantity,
        removed_quantity=item.removed_quantity,
        unit_cents=fresh_unit_cents(item, change),
        modifiers=modifiers,
        gross_cents=0,
        discount_cents=0,
        total_cents=0,
        offer_names=(),
        allergens=_allergens(item, offered),
        change=change,
    )


def _with_price(line: BasketLine, priced: PricedBasket, names: dict[str, str]) -> BasketLine:
    found = priced.line(str(line.id))
    offers = dict.fromkeys(names[share.offer_id] for part in found.parts for share in part.shares if share.cents)
    return replace(
        line,
        gross_cents=sum(part.gross_cents for part in found.parts),
        discount_cents=sum(part.discount_cents for part in found.parts),
        total_cents=found.total_with_sub_lines_cents,
        offer_names=tuple(offers),
    )


def _allergens(item: LineItem, offered: ProductForSale | None) -> tuple[str, ...] | None:
    """The allergens of the product and of the options chosen, as the menu says now; None: not recorded."""
    if offered is None or offered.product.allergens is None:
        return None
    chosen = {sub.modifier_id for sub in item.sub_lines.all()}
    found = list(offered.product.allergens)
    for asked in offered.groups:
        for option in asked.options:
            if option.modifier.pk in chosen:
                found.extend(option.modifier.allergens or [])
    return tuple(dict.fromkeys(found))
