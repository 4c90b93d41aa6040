"""The hook for sites with a login of their own (docs/site-login.md): signed in without a code."""

import pytest
from django.core import mail
from django.http import HttpRequest
from django.test import Client
from pytest_django import Settings

from loyalty.models import Contact
from menu.models import Table
from orders.identify import Authenticated
from orders.models import Guest
from tests.loyalty.factories import member
from tests.orders.logins import AWAY, HTMX, fill_basket, guest_of, scan, sign_up


def by_header(request: HttpRequest) -> Authenticated | None:
    """Be the site's login: whoever its proxy names, by address or by member id."""
    name = request.headers.get("X-Site-Guest", "")
    if name == "broken":
        raise RuntimeError("the site's own database is away")
    if name:
        return Authenticated(email=name) if "@" in name else Authenticated(contact_id=name)
    return None


@pytest.fixture(autouse=True)
def site_login(settings: Settings) -> None:
    settings.GUEST_AUTHENTICATION = f"{__name__}.by_header"


def as_guest(name: str, **more: str) -> dict[str, str]:
    return {"X-Site-Guest": name, **more}


def test_a_member_goes_on_with_one_tap(diner: Client, table: Table) -> None:
    noor = member(120, email="noor@example.com")
    order = fill_basket(diner, table)
    page = diner.get("/identify/", headers=as_guest("noor@example.com")).content.decode()
    assert "Continue as noor@example.com" in page
    assert 'name="email"' in page  # the way for somebody else stays

    response = diner.post("/identify/", {"continue": "1"}, headers=as_guest("noor@example.com"))

    assert (response.status_code, response["Location"]) == (303, "/")
    assert (guest_of(diner).contact_id, guest_of(diner).may_spend) == (str(noor.uuid), True)
    order.refresh_from_db()
    assert order.guest == guest_of(diner)
    assert "Welcome, Noor." in diner.get("/").content.decode()
    assert mail.outbox == []


def test_a_member_may_be_named_by_id(diner: Client) -> None:
    noor = member(email="noor@example.com")

    page = diner.get("/identify/", headers=as_guest(str(noor.uuid))).content.decode()
    diner.post("/identify/", {"continue": "1"}, headers=as_guest(str(noor.uuid)))

    assert "Continue as noor@example.com" in page
    assert guest_of(diner).contact_id == str(noor.uuid)


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_an_address_that_is_no_members_signs_up_proven(diner: Client, headers: dict[str, str]) -> None:
    response = diner.post(
        "/identify/", {"continue": "1", "next": "/basket/"}, headers=as_guest("anna@example.com", **headers)
    )
    assert (response.get("Location") or response["HX-Redirect"]) == "/identify/sign-up/?next=%2Fbasket%2F"
    assert 'readonly value="anna@example.com"' in diner.get("/identify/sign-up/").content.decode()

    sign_up(diner)

    assert guest_of(diner).may_spend
    assert Contact.objects.get().verified_at is not None
    assert mail.outbox == []


def test_who_waits_unproven_in_the_account_is_ended(diner: Client, table: Table) -> None:
    mallory = scan(table)
    sign_up(mallory, email="noor@example.com")

    diner.post("/identify/", {"continue": "1"}, headers=as_guest("noor@example.com"))

    assert guest_of(diner).may_spend
    assert mallory.get("/me/")["Location"] == "/identify/?next=/me/"


def test_the_button_alone_signs_nobody_in(diner: Client) -> None:
    member(email="noor@example.com")

    response = diner.post("/identify/", {"continue": "1"})

    assert response.status_code == 422
    assert not guest_of(diner).is_member
    assert "Continue as" not in diner.get("/identify/").content.decode()


def test_a_page_looked_at_signs_nobody_in(diner: Client) -> None:
    member(email="noor@example.com")

    diner.get("/identify/?continue=1", headers=as_guest("noor@example.com"))

    assert Guest.objects.count() == 0


@pytest.mark.parametrize("name", ["broken", "00000000-0000-0000-0000-000000000000", "nonsense"])
def test_a_login_that_fails_or_names_nobody_leaves_the_code(diner: Client, name: str) -> None:
    shown = diner.get("/identify/", headers=as_guest(name))
    pressed = diner.post("/identify/", {"continue": "1"}, headers=as_guest(name))

    assert shown.status_code == 200
    assert "Continue as" not in shown.content.decode()
    assert pressed.status_code in (409, 422)
    assert not guest_of(diner).is_member


def test_a_programme_that_is_away_says_so(diner: Client, settings: Settings) -> None:
    settings.LOYALTY_BACKEND = AWAY

    response = diner.post("/identify/", {"continue": "1"}, headers=as_guest("noor@example.com"))

    assert response.status_code == 503
    assert not guest_of(diner).is_member


def test_what_the_login_calls_an_address_must_be_one(diner: Client) -> None:
    response = diner.post("/identify/", {"continue": "1"}, headers=as_guest("@"))

    assert response.status_code == 422
    assert not guest_of(diner).is_member
