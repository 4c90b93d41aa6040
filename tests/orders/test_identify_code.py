"""Identify: the code by mail; and codes first for everybody."""

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from loyalty import codes, throttle
from loyalty.models import Challenge, Contact, ThrottleHit
from menu.models import Table
from orders.models import Guest
from tests.orders.logins import HTMX, ask_for_code, fill_basket, guest_of, mailed_code, scan

WRONG = "This code is not right, or not valid any more."


def other(code: str) -> str:
    """Return a code that is not this one."""
    return f"{(int(code) + 1) % 10**6:06}"


def test_without_a_login_under_way_there_is_no_code_to_enter(diner: Client) -> None:
    for response in (
        diner.get("/identify/code/"),
        diner.post("/identify/code/", {"code": "123456"}),
        diner.post("/identify/resend/"),
    ):
        assert (response.status_code, response["Location"]) == (303, "/identify/")


def test_the_code_is_one_field_for_digits_that_takes_a_paste(diner: Client, noor: Contact) -> None:
    ask_for_code(diner, "noor@example.com")

    page = diner.get("/identify/code/").content.decode()

    assert page.count('name="code"') == 1
    assert 'inputmode="numeric" autocomplete="one-time-code"' in page
    assert "spam" in page
    assert 'data-wait="30"' in page
    assert "Send the code again" in page


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_wrong_code_is_refused_on_the_same_page(diner: Client, noor: Contact, headers: dict[str, str]) -> None:
    code = ask_for_code(diner, "noor@example.com")

    response = diner.post("/identify/code/", {"code": other(code)}, headers=headers)

    page = response.content.decode()
    assert response.status_code == 422
    assert page.count(WRONG) == 1
    assert other(code) in page
    assert ("<html" in page) is not bool(headers)
    assert not guest_of(diner).is_member
    assert diner.post("/identify/code/", {"code": code}).status_code == 303


@pytest.mark.parametrize("code", ["", "   ", "---", "\0"])
def test_no_code_costs_no_try(diner: Client, noor: Contact, code: str) -> None:
    ask_for_code(diner, "noor@example.com")

    response = diner.post("/identify/code/", {"code": code})

    assert response.status_code == 422
    assert "Please enter the code from the mail." in response.content.decode()
    assert Challenge.objects.get().attempts == 0


@pytest.mark.parametrize("code", ["1" * 5000, "<b>", "½½½½½½", "١٢٣٤٥٦", "\U0001f600a"])
def test_nonsense_is_a_wrong_code(diner: Client, noor: Contact, code: str) -> None:
    ask_for_code(diner, "noor@example.com")

    response = diner.post("/identify/code/", {"code": code})

    assert response.status_code == 422
    assert WRONG in response.content.decode()


@pytest.mark.parametrize("write", ["{0}{1}", "{0} {1}", "{0}-{1}", "\u00a0{0}\u2013{1}\n", "{0}.{1}"])
def test_a_code_may_be_written_with_blanks_and_dashes(diner: Client, noor: Contact, write: str) -> None:
    code = ask_for_code(diner, "noor@example.com")

    assert diner.post("/identify/code/", {"code": write.format(code[:3], code[3:])}).status_code == 303


def test_an_old_code_is_refused(diner: Client, noor: Contact) -> None:
    code = ask_for_code(diner, "noor@example.com")
    Challenge.objects.update(expires_at=timezone.now())

    response = diner.post("/identify/code/", {"code": code})

    assert response.status_code == 422
    assert WRONG in response.content.decode()
    assert not guest_of(diner).is_member


def test_a_code_works_once(diner: Client, noor: Contact) -> None:
    code = ask_for_code(diner, "noor@example.com")
    diner.post("/identify/code/", {"code": code})
    diner.post("/identify/sign-out/")
    ask_for_code(diner, "noor@example.com")

    response = diner.post("/identify/code/", {"code": code})

    assert response.status_code == 422
    assert not guest_of(diner).is_member


def test_another_browsers_code_is_refused(diner: Client, table: Table, noor: Contact) -> None:
    stranger = scan(table)
    ask_for_code(stranger, "noor@example.com")
    theirs = ask_for_code(diner, "noor@example.com")

    response = stranger.post("/identify/code/", {"code": theirs})

    assert response.status_code == 422
    assert WRONG in response.content.decode()
    assert Guest.objects.exclude(contact_id="").count() == 0
    assert diner.post("/identify/code/", {"code": theirs}).status_code == 303


