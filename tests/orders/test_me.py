"""My data: seen, changed, taken along, deleted; by whoever is signed in, and nobody else."""

import json
from datetime import date
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from loyalty.models import ConsentRecord, Contact
from menu.models import Table
from orders.models import Guest, Order, PaymentState
from tests.factories import OrderFactory
from tests.loyalty.factories import member
from tests.orders.logins import AWAY, HTMX, fill_basket, guest_of, scan, sign_in, sign_up

PATHS = ["/me/", "/me/export/", "/me/delete/"]


@pytest.fixture
def noor(diner: Client) -> Contact:
    """A member of 120 points, signed in."""
    return sign_in(diner)


# Who may see it -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PATHS)
def test_nobody_signed_in_is_asked_to_identify(diner: Client, path: str) -> None:
    response = diner.get(path)

    assert (response.status_code, response["Location"]) == (303, "/identify/?next=/me/")
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("path", ["/me/", "/me/marketing/", "/me/delete/"])
def test_nobody_signed_in_changes_nothing(diner: Client, path: str) -> None:
    contact = member(email="noor@example.com")

    response = diner.post(path, {"first_name": "Mallory", "marketing": "on"})

    contact.refresh_from_db()
    assert (response.status_code, response["Location"]) == (303, "/identify/?next=/me/")
    assert (contact.first_name, contact.erased_at, ConsentRecord.objects.count()) == ("Noor", None, 0)


@pytest.mark.parametrize("path", PATHS)
def test_without_a_table_there_is_nothing_to_see(client: Client, db: None, path: str) -> None:
    assert client.get(path)["Location"] == "/"


@pytest.mark.parametrize(("path", "method"), [("/me/", "put"), ("/me/marketing/", "get"), ("/me/export/", "post")])
def test_each_page_knows_its_methods(diner: Client, path: str, method: str) -> None:
    assert getattr(diner, method)(path).status_code == 405


def test_a_member_sees_who_they_are_and_what_they_have(diner: Client, noor: Contact) -> None:
    response = diner.get("/me/")

    page = response.content.decode()
    assert "no-store" in response["Cache-Control"]
    assert "Noor Bakker" in page
    assert "noor@example.com" in page
    assert "<strong>120</strong> points" in page
    assert 'value="1990-04-12"' in page
    assert "Sign out" in page
    assert "Switched off" in page


def test_another_members_data_is_never_shown(diner: Client, noor: Contact, table: Table) -> None:
    other = scan(table)
    sign_in(other, "kim@example.com")

    assert "noor@example.com" not in other.get("/me/").content.decode()
    assert "noor@example.com" not in other.get("/me/export/").content.decode()


def test_a_programme_that_is_away_says_so_and_lets_sign_out(diner: Client, noor: Contact, settings: Settings) -> None:
    settings.LOYALTY_BACKEND = AWAY

    for path in PATHS:
        response = diner.get(path)
        assert response.status_code == 503
        assert "The rewards cannot be reached right now." in response.content.decode()
    assert "Sign out" in diner.get("/me/").content.decode()
    assert diner.post("/me/", {"first_name": "Kim"}).status_code == 503
    assert diner.post("/me/marketing/", {"marketing": "on"}).status_code == 503
    assert diner.post("/me/delete/").status_code == 503
    assert guest_of(diner).is_member
    assert diner.post("/identify/sign-out/").status_code == 303


def test_a_membership_that_was_erased_elsewhere_can_still_be_left(diner: Client, noor: Contact) -> None:
    Contact.objects.update(erased_at=timezone.now(), email=None)

    response = diner.get("/me/")

    assert response.status_code == 409
    assert "This membership does not exist any more." in response.content.decode()
    assert diner.post("/identify/sign-out/").status_code == 303


# Not confirmed yet ----------------------------------------------------------------------------------------------------


