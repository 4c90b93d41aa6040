"""Signing up: who gets in, what is kept, what waits for the code; and signing out again."""

import uuid
from datetime import date, datetime, timedelta
from html import unescape

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from loyalty import port
from loyalty.models import ConsentRecord, Contact, Voucher
from menu.models import Table
from orders import offers
from orders.models import Guest, Order
from tests.loyalty.factories import PromotionFactory, VoucherFactory, member
from tests.orders.logins import AWAY, HTMX, ask_for_code, fill_basket, guest_of, mailed_code, scan, sign_in, sign_up


def test_a_new_guest_is_in_at_once_with_the_basket_and_confirms_later(diner: Client, table: Table) -> None:
    order = fill_basket(diner, table)
    diner.post("/identify/", {"email": "anna@example.com"})
    response = sign_up(diner, birthdate="1990-04-12", marketing="1")

    assert (response.status_code, response["Location"]) == (303, "/")
    page = diner.get("/").content.decode()
    assert "Welcome, Anna. You earn points from this order on." in page
    assert "1 item" in page
    assert page.count("Enter the code we mailed you") == page.count('<a href="/identify/code/">') == 1
    contact = Contact.objects.get()
    assert (contact.email, contact.first_name, contact.last_name) == ("anna@example.com", "Anna", "Bakker")
    assert (contact.birthdate, contact.verified_at) == (date(1990, 4, 12), None)
    assert (guest_of(diner).contact_id, guest_of(diner).may_spend) == (str(contact.uuid), False)

    confirmed = diner.post("/identify/code/", {"code": mailed_code("anna@example.com")})

    assert (confirmed.status_code, confirmed["Location"]) == (303, "/")
    assert guest_of(diner).may_spend
    contact.refresh_from_db()
    order.refresh_from_db()
    assert contact.verified_at is not None
    assert order.guest == guest_of(diner)


def test_the_form_asks_little_and_ticks_nothing(diner: Client) -> None:
    page = diner.get("/identify/sign-up/").content.decode()

    assert " checked" not in page
    assert "Optional, but we like to greet our guests by name." in page
    assert "For birthday rewards, and for nothing else." in page
    assert f'max="{timezone.localdate():%Y-%m-}' in page
    assert page.count(" required") == 2  # address and terms


def test_the_consents_are_kept_with_the_words_that_were_shown(diner: Client) -> None:
    page = unescape(diner.get("/identify/sign-up/").content.decode())
    sign_up(diner)

    terms, marketing = ConsentRecord.objects.all()
    assert (terms.kind, terms.granted) == ("terms", True)
    assert (marketing.kind, marketing.granted) == ("marketing", False)
    assert terms.wording.startswith("I accept the terms: ")
    assert terms.wording in page
    assert marketing.wording in page


def test_terms_of_the_sites_own_are_linked_and_part_of_the_words(diner: Client, settings: Settings) -> None:
    settings.TERMS_URL = "https://our.example/terms"

    page = diner.get("/identify/sign-up/").content.decode()
    sign_up(diner)

    assert 'href="https://our.example/terms"' in page
    assert ConsentRecord.objects.get(kind="terms").wording.endswith(" https://our.example/terms")


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"email": ""}, "email", "Please enter your e-mail address, such as name@example.com."),
        ({"email": "anna"}, "email", "Please enter your e-mail address, such as name@example.com."),
        ({"terms": ""}, "terms", "Please accept the terms to join."),
        ({"birthdate": "2990-01-01"}, "birthdate", "A birthdate cannot be in the future."),
        ({"birthdate": "1066-10-14"}, "birthdate", "Please check the year of the birthdate."),
        ({"birthdate": "1990-02-30"}, "birthdate", "Please write the birthdate as year, month and day"),
        ({"birthdate": "yesterday"}, "birthdate", "Please write the birthdate as year, month and day"),
        ({"first_name": "A" * 81}, "first_name", "Please use at most 80 letters."),
        ({"last_name": "B\0kker"}, "last_name", "Please use letters only."),
    ],
)
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_refused_form_says_why_and_keeps_what_was_typed(
    diner: Client, fields: dict[str, str], field: str, sentence: str, headers: dict[str, str]
) -> None:
    form = {"email": "anna@example.com", "first_name": "Anna", "last_name": "Bakker", "terms": "1", "marketing": "1"}

    response = diner.post("/identify/sign-up/", {**form, **fields}, headers=headers)

    page = unescape(response.content.decode())
    assert response.status_code == 422
    assert f'<a href="#{field}">{sentence}' in page
    assert f'id="error-{field}"' in page
    assert 'name="marketing" value="1" checked' in page
    assert ("<html" in page) is not bool(headers)
    assert (Contact.objects.count(), ConsentRecord.objects.count(), len(mail.outbox)) == (0, 0, 0)
    assert not guest_of(diner).is_member


def test_an_address_that_is_a_members_signs_nobody_in_and_changes_nothing(diner: Client) -> None:
    noor = member(120, email="noor@example.com")

    response = sign_up(diner, email="Noor@example.com", first_name="Mallory", marketing="1")

    assert (response.status_code, response["Location"]) == (303, "/identify/code/")
    noor.refresh_from_db()
    assert (noor.first_name, ConsentRecord.objects.count(), Contact.objects.count()) == ("Noor", 0, 1)
    assert not guest_of(diner).is_member
    assert "Noor" not in diner.get("/identify/code/").content.decode()
    assert diner.get("/me/")["Location"] == "/identify/?next=/me/"


