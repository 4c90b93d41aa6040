"""Orders in the admin: records with buttons. Nothing is added, edited or deleted; every press is a post that tells."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from time_machine import travel

from orders.models import Order, Payment
from tests.factories import (
    NOW,
    AppliedOfferFactory,
    AttemptFactory,
    ChargeFactory,
    LineItemFactory,
    OrderFactory,
    PaymentFactory,
    SubLineItemFactory,
    TaxAmountFactory,
)

pytestmark = pytest.mark.django_db
LIST = "/admin/orders/order/"


@pytest.fixture
def order() -> Order:
    made: Order = OrderFactory.create(
        kitchen_state="received", placed_at=NOW, number=12, table_name="Window 3", total_cents=2450, note="Birthday"
    )
    return made


def do(client: Client, order: Order, action: str, **fields: str) -> str:
    """Press a button and return the sentence that the next page shows."""
    answer = client.post(f"{LIST}{order.pk}/do/{action}/", fields, follow=True)
    assert answer.status_code == 200
    return " ".join(str(message) for message in answer.context["messages"])


def test_the_list_shows_what_a_waiter_looks_for(admin_client: Client, order: Order) -> None:
    OrderFactory.create(table_name="Never placed")

    page = admin_client.get(LIST).content.decode()

    for words in ("#12", "Window 3", "03-06 19:30", "Received", "Unpaid", "€24.50", "Accept", "Paid at the counter"):
        assert words in page
    assert "Never placed" not in page


@pytest.mark.parametrize(
    ("term", "found"), [("12", 1), ("#12", 1), ("window", 1), ("1", 0), ("Bar", 0), ("x" * 300, 0)]
)
def test_orders_are_found_by_number_and_table(admin_client: Client, order: Order, term: str, found: int) -> None:
    listed = admin_client.get(LIST, {"q": term}).context["cl"].result_list

    assert len(listed) == found


def test_orders_are_found_by_their_external_identifier(admin_client: Client, order: Order) -> None:
    assert len(admin_client.get(LIST, {"q": str(order.uuid)}).context["cl"].result_list) == 1


def test_filters_narrow_the_list(admin_client: Client, order: Order) -> None:
    OrderFactory.create(kitchen_state="served", placed_at=NOW, number=13, payment_state="paid")
    OrderFactory.create()

    def count(query: str) -> int:
        return len(admin_client.get(f"{LIST}?{query}").context["cl"].result_list)

    assert count("") == 2
    assert count("stage=basket") == 1
    assert count("kitchen_state__exact=served") == 1
    assert count("payment_state__exact=unpaid") == 1


def test_the_record_shows_everything_and_why(admin_client: Client, order: Order) -> None:
    line = LineItemFactory.create(
        order=order, name="Diavola", unit_cents=1200, quantity=2, gross_cents=2400, note="crisp"
    )
    SubLineItemFactory.create(parent=line, name="Extra cheese", unit_cents=150, gross_cents=300)
    offer = AppliedOfferFactory.create(order=order, name="Welcome", cents=240)
    offer.shares.create(line=line, cents=240)
    ChargeFactory.create(order=order, type="GRATUITY", cents=245)
    TaxAmountFactory.create(order=order, tax_cents=179)
    payment = PaymentFactory.create(order=order, method="demo", amount_cents=2450)
    AttemptFactory.create(payment=payment, state="declined", reason="insufficient funds")

    page = admin_client.get(f"{LIST}{order.pk}/change/").content.decode()

    for words in (
        "Order #12, Window 3",
        "2 × Diavola",
        "crisp",
        "Extra cheese",
        "−€2.40",
        "Welcome",
        "Tip",
        "€2.45",
        "€1.79",
        "Declined: insufficient funds",
        "Birthday",
        str(order.uuid),
    ):
        assert words in page
    assert '<input type="text" name="number"' not in page
    assert 'name="_save"' not in page


def test_opening_a_record_costs_the_same_however_long_the_order(
    admin_client: Client, order: Order, django_assert_max_num_queries: object
) -> None:
    for _number in range(5):
        SubLineItemFactory.create(parent=LineItemFactory.create(order=order))

    with django_assert_max_num_queries(20):  # type: ignore[operator]
        admin_client.get(f"{LIST}{order.pk}/change/")


@travel(NOW, tick=False)
def test_each_step_is_one_tap(admin_client: Client, order: Order) -> None:
    assert do(admin_client, order, "move", step="received:preparing") == "Order #12: Preparing, Unpaid."
    assert do(admin_client, order, "move", step="preparing:ready") == "Order #12: Ready, Unpaid."
    assert do(admin_client, order, "move", step="ready:served") == "Order #12: Served, Unpaid."

    order.refresh_from_db()
    assert (order.kitchen_state, order.preparing_at, order.served_at) == ("served", NOW, NOW)
    history = admin_client.get(f"{LIST}{order.pk}/history/").content.decode()
    assert "Served, Unpaid" in history


def test_the_second_of_two_presses_is_told_and_changes_nothing(admin_client: Client, order: Order) -> None:
    do(admin_client, order, "move", step="received:preparing")

    said = do(admin_client, order, "move", step="received:preparing")

    assert said == "Somebody was faster: order #12 is “Preparing” now."
    order.refresh_from_db()
    assert order.kitchen_state == "preparing"


@pytest.mark.parametrize(
    "step", ["", "received", "received:", ":preparing", "served:ready:x", "received:served", "x:y"]
)
def test_nonsense_is_refused_in_a_sentence(admin_client: Client, order: Order, step: str) -> None:
    assert do(admin_client, order, "move", step=step) == "This order cannot go there."

    order.refresh_from_db()
    assert order.kitchen_state == "received"


def test_cancelling_asks_why_and_keeps_it(admin_client: Client, admin_user: User, order: Order) -> None:
    assert do(admin_client, order, "cancel") == "Please say why the order is cancelled."
    assert do(admin_client, order, "cancel", reason="Guest left") == "Order #12: Cancelled, Unpaid."

    order.refresh_from_db()
    assert (order.kitchen_state, order.cancelled_by, order.cancel_reason) == (
        "cancelled",
        admin_user.username,
        "Guest left",
    )
    page = admin_client.get(f"{LIST}{order.pk}/change/").content.decode()
    assert "by admin: Guest left" in page
    assert do(admin_client, order, "paid") == "This order is paid or cancelled already."


def test_a_cancelled_order_that_was_paid_asks_for_the_money_back(admin_client: Client) -> None:
    order = OrderFactory.create(
        kitchen_state="received", placed_at=NOW, number=7, total_cents=900, payment_state="paid", paid_at=NOW
    )

    do(admin_client, order, "cancel", reason="Out of stock")

    page = admin_client.get(f"{LIST}{order.pk}/change/").content.decode()
    assert "Cancelled but paid: €9.00 is to be given back." in page


def test_taking_the_money_at_the_counter_is_recorded_with_who_took_it(
    admin_client: Client, admin_user: User, order: Order
) -> None:
    payment = PaymentFactory.create(order=order, amount_cents=2450)

    assert do(admin_client, order, "paid") == "Order #12: Received, Paid."
    assert do(admin_client, order, "paid") == "This order is paid or cancelled already."

    order.refresh_from_db()
    payment.refresh_from_db()
    assert order.payment_state == "paid"
    assert order.settled_at is not None
    assert (payment.paid_at is not None, payment.marked_by) == (True, admin_user.username)
    assert Payment.objects.count() == 1


def test_payments_are_told_in_the_time_of_the_restaurant(admin_client: Client, order: Order) -> None:
    payment = PaymentFactory.create(order=order, amount_cents=2450, paid_at=NOW)
    AttemptFactory.create(payment=payment, started_at=NOW)

    page = admin_client.get(f"{LIST}{order.pk}/change/").content.decode()

    assert "paid 03-06 19:30" in page
    assert "03-06 19:30:00" in page


def test_orders_cannot_be_added_edited_or_deleted(admin_client: Client, order: Order) -> None:
    before = Order.objects.values().get()

    assert admin_client.get(f"{LIST}add/").status_code == 403
    assert admin_client.post(f"{LIST}add/", {"number": "1"}).status_code == 403
    assert admin_client.post(f"{LIST}{order.pk}/change/", {"total_cents": "1"}).status_code == 405
    assert admin_client.post(f"{LIST}{order.pk}/delete/", {"post": "yes"}).status_code == 403
    admin_client.post(LIST, {"action": "delete_selected", "_selected_action": [order.pk], "post": "yes"})

    assert Order.objects.values().get() == before


def test_buttons_are_posts_of_known_actions_on_placed_orders(admin_client: Client, order: Order) -> None:
    basket = OrderFactory.create()

    assert admin_client.get(f"{LIST}{order.pk}/do/move/").status_code == 405
    assert admin_client.post(f"{LIST}{order.pk}/do/eat/").status_code == 404
    assert admin_client.post(f"{LIST}999999/do/move/").status_code == 404
    assert admin_client.post(f"{LIST}{basket.pk}/do/cancel/", {"reason": "x"}).status_code == 404


def test_whoever_may_only_look_has_no_buttons(client: Client, order: Order) -> None:
    user = User.objects.create_user("olga", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_order"))
    client.force_login(user)

    listed = client.get(LIST).content.decode()
    answer = client.post(f"{LIST}{order.pk}/do/move/", {"step": "received:preparing"})

    assert "formaction" not in listed
    assert answer.status_code == 403
    assert Order.objects.get().kitchen_state == "received"


def test_a_stranger_is_sent_to_the_login(client: Client, order: Order) -> None:
    answer = client.post(f"{LIST}{order.pk}/do/move/", {"step": "received:preparing"})

    assert answer.headers["Location"].startswith("/admin/login/")
    assert Order.objects.get().kitchen_state == "received"
