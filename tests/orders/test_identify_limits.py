"""Identify: too often, the programme away, visits that ended, payments under way, and who is out afterwards."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from loyalty import port
from loyalty.models import Contact
from menu.models import Table
from orders import identify
from orders.models import Guest, Order, PaymentState
from tests.orders.logins import AWAY, HTMX, ask_for_code, fill_basket, guest_of, sign_in


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_too_many_addresses_are_told_how_long_to_wait(diner: Client, db: None, headers: dict[str, str]) -> None:
    for number in range(10):
        assert diner.post("/identify/", {"email": f"guest{number}@example.com"}).status_code == 303

    response = diner.post("/identify/", {"email": "one-more@example.com"}, headers=headers)

    page = response.content.decode()
    assert response.status_code == 429
    assert 590 < int(response["Retry-After"]) <= 600
    assert "Please try again in 10 minutes." in page
    assert 'value="one-more@example.com"' in page
    assert ("HX-Reswap" in response) is bool(headers)
    assert guest_of(diner).pending_email == "guest9@example.com"


def test_sending_again_too_often_says_so_on_the_codes_page(diner: Client, noor: Contact) -> None:
    ask_for_code(diner, "noor@example.com")
    diner.post("/identify/resend/")
    diner.post("/identify/resend/")

    response = diner.post("/identify/resend/")

    page = response.content.decode()
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 60
    assert "That was a bit often." in page
    assert 'action="/identify/code/"' in page


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "in 1 second."), (99, "in 99 seconds."), (100, "in 2 minutes."), (600, "in 10 minutes.")],
)
def test_waiting_is_told_in_seconds_or_minutes(diner: Client, seconds: int, words: str, settings: Settings) -> None:
    settings.LOYALTY_BACKEND = f"{__name__}.Busy"
    Busy.seconds = seconds

    response = diner.post("/identify/", {"email": "noor@example.com"})

    assert words in response.content.decode()
    assert response["Retry-After"] == str(seconds)


class Busy:
    """A programme that says: later."""

    seconds = 0

    def find_contact(self, email: str, **options: object) -> str | None:
        raise port.TooOften(self.seconds)


def test_a_programme_that_is_away_says_so_and_ordering_goes_on(diner: Client, table: Table, settings: Settings) -> None:
    settings.LOYALTY_BACKEND = AWAY

    response = diner.post("/identify/", {"email": "noor@example.com"})

    page = response.content.decode()
    assert response.status_code == 503
    assert "The rewards cannot be reached right now. You can order as always" in page
    assert 'value="noor@example.com"' in page
    assert fill_basket(diner, table).lines.count() == 1
    assert diner.get("/").status_code == 200


def test_a_code_typed_while_the_programme_is_away_is_kept(diner: Client, noor: Contact, settings: Settings) -> None:
    code = ask_for_code(diner, "noor@example.com")
    settings.LOYALTY_BACKEND = AWAY

    response = diner.post("/identify/code/", {"code": code})

    assert response.status_code == 503
    assert f'value="{code}"' in response.content.decode()
    settings.LOYALTY_BACKEND = "embedded"
    assert diner.post("/identify/code/", {"code": code}).status_code == 303


@pytest.mark.parametrize("path", ["/identify/", "/identify/code/", "/identify/resend/", "/identify/sign-up/", "/me/"])
def test_an_ended_guest_is_told_to_scan_again_and_the_scan_makes_a_new_one(
    diner: Client, table: Table, noor: Contact, path: str
) -> None:
    ask_for_code(diner, "noor@example.com")
    ended = guest_of(diner)
    Guest.objects.update(ended_at=timezone.now())

    response = diner.post(path, {"email": "noor@example.com", "code": "123456"})

    assert response.status_code == 403
    assert "Your visit has ended. Please scan the code on the table again." in response.content.decode()
    diner.get(f"/t/{table.code}/")
    ask_for_code(diner, "noor@example.com")
    assert guest_of(diner).pk != ended.pk


def test_the_old_cookie_is_worth_nothing_after_signing_in(diner: Client, table: Table, noor: Contact) -> None:
    fill_basket(diner, table)
    stolen = Client()
    stolen.cookies["guest"] = diner.cookies["guest"].value
    diner.post("/identify/code/", {"code": ask_for_code(diner, "noor@example.com")})
    order = Order.objects.get()

    assert "Nothing in your basket yet." in stolen.get("/basket/").content.decode()
    assert stolen.get("/me/")["Location"] == "/identify/?next=/me/"
    assert stolen.get(f"/orders/{order.uuid}/").status_code == 404
    assert diner.get(f"/orders/{order.uuid}/")["Location"] == "/basket/"


def test_an_order_page_is_not_an_ended_guests_own(diner: Client, table: Table) -> None:
    order = fill_basket(diner, table)
    Order.objects.update(placed_at=timezone.now(), kitchen_state="received", number=1, note="Window seat")
    assert "Window seat" in diner.get(f"/orders/{order.uuid}/").content.decode()

    Guest.objects.update(ended_at=timezone.now())

    assert "Window seat" not in diner.get(f"/orders/{order.uuid}/").content.decode()


# Operations -----------------------------------------------------------------------------------------------------------


def test_a_basket_that_is_being_paid_keeps_its_member(diner: Client, table: Table) -> None:
    sign_in(diner)
    fill_basket(diner, table)
    Order.objects.update(payment_state=PaymentState.PAYING, total_cents=1200)
    guest = guest_of(diner)

    response = diner.post("/identify/sign-out/")

    assert response.status_code == 409
    assert "Payment of €12.00 is under way" in response.content.decode()
    assert guest_of(diner) == guest


def test_somebody_else_on_the_same_phone_gets_the_basket_but_not_the_orders(
    diner: Client, table: Table, noor: Contact
) -> None:
    diner.post("/identify/sign-up/", {"email": "anna@example.com", "terms": "1"})
    placed = fill_basket(diner, table)
    Order.objects.update(placed_at=timezone.now(), kitchen_state="received", number=1, note="From Anna")
    basket = fill_basket(diner, table)
    diner.post("/identify/code/", {"code": ask_for_code(diner, "noor@example.com")})

    basket.refresh_from_db()
    assert basket.guest == guest_of(diner)
    assert guest_of(diner).contact_id == str(noor.uuid)
    assert "From Anna" not in diner.get(f"/orders/{placed.uuid}/").content.decode()


def test_each_proof_ends_who_waits_without_one(table: Table, noor: Contact) -> None:
    now = timezone.now()
    waiting = Guest.objects.create(table=table, created_at=now, contact_id=str(noor.uuid))
    proven = Guest.objects.create(table=table, created_at=now, contact_id=str(noor.uuid), verified_at=now)
    mine = Guest.objects.create(table=table, created_at=now)

    signed_in = identify.connect(mine, email="noor@example.com", now=now + timedelta(seconds=1))

    waiting.refresh_from_db()
    proven.refresh_from_db()
    assert signed_in is not None
    assert (waiting.ended_at, proven.ended_at) == (now + timedelta(seconds=1), None)
