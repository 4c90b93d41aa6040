"""What the basket holds, priced, with every change of the menu since a line was added; frozen values for the pages."""

from dataclasses import dataclass, replace
from datetime import datetime

from orders.basket import lines_of
from orders.basket_pricing import Change, PointsRate, find_change, fresh_unit_cents, price_rows
from orders.choices import ProductForSale, products_for_sale
from orders.models import AppliedOffer, LineItem, Order
from orders.models.order import ChargeType
from orders.pricing import PricedBasket


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
    offers: tuple[AppliedOffer, ...]

    @property
    def count(self) -> int:
        """Units in the basket."""
        return sum(line.quantity for line in self.lines)

    @property
    def change_by_line(self) -> dict[int, Change | None]:
        """What changed of each line since it was added, by the line's id."""
        return {line.id: line.change for line in self.lines}

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


def read_basket(order: Order, *, now: datetime, rate: PointsRate | None = None) -> Basket:
    """Read and price the basket as of `now`; a constant number of queries.

    `rate` is a member's: `priced.points` is then what the order would earn, else 0.
    """
    items = lines_of(order)
    wanted = tuple(item for item in items if item.quantity > 0)
    restaurant = order.restaurant
    products = products_for_sale(restaurant, [item.product_id for item in items if item.product_id], now=now)
    changes = {item.pk: find_change(item, products.get(item.product_id or 0), restaurant) for item in items}
    offers = tuple(order.applied_offers.live())
    priced = price_rows(wanted, changes, offers, restaurant, rate=rate)
    names = {str(offer.pk): offer.name for offer in offers}
    shown = {item.pk: _shown(item, changes[item.pk], products.get(item.product_id or 0)) for item in items}
    return Basket(
        order=order,
        lines=tuple(_with_price(shown[item.pk], priced, names) for item in wanted),
        removed=next((shown[item.pk] for item in items if item.quantity == 0), None),
        priced=priced,
        items=wanted,
        offers=offers,
    )


def read_again(basket: Basket, *, now: datetime) -> Basket:
    """Return the basket as it is by now: the very same where nobody has changed it since it was read; one query then."""
    order = basket.order
    if Order.objects.filter(pk=order.pk, version=order.version).exists():
        return basket
    order.refresh_from_db(fields=["version"])
    return read_basket(order, now=now)


def with_tip(basket: Basket, tip_cents: int) -> Basket:
    """Return the basket just read with a tip of `tip_cents`, as the checkout shows it: without the points it would earn."""
    priced = price_rows(
        basket.items, basket.change_by_line, basket.offers, basket.order.restaurant, tip_cents=tip_cents
    )
    return replace(basket, priced=priced)


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
