"""Signing in on a phone: with JavaScript and without, and how the pages look to axe, on small screens, in both themes."""

import re

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from loyalty.models import Contact
from orders.models import Guest, Order
from tests.browser import PHONE, SMALL_PHONE, OpenContext, sideways
from tests.loyalty.factories import member
from tests.orders.browsing import Harbour, faults, open_harbour
from tests.orders.logins import AWAY, mailed_code

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def harbour(live_server: LiveServer, settings: Settings) -> Harbour:
    settings.SITE_URL = live_server.url
    return open_harbour()


@pytest.fixture(params=[True, False], ids=["javascript", "plain"])
def page(request: pytest.FixtureRequest, open_context: OpenContext, live_server: LiveServer, harbour: Harbour) -> Page:
    """The menu of table 5 with a soup in the basket, on a phone with JavaScript and on one without."""
    page = open_context(java_script_enabled=request.param).new_page()
    page.goto(f"{live_server.url}/t/{harbour.table.code}/")
    page.get_by_role("button", name="Add Onion soup").click()
    expect(page.get_by_role("link", name="View basket")).to_contain_text("1 item")
    return page


def test_a_new_guest_joins_confirms_and_leaves_with_the_basket_kept(page: Page, live_server: LiveServer) -> None:
    page.get_by_role("link", name="Sign in").click()
    page.get_by_label("E-mail address").fill("anna@")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("Please enter your e-mail address")).to_be_visible()
    expect(page.get_by_label("E-mail address")).to_be_focused()
    page.get_by_label("E-mail address").fill("anna@example.com")
    page.get_by_role("button", name="Continue").click()

    expect(page.get_by_label("E-mail address")).to_have_value("anna@example.com")
    page.get_by_label("First name").fill("Anna")
    page.get_by_label("Birthdate").fill("1990-04-12")
    page.get_by_role("button", name="Join and start earning").click()
    expect(page.get_by_role("link", name="Please accept the terms to join.")).to_be_visible()
    expect(page.get_by_label("First name")).to_have_value("Anna")
    page.get_by_label(re.compile("^I accept the terms")).check()
    page.get_by_role("button", name="Join and start earning").click()

    expect(page.get_by_text("Welcome, Anna.")).to_be_visible()
    expect(page.get_by_role("link", name="View basket")).to_contain_text("1 item")
    page.get_by_role("link", name="Enter the code we mailed you").click()
    code = mailed_code("anna@example.com")
    page.goto("about:blank")  # the mail app
    page.go_back()
    page.get_by_label("Code of 6 digits").fill("12345x")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("This code is not right")).to_be_visible()
    page.get_by_label("Code of 6 digits").fill(f"{code[:3]} {code[3:]}")
    page.get_by_role("button", name="Continue").click()

    expect(page.get_by_text("Welcome, Anna.")).to_be_visible()
    assert Guest.objects.get(ended_at=None).may_spend
    page.goto(f"{live_server.url}/me/")
    page.get_by_label("Last name").fill("Bakker")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Anna Bakker")).to_be_visible()
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_text("Switched on")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    expect(page.get_by_role("link", name="View basket")).to_contain_text("1 item")
    assert Contact.objects.get().last_name == "Bakker"


def test_an_account_can_be_taken_along_and_deleted(page: Page, live_server: LiveServer) -> None:
    member(120, email="noor@example.com")
    page.goto(f"{live_server.url}/identify/?next=/me/")
    page.get_by_label("E-mail address").fill("noor@example.com")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    page.get_by_label("Code of 6 digits").fill(mailed_code("noor@example.com"))
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Noor Bakker")).to_be_visible()

    with page.expect_download() as download:
        page.get_by_role("link", name="Download as a file").click()
    assert download.value.suggested_filename == "my-data.json"
    page.get_by_role("link", name="Delete my account").click()
    page.get_by_role("button", name="Delete everything").click()

    expect(page.get_by_text("Your data is deleted and you are signed out.")).to_be_visible()
    assert Contact.objects.get().email is None
    assert Order.objects.get().guest.contact_id == ""


def test_the_code_is_sent_again_after_a_visible_countdown(
    phone: Page, live_server: LiveServer, harbour: Harbour
) -> None:
    member(email="noor@example.com")
    phone.clock.install()
    phone.goto(f"{live_server.url}/t/{harbour.table.code}/")
    phone.goto(f"{live_server.url}/identify/")
    phone.get_by_label("E-mail address").fill("noor@example.com")
    phone.get_by_role("button", name="Continue").click()
    again = phone.get_by_role("button", name="Send the code again")
    expect(phone.get_by_text(re.compile(r"You can have it sent again in \d+ s\."))).to_be_visible()
    expect(again).to_be_disabled()

    phone.clock.run_for(31_000)
    expect(again).to_be_enabled()
    expect(phone.get_by_text("You can have it sent again")).to_be_hidden()
    again.click()

    expect(phone.get_by_text("The code is on its way once more, to noor@example.com")).to_be_visible()
    expect(again).to_be_disabled()


