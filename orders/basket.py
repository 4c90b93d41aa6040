"""The basket: an order that is not placed yet. Adding, changing and removing lines; what it holds is read in basket_view."""

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F, Prefetch, Q, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from menu.models import Restaurant, Table
from menu.money import format_money
from orders.choices import MOST_PER_LINE, Choice, ProductForSale, choose_again, products_for_sale
from orders.errors import ChoiceRefused, Conflict, OrderingRefused
from orders.guest import Visitor, seat
from orders.models import Guest, KitchenState, LineItem, Order, PaymentState

MOST_LINES = 60
# 10,000.00 of a currency with cents; one without has larger numbers on its menus.
MOST_CENTS_OF_DIGITS = {0: 100_000_000, 2: 1_000_000, 3: 10_000_000}
LONGEST_ORDER_NOTE = 500


@dataclass(frozen=True)
class BasketCount:
    """What the basket bar shows: units, and the total of the items before discounts, in minor units."""

    count: int
    total_cents: int


def find_basket(visitor: Visitor, restaurant: Restaurant) -> Order | None:
    """Return the visitor's basket at `restaurant`, the one being paid included; one query."""
    return (
        Order.objects.of_guest(visitor.guest_id)
        .baskets()
        .filter(restaurant=restaurant)
        .select_related("restaurant", "table", "guest")
        .first()
    )


def count_and_total(visitor: Visitor | None, restaurant: Restaurant) -> BasketCount:
    """Count the visitor's basket for the basket bar; one query."""
    if visitor is None:
        return BasketCount(count=0, total_cents=0)
    units = Coalesce(F("parent__quantity"), 1) * F("quantity")
    lines = LineItem.objects.filter(
        order__guest_id=visitor.guest_id,
        order__guest__ended_at=None,
        order__restaurant=restaurant,
        order__placed_at=None,
        order__kitchen_state=KitchenState.NONE,
    )
    found = lines.aggregate(
        count=Coalesce(Sum("quantity", filter=Q(parent=None)), 0),
        total=Coalesce(Sum(units * F("unit_cents")), 0),
    )
    return BasketCount(count=found["count"], total_cents=found["total"])


def add(*, visitor: Visitor, table: Table, offered: ProductForSale, choice: Choice, now: datetime) -> LineItem:
    """Put `choice` of the product into the visitor's basket, onto an equal line where there is one.

    Raises OrderingRefused (paused, closed), Conflict (being paid, guest ended) or ChoiceRefused (basket full).
    """
    if refusal := table.restaurant.refusal(now=now):
        raise OrderingRefused(refusal)
    guest = seat(visitor, table=table, now=now)
    if guest is None:
        raise Conflict(_("Your visit has ended. Please scan the code on the table again."))
    with transaction.atomic():
        order = open_basket(guest, table, now=now)
        touch(order, now=now)
        found = list(order.lines.filter(parent=None).prefetch_related("sub_lines"))
        if any(not line.quantity for line in found):
            order.lines.filter(parent=None, quantity=0).delete()
        lines = [line for line in found if line.quantity]
        _refuse_fortune(order, lines, unit_price(offered, choice), choice)
        for line in lines:
            if _is_same(line, offered, choice):
                return _raise_quantity(line, choice.quantity)
        if len(lines) >= MOST_LINES:
            raise ChoiceRefused({"product": _("The basket is full. Please order what is in it first.")})
        return _write_line(order, offered, choice, now=now)


def _refuse_fortune(order: Order, lines: list[LineItem], unit_cents: int, choice: Choice) -> None:
    """Refuse what would make the basket worth more than anybody eats: a mistake, or somebody playing."""
    each = unit_cents + sum(pick.unit_cents * pick.quantity for pick in choice.picks)
    total = each * choice.quantity + sum(
        (line.unit_cents + sum(sub.unit_cents * sub.quantity for sub in line.sub_lines.all())) * line.quantity
        for line in lines
    )
    if is_fortune(total, order.restaurant):
        raise ChoiceRefused({"quantity": fortune_words()})


