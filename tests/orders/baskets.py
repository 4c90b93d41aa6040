"""Short ways to write lines, offers and prices in pricing tests; amounts in cents of a currency with two decimals."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from loyalty.domain import parse_discount
from orders.pricing import Charge, Line, NotApplicable, Offer, PricedBasket, SubLine, price_basket


def line(
    identifier: str,
    unit_cents: int,
    quantity: int = 1,
    *,
    sku: str = "",
    parent_sku: str = "",
    categories: tuple[str, ...] = (),
    discountable: bool = True,
    earns_points: bool = True,
    tax_rate: Decimal | None = None,
    modifiers: tuple[SubLine, ...] = (),
) -> Line:
    """A line whose SKU is `sku-<id>` unless another is given."""
    return Line(
        id=identifier,
        sku=sku or f"sku-{identifier}",
        parent_sku=parent_sku,
        unit_cents=unit_cents,
        quantity=quantity,
        categories=categories,
        discountable=discountable,
        earns_points=earns_points,
        tax_rate=tax_rate,
        modifiers=modifiers,
    )


def modifier(identifier: str, unit_cents: int, quantity: int = 1, *on_it: SubLine) -> SubLine:
    """A modifier, and what stands on it."""
    return SubLine(id=identifier, unit_cents=unit_cents, quantity=quantity, modifiers=on_it)


def offer(
    identifier: str,
    *,
    expires_at: datetime | None = None,
    picked_line: str | None = None,
    digits: int = 2,
    **attributes: object,
) -> Offer:
    """An offer with these discount attributes."""
    discount = parse_discount(attributes, currency_digits=digits)
    return Offer(
        id=identifier,
        name=f"Offer {identifier}",
        discount=discount,
        expires_at=expires_at,
        picked_line=picked_line,
    )


def percent(identifier: str, value: object, **more: object) -> Offer:
    """A percentage, on the order unless a product or category is given."""
    return offer(identifier, discount_type="percentage_discount", discount_value=value, **more)  # type: ignore[arg-type]


def amount(identifier: str, value: object, **more: object) -> Offer:
    """An amount in major units, off the order unless a product or category is given."""
    return offer(identifier, discount_type="absolute_discount", discount_value=value, **more)  # type: ignore[arg-type]


def free_item(identifier: str, **more: object) -> Offer:
    """A free item."""
    return offer(identifier, discount_type="free_item", **more)  # type: ignore[arg-type]


def price(
    lines: Iterable[Line],
    *offers: Offer,
    charges: Iterable[Charge] = (),
    digits: int = 2,
    points: str = "1",
    tier: str = "1",
    prices_include_tax: bool = True,
) -> PricedBasket:
    """Price a basket at one point per major unit."""
    return price_basket(
        lines,
        offers,
        charges=charges,
        currency_digits=digits,
        points_per_unit=Decimal(points),
        tier_multiplier=Decimal(tier),
        prices_include_tax=prices_include_tax,
    )


def discounts(basket: PricedBasket) -> dict[str, int]:
    """What is off each line and sub-line, by id."""
    return {part.id: part.discount_cents for priced in basket.lines for part in priced.parts}


def applied(basket: PricedBasket) -> dict[str, int]:
    """What each offer takes, by id."""
    return {found.offer_id: found.cents for found in basket.applied}


def reasons(basket: PricedBasket) -> dict[str, str]:
    """Why offers do not apply, by id."""
    return {refusal.offer_id: str(refusal.reason) for refusal in basket.not_applicable}


def refusal(basket: PricedBasket) -> NotApplicable:
    """The only offer that does not apply."""
    (found,) = basket.not_applicable
    return found
