"""Writing a priced basket down for good: lines, shares of offers, charges, tax by rate and totals, as the diner saw them."""

from decimal import Decimal

from orders.basket import write_sub_lines
from orders.basket_pricing import find_prices
from orders.basket_view import Basket
from orders.models import AppliedOffer, AppliedShare, Charge, LineItem, Order, TaxAmount
from orders.pricing import PricedLine, PricedSubLine


def freeze(order: Order, basket: Basket) -> None:
    """Write the amounts of `basket` onto `order`, replacing what an earlier try wrote. Runs inside a transaction."""
    order.lines.filter(parent=None, quantity=0).delete()
    _take_over_new_prices(basket)
    priced = find_prices(order, tip_cents=basket.tip_cents, expected_total_cents=basket.total_cents)
    AppliedShare.objects.filter(offer__order=order).delete()
    order.applied_offers.update(cents=0)
    offers = {str(offer.pk): offer for offer in order.applied_offers.live()}
    parts = [part for line in priced.lines for part in line.parts]
    _write_lines(parts)
    for applied in priced.applied:
        AppliedOffer.objects.filter(pk=offers[applied.offer_id].pk).update(
            cents=applied.cents, is_order_level=applied.is_order_level
        )
    AppliedShare.objects.bulk_create(
        AppliedShare(offer=offers[share.offer_id], line_id=int(part.id), cents=share.cents, units=share.units)
        for part in parts
        for share in part.shares
        if share.cents
    )
    _write_charges(order, basket)
    Order.objects.filter(pk=order.pk).update(
        items_cents=priced.gross_cents,
        order_amount_cents=priced.order_amount_cents,
        total_discount_cents=priced.total_discount_cents,
        tip_cents=basket.tip_cents,
        total_cents=basket.total_cents,
    )


def _take_over_new_prices(basket: Basket) -> None:
    """Put the prices that the diner just confirmed onto the lines that changed."""
    shown = {line.id: line for line in basket.lines}
    for item in basket.items:
        change = shown[item.pk].change
        if change is not None and change.fresh is not None:
            item.unit_cents = shown[item.pk].unit_cents
            item.save(update_fields=["unit_cents"])
            item.sub_lines.all().delete()
            write_sub_lines(item, change.fresh)


def _write_lines(parts: list[PricedLine | PricedSubLine]) -> None:
    rows = LineItem.objects.in_bulk([int(part.id) for part in parts])
    for part in parts:
        row = rows[int(part.id)]
        row.gross_cents, row.discount_cents, row.total_cents = part.gross_cents, part.discount_cents, part.total_cents
        row.tax_cents = part.tax_cents if isinstance(part, PricedLine) else 0
    LineItem.objects.bulk_update(rows.values(), ["gross_cents", "discount_cents", "total_cents", "tax_cents"])


def _write_charges(order: Order, basket: Basket) -> None:
    order.charges.all().delete()
    order.taxes.all().delete()
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
