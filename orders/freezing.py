"""Writing a priced basket down for good: lines, shares of offers, charges, tax by rate and totals, as the diner saw them."""

from collections.abc import Iterable
from decimal import Decimal

from django.utils.translation import gettext as _

from orders.basket import lines_of, write_sub_lines
from orders.basket_pricing import price_rows
from orders.basket_view import Basket
from orders.errors import Conflict
from orders.models import AppliedOffer, AppliedShare, Charge, LineItem, Order, TaxAmount
from orders.pricing import PricedBasket, PricedLine, PricedSubLine


def freeze(order: Order, basket: Basket) -> None:
    """Write the amounts of `basket` onto `order`, replacing what an earlier try wrote.

    Runs inside the transaction that took the order at the version `basket` was read at. Raises Conflict.
    """
    if order.attempts:
        _forget_last_try(order)
    if basket.removed is not None:
        order.lines.filter(parent=None, quantity=0).delete()
    items: Iterable[LineItem] = lines_of(order) if _take_over_new_prices(basket) else basket.items
    priced = _price_as_written(items, basket)
    parts = [part for line in priced.lines for part in line.parts]
    _write_lines(items, parts)
    _write_offers(basket.offers, priced, parts)
    _write_charges(order, basket)
    Order.objects.filter(pk=order.pk).update(
        items_cents=priced.gross_cents,
        order_amount_cents=priced.order_amount_cents,
        total_discount_cents=priced.total_discount_cents,
        tip_cents=basket.tip_cents,
        total_cents=basket.total_cents,
    )


def _price_as_written(items: Iterable[LineItem], basket: Basket) -> PricedBasket:
    """Price the rows as they are by now, under their own ids; what comes out must be what the diner saw."""
    priced = price_rows(items, {}, basket.offers, basket.order.restaurant, tip_cents=basket.tip_cents)
    if priced.total_cents != basket.total_cents:
        raise Conflict(_("The total has changed. Please look at it once more."))
    return priced


def _forget_last_try(order: Order) -> None:
    AppliedShare.objects.filter(offer__order=order).delete()
    order.applied_offers.update(cents=0)
    order.charges.all().delete()
    order.taxes.all().delete()


def _take_over_new_prices(basket: Basket) -> bool:
    """Put the prices that the diner just confirmed onto the lines that changed; say whether any did."""
    shown = {line.id: line for line in basket.lines}
    is_changed = False
    for item in basket.items:
        change = shown[item.pk].change
        if change is not None and change.fresh is not None:
            item.unit_cents = shown[item.pk].unit_cents
            item.save(update_fields=["unit_cents"])
            item.sub_lines.all().delete()
            write_sub_lines(item, change.fresh)
            is_changed = True
    return is_changed


def _write_lines(items: Iterable[LineItem], parts: Iterable[PricedLine | PricedSubLine]) -> None:
    rows = {str(row.pk): row for item in items for row in (item, *item.sub_lines.all())}
    for part in parts:
        row = rows[part.id]
        row.gross_cents, row.discount_cents, row.total_cents = part.gross_cents, part.discount_cents, part.total_cents
        row.tax_cents = part.tax_cents if isinstance(part, PricedLine) else 0
    LineItem.objects.bulk_update(rows.values(), ["gross_cents", "discount_cents", "total_cents", "tax_cents"])


def _write_offers(
    offers: Iterable[AppliedOffer], priced: PricedBasket, parts: Iterable[PricedLine | PricedSubLine]
) -> None:
    """Write what each offer took off, and how much of that each line carries."""
    rows = {str(offer.pk): offer for offer in offers}
    for applied in priced.applied:
        row = rows[applied.offer_id]
        row.cents, row.is_order_level = applied.cents, applied.is_order_level
    AppliedOffer.objects.bulk_update(
        [rows[applied.offer_id] for applied in priced.applied], ["cents", "is_order_level"]
    )
    AppliedShare.objects.bulk_create(
        AppliedShare(offer=rows[share.offer_id], line_id=int(part.id), cents=share.cents, units=share.units)
        for part in parts
        for share in part.shares
        if share.cents
    )


def _write_charges(order: Order, basket: Basket) -> None:
    Charge.objects.bulk_create(
        Charge(
            order=order,
            type=charge.type,
            percent=charge.percent,
            tax_rate=charge.tax_rate,
            cents=charge.cents,
        )
        for charge in basket.priced.charges
        if charge.cents
    )
    TaxAmount.objects.bulk_create(
        TaxAmount(
            order=order,
            rate=Decimal(tax.rate),
            base_cents=tax.base_cents,
            tax_cents=tax.tax_cents,
            is_contained=tax.is_contained,
        )
        for tax in basket.priced.taxes
    )