def test_sending_the_form_twice_makes_one_member(diner: Client) -> None:
    before = diner.cookies["guest"].value
    sign_up(diner)
    diner.cookies["guest"] = before

    again = sign_up(diner)

    assert again.status_code == 403
    assert Contact.objects.count() == 1


def test_looking_addresses_up_through_the_form_is_limited_alike(diner: Client) -> None:
    for number in range(10):
        member(email=f"guest{number}@example.com")
    for number in range(10):
        diner.post("/identify/", {"email": f"nobody{number}@example.com"})

    response = sign_up(diner, email="guest1@example.com")

    assert response.status_code == 429
    assert 'value="guest1@example.com"' in response.content.decode()
    assert not guest_of(diner).is_member


def test_whoever_is_mailed_too_often_is_in_all_the_same(diner: Client) -> None:
    for number in range(3):  # somebody asked for codes to this address, before it was a member's
        asker = port.Asker(guest_id=uuid.uuid4(), ip_address=f"192.0.2.{number}")
        port.load().send_code("anna@example.com", locale="en", asker=asker, now=timezone.now())

    response = sign_up(diner)

    assert response.status_code == 303
    assert "Welcome, Anna." in diner.get("/").content.decode()
    assert diner.get("/identify/code/")["Location"] == "/identify/"
    assert Guest.objects.exclude(contact_id="").count() == 1


def test_a_programme_that_is_away_keeps_the_form(diner: Client, settings: Settings) -> None:
    settings.LOYALTY_BACKEND = AWAY

    response = sign_up(diner, birthdate="1990-04-12")

    page = response.content.decode()
    assert response.status_code == 503
    assert 'value="Anna"' in page
    assert 'value="1990-04-12"' in page


def test_the_first_proof_of_an_address_ends_who_signed_up_with_it_unproven(diner: Client, table: Table) -> None:
    mallory = scan(table)
    sign_up(mallory, email="noor@example.com", first_name="Mallory")
    assert "Mallory" in mallory.get("/me/").content.decode()

    diner.post("/identify/code/", {"code": ask_for_code(diner, "noor@example.com")})

    assert guest_of(diner).may_spend
    assert mallory.get("/me/")["Location"] == "/identify/?next=/me/"
    assert mallory.post("/me/", {"first_name": "Mallory"}).status_code == 403
    assert "My data" not in mallory.get("/").content.decode()


# Signing out ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def voucher(diner: Client, table: Table) -> Voucher:
    """A voucher of 10 % that is on the basket of a signed-in member."""
    contact = sign_in(diner)
    order = fill_basket(diner, table)
    now = timezone.now()
    promotion = PromotionFactory.create(name="Ten off")
    made: Voucher = VoucherFactory.create(contact=contact, promotion=promotion, expires_at=now + timedelta(days=9))
    found = port.load().find_voucher(str(contact.uuid), str(made.uuid), now=now)
    offers.apply_voucher(order, guest_of(diner), found, picked=None, now=now)
    return made


def held_until(voucher: Voucher) -> datetime | None:
    """Return until when a basket holds the voucher."""
    assert voucher.contact is not None
    found = port.load().find_voucher(str(voucher.contact.uuid), str(voucher.uuid), now=timezone.now())
    return found.held_until


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_signing_out_releases_the_offers_and_leaves_the_basket(
    diner: Client, table: Table, voucher: Voucher, headers: dict[str, str]
) -> None:
    assert "Ten off" in diner.get("/basket/").content.decode()
    assert held_until(voucher) is not None

    response = diner.post("/identify/sign-out/", headers=headers)

    assert (response.status_code, response.get("Location") or response["HX-Redirect"]) == (200 if headers else 303, "/")
    page = diner.get("/").content.decode()
    assert "You are signed out." in page
    assert "Sign in" in page
    assert "Noor" not in page
    basket = diner.get("/basket/").content.decode()
    assert "Soup" in basket
    assert "Ten off" not in basket
    assert held_until(voucher) is None
    assert diner.get("/me/")["Location"] == "/identify/?next=/me/"


def test_the_next_person_sees_no_order_of_the_one_before(diner: Client, table: Table) -> None:
    sign_in(diner)
    order = fill_basket(diner, table)
    Order.objects.update(placed_at=timezone.now(), kitchen_state="received", number=1, note="From Noor")

    diner.post("/identify/sign-out/")

    page = diner.get(f"/orders/{order.uuid}/")
    assert page.status_code == 200
    assert "From Noor" not in page.content.decode()


def test_signing_out_twice_or_as_nobody_changes_nothing(diner: Client) -> None:
    sign_in(diner)
    diner.post("/identify/sign-out/")
    nobody = guest_of(diner)

    again = diner.post("/identify/sign-out/")

    assert (again.status_code, again["Location"]) == (303, "/")
    assert guest_of(diner) == nobody


def test_a_table_code_that_was_renewed_keeps_nobody_signed_in(diner: Client, table: Table) -> None:
    sign_in(diner)
    Table.objects.filter(pk=table.pk).update(code="renewed")

    response = diner.post("/identify/sign-out/")

    assert response.status_code == 303
    assert not guest_of(diner).is_member
