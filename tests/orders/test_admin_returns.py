"""Staff take back lines of a paid order from its page; pressing twice takes back once."""

import re
from urllib.parse import urlencode

import pytest
from django.test import Client

from menu.models import Table
from orders.models import Order, OrderReturn
from tests.factories import ProductFactory
from tests.loyalty.factories import member
from tests.orders.conftest import AddByForm
from tests.orders.diners import Diner, seat_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def guest(table: Table) -> Diner:
    return seat_member(table, member(0))


@pytest.fixture
def paid(guest: Diner, add_by_form: AddByForm, table: Table) -> Order:
    """Three stews of 10.00, paid at the counter."""
    stew = ProductFactory.create(restaurant=table.restaurant, name="Stew", price_cents=1000)
    add_by_form(stew, "quantity=3")
    Order.objects.update(guest=guest.guest)
    return guest.pay()


def press(client: Client, order: Order, **fields: str) -> list[str]:
    answer = client.post(
        f"/admin/orders/order/{order.pk}/do/return/",
        urlencode(fields),
        content_type="application/x-www-form-urlencoded",
        follow=True,
    )
    assert answer.status_code == 200
    return [str(message) for message in answer.context["messages"]]


def test_the_form_takes_back_what_it_names_once(admin_client: Client, paid: Order) -> None:
    page = admin_client.get(f"/admin/orders/order/{paid.pk}/change/").content.decode()
    key = re.search(r'name="key" value="([0-9a-f]+)"', page)
    field = re.search(r'name="(return-\d+)"', page)
    assert key
    assert field

    for _press in range(2):
        press(admin_client, paid, key=key[1], reason="cold", **{field[1]: "2"})

    made = OrderReturn.objects.get()
    assert (made.refund_cents, made.points, made.returned_by, made.reason) == (2000, -20, "admin", "cold")
    after = admin_client.get(f"/admin/orders/order/{paid.pk}/change/").content.decode()
    assert "2 × Stew" in after
    assert 'max="1"' in after


def test_the_forms_on_an_order_can_be_sent_by_a_browser(admin_client: Client, paid: Order) -> None:
    page = admin_client.get(f"/admin/orders/order/{paid.pk}/change/").content.decode()

    forms = re.findall(r'<form method="post" action="[^"]*/do/(\w+)/">(<input[^>]*csrfmiddlewaretoken[^>]*>)?', page)

    assert [(action, bool(token)) for action, token in forms] == [("cancel", True), ("return", True)]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"key": "k", "reason": ""}, "why"),
        ({"key": "k", "reason": "cold"}, "Choose what comes back"),
        ({"reason": "cold"}, "open the order again"),
        ({"key": "k", "reason": "cold", "quantity": "4"}, "Only 3 of Stew"),
        ({"key": "k", "reason": "cold", "quantity": "-1"}, "as a number"),
        ({"key": "k", "reason": "cold", "quantity": "many"}, "as a number"),
    ],
)
def test_a_form_filled_in_wrongly_says_so_and_takes_nothing_back(
    admin_client: Client, paid: Order, fields: dict[str, str], words: str
) -> None:
    line = paid.lines.get()
    quantity = fields.pop("quantity", "")

    told = press(admin_client, paid, **fields, **({f"return-{line.pk}": quantity} if quantity else {}))

    assert any(words in message for message in told), told
    assert not OrderReturn.objects.exists()


@pytest.mark.parametrize("line_id", ["0", "9" * 18, "9" * 19, "9" * 5000])
def test_a_line_of_no_order_takes_nothing_back(admin_client: Client, paid: Order, line_id: str) -> None:
    fields = {f"return-{paid.lines.get().pk}": "1", f"return-{line_id}": "1"}

    told = press(admin_client, paid, key="k", reason="cold", **fields)

    assert told == ["That is not part of this order."]
    assert not OrderReturn.objects.exists()


def test_a_reason_with_a_character_that_no_database_holds_is_kept_without_it(admin_client: Client, paid: Order) -> None:
    press(admin_client, paid, key="k\x00", reason="co\x00ld", **{f"return-{paid.lines.get().pk}": "1"})

    made = OrderReturn.objects.get()
    assert (made.external_identifier, made.reason) == ("k", "cold")
