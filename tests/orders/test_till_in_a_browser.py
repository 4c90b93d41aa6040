"""Marking offers for a till on a phone, with JavaScript and without: the code in sight, counted down, crossed out at its end."""

import re

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from loyalty.models import Contact, TillMark
from tests.browser import OpenContext
from tests.orders.browsing import Harbour, faults
from tests.orders.test_offers_in_a_browser import harbour, noor, open_menu

__all__ = ["harbour", "noor"]  # the same menu and member as there

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CODE = re.compile(r"^\d{3} \d{3}$")


def test_marking_brings_the_code_into_sight_and_its_end_is_seen(
    phone: Page, live_server: LiveServer, harbour: Harbour, noor: Contact
) -> None:
    phone.clock.install()
    open_menu(phone, live_server, harbour, noor)
    phone.goto(f"{live_server.url}/offers/")

    phone.get_by_role("button", name="Use at the till Soup for points").click()

    expect(phone.get_by_text(CODE)).to_be_in_viewport()
    expect(phone.get_by_text("It brings along: Soup for points")).to_be_visible()
    expect(phone.get_by_text(re.compile(r"^Valid for [45]:\d\d$"))).to_be_visible()
    phone.get_by_role("button", name="Use at the till 10% off your order").click()
    expect(phone.get_by_text("It brings along: 10% off your order, Soup for points")).to_be_visible()
    phone.get_by_role("button", name="Remove Soup for points from the till").click()
    expect(phone.get_by_text("It brings along: 10% off your order", exact=True)).to_be_visible()
    assert TillMark.objects.count() == 1

    code = phone.get_by_text(CODE).text_content()
    phone.clock.run_for(301_000)
    expect(phone.get_by_text("It has run out.")).to_be_visible()
    expect(phone.locator(".digits")).to_have_css("text-decoration-line", "line-through")
    phone.get_by_role("button", name="New code").click()
    expect(phone.get_by_text(CODE)).not_to_have_text(str(code))


def test_without_javascript_the_code_is_on_the_page_that_follows(
    phone_without_javascript: Page, live_server: LiveServer, harbour: Harbour, noor: Contact
) -> None:
    page = phone_without_javascript
    open_menu(page, live_server, harbour, noor)
    page.goto(f"{live_server.url}/offers/")

    page.get_by_role("button", name="Use at the till Soup that waits").click()

    expect(page.get_by_text(CODE)).to_be_in_viewport()
    expect(page.get_by_text(re.compile("^Valid until "))).to_be_visible()
    page.get_by_role("button", name="Remove Soup that waits from the till").click()
    expect(page.get_by_text("It is not marked for the till any more.")).to_be_visible()
    assert not TillMark.objects.exists()


def test_the_page_with_a_code_holds(
    open_context: OpenContext, live_server: LiveServer, harbour: Harbour, noor: Contact
) -> None:
    page = open_context().new_page()
    open_menu(page, live_server, harbour, noor)
    page.goto(f"{live_server.url}/offers/")
    page.get_by_role("button", name="Use at the till Soup that waits").click()
    expect(page.get_by_text(CODE)).to_be_visible()

    assert faults(page) == []
