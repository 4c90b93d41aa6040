"""The kitchen board: who sees it, what is on it, and that each tap answers with the fresh board."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from time_machine import travel

from menu.models import Restaurant, Table
from orders.admin import moves
from orders.models import Guest, Order
from tests.factories import (
    NOW,
    GuestFactory,
    LineItemFactory,
    OrderFactory,
    PaymentFactory,
    RestaurantFactory,
    SubLineItemFactory,
    TableFactory,
)

pytestmark = pytest.mark.django_db
BOARD = "/admin/board/demo/"
HTMX = {"hx-request": "true"}


@pytest.fixture(autouse=True)
def now() -> Any:
    with travel(NOW, tick=False):
        yield NOW


@pytest.fixture
def table() -> Table:
    restaurant = RestaurantFactory.create(slug="demo", name="Firefinch")
    made: Table = TableFactory.create(restaurant=restaurant, name="7")
    return made


@pytest.fixture
def placed(table: Table) -> Callable[..., Order]:
    """A function that places an order at the table."""

    def place(state: str = "received", minutes: int = 1, **fields: object) -> Order:
        number = Order.objects.count() + 1
        order: Order = OrderFactory.create(
            guest=GuestFactory.create(table=table),
            kitchen_state=state,
            number=number,
            placed_at=NOW - timedelta(minutes=minutes),
            **fields,
        )
        return order

    return place


def press(client: Client, order: Order, action: str, *, htmx: bool = True, **fields: str) -> Any:
    return client.post(f"{BOARD}orders/{order.pk}/{action}/", fields, headers=HTMX if htmx else {})


def test_tickets_stand_in_their_columns_oldest_first(admin_client: Client, placed: Callable[..., Order]) -> None:
    young, old = placed(minutes=2), placed(minutes=21)
    preparing, ready = placed("preparing"), placed("ready")
    placed("served")
    placed("cancelled")
    basket: Order = OrderFactory.create(guest=GuestFactory.create(table=young.table))

    board = admin_client.get(BOARD).context["board"]

    assert [[ticket.order for ticket in column.tickets] for column in board.columns] == [
        [old, young],
        [preparing],
        [ready],
    ]
    assert [(ticket.minutes, ticket.is_late) for ticket in board.columns[0].tickets] == [(21, True), (2, False)]
    assert board.rings == 2
    assert basket not in [ticket.order for column in board.columns for ticket in column.tickets]


def test_a_ticket_says_all_the_kitchen_needs(admin_client: Client, placed: Callable[..., Order]) -> None:
    order = placed(note="One birthday candle", total_cents=2700)
    line = LineItemFactory.create(order=order, name="Diavola", variant_name="Large", quantity=2, note="well done")
    SubLineItemFactory.create(parent=line, name="Extra cheese", quantity=2)
    LineItemFactory.create(order=order, name="Taken off again", quantity=0)
    PaymentFactory.create(order=order, method="gift_card", amount_cents=700, paid_at=NOW)
    PaymentFactory.create(order=order, amount_cents=2000)

    page = admin_client.get(BOARD).content.decode()

    for words in ("#1", "Table 7", "2×", "Diavola", "Large", "2× Extra cheese", "well done", "One birthday candle"):
        assert words in page
    assert "€20.00 to pay" in page
    assert "Taken off again" not in page


def test_the_board_costs_the_same_number_of_queries_however_full_it_is(
    admin_client: Client, placed: Callable[..., Order]
) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            admin_client.get(BOARD)
        return len(queries)

    SubLineItemFactory.create(parent=LineItemFactory.create(order=placed()))
    quiet = cost()
    for _number in range(8):
        SubLineItemFactory.create(parent=LineItemFactory.create(order=placed()))

    assert cost() == quiet


def test_other_restaurants_orders_stay_on_their_own_board(admin_client: Client, placed: Callable[..., Order]) -> None:
    order = placed()
    RestaurantFactory.create(slug="other")

    assert 'id="ticket-' not in admin_client.get("/admin/board/other/").content.decode()
    assert (
        admin_client.post(f"/admin/board/other/orders/{order.pk}/move/", {"step": "received:preparing"}).status_code
        == 404
    )
    order.refresh_from_db()
    assert order.kitchen_state == "received"


def test_it_refreshes_itself_with_and_without_javascript(admin_client: Client, placed: Callable[..., Order]) -> None:
    placed()

    page = admin_client.get(BOARD).content.decode()

    assert f'hx-get="{BOARD}" hx-trigger="every 3s" hx-select="#board"' in page
    assert '<noscript><meta http-equiv="refresh" content="15"></noscript>' in page
    assert 'data-rings="1"' in page


def test_a_tap_moves_the_order_and_answers_the_tickets_alone(
    admin_client: Client, placed: Callable[..., Order]
) -> None:
    order = placed()

    answer = press(admin_client, order, "move", step="received:preparing")

    order.refresh_from_db()
    text = answer.content.decode()
    assert (answer.status_code, order.kitchen_state, order.preparing_at) == (200, "preparing", NOW)
    assert '<div id="board" data-rings="0"' in text
    assert "<html" not in text
    assert "Preparing, Unpaid" in admin_client.get(f"/admin/orders/order/{order.pk}/history/").content.decode()


def test_without_htmx_a_tap_leads_back_to_the_board(admin_client: Client, placed: Callable[..., Order]) -> None:
    order = placed()

    answer = press(admin_client, order, "move", htmx=False, step="received:preparing")

    assert (answer.status_code, answer.headers["Location"]) == (302, BOARD)
    order.refresh_from_db()
    assert order.kitchen_state == "preparing"


def test_the_second_of_two_taps_gets_409_the_sentence_and_the_fresh_board(
    admin_client: Client, placed: Callable[..., Order]
) -> None:
    order = placed()
    press(admin_client, order, "move", step="received:preparing")

    answer = press(admin_client, order, "move", step="received:preparing")
    followed = admin_client.post(f"{BOARD}orders/{order.pk}/move/", {"step": "received:preparing"}, follow=True)

    sentence = "Somebody was faster: order #1 is “Preparing” now."
    assert answer.status_code == 409
    assert sentence in answer.content.decode()
    assert '<div id="board"' in answer.content.decode()
    assert sentence in followed.content.decode()


def test_paid_and_cancel_work_from_the_board(admin_client: Client, placed: Callable[..., Order]) -> None:
    order, other = placed(total_cents=900), placed()

    assert press(admin_client, order, "paid").status_code == 200
    assert press(admin_client, order, "paid").status_code == 409
    assert press(admin_client, other, "cancel").status_code == 422
    assert press(admin_client, other, "cancel", reason="Guest left").status_code == 200

    order.refresh_from_db()
    other.refresh_from_db()
    assert order.payment_state == "paid"
    assert (other.kitchen_state, other.cancelled_by) == ("cancelled", "admin")


def test_a_reason_may_hold_a_character_that_no_database_holds(
    admin_client: Client, placed: Callable[..., Order]
) -> None:
    order = placed()

    assert press(admin_client, order, "cancel", reason="Guest\x00 left").status_code == 200

    order.refresh_from_db()
    assert (order.kitchen_state, order.cancel_reason) == ("cancelled", "Guest left")


def test_a_fault_is_not_told_as_if_the_person_had_pressed_wrongly(
    admin_client: Client, placed: Callable[..., Order], monkeypatch: pytest.MonkeyPatch
) -> None:
    order = placed()

    def fail(*args: object, **fields: object) -> None:
        raise ValueError("a fault of ours")

    monkeypatch.setattr(moves, "cancel", fail)

    with pytest.raises(ValueError, match="a fault of ours"):
        press(admin_client, order, "cancel", reason="Guest left")


def test_unknown_boards_orders_and_actions_are_not_found(admin_client: Client, placed: Callable[..., Order]) -> None:
    order = placed()

    assert admin_client.get("/admin/board/nowhere/").status_code == 404
    assert admin_client.post(f"{BOARD}orders/999999/move/").status_code == 404
    assert press(admin_client, order, "eat").status_code == 404
    assert admin_client.get(f"{BOARD}orders/{order.pk}/move/").status_code == 405
    assert admin_client.post(BOARD).status_code == 405


def test_one_restaurant_leads_straight_to_its_board_and_several_to_a_choice(admin_client: Client, table: Table) -> None:
    assert admin_client.get("/admin/board/").headers["Location"] == BOARD

    RestaurantFactory.create(name="Second place")

    assert "Second place" in admin_client.get("/admin/board/").content.decode()


# Calls -----------------------------------------------------------------------------------------------------------------


def test_a_table_that_calls_rings_until_somebody_answers(admin_client: Client, table: Table) -> None:
    guest: Guest = GuestFactory.create(table=table, called_staff_at=NOW - timedelta(minutes=3))
    address = f"{BOARD}calls/{guest.pk}/"

    shown = admin_client.get(BOARD)
    assert [(call.guest, call.minutes) for call in shown.context["board"].calls] == [(guest, 3)]
    assert shown.context["board"].rings == 1

    called_at = (NOW - timedelta(minutes=3)).isoformat()
    first = admin_client.post(address, {"called_at": called_at}, headers=HTMX)
    second = admin_client.post(address, {"called_at": called_at}, headers=HTMX)

    guest.refresh_from_db()
    assert (first.status_code, second.status_code) == (200, 409)
    assert guest.called_staff_at is None
    assert admin_client.get(BOARD).context["board"].calls == ()


@pytest.mark.parametrize("called_at", ["", "yesterday", "2026-06-03", "2026-06-03T17:27:00", "2026-13-99T00:00:00Z"])
def test_a_nonsense_answer_leaves_the_call_ringing(admin_client: Client, table: Table, called_at: str) -> None:
    guest: Guest = GuestFactory.create(table=table, called_staff_at=NOW)

    answer = admin_client.post(f"{BOARD}calls/{guest.pk}/", {"called_at": called_at}, headers=HTMX)

    guest.refresh_from_db()
    assert answer.status_code == 409
    assert guest.called_staff_at == NOW


# Who -------------------------------------------------------------------------------------------------------------------


def test_a_stranger_is_sent_to_the_login_and_a_refresh_of_theirs_reloads(client: Client, table: Table) -> None:
    assert client.get(BOARD).headers["Location"] == f"/admin/login/?next={BOARD}"

    refresh = client.get(BOARD, headers=HTMX)

    assert (refresh.status_code, refresh.headers["HX-Refresh"]) == (204, "true")


def test_staff_who_may_not_see_orders_are_refused(client: Client, placed: Callable[..., Order]) -> None:
    order = placed()
    client.force_login(User.objects.create_user("olga", is_staff=True))

    assert client.get(BOARD).status_code == 403
    assert press(client, order, "move", step="received:preparing").status_code == 403
    order.refresh_from_db()
    assert order.kitchen_state == "received"


def test_whoever_may_only_look_sees_no_buttons(client: Client, placed: Callable[..., Order], table: Table) -> None:
    order = placed()
    guest: Guest = GuestFactory.create(table=table, called_staff_at=NOW)
    user = User.objects.create_user("olga", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_order"))
    client.force_login(user)

    page = client.get(BOARD).content.decode()

    assert "Accept" not in page
    assert press(client, order, "move", step="received:preparing").status_code == 403
    answer = client.post(f"{BOARD}calls/{guest.pk}/", {"called_at": NOW.isoformat()}, headers=HTMX)
    assert answer.status_code == 403
    order.refresh_from_db()
    guest.refresh_from_db()
    assert (order.kitchen_state, guest.called_staff_at) == ("received", NOW)


def test_the_board_is_never_kept_by_a_cache(admin_client: Client, table: Table) -> None:
    assert "no-store" in admin_client.get(BOARD).headers["Cache-Control"]


def test_a_paused_restaurant_says_so_on_its_board(admin_client: Client, table: Table) -> None:
    Restaurant.objects.update(ordering="paused")

    assert '<span class="mark mark-out">Paused</span>' in admin_client.get(BOARD).content.decode()