def test_who_has_not_confirmed_sees_what_they_typed_and_how_to_go_on(diner: Client) -> None:
    sign_up(diner)

    page = diner.get("/me/").content.decode()

    assert "Please confirm your address" in page
    assert 'href="/identify/code/?next=/me/"' in page
    assert "Anna Bakker" in page
    assert "/me/export/" not in page
    assert "/me/delete/" not in page


def test_who_has_not_confirmed_takes_nothing_along_and_deletes_nothing(diner: Client) -> None:
    sign_up(diner)

    for response in (diner.get("/me/export/"), diner.get("/me/delete/"), diner.post("/me/delete/")):
        assert (response.status_code, response["Location"]) == (303, "/identify/code/?next=/me/")
    assert Contact.objects.get().erased_at is None


# Changing -------------------------------------------------------------------------------------------------------------


def test_names_and_birthdate_can_be_changed(diner: Client, noor: Contact) -> None:
    response = diner.post("/me/", {"first_name": " Nora ", "last_name": "", "birthdate": "1991-05-13"})

    noor.refresh_from_db()
    assert (response.status_code, response["Location"]) == (303, "/me/")
    assert (noor.first_name, noor.last_name, noor.birthdate) == ("Nora", "", date(1991, 5, 13))
    assert "Your details are saved." in diner.get("/me/").content.decode()


def test_a_birthdate_can_be_taken_away(diner: Client, noor: Contact) -> None:
    diner.post("/me/", {"first_name": "Noor", "last_name": "Bakker", "birthdate": ""})

    noor.refresh_from_db()
    assert noor.birthdate is None


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"birthdate": "2990-01-01"}, "birthdate", "A birthdate cannot be in the future."),
        ({"birthdate": "soon"}, "birthdate", "Please write the birthdate as year, month and day"),
        ({"first_name": "N" * 81}, "first_name", "Please use at most 80 letters."),
    ],
)
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_refused_change_says_why_and_keeps_what_was_typed(
    diner: Client, noor: Contact, fields: dict[str, str], field: str, sentence: str, headers: dict[str, str]
) -> None:
    response = diner.post("/me/", {"first_name": "Nora", "last_name": "Bos", **fields}, headers=headers)

    page = unescape(response.content.decode())
    noor.refresh_from_db()
    assert response.status_code == 422
    assert f'<a href="#{field}">{sentence}' in page
    assert 'value="Bos"' in page
    assert ("<html" in page) is not bool(headers)
    assert (noor.first_name, noor.last_name) == ("Noor", "Bakker")


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_mail_about_offers_is_switched_on_and_off_and_logged_with_its_words(
    diner: Client, noor: Contact, headers: dict[str, str]
) -> None:
    shown = diner.get("/me/").content.decode()
    diner.post("/me/marketing/", {"marketing": "on"}, headers=headers)
    assert "Switched on" in diner.get("/me/").content.decode()

    diner.post("/me/marketing/", {"marketing": "off"}, headers=headers)

    assert "Switched off" in diner.get("/me/").content.decode()
    assert [(row.kind, row.granted) for row in ConsentRecord.objects.all()] == [
        ("marketing", True),
        ("marketing", False),
    ]
    assert {row.wording in shown for row in ConsentRecord.objects.all()} == {True}


def test_htmx_gets_the_fragment_and_hears_that_it_is_saved(diner: Client, noor: Contact) -> None:
    response = diner.post("/me/marketing/", {"marketing": "on"}, headers=HTMX)

    text = response.content.decode()
    assert response.status_code == 200
    assert "<html" not in text
    assert '<p id="status" hx-swap-oob="innerHTML">We will mail you our offers.</p>' in text


@pytest.mark.parametrize("wanted", ["", "maybe"])
def test_a_consent_that_is_neither_on_nor_off_is_refused(diner: Client, noor: Contact, wanted: str) -> None:
    response = diner.post("/me/marketing/", {"marketing": wanted})

    assert response.status_code == 422
    assert ConsentRecord.objects.count() == 0


# Taking along and deleting --------------------------------------------------------------------------------------------


