"""Placing an order: what the diner saw is what is placed, once, and everything about it is written down."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from menu.models import Product, Restaurant, Table
from orders.basket import change_quantity
from orders.basket_view import read_basket
from orders.checkout import PayForm, place, read_checkout
from orders.errors import ChoiceRefused, Conflict, OrderingRefused
from orders.guest import Visitor
from orders.models import (
    AppliedOffer,
    Attempt,
    Charge,
    DemoCharge,
    KitchenState,
    LineItem,
    Order,
    Payment,
    PaymentState,
    TaxAmount,
)
from orders.repeats import minutes_since_same
from orders.tips import TipChoice, read_tip
from tests.factories import (
    NOW,
    AppliedOfferFactory,
    ModifierFactory,
    ModifierGroupFactory,
    ProductFactory,
    ProductModifierGroupFactory,
)
from tests.loyalty.factories import RewardReceptionFactory
from tests.orders.conftest import AddByForm

pytestmark = pytest.mark.django_db


@pytest.fixture
def pizza(table: Table) -> Product:
    made: Product = ProductFactory.create(restaurant=table.restaurant, name="Pizza", price_cents=1200)
    return made


@pytest.fixture
def basket(add_by_form: AddByForm, pizza: Product) -> Order:
    """Two pizzas: 24.00."""
    return add_by_form(pizza, "quantity=2").order


def pay_form(order: Order, *, method: str = "counter", tip: TipChoice | None = None, email: str = "") -> PayForm:
    """Return what the pay button of the page as it is now would send."""
    order.refresh_from_db()
    shown = read_checkout(order, tip=tip or TipChoice(), now=NOW)
    return PayForm(
        method=method,
        tip=shown.tip,
        email=email,
        checkout_key=shown.checkout_key,
        shown_total_cents=str(shown.total_cents),
        content=f"{method} {shown.tip.code} {email}",
    )


def assert_nothing_placed(order: Order) -> None:
    order.refresh_from_db()
    assert (order.placed_at, order.number, order.payment_state) == (None, None, PaymentState.UNPAID)
    assert (order.kitchen_state, order.attempts) == (KitchenState.NONE, 0)
    assert not Payment.objects.exists()
    assert order.lines.filter(parent=None, quantity__gt=0).exists()


def test_an_order_paid_at_the_counter_goes_to_the_kitchen_unpaid(basket: Order, visitor: Visitor, table: Table) -> None:
    url = place(visitor=visitor, table=table, form=pay_form(basket), now=NOW)

    basket.refresh_from_db()
    assert url == f"/orders/{basket.uuid}/"
    assert (basket.number, basket.placed_at, basket.table_name) == (1, NOW, table.name)
    assert (basket.kitchen_state, basket.payment_state, basket.settled_at) == ("received", "unpaid", None)
    payment = Payment.objects.get()
    assert (payment.method, payment.amount_cents, payment.currency, payment.paid_at) == ("counter", 2400, "EUR", None)
    assert not Attempt.objects.exists()


@pytest.mark.parametrize("more_lines", [0, 7])
def test_placing_an_order_reads_and_writes_its_rows_once_however_many_there_are(
    basket: Order,
    add_by_form: AddByForm,
    pizza: Product,
    visitor: Visitor,
    table: Table,
    more_lines: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(more_lines):
        add_by_form(pizza, f"note={number}")
    form = pay_form(basket)

    with django_assert_num_queries(22):
        place(visitor=visitor, table=table, form=form, now=NOW)


def test_numbers_count_up_per_restaurant(
    add_by_form: AddByForm, pizza: Product, visitor: Visitor, table: Table
) -> None:
    for _round in range(2):
        order = add_by_form(pizza).order
        place(visitor=visitor, table=table, form=pay_form(order), now=NOW)

    assert set(Order.objects.values_list("number", flat=True)) == {1, 2}


def apply_bought(order: Order, **fields: object) -> AppliedOffer:
    """Put a reward on the order that its member has bought."""
    bought = RewardReceptionFactory.create()
    row: AppliedOffer = AppliedOfferFactory.create(
        order=order, kind="collectable", offer_id=str(bought.uuid), contact_id=str(bought.contact.uuid), **fields
    )
    return row


def test_everything_about_the_order_is_written_down(
    add_by_form: AddByForm, pizza: Product, visitor: Visitor, table: Table
) -> None:
    """2 pizzas 24.00 with cheese 4.00, wine 6.00 without discount; 10 % off 28.00 = 2.80; 10 % service on 31.20 = 3.12."""
    Restaurant.objects.update(service_charge_percent=10, service_charge_tax_rate=21)
    table.restaurant.refresh_from_db()
    group = ModifierGroupFactory.create(restaurant=table.restaurant)
    ProductModifierGroupFactory.create(product=pizza, group=group)
    cheese = ModifierFactory.create(group=group, name="Cheese", price_cents=200)
    wine = ProductFactory.create(
        restaurant=table.restaurant, name="Wine", price_cents=600, tax_rate=21, discountable=False, is_alcohol=True
    )
    line = add_by_form(pizza, f"quantity=2&modifier-{group.pk}={cheese.pk}")
    add_by_form(wine)
    offer = apply_bought(line.order, name="10% off")

    place(visitor=visitor, table=table, form=pay_form(line.order, tip=TipChoice(code="10")), now=NOW)

    order = Order.objects.get()
    line.refresh_from_db()
    sub = line.sub_lines.get()
    offer.refresh_from_db()
    assert (line.gross_cents, line.discount_cents, line.total_cents) == (2400, 240, 2160)
    assert (sub.gross_cents, sub.discount_cents, sub.total_cents) == (400, 40, 360)
    assert (offer.cents, offer.is_order_level) == (280, True)
    assert {share.line_id: share.cents for share in offer.shares.all()} == {line.pk: 240, sub.pk: 40}
    assert list(order.charges.values_list("type", "cents")) == [("SERVICE_CHARGE", 312), ("GRATUITY", 340)]
    # 9 % in 25.20 is 2.08; 21 % in wine 6.00 + service 3.12 = 9.12 is 1.58
    assert [(int(tax.rate), tax.base_cents, tax.tax_cents, tax.is_contained) for tax in order.taxes.all()] == [
        (9, 2520, 208, True),
        (21, 912, 158, True),
    ]
    assert (order.items_cents, order.total_discount_cents, order.order_amount_cents) == (3400, 280, 3120)
    assert (order.tip_cents, order.total_cents) == (340, 3772)
    assert order.total_cents == order.order_amount_cents + sum(charge.cents for charge in order.charges.all())
    assert Payment.objects.get().amount_cents == 3772


def test_tax_that_is_not_in_the_prices_is_a_charge(basket: Order, visitor: Visitor, table: Table) -> None:
    Restaurant.objects.update(prices_include_tax=False, tax_rate=8)
    table.restaurant.refresh_from_db()
    LineItem.objects.update(tax_rate=8)

    place(visitor=visitor, table=table, form=pay_form(Order.objects.get()), now=NOW)

    assert Charge.objects.values_list("type", "cents").get() == ("TAX", 192)
    tax = TaxAmount.objects.get()
    assert (tax.base_cents, tax.tax_cents, tax.is_contained) == (2400, 192, False)
    assert Order.objects.get().total_cents == 2592


def test_the_same_button_pressed_again_leads_to_the_same_order(basket: Order, visitor: Visitor, table: Table) -> None:
    form = pay_form(basket)

    first = place(visitor=visitor, table=table, form=form, now=NOW)
    again = place(visitor=visitor, table=table, form=form, now=NOW + timedelta(minutes=1))

    assert first == again
    assert (Order.objects.count(), Payment.objects.count()) == (1, 1)


def test_the_same_key_with_other_choices_is_told_and_changes_nothing(
    basket: Order, visitor: Visitor, table: Table
) -> None:
    form = pay_form(basket)
    place(visitor=visitor, table=table, form=form, now=NOW)

    with pytest.raises(Conflict, match="already sent, with other choices"):
        place(
            visitor=visitor, table=table, form=replace(form, tip=TipChoice(code="10"), content="counter 10 "), now=NOW
        )

    assert (Order.objects.get().tip_cents, Payment.objects.count()) == (0, 1)


def test_another_browser_cannot_press_the_same_button(basket: Order, visitor: Visitor, table: Table) -> None:
    form = pay_form(basket)
    stranger = Visitor(guest_id=uuid.uuid4(), table_code=table.code)

    with pytest.raises(Conflict, match="empty"):
        place(visitor=stranger, table=table, form=form, now=NOW)

    assert_nothing_placed(basket)


def test_after_an_order_the_next_tap_starts_a_new_basket(
    basket: Order, add_by_form: AddByForm, pizza: Product, visitor: Visitor, table: Table
) -> None:
    place(visitor=visitor, table=table, form=pay_form(basket), now=NOW)

    line = add_by_form(pizza)

    assert line.order_id != basket.pk
    assert LineItem.objects.filter(order=basket).count() == 1


@pytest.mark.parametrize("shown", ["2399", "2401", "", "0", "24.00", "-1"])
def test_another_total_than_the_one_shown_is_a_conflict(
    basket: Order, visitor: Visitor, table: Table, shown: str
) -> None:
    with pytest.raises(Conflict, match="total has changed"):
        place(visitor=visitor, table=table, form=replace(pay_form(basket), shown_total_cents=shown), now=NOW)

    assert_nothing_placed(basket)


def test_a_price_that_changed_unseen_is_a_conflict_and_once_seen_is_paid(
    basket: Order, visitor: Visitor, table: Table
) -> None:
    unseen = pay_form(basket)
    Product.objects.update(price_cents=1250)

    with pytest.raises(Conflict, match="total has changed"):
        place(visitor=visitor, table=table, form=unseen, now=NOW)
    assert_nothing_placed(basket)
    place(visitor=visitor, table=table, form=pay_form(basket), now=NOW)

    line = LineItem.objects.get()
    assert (line.unit_cents, line.gross_cents, Order.objects.get().total_cents) == (1250, 2500, 2500)


def test_a_new_price_of_an_option_is_written_onto_its_sub_line(
    add_by_form: AddByForm, pizza: Product, visitor: Visitor, table: Table
) -> None:
    group = ModifierGroupFactory.create(restaurant=table.restaurant)
    ProductModifierGroupFactory.create(product=pizza, group=group)
    cheese = ModifierFactory.create(group=group, price_cents=200)
    line = add_by_form(pizza, f"modifier-{group.pk}={cheese.pk}")
    cheese.price_cents = 250
    cheese.save()

    place(visitor=visitor, table=table, form=pay_form(line.order), now=NOW)

    sub = line.sub_lines.get()
    assert (sub.unit_cents, sub.total_cents, Order.objects.get().total_cents) == (250, 250, 1450)


def test_something_sold_out_meanwhile_is_a_conflict(basket: Order, visitor: Visitor, table: Table) -> None:
    form = pay_form(basket)
    Product.objects.update(sold_out_since=NOW)

    with pytest.raises(Conflict, match="cannot be had any more"):
        place(visitor=visitor, table=table, form=form, now=NOW)

    assert_nothing_placed(basket)


def test_a_basket_changed_in_another_tab_is_a_conflict(basket: Order, visitor: Visitor, table: Table) -> None:
    form = pay_form(basket)
    line = basket.lines.get()
    change_quantity(basket, line.pk, quantity=3, now=NOW)
    change_quantity(basket, line.pk, quantity=2, now=NOW)

    with pytest.raises(Conflict, match="basket has changed"):
        place(visitor=visitor, table=table, form=form, now=NOW)

    assert_nothing_placed(basket)


@pytest.mark.parametrize(
    "settings", [{"ordering": "paused"}, {"ordering": "browse_only"}, {"opening_hours": "Mo 11:00-12:00"}]
)
def test_nothing_is_placed_while_no_orders_are_taken(
    basket: Order, visitor: Visitor, table: Table, settings: dict[str, str]
) -> None:
    form = pay_form(basket)
    Restaurant.objects.update(**settings)
    table.restaurant.refresh_from_db()

    with pytest.raises(OrderingRefused):
        place(visitor=visitor, table=table, form=form, now=NOW)

    assert_nothing_placed(basket)


def test_an_unknown_method_and_a_wrong_address_are_refused_at_their_fields(
    basket: Order, visitor: Visitor, table: Table
) -> None:
    form = replace(pay_form(basket), method="demo", email="not an address")

    with pytest.raises(ChoiceRefused) as refused:
        place(visitor=visitor, table=table, form=form, now=NOW)

    assert set(refused.value.errors) == {"method", "email"}
    assert_nothing_placed(basket)


def test_an_empty_basket_is_not_placed(basket: Order, visitor: Visitor, table: Table) -> None:
    change_quantity(basket, basket.lines.get().pk, quantity=0, now=NOW)

    with pytest.raises(Conflict, match="empty"):
        place(visitor=visitor, table=table, form=pay_form(basket), now=NOW)

    basket.refresh_from_db()
    assert basket.placed_at is None


def test_a_total_of_zero_needs_no_payment(basket: Order, visitor: Visitor, table: Table) -> None:
    apply_bought(basket, name="30 off", attributes={"discount_type": "absolute_discount", "discount_value": "30"})

    url = place(visitor=visitor, table=table, form=pay_form(basket), now=NOW)

    basket.refresh_from_db()
    assert (basket.total_cents, basket.payment_state, basket.kitchen_state) == (0, "paid", "received")
    assert (basket.settled_at, AppliedOffer.objects.get().cents) == (NOW, 2400)
    assert url == f"/orders/{basket.uuid}/"
    assert not Payment.objects.exists()


@pytest.mark.usefixtures("demo_mode")
def test_paying_online_opens_one_charge_and_leads_to_our_page_towards_it(
    basket: Order, visitor: Visitor, table: Table
) -> None:
    form = pay_form(basket, method="demo")

    url = place(visitor=visitor, table=table, form=form, now=NOW)
    again = place(visitor=visitor, table=table, form=form, now=NOW)

    basket.refresh_from_db()
    attempt = Attempt.objects.get()
    charge = DemoCharge.objects.get()
    assert url == again == f"/orders/{basket.uuid}/pay/"
    assert (basket.payment_state, basket.kitchen_state, basket.placed_at) == ("paying", "none", None)
    assert attempt.redirect_url == f"http://127.0.0.1:8000/payments/demo/{attempt.uuid}/"
    assert (charge.amount_cents, charge.currency, charge.idempotency_key) == (2400, "EUR", attempt.idempotency_key)


def test_a_removed_line_is_not_part_of_the_order(
    basket: Order, add_by_form: AddByForm, pizza: Product, visitor: Visitor, table: Table
) -> None:
    other = add_by_form(pizza, "note=hot")
    change_quantity(basket, other.pk, quantity=0, now=NOW)

    place(visitor=visitor, table=table, form=pay_form(basket), now=NOW)

    assert LineItem.objects.count() == 1


@pytest.mark.parametrize(
    ("code", "amount", "cents"),
    [("", "", 0), ("0", "", 0), ("10", "", 240), ("other", "2,50", 250), ("other", "3", 300)],
)
def test_a_tip_is_a_percentage_offered_or_an_amount(table: Table, code: str, amount: str, cents: int) -> None:
    assert read_tip(code, amount, table.restaurant).cents(2400) == cents


@pytest.mark.parametrize(
    ("code", "amount", "field"),
    [("7", "", "tip"), ("-5", "", "tip"), ("x", "", "tip"), ("٣", "", "tip")]
    + [("other", text, "tip_amount") for text in ("", "-1", "abc", "1.234", "1e3", "99999.00", "NaN")],
)
def test_a_tip_that_makes_no_sense_is_refused(table: Table, code: str, amount: str, field: str) -> None:
    with pytest.raises(ChoiceRefused) as refused:
        read_tip(code, amount, table.restaurant)

    assert set(refused.value.errors) == {field}


def test_the_same_again_within_ten_minutes_is_hinted_at(
    basket: Order, add_by_form: AddByForm, pizza: Product, visitor: Visitor, table: Table
) -> None:
    place(visitor=visitor, table=table, form=pay_form(basket), now=NOW)
    again = add_by_form(pizza, "quantity=2").order

    def hint(minutes: int) -> int | None:
        return read_checkout(again, tip=TipChoice(), now=NOW + timedelta(minutes=minutes)).minutes_since_same

    assert (hint(2), hint(10), hint(11)) == (2, 10, None)
    add_by_form(pizza, "note=hot")
    assert hint(2) is None


@pytest.mark.parametrize(
    ("ordered", "wanted", "is_same"),
    [
        (("quantity=2",), ("quantity=2",), True),
        (("quantity=2",), ("", "note=hot"), True),
        (("", "note=hot"), ("quantity=2",), True),
        (("quantity=2",), ("",), False),
        (("quantity=2&{cheese}",), ("quantity=2&{cheese}",), True),
        (("quantity=2&{cheese}",), ("{cheese}", "{cheese}&note=hot"), True),
        (("quantity=2&{cheese}",), ("quantity=2",), False),
        (("quantity=2",), ("quantity=2&{cheese}",), False),
        (("quantity=2&{cheese}",), ("{cheese}", ""), False),
        (("{cheese}",), ("{ham}",), False),
        (("{cheese}", "{ham}"), ("{ham}", "{cheese}"), True),
    ],
)
def test_the_same_is_as_many_of_each_with_the_same_modifiers_however_they_lie_in_lines(
    add_by_form: AddByForm,
    pizza: Product,
    visitor: Visitor,
    table: Table,
    ordered: tuple[str, ...],
    wanted: tuple[str, ...],
    is_same: bool,
) -> None:
    group = ModifierGroupFactory.create(restaurant=table.restaurant)
    ProductModifierGroupFactory.create(product=pizza, group=group)
    picks = {
        name: f"modifier-{group.pk}={ModifierFactory.create(group=group, name=name).pk}" for name in ("cheese", "ham")
    }
    for form in ordered:
        first = add_by_form(pizza, form.format(**picks)).order
    place(visitor=visitor, table=table, form=pay_form(first), now=NOW)
    for form in wanted:
        again = add_by_form(pizza, form.format(**picks)).order

    items = read_basket(again, now=NOW).items

    assert minutes_since_same(again, items, now=NOW + timedelta(minutes=2)) == (2 if is_same else None)


def test_an_address_too_long_to_keep_is_refused(basket: Order, visitor: Visitor, table: Table) -> None:
    long = "a" * 60 + "@" + ".".join(["b" * 60] * 4) + ".nl"

    with pytest.raises(ChoiceRefused) as refused:
        place(visitor=visitor, table=table, form=replace(pay_form(basket), email=long), now=NOW)

    assert set(refused.value.errors) == {"email"}
    assert_nothing_placed(basket)


def test_a_basket_worth_a_fortune_is_refused(
    basket: Order, add_by_form: AddByForm, pizza: Product, visitor: Visitor, table: Table
) -> None:
    Product.objects.update(price_cents=20_001)
    dear = ProductFactory.create(restaurant=table.restaurant, price_cents=20_001)

    with pytest.raises(ChoiceRefused, match="more than can be ordered"):
        add_by_form(dear, "quantity=50")
    change_quantity(basket, basket.lines.get().pk, quantity=50, now=NOW)
    with pytest.raises(Conflict, match="more than can be ordered"):
        place(visitor=visitor, table=table, form=pay_form(basket), now=NOW)

    basket.refresh_from_db()
    assert basket.placed_at is None