def is_fortune(cents: int, restaurant: Restaurant) -> bool:
    """Say whether items of this worth are more than one order may hold."""
    return cents > MOST_CENTS_OF_DIGITS.get(restaurant.digits, 1_000_000)


def fortune_words() -> str:
    """Say what to do about a basket worth too much."""
    return _("That is more than can be ordered here at once. Please speak to our staff.")


def change_quantity(order: Order, line_id: int, *, quantity: int, now: datetime) -> LineItem:
    """Set the quantity of a line; 0 removes it so that it can be put back. Raises LineItem.DoesNotExist, Conflict.

    More of what cannot be had any more is a Conflict too; less of it, or none, is always possible.
    """
    with transaction.atomic():
        touch(order, now=now)
        line: LineItem = order.lines.get(pk=line_id, parent=None)
        if quantity > line.quantity:
            _refuse_what_is_gone(order, line, now=now)
        if quantity == 0:
            order.lines.filter(parent=None, quantity=0).exclude(pk=line.pk).delete()
            line.removed_quantity = line.quantity or line.removed_quantity
        line.quantity = quantity
        line.save(update_fields=["quantity", "removed_quantity"])
        return line


def _refuse_what_is_gone(order: Order, line: LineItem, *, now: datetime) -> None:
    """Refuse more of a line that could not be added like this now: sold out, off the menu, a choice missing by now."""
    offered = products_for_sale(order.restaurant, [line.product_id or 0], now=now).get(line.product_id or 0)
    if offered is None:
        raise Conflict(_("%(name)s is no longer on the menu.") % {"name": line.name})
    try:
        choose_again(offered, line)
    except ChoiceRefused as refused:
        raise Conflict(str(refused)) from refused


def set_note(order: Order, *, note: str, now: datetime) -> None:
    """Write the note to the kitchen for the whole order. Raises ChoiceRefused (too long), Conflict."""
    text = " ".join(note.replace("\0", " ").split())  # PostgreSQL keeps no NUL in a text
    if len(text) > LONGEST_ORDER_NOTE:
        raise ChoiceRefused(
            {"note": _("Please keep the note under %(count)d characters.") % {"count": LONGEST_ORDER_NOTE}}
        )
    with transaction.atomic():
        touch(order, now=now)
        Order.objects.filter(pk=order.pk).update(note=text)
    order.note = text


def touch(order: Order, *, now: datetime) -> None:
    """Count the basket version up: the first statement of every change, so that changes and paying exclude each other.

    Raises Conflict where the order is being paid or was placed meanwhile, or went on to another guest: they signed out.
    """
    changed = (
        Order.objects.baskets()
        .filter(pk=order.pk, guest=order.guest_id, payment_state=PaymentState.UNPAID)
        .update(version=F("version") + 1, changed_at=now)
    )
    if changed != 1:
        raise Conflict(why_closed(order))
    order.version += 1


def why_closed(order: Order) -> str:
    """Say why the order cannot be changed: its payment is under way, it is no basket any more, or somebody else's."""
    order.refresh_from_db(fields=["payment_state", "kitchen_state", "total_cents"])
    if order.kitchen_state == KitchenState.NONE and order.payment_state in (PaymentState.PAYING, PaymentState.UNKNOWN):
        amount = format_money(order.total_cents, order.currency, get_language() or "en")
        return _("Payment of %(amount)s is under way, so the order cannot be changed now.") % {"amount": amount}
    if order.kitchen_state == KitchenState.NONE and order.payment_state == PaymentState.UNPAID:
        return _("Your basket has changed since. Please look at it once more.")
    return _("This order was placed already. The next tap starts a new one.")


def lines_of(order: Order) -> list[LineItem]:
    """Return the order's lines with their sub-lines, removed ones too; two queries."""
    return list(
        order.lines.filter(parent=None).prefetch_related(Prefetch("sub_lines", LineItem.objects.order_by("id")))
    )