def test_everything_known_can_be_taken_along(diner: Client, noor: Contact, table: Table) -> None:
    fill_basket(diner, table)
    Order.objects.update(
        placed_at=timezone.now(), kitchen_state="received", number=7, contact_id=str(noor.uuid), email="n@example.com"
    )

    response = diner.get("/me/export/")

    record = json.loads(response.content)
    assert response["Content-Disposition"] == 'attachment; filename="my-data.json"'
    assert response["Content-Type"].startswith("application/json")
    assert "no-store" in response["Cache-Control"]
    assert record["contact"]["email"] == "noor@example.com"
    assert record["contact"]["points"] == 120
    (order,) = record["table_orders"]
    assert (order["number"], order["receipt_to"], order["lines"][0]["name"]) == (7, "n@example.com", "Soup")


def test_deleting_asks_first_and_says_what_would_be_gone(diner: Client, noor: Contact) -> None:
    page = diner.get("/me/delete/").content.decode()

    noor.refresh_from_db()
    assert "120 points" in page
    assert "noor@example.com" in page
    assert "Delete everything" in page
    assert noor.erased_at is None


def test_deleting_erases_signs_out_and_keeps_the_basket(diner: Client, noor: Contact, table: Table) -> None:
    phone = scan(table)
    sign_in(phone)
    placed = fill_basket(diner, table)
    Order.objects.update(
        placed_at=timezone.now(),
        kitchen_state="received",
        contact_id=str(noor.uuid),
        email="Noor@example.com",
        total_cents=1200,
    )
    fill_basket(diner, table)

    response = diner.post("/me/delete/")

    assert (response.status_code, response["Location"]) == (303, "/")
    page = diner.get("/").content.decode()
    assert "Your data is deleted and you are signed out." in page
    assert "1 item" in page
    noor.refresh_from_db()
    placed.refresh_from_db()
    assert (noor.email, noor.first_name, noor.birthdate) == (None, "", None)
    assert (placed.email, placed.total_cents) == ("", 1200)
    assert not guest_of(diner).is_member
    assert phone.get("/me/")["Location"] == "/identify/?next=/me/"


def test_deleting_forgets_the_address_in_every_browser(diner: Client, noor: Contact, table: Table) -> None:
    scan(table).post("/identify/", {"email": "noor@example.com"})
    assert Guest.objects.filter(pending_email="noor@example.com").count() == 1

    diner.post("/me/delete/")

    assert Guest.objects.filter(pending_email="noor@example.com").count() == 0


def test_deleting_forgets_the_notes_which_may_say_anything(diner: Client, noor: Contact, table: Table) -> None:
    placed, other = fill_basket(diner, table), OrderFactory.create(note="for somebody else")
    Order.objects.filter(pk=placed.pk).update(
        placed_at=timezone.now(), kitchen_state="received", contact_id=str(noor.uuid), note="Noor's birthday"
    )
    placed.lines.update(note="no nuts for Noor")

    diner.post("/me/delete/")

    placed.refresh_from_db()
    other.refresh_from_db()
    assert (placed.note, other.note) == ("", "for somebody else")
    assert set(placed.lines.values_list("note", flat=True)) == {""}


def test_deleting_twice_is_quiet(diner: Client, noor: Contact) -> None:
    diner.post("/me/delete/")

    again = diner.post("/me/delete/")

    assert (again.status_code, again["Location"]) == (303, "/identify/?next=/me/")


def test_nothing_is_deleted_while_a_payment_is_under_way(diner: Client, noor: Contact, table: Table) -> None:
    fill_basket(diner, table)
    Order.objects.update(payment_state=PaymentState.PAYING, total_cents=1200, email="noor@example.com")

    response = diner.post("/me/delete/")

    noor.refresh_from_db()
    assert response.status_code == 409
    assert "Payment of €12.00 is under way" in response.content.decode()
    assert (noor.erased_at, noor.email, Order.objects.get().email) == (None, "noor@example.com", "noor@example.com")
    assert guest_of(diner).is_member
