"""Identify: the address, where it leads, and the page one was on the way to."""

import pytest
from django.core import mail
from django.test import Client

from loyalty.models import Challenge, Contact
from menu.models import Table
from orders.models import Guest
from tests.orders.logins import HTMX, ask_for_code, fill_basket, guest_of, mailed_code, sign_in


def test_the_page_asks_for_one_address_and_says_what_for(diner: Client) -> None:
    response = diner.get("/identify/?next=/basket/")

    page = response.content.decode()
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    assert 'type="email" autocomplete="email"' in page
    assert "With your address we find your points and vouchers" in page
    assert '<input type="hidden" name="next" value="/basket/">' in page
    assert Guest.objects.count() == 0


def test_a_member_scans_chooses_identifies_and_finds_the_basket_again(
    diner: Client, table: Table, noor: Contact
) -> None:
    order = fill_basket(diner, table)
    before = guest_of(diner)
    code = ask_for_code(diner, "Noor@Example.com ".strip().lower())
    assert "noor@example.com" in diner.get("/identify/code/").content.decode()

    response = diner.post("/identify/code/", {"code": f" {code[:3]}-{code[3:]} "})

    assert (response.status_code, response["Location"]) == (303, "/")
    page = diner.get("/").content.decode()
    assert "Welcome, Noor." in page
    assert "1 item" in page
    assert 'href="/me/"' in page
    order.refresh_from_db()
    after = guest_of(diner)
    assert after.pk != before.pk
    assert order.guest_id == after.pk
    assert (after.contact_id, after.may_spend, after.pending_email) == (str(noor.uuid), True, "")


def test_the_mail_carries_the_code_in_its_subject_and_is_plain_text(diner: Client, noor: Contact) -> None:
    code = ask_for_code(diner, "noor@example.com")

    (message,) = mail.outbox
    assert message.subject == f"{code} is your code for Tableside"
    assert f"    {code}\n" in message.body
    assert not hasattr(message, "alternatives")


def test_an_address_is_known_however_it_is_written(diner: Client, noor: Contact) -> None:
    response = diner.post("/identify/", {"email": "  NOOR@Example.COM "})

    assert response["Location"] == "/identify/code/"
    assert guest_of(diner).pending_email == "noor@example.com"


def test_an_unknown_address_goes_to_the_sign_up_form(diner: Client) -> None:
    response = diner.post("/identify/", {"email": "anna@example.com", "next": "/basket/"})

    assert (response.status_code, response["Location"]) == (303, "/identify/sign-up/?next=%2Fbasket%2F")
    assert 'value="anna@example.com"' in diner.get("/identify/sign-up/").content.decode()
    assert Challenge.objects.count() == 0


@pytest.mark.parametrize("email", ["", " ", "nobody", "a@b", "a\0@example.com", f"{'a' * 250}@example.com", "a b@c.de"])
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_what_is_no_address_is_refused_and_kept(diner: Client, email: str, headers: dict[str, str]) -> None:
    response = diner.post("/identify/", {"email": email}, headers=headers)

    page = response.content.decode()
    assert response.status_code == 422
    assert "Please enter your e-mail address, such as name@example.com." in page
    assert ("<html" in page) is not bool(headers)
    assert f'value="{email}"' in page
    assert (Challenge.objects.count(), guest_of(diner).pending_email) == (0, "")


def test_htmx_is_sent_on_with_a_header_and_the_new_cookie(diner: Client, noor: Contact) -> None:
    asked = diner.post("/identify/", {"email": "noor@example.com"}, headers=HTMX)
    assert asked["HX-Redirect"] == "/identify/code/"

    signed_in = diner.post("/identify/code/", {"code": mailed_code("noor@example.com")}, headers=HTMX)

    assert (signed_in.status_code, signed_in["HX-Redirect"]) == (200, "/")
    assert "guest" in signed_in.cookies
    assert guest_of(diner).may_spend


@pytest.mark.parametrize("path", ["/identify/", "/identify/code/", "/identify/sign-up/"])
def test_without_a_table_there_is_nothing_to_sign_in_to(client: Client, db: None, path: str) -> None:
    shown, sent = client.get(path), client.post(path, {"email": "a@example.com", "code": "123456"})

    assert (shown.status_code, shown["Location"]) == (302, "/")
    assert sent.status_code == 403
    assert "Scan the code on your table" in sent.content.decode()
    assert Guest.objects.count() == 0


@pytest.mark.parametrize("path", ["/identify/", "/identify/code/", "/identify/sign-up/"])
def test_the_pages_know_two_methods(diner: Client, path: str) -> None:
    assert diner.put(path).status_code == 405
    assert diner.delete(path).status_code == 405


@pytest.mark.parametrize("path", ["/identify/resend/", "/identify/sign-out/"])
def test_what_changes_something_is_posted(diner: Client, path: str) -> None:
    assert diner.get(path).status_code == 405


def test_who_is_signed_in_is_not_asked_again(diner: Client) -> None:
    sign_in(diner)

    assert diner.get("/identify/")["Location"] == "/me/"
    assert diner.get("/identify/?next=/basket/")["Location"] == "/basket/"
    assert diner.post("/identify/", {"email": "anna@example.com"})["Location"] == "/me/"
    assert diner.get("/identify/sign-up/")["Location"] == "/me/"
    assert guest_of(diner).pending_email == ""


# The page one was on the way to ---------------------------------------------------------------------------------------


def test_signing_in_leads_to_the_page_one_was_on_the_way_to(diner: Client, noor: Contact) -> None:
    asked = diner.post("/identify/", {"email": "noor@example.com", "next": "/basket/?a=b"})
    assert asked["Location"] == "/identify/code/?next=%2Fbasket%2F%3Fa%3Db"
    assert 'name="next" value="/basket/?a=b"' in diner.get(asked["Location"]).content.decode()

    form = {"code": mailed_code("noor@example.com"), "next": "/basket/?a=b"}

    assert diner.post("/identify/code/", form)["Location"] == "/basket/?a=b"


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "menu",
        "/a\nSet-Cookie: b",
        "/identify/",
        "/" + "a" * 3000,
    ],
)
def test_no_other_site_and_no_login_page_is_led_on_to(diner: Client, noor: Contact, address: str) -> None:
    code = ask_for_code(diner, "noor@example.com")

    response = diner.post("/identify/code/", {"code": code, "next": address})

    assert (response.status_code, response["Location"]) == (303, "/")
