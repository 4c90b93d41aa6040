"""The pay button pressed twenty times at once: one order, one charge, one answer (trust.md R4)."""

import pytest
from django.db import connection
from django.test import Client

from menu.models import Product, Table
from orders.checkout import PayForm, place, read_checkout
from orders.errors import Conflict
from orders.guest import Visitor
from orders.models import Attempt, DemoCharge, Order, Payment
from orders.tips import TipChoice
from tests.factories import NOW, ProductFactory
from tests.orders.conftest import AddByForm
from tests.parallel import at_once
from tests.scale import size

pytestmark = pytest.mark.django_db(transaction=True)

PRESSES = 20
IS_SQLITE = connection.vendor == "sqlite"


@pytest.fixture
def basket(add_by_form: AddByForm, table: Table, demo_mode: None) -> Order:
    pizza: Product = ProductFactory.create(restaurant=table.restaurant, price_cents=1200)
    return add_by_form(pizza, "quantity=2").order


def form_of(order: Order, method: str) -> PayForm:
    order.refresh_from_db()
    shown = read_checkout(order, tip=TipChoice(), now=NOW)
    return PayForm(
        method=method,
        tip=TipChoice(),
        email="",
        checkout_key=shown.checkout_key,
        shown_total_cents=str(shown.total_cents),
        content=method,
    )


@pytest.mark.parametrize("method", ["counter", "demo"])
@pytest.mark.parametrize("_round", range(1 if IS_SQLITE else 3))
def test_twenty_presses_at_once_make_one_order(
    basket: Order, visitor: Visitor, table: Table, method: str, _round: int
) -> None:
    form = form_of(basket, method)

    answers = at_once(PRESSES, lambda _number: place(visitor=visitor, table=table, form=form, now=NOW))

    table.restaurant.refresh_from_db()
    assert {str(answer) for answer in answers} == {
        f"/orders/{basket.uuid}/" if method == "counter" else f"/orders/{basket.uuid}/pay/"
    }
    assert (Order.objects.count(), Payment.objects.count()) == (1, 1)
    assert table.restaurant.last_order_number == (1 if method == "counter" else 0)
    assert Attempt.objects.count() == DemoCharge.objects.count() == (0 if method == "counter" else 1)


def test_two_tabs_with_different_choices_make_one_order_and_one_refusal(
    basket: Order, visitor: Visitor, table: Table
) -> None:
    forms = [form_of(basket, "counter"), form_of(basket, "demo")]

    answers = at_once(2, lambda number: place(visitor=visitor, table=table, form=forms[number], now=NOW))

    refused = [answer for answer in answers if isinstance(answer, Conflict)]
    assert len(refused) == 1
    assert (Order.objects.count(), Payment.objects.count()) == (1, 1)


def test_first_taps_at_once_make_one_basket(visitor: Visitor, table: Table, add_by_form: AddByForm) -> None:
    product: Product = ProductFactory.create(restaurant=table.restaurant)

    answers = at_once(10, lambda number: add_by_form(product, f"note={number % 2}"))

    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    assert Order.objects.count() == 1
    assert sorted(Order.objects.get().lines.values_list("quantity", flat=True)) == [5, 5]


@pytest.mark.prove(ci=True)
@pytest.mark.parametrize("_round", range(size(ci=3 if IS_SQLITE else 10, full=50)))
def test_the_form_posted_twenty_times_at_once_gives_one_order_and_one_answer(
    table: Table, demo_mode: None, _round: int
) -> None:
    """R4: one key, posted in parallel by one browser: one order, one capture, the same answer for all."""
    soup: Product = ProductFactory.create(restaurant=table.restaurant)
    phone = Client()
    phone.get(f"/t/{table.code}/")
    phone.post("/basket/add/", {"product": soup.pk, "quantity": 2})
    shown = phone.get("/checkout/").context["checkout"]
    form = {
        "method": "demo",
        "tip": "10",
        "checkout_key": shown.checkout_key,
        "shown_total_cents": "2200",
    }

    def press(_number: int) -> tuple[int, str]:
        tab = Client()
        for name, morsel in phone.cookies.items():
            tab.cookies[name] = morsel.value
        response = tab.post("/checkout/", form)
        return response.status_code, response.headers.get("Location", "")

    answers = at_once(PRESSES, press)

    order = Order.objects.get()
    print(f"R4: {PRESSES} presses, {Attempt.objects.count()} capture, {len(set(answers))} answer")  # noqa: T201 - a proof prints its number
    assert set(answers) == {(303, f"/orders/{order.uuid}/pay/")}
    assert (Payment.objects.count(), Attempt.objects.count(), DemoCharge.objects.count()) == (1, 1, 1)
    assert order.total_cents == DemoCharge.objects.get().amount_cents == 2200
