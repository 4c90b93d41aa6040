"""What a receipt says, row by row: the same rows make the mail and the PDF. Amounts are the ones written down, never new ones."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from django.utils import dateformat
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from menu.models.table import table_label
from menu.money import format_money
from orders.models import GIFT_CARD, PREPAID, LineItem, Order, OrderReturn, Payment, Receipt, Refund
from orders.payments import COUNTER
from orders.templatetags.diner import percent


class RowKind(StrEnum):
    """How a row looks."""

    ITEM = "item"
    PART = "part"
    OFF = "off"
    SUM = "sum"
    SMALL = "small"


@dataclass(frozen=True)
class Row:
    """One row: words on the left, an amount on the right or none."""

    kind: RowKind
    words: str
    amount: str = ""


@dataclass(frozen=True)
class Paper:
    """A receipt ready to be set. `head` is who issued it, `facts` its number, order, table and date."""

    title: str
    head: tuple[str, ...]
    facts: tuple[str, ...]
    rows: tuple[Row, ...]
    closing: str


def paper_of(receipt: Receipt, *, with_codes: bool = True) -> Paper:
    """Return what the receipt says, in the language that is active; its restaurant and order are loaded with it.

    `with_codes`: name the codes of gift cards sold whole, as their buyer gets them; else only how they end.
    """
    order, restaurant = receipt.order, receipt.restaurant
    issued = restaurant.local(receipt.issued_at)
    made = receipt.order_return
    title = _("Receipt %(number)s") if made is None else _("Return receipt %(number)s")
    table = f", {table_label(order.table_name)}" if order.table_name else ""
    return Paper(
        title=title % {"number": receipt.number},
        head=(restaurant.name, *filter(None, (line.strip() for line in restaurant.receipt_details.splitlines()))),
        facts=(
            _("Order %(number)s") % {"number": order.number} + table,
            dateformat.format(issued, _("j M Y, H:i")),
        ),
        rows=tuple(_sale_rows(order, with_codes=with_codes) if made is None else _return_rows(made)),
        closing=_("Paid. Thank you!") if made is None else made.reason,
    )


def _sale_rows(order: Order, *, with_codes: bool) -> Iterator[Row]:
    lines = order.lines.filter(parent=None, quantity__gt=0).prefetch_related("sub_lines", "sold_cards")
    for line in lines:
        yield Row(RowKind.ITEM, _item_words(line, line.quantity), _money(line.gross_cents, order))
        for part in line.sub_lines.all():
            times = part.quantity * line.quantity
            yield Row(
                RowKind.PART, _item_words(part, times), _money(part.gross_cents, order) if part.gross_cents else ""
            )
        for sold in line.sold_cards.all():
            if sold.code:
                yield Row(
                    RowKind.PART, _("Code %(code)s") % {"code": sold.code if with_codes else f"…{sold.code[-4:]}"}
                )
    for offer in order.applied_offers.live().exclude(cents=0):
        yield Row(RowKind.OFF, offer.name, _money(-offer.cents, order))
    for charge in order.charges.all():
        rate = charge.percent if charge.percent is not None else charge.tax_rate if charge.type == "TAX" else None
        words = charge.get_type_display() + (f" {percent(rate)}" if rate is not None else "")
        yield Row(RowKind.OFF, words, _money(charge.cents, order))
    yield Row(RowKind.SUM, _("Total"), _money(order.total_cents, order))
    for tax in order.taxes.all():
        if tax.is_contained:
            yield _tax_row(tax.rate, tax.tax_cents, order)
    for payment in Payment.objects.filter(order=order).taken():
        yield Row(RowKind.SMALL, tender_words(payment), _money(payment.amount_cents, order))


def _return_rows(made: OrderReturn) -> Iterator[Row]:
    order = made.order
    items = list(made.items.select_related("line"))
    for item in items:
        kind = RowKind.ITEM if item.line.parent_id is None else RowKind.PART
        yield Row(kind, _item_words(item.line, item.quantity), _money(-item.cents, order))
    by_rate: dict[Decimal, int] = {}
    for item in items:
        by_rate[item.line.tax_rate] = by_rate.get(item.line.tax_rate, 0) + item.tax_cents
    is_added = order.tax_is_added
    if is_added:
        for rate, cents in sorted(by_rate.items()):
            if cents:
                yield Row(RowKind.OFF, _("Tax %(rate)s") % {"rate": percent(rate)}, _money(-cents, order))
    yield Row(RowKind.SUM, _("Total"), _money(-made.refund_cents, order))
    if not is_added:
        for rate, cents in sorted(by_rate.items()):
            if cents:
                yield _tax_row(rate, -cents, order)
    for refund in Refund.objects.filter(order_return=made).select_related("payment"):
        yield Row(RowKind.SMALL, tender_words(refund.payment), _money(-refund.amount_cents, order))


def _tax_row(rate: Decimal, cents: int, order: Order) -> Row:
    return Row(RowKind.SMALL, _("Includes VAT %(rate)s") % {"rate": percent(rate)}, _money(cents, order))


def tender_words(payment: Payment) -> str:
    """Return what the guest calls this way to pay; a gift card by how its code ends."""
    if payment.method == GIFT_CARD:
        return _("Gift card %(name)s") % {"name": payment.account_name}
    if payment.method == PREPAID:
        return _("Prepaid balance")
    return _("At the counter") if payment.method == COUNTER else _("Online")


def _item_words(line: LineItem, quantity: int) -> str:
    name = f"{line.name}, {line.variant_name}" if line.variant_name else line.name
    return f"{quantity} × {name}" if quantity > 1 or line.parent_id is None else name


def _money(cents: int, order: Order) -> str:
    sign = "−" if cents < 0 else ""
    return sign + format_money(abs(cents), order.currency, get_language() or "en")
