"""From rows to the pricing rule's values: lines at the menu's present prices, the order's offers, the charges."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from loyalty.domain import Discount, parse_discount
from menu.models import Restaurant
from menu.money import format_money
from orders.basket import unit_price
from orders.choices import Choice, ProductForSale, choose_again
from orders.errors import ChoiceRefused
from orders.models import AppliedOffer, LineItem
from orders.models.order import ChargeType
from orders.pricing import Charge, Line, Offer, PricedBasket, SubLine, price_basket

SERVICE_CHARGE_ID = "1"
TIP_ID = "2"


@dataclass(frozen=True)
class PointsRate:
    """What a member earns: points for one major unit of the currency, and what their tier multiplies them with."""

    points_per_unit: Decimal
    tier_multiplier: Decimal


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


def price_rows(
    items: Iterable[LineItem],
    changes: Mapping[int, Change | None],
    offers: Iterable[AppliedOffer],
    restaurant: Restaurant,
    *,
    extra_lines: Iterable[Line] = (),
    extra_offers: Iterable[Offer] = (),
    tip_cents: int = 0,
    rate: PointsRate | None = None,
) -> PricedBasket:
    """Price a basket's rows, and lines and offers besides its own; `changes` by line id, else a line as it stands."""
    return price_basket(
        lines=[*(pricing_line(item, changes.get(item.pk)) for item in items), *extra_lines],
        offers=[*(pricing_offer(offer, restaurant) for offer in offers), *extra_offers],
        charges=charges_of(restaurant, tip_cents),
        prices_include_tax=restaurant.prices_include_tax,
        currency_digits=restaurant.digits,
        points_per_unit=rate.points_per_unit if rate else Decimal(0),
        tier_multiplier=rate.tier_multiplier if rate else Decimal(1),
    )


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


def pricing_line(item: LineItem, change: Change | None) -> Line:
    """Return a line at the menu's present prices."""
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


def pricing_offer(offer: AppliedOffer, restaurant: Restaurant) -> Offer:
    """Return an offer with the discount it was applied with."""
    return Offer(
        id=str(offer.pk),
        name=offer.name,
        discount=parse_discount(offer.attributes, currency_digits=restaurant.digits),
        expires_at=offer.expires_at,
        picked_line=str(offer.picked_line_id) if offer.picked_line_id else None,
    )


def has_any(rows: Iterable[AppliedOffer], restaurant: Restaurant, is_so: Callable[[Discount], bool]) -> bool:
    """Say whether the discount of any of these offers is so."""
    discounts = [parse_discount(row.attributes, currency_digits=restaurant.digits) for row in rows]
    return any(isinstance(discount, Discount) and is_so(discount) for discount in discounts)


def charges_of(restaurant: Restaurant, tip_cents: int) -> list[Charge]:
    """Return the service charge and the tip, as far as there are any."""
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