def test_too_often_and_a_programme_that_is_away_are_shown_with_the_form_kept(
    phone: Page, live_server: LiveServer, harbour: Harbour, settings: Settings
) -> None:
    phone.goto(f"{live_server.url}/t/{harbour.table.code}/")
    phone.goto(f"{live_server.url}/identify/")
    settings.LOYALTY_BACKEND = AWAY
    phone.get_by_label("E-mail address").fill("noor@example.com")
    phone.get_by_role("button", name="Continue").click()

    expect(phone.get_by_text("The rewards cannot be reached right now.")).to_be_visible()
    expect(phone.get_by_text("The rewards cannot be reached right now.")).to_be_focused()
    expect(phone.get_by_label("E-mail address")).to_have_value("noor@example.com")
    expect(phone.get_by_text("That did not reach us.")).to_be_hidden()
    settings.LOYALTY_BACKEND = "embedded"
    for number in range(10):
        phone.goto(f"{live_server.url}/identify/")
        phone.get_by_label("E-mail address").fill(f"guest{number}@example.com")
        phone.get_by_role("button", name="Continue").click()
        expect(phone.get_by_role("heading", name="Nice to meet you")).to_be_visible()
    phone.goto(f"{live_server.url}/identify/")
    phone.get_by_role("button", name="Continue").click()
    expect(phone.get_by_text("That was a bit often.")).to_be_visible()


def test_the_pages_hold(
    open_context: OpenContext,
    live_server: LiveServer,
    harbour: Harbour,
    settings: Settings,
) -> None:
    settings.GUEST_AUTHENTICATION = "tests.orders.test_identify_site_login.by_header"
    settings.TERMS_URL = "https://example.com/terms"
    page = open_context(reduced_motion="reduce").new_page()
    page.goto(f"{live_server.url}/t/{harbour.table.code}/")
    found = faults(page)
    page.set_extra_http_headers({"X-Site-Guest": "a.very.long.name.indeed.for.a.small.phone@example.com"})
    page.goto(f"{live_server.url}/identify/")
    expect(page.get_by_role("button", name=re.compile("^Continue as"))).to_be_visible()
    found += faults(page)
    page.set_extra_http_headers({})
    page.get_by_label("E-mail address").fill("nobody")
    page.get_by_role("button", name="Continue", exact=True).click()
    page.get_by_text("Please enter your e-mail address").wait_for()
    found += faults(page)
    page.get_by_label("E-mail address").fill("a.very.long.name.indeed.for.a.small.phone@example.com")
    page.get_by_role("button", name="Continue", exact=True).click()
    page.get_by_role("heading", name="Nice to meet you").wait_for()
    found += faults(page)
    page.get_by_label("First name").fill("Wilhelmina-Catharina-Alexandrine")
    page.get_by_role("button", name="Join and start earning").click()
    page.get_by_role("link", name="Please accept the terms to join.").wait_for()
    found += faults(page)
    page.get_by_label(re.compile("^I accept the terms")).check()
    page.get_by_role("button", name="Join and start earning").click()
    page.get_by_text("Welcome, Wilhelmina").wait_for()
    found += faults(page)
    page.goto(f"{live_server.url}/me/")
    found += faults(page)
    page.goto(f"{live_server.url}/identify/code/letters/")
    found += faults(page)
    page.goto(f"{live_server.url}/identify/code/")
    found += faults(page)
    page.get_by_label("Code of 6 digits").fill("000000x")
    page.get_by_role("button", name="Continue", exact=True).click()
    page.get_by_text("This code is not right").wait_for()
    found += faults(page)
    page.get_by_label("Code of 6 digits").fill(mailed_code("a.very.long.name.indeed.for.a.small.phone@example.com"))
    page.get_by_role("button", name="Continue", exact=True).click()
    page.get_by_text("Welcome, Wilhelmina").wait_for()
    for path in ("/me/", "/me/delete/"):
        page.goto(f"{live_server.url}{path}")
        found += faults(page)
    page.goto(f"{live_server.url}/me/")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    found += sideways(page, PHONE, SMALL_PHONE)
    settings.LOYALTY_BACKEND = AWAY
    page.goto(f"{live_server.url}/me/")
    found += faults(page)

    assert found == []
