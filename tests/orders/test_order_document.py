"""The order as the programme is told of it: which discount took how much off which line."""

import pytest

from menu.models import Product, Table
from orders import identify
from orders.earning import order_document
from orders.models import Guest
from tests.factories import NOW, ModifierFactory, ModifierGroupFactory, ProductFactory, ProductModifierGroupFactory
from tests.loyalty.factories import member
from tests.orders.conftest import AddByForm
from tests.orders.diners import Diner, voucher

pytestmark = pytest.mark.django_db


def test_each_line_tells_its_own_discount_apart_from_its_part_of_the_orders(
    table: Table, add_by_form: AddByForm
) -> None:
    """2 pizzas 24.00 with cheese 4.00, a coffee 5.00; 1.20 off one pizza, then 10 % off the 31.80 left."""
    pizza: Product = ProductFactory.create(restaurant=table.restaurant, sku="PIZZA", price_cents=1200)
    coffee: Product = ProductFactory.create(restaurant=table.restaurant, sku="COFFEE", price_cents=500)
    group = ModifierGroupFactory.create(restaurant=table.restaurant)
    ProductModifierGroupFactory.create(product=pizza, group=group)
    cheese = ModifierFactory.create(group=group, sku="CHEESE", price_cents=200)
    pizzas = add_by_form(pizza, f"quantity=2&modifier-{group.pk}={cheese.pk}")
    add_by_form(coffee)
    contact = member(120)
    diner = Diner(contact, identify.sign_in(Guest.objects.get(), str(contact.uuid), is_verified=True, now=NOW), table)
    diner.redeem(voucher(diner, discount_type="percentage_discount", discount_value="10", product_code="PIZZA"))
    diner.redeem(voucher(diner))

    document = order_document(diner.pay())

    parts = [part for line in document.lines for part in (line, *line.sub_lines)]
    assert [len(line.sub_lines) for line in document.lines] == [1, 0]
    assert [
        (part.sku, part.quantity, part.discount_cents, part.order_discount_cents, part.total_cents) for part in parts
    ] == [
        ("PIZZA", 2, 120, 228, 2280),
        ("CHEESE", 2, 0, 40, 400),
        ("COFFEE", 1, 0, 50, 500),
    ]
    assert [(discount.cents, discount.line_identifiers) for discount in document.discounts] == [
        (120, (str(pizzas.uuid),)),
        (318, ()),
    ]
    assert (document.order_amount_cents, document.total_discount_cents, document.total_cents) == (3180, 438, 2862)