def test_after_five_wrong_tries_even_the_right_code_is_refused_and_a_new_one_works(
    diner: Client, noor: Contact
) -> None:
    code = ask_for_code(diner, "noor@example.com")
    for _try in range(5):
        diner.post("/identify/code/", {"code": other(code)})

    assert diner.post("/identify/code/", {"code": code}).status_code == 422
    diner.post("/identify/resend/")
    assert mailed_code("noor@example.com") != code
    assert diner.post("/identify/code/", {"code": mailed_code("noor@example.com")}).status_code == 303


def test_sending_it_again_sends_the_same_code(diner: Client, noor: Contact) -> None:
    code = ask_for_code(diner, "noor@example.com")

    response = diner.post("/identify/resend/", {"next": "/basket/"})

    assert (response.status_code, response["Location"]) == (303, "/identify/code/?next=%2Fbasket%2F")
    assert "on its way once more, to noor@example.com" in diner.get("/identify/code/").content.decode()
    assert mailed_code("noor@example.com") == code
    assert len(mail.outbox) == 2


def test_a_code_of_letters_can_be_typed(diner: Client, noor: Contact) -> None:
    limit = codes.tries("noor@example.com")
    throttle.count([limit], now=timezone.now())
    ThrottleHit.objects.bulk_create(ThrottleHit(counted_id=limit.key, at=timezone.now()) for _each in range(20))

    response = diner.post("/identify/", {"email": "noor@example.com"})

    assert response["Location"] == "/identify/code/letters/"
    assert 'inputmode="text"' in diner.get("/identify/code/letters/").content.decode()
    code = mailed_code("noor@example.com")
    assert (len(code), code.isalpha()) == (8, True)
    assert diner.post("/identify/code/letters/", {"code": code.lower()}).status_code == 303
    assert guest_of(diner).may_spend


# Code first for everybody ---------------------------------------------------------------------------------------------


def test_with_code_first_nobody_learns_who_is_a_member(diner: Client, noor: Contact, settings: Settings) -> None:
    settings.IDENTIFY_REVEALS_MEMBERSHIP = False

    known = diner.post("/identify/", {"email": "noor@example.com"})
    known_page = diner.get("/identify/code/").content.decode()
    unknown = diner.post("/identify/", {"email": "anna@example.com"})
    unknown_page = diner.get("/identify/code/").content.decode()

    assert (
        (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"]) == (303, "/identify/code/")
    )
    assert known_page.count("noor@example.com") == unknown_page.count("anna@example.com") == 1
    assert diner.get("/identify/sign-up/")["Location"] == "/identify/"


def test_with_code_first_a_new_guest_signs_up_after_the_code(diner: Client, table: Table, settings: Settings) -> None:
    settings.IDENTIFY_REVEALS_MEMBERSHIP = False
    order = fill_basket(diner, table)
    code = ask_for_code(diner, "anna@example.com")

    proven = diner.post("/identify/code/", {"code": code})
    assert (proven.status_code, proven["Location"]) == (303, "/identify/sign-up/")
    page = diner.get("/identify/sign-up/").content.decode()
    assert 'readonly value="anna@example.com"' in page
    assert "Your address is confirmed." in page
    response = diner.post("/identify/sign-up/", {"email": "Anna@example.com", "terms": "1"})

    assert (response.status_code, response["Location"]) == (303, "/")
    assert guest_of(diner).may_spend
    assert Contact.objects.get().verified_at is not None
    order.refresh_from_db()
    assert order.guest == guest_of(diner)
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("email", ["noor@example.com", "someone@example.com"])
def test_with_code_first_the_sign_up_form_takes_no_other_address(
    diner: Client, noor: Contact, settings: Settings, email: str
) -> None:
    settings.IDENTIFY_REVEALS_MEMBERSHIP = False
    diner.post("/identify/code/", {"code": ask_for_code(diner, "anna@example.com")})

    response = diner.post("/identify/sign-up/", {"email": email, "terms": "1"})

    assert (response.status_code, response["Location"]) == (303, "/identify/code/")
    assert Contact.objects.get() == noor
    assert not guest_of(diner).is_member