def open_basket(guest: Guest, table: Table, *, now: datetime) -> Order:
    """Return the guest's basket at the table's restaurant, made if need be, moved to this table if they changed seats."""
    mine = Order.objects.baskets().filter(guest=guest, restaurant=table.restaurant)
    order = mine.first()
    if order is None:
        try:
            with transaction.atomic():
                return Order.objects.create(
                    guest=guest,
                    restaurant=table.restaurant,
                    table=table,
                    table_name=table.name,
                    currency=table.restaurant.currency,
                    language=get_language() or "en",
                    created_at=now,
                    changed_at=now,
                )
        except IntegrityError:  # two first taps at once: the other one made it
            order = mine.get()
    if order.table_id != table.pk and order.payment_state == PaymentState.UNPAID:
        mine.filter(pk=order.pk).update(table=table, table_name=table.name)
    return order


def _is_same(line: LineItem, offered: ProductForSale, choice: Choice) -> bool:
    """Whether `choice` is what `line` already holds, at the price the guest saw."""
    wanted = (
        offered.product.pk,
        choice.variant.pk if choice.variant else None,
        choice.note,
        unit_price(offered, choice),
    )
    have = (line.product_id, line.variant_id, line.note, line.unit_cents)
    picks = sorted((pick.modifier.pk, pick.quantity, pick.unit_cents) for pick in choice.picks)
    subs = sorted((sub.modifier_id or 0, sub.quantity, sub.unit_cents) for sub in line.sub_lines.all())
    return wanted == have and picks == subs


def _raise_quantity(line: LineItem, by: int) -> LineItem:
    if line.quantity + by > MOST_PER_LINE:
        raise ChoiceRefused({"quantity": _("At most %(count)d of one thing in a basket.") % {"count": MOST_PER_LINE}})
    line.quantity += by
    line.save(update_fields=["quantity"])
    return line


def unit_price(offered: ProductForSale, choice: Choice) -> int:
    """Return what one unit costs without its modifiers, in minor units."""
    return choice.variant.price_cents if choice.variant else offered.price_cents


def _write_line(order: Order, offered: ProductForSale, choice: Choice, *, now: datetime) -> LineItem:
    product, restaurant = offered.product, offered.restaurant
    line = LineItem.objects.create(
        order=order,
        product=product,
        variant=choice.variant,
        sku=choice.variant.sku if choice.variant else product.sku,
        parent_sku=product.sku if choice.variant else "",
        name=product.name,
        variant_name=choice.variant.name if choice.variant else "",
        category_slugs=list(offered.category_slugs),
        kind=product.kind,
        promotion=product.promotion,
        discountable=product.takes_discounts,
        earns_points=product.gives_points,
        is_alcohol=product.is_alcohol,
        tax_rate=restaurant.tax_rate if product.tax_rate is None else product.tax_rate,
        unit_cents=unit_price(offered, choice),
        quantity=choice.quantity,
        note=choice.note,
        added_at=now,
    )
    write_sub_lines(line, choice)
    return line


def write_sub_lines(line: LineItem, choice: Choice) -> None:
    """Write the modifiers of `choice` under `line`, with the line's own flags and tax rate."""
    LineItem.objects.bulk_create(
        LineItem(
            order_id=line.order_id,
            parent=line,
            product_id=line.product_id,
            modifier=pick.modifier,
            sku=pick.modifier.sku,
            name=pick.modifier.name,
            discountable=line.discountable,
            earns_points=line.earns_points,
            is_alcohol=line.is_alcohol,
            tax_rate=line.tax_rate,
            unit_cents=pick.unit_cents,
            quantity=pick.quantity,
            added_at=line.added_at,
        )
        for pick in choice.picks
    )


def table_of(visitor: Visitor | None) -> Table | None:
    """Return the table this visitor scanned, with its restaurant; None where its code was renewed or it is out of use."""
    if visitor is None:
        return None
    return Table.objects.select_related("restaurant").filter(code=visitor.table_code, is_active=True).first()


def owns(visitor: Visitor | None, guest: Guest) -> bool:
    """Say whether this browser is that guest; one that has been ended is nobody's any more."""
    return visitor is not None and visitor.guest_id == guest.pk and guest.ended_at is None
