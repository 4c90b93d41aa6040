"""The pricing rule: lines + offers + charges -> priced basket. One function serves basket, payment, receipt and APIs.

Pure: standard library and `loyalty.domain` only; no clock, no random, no floats. `__all__` is all that a caller needs;
which offers count is `discounting`, what each takes `open_bill`, sharing cents `allocation`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from loyalty.domain import points_for, round_half_up
from orders.allocation import UnitShare, allocate, id_rank, split_over_units
from orders.discounting import discount_lines
from orders.pricing_values import (
    AppliedOffer,
    Charge,
    Line,
    NotApplicable,
    Offer,
    PricedBasket,
    PricedCharge,
    PricedLine,
    PricedSubLine,
    Reason,
    Share,
    SubLine,
    TaxAmount,
)

__all__ = [
    "AppliedOffer",
    "Charge",
    "Line",
    "NotApplicable",
    "Offer",
    "PricedBasket",
    "PricedCharge",
    "PricedLine",
    "PricedSubLine",
    "Reason",
    "Share",
    "SubLine",
    "TaxAmount",
    "UnitShare",
    "allocate",
    "percent_of",
    "price_basket",
    "split_over_units",
]

TAX = "TAX"


def price_basket(
    lines: Iterable[Line],
    offers: Iterable[Offer] = (),
    *,
    charges: Iterable[Charge] = (),
    currency_digits: int,
    points_per_unit: Decimal = Decimal(0),
    tier_multiplier: Decimal = Decimal(1),
    prices_include_tax: bool = True,
) -> PricedBasket:
    """Price a basket; the order in which lines, offers and charges come changes nothing.

    `currency_digits` are the decimals of the currency's minor unit, `points_per_unit` the points for one major unit.
    Ids are unique, prices at least 0, quantities at least 1, percentages and rates at least 0: callers see to that.
    """
    lines = list(lines)
    discounted = discount_lines(lines, offers)
    gross_cents = sum(part.gross_cents for line in discounted.lines for part in line.parts)
    total_discount_cents = sum(offer.cents for offer in discounted.applied)
    priced_charges = _price_charges(charges, gross_cents, gross_cents - total_discount_cents)
    rates = {line.id: line.tax_rate for line in lines}
    taxes, taxed_lines = _tax(discounted.lines, rates, priced_charges, prices_include_tax)
    earning = {line.id for line in lines if line.earns_points}
    earning_cents = sum(
        line.total_with_sub_lines_cents + (0 if prices_include_tax else line.tax_cents)
        for line in taxed_lines
        if line.id in earning
    )
    return PricedBasket(
        lines=taxed_lines,
        applied=discounted.applied,
        not_applicable=discounted.not_applicable,
        charges=(*priced_charges, *_tax_charges(taxes)),
        taxes=taxes,
        gross_cents=gross_cents,
        total_discount_cents=total_discount_cents,
        points=points_for(
            earning_cents,
            currency_digits=currency_digits,
            points_per_unit=points_per_unit,
            tier_multiplier=tier_multiplier,
        ),
    )


def percent_of(cents: int, percent: Decimal) -> int:
    """Return `percent` percent of an amount, rounded half up: a tip on items before discounts, a service charge."""
    numerator, denominator = percent.as_integer_ratio()
    return round_half_up(cents * numerator, 100 * denominator)


def _price_charges(charges: Iterable[Charge], gross_cents: int, net_cents: int) -> tuple[PricedCharge, ...]:
    return tuple(
        PricedCharge(
            id=charge.id,
            type=charge.type,
            cents=charge.cents
            if charge.percent is None
            else percent_of(gross_cents if charge.on_gross else net_cents, charge.percent),
            percent=charge.percent,
            tax_rate=charge.tax_rate,
        )
        for charge in sorted(charges, key=lambda charge: id_rank(charge.id))
    )


def _tax(
    lines: Sequence[PricedLine],
    rates: dict[str, Decimal | None],
    charges: Sequence[PricedCharge],
    prices_include_tax: bool,
) -> tuple[tuple[TaxAmount, ...], tuple[PricedLine, ...]]:
    """Return the tax of each rate, rounded once, and the lines with their part of it (largest remainder, by id)."""
    line_tax: dict[str, int] = {}
    taxes = []
    used = {*rates.values(), *(charge.tax_rate for charge in charges)}
    for rate in sorted(rate for rate in used if rate is not None):
        members = [line for line in lines if rates[line.id] == rate]
        weights = [line.total_with_sub_lines_cents for line in members]
        weights += [charge.cents for charge in charges if charge.tax_rate == rate]
        base_cents = sum(weights)
        tax_cents = _tax_on(base_cents, rate, is_contained=prices_include_tax)
        taxes.append(TaxAmount(rate=rate, base_cents=base_cents, tax_cents=tax_cents, is_contained=prices_include_tax))
        shares = allocate(tax_cents, weights)
        line_tax |= {line.id: cents for line, cents in zip(members, shares, strict=False)}
    taxed_lines = (replace(line, tax_cents=line_tax[line.id]) if line_tax.get(line.id) else line for line in lines)
    return tuple(taxes), tuple(taxed_lines)


def _tax_on(base_cents: int, rate: Decimal, *, is_contained: bool) -> int:
    """Return the tax of one rate: g·r/(100+r) of prices that contain it, else g·r/100; rounded half up."""
    numerator, denominator = rate.as_integer_ratio()
    hundred = 100 * denominator
    return round_half_up(base_cents * numerator, hundred + numerator if is_contained else hundred)


def _tax_charges(taxes: Iterable[TaxAmount]) -> tuple[PricedCharge, ...]:
    """Return the charges that bring tax into the total: one per rate, none where prices contain it."""
    return tuple(
        PricedCharge(id=f"tax-{tax.rate.normalize():f}", type=TAX, cents=tax.tax_cents, tax_rate=tax.rate)
        for tax in taxes
        if tax.tax_cents and not tax.is_contained
    )
