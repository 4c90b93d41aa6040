"""Offers on a phone: redeemed in the sheet and without script, counted down and up, and how the pages look to axe."""

import re

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from loyalty.models import Contact
from orders import settlement
from orders.models import AppliedOffer, Order
from tests.browser import OpenContext
from tests.loyalty.factories import member
from tests.orders.browsing import Harbour, faults, open_harbour
from tests.orders.logins import AWAY, mailed_code
from tests.orders.members import give_reward, give_voucher, offer_reward, seat_member

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LONG = {"expires_at": None}


@pytest.fixture
def harbour(live_server: LiveServer, settings: Settings) -> Harbour:
    settings.SITE_URL = live_server.url
    found = open_harbour()
    type(found.burger).objects.filter(pk=found.burger.pk).update(sku="BURGER", name="Burger")
    type(found.soup).objects.filter(pk=found.soup.pk).update(sku="SOUP")
    return found


@pytest.fixture
def noor(harbour: Harbour) -> Contact:
    """A member with 120 points, two vouchers, a reward that waits, and rewards in and out of reach."""
    noor = member(120, email="noor@example.com", now=timezone.now())
    give_voucher(noor, "10% off your order", **LONG)
    give_voucher(noor, "A burger on us", attributes={"discount_type": "free_item", "product_code": "BURGER"}, **LONG)
    give_voucher(noor, "From far away", attributes={"discount_type": "free_item", "product_code": "NOT-HERE"}, **LONG)
    give_reward(noor, "Soup that waits", product_code="SOUP")
    type(noor.receptions.get()).objects.update(expires_at=None)
    offer_reward("Soup for points", 100, product_code="SOUP")
    offer_reward("Too far", 160, product_code="BURGER")
    return noor


def sign_in(page: Page, live_server: LiveServer, harbour: Harbour) -> None:
    """Scan, follow the banner, and come back as Noor with the code from the mail."""
    page.goto(f"{live_server.url}/t/{harbour.table.code}/")
    page.get_by_role("link", name="Start earning rewards now!").click()
    page.get_by_label("E-mail address").fill("noor@example.com")
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Code of 6 digits").wait_for()
    page.get_by_label("Code of 6 digits").fill(mailed_code("noor@example.com"))
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("Balance: 120 points")).to_be_attached()


def open_menu(page: Page, live_server: LiveServer, harbour: Harbour, noor: Contact) -> None:
    """Be Noor at table 5 already, looking at the menu."""
    browser = Client()
    seat_member(browser, harbour.table, noor)
    page.context.add_cookies([{"name": "guest", "value": browser.cookies["guest"].value, "url": live_server.url}])
    page.goto(live_server.url)


def test_the_whole_story_with_javascript(phone: Page, live_server: LiveServer, harbour: Harbour, noor: Contact) -> None:
    sign_in(phone, live_server, harbour)

    phone.get_by_role("link", name="Redeem A burger on us").click()
    sheet = phone.get_by_role("dialog")
    expect(sheet.get_by_text("Do you want to redeem this voucher now?")).to_be_visible()
    sheet.get_by_label("Pink").check()
    sheet.get_by_role("button", name="Redeem now").click()
    expect(sheet.get_by_role("heading", name="A burger on us was added to your basket.")).to_be_focused()
    sheet.get_by_role("link", name="Go on choosing").click()
    expect(sheet).to_be_hidden()
    expect(phone).to_have_url(f"{live_server.url}/")
    expect(phone.get_by_role("link", name="View basket")).to_contain_text("1 item")
    expect(phone.get_by_role("link", name=re.compile(r"^Held for 14:\d\d A burger on us"))).to_be_visible()

    phone.get_by_role("button", name="Add Onion soup").click()
    expect(phone.get_by_role("link", name="View basket")).to_contain_text("2 items")
    phone.get_by_role("link", name="View basket").click()
    phone.get_by_role("link", name="Redeem 10% off your order").click()
    expect(sheet.get_by_text("It takes €0.65 off your basket.")).to_be_visible()
    sheet.get_by_role("button", name="Redeem now").click()
    sheet.get_by_role("link", name="Go on choosing").click()
    expect(phone.get_by_text("+5 points")).to_be_visible()
    expect(phone.get_by_role("button", name="Take off 10% off your order")).to_be_visible()
    phone.get_by_role("button", name="Take off 10% off your order").click()
    expect(phone.get_by_role("status")).to_contain_text("10% off your order was taken off your basket.")
    expect(phone.get_by_text("+6 points")).to_be_visible()

    phone.get_by_role("link", name="Checkout").click()
    phone.get_by_label("Pay at the counter").check()
    phone.get_by_role("button", name="Order and pay €6.50").click()
    expect(phone.get_by_text("You will earn 6 points when you pay")).to_be_visible()
    settlement.mark_paid(Order.objects.get(), by="anna", now=timezone.now())
    expect(phone.get_by_text("You earned 6 points")).to_be_visible()
    expect(phone.locator(".balance strong")).to_have_text("126")
    assert AppliedOffer.objects.live().get().redeemed_at is not None


def test_the_whole_story_without_javascript(
    phone_without_javascript: Page, live_server: LiveServer, harbour: Harbour, noor: Contact
) -> None:
    page = phone_without_javascript
    sign_in(page, live_server, harbour)

    page.get_by_role("link", name="See all").click()
    far = page.get_by_role("listitem").filter(has_text="Too far")
    expect(far.get_by_role("button", name="Redeem Too far")).to_be_disabled()
    expect(far).to_contain_text("40 points missing")
    page.get_by_role("link", name="Redeem Soup for points").click()
    expect(page.get_by_text("After that you have 20 points left.")).to_be_visible()
    page.get_by_role("button", name="Buy for 100 points").click()
    expect(page.get_by_text("Soup for points was added to your basket.")).to_be_visible()
    expect(page.get_by_text("Held until")).to_be_visible()

    page.get_by_role("link", name="Redeem A burger on us").click()
    page.get_by_label("Pink").check()
    page.get_by_role("button", name="Redeem now").click()
    expect(page.get_by_text("A burger on us was added to your basket.")).to_be_visible()
    page.get_by_role("button", name="Take off A burger on us").click()
    expect(page.get_by_text("A burger on us was taken off your basket.")).to_be_visible()
    page.get_by_role("link", name="Checkout").click()
    expect(page.get_by_text("How would you like to pay?")).to_have_count(0)
    page.get_by_role("button", name="Order and pay €0.00").click()
    expect(page.get_by_text("You earned 0 points")).to_be_visible()
    noor.refresh_from_db()
    assert noor.balance == 20


def test_another_product_asks_other_choices_in_the_sheet(
    phone: Page, live_server: LiveServer, harbour: Harbour, noor: Contact
) -> None:
    give_voucher(
        noor, "Soup or burger", attributes={"discount_type": "free_item", "product_code": "SOUP,BURGER"}, **LONG
    )
    open_menu(phone, live_server, harbour, noor)

    phone.get_by_role("link", name="Redeem Soup or burger").click()
    sheet = phone.get_by_role("dialog")
    sheet.get_by_label("Burger").check()
    expect(sheet.get_by_text("How would you like it?")).to_be_visible()
    sheet.get_by_label("Onion soup").check()
    expect(sheet.get_by_text("How would you like it?")).to_be_hidden()
    sheet.get_by_role("button", name="Redeem now").click()

    expect(sheet.get_by_role("heading", name="Soup or burger was added to your basket.")).to_be_visible()


def test_the_back_button_closes_an_offer(phone: Page, live_server: LiveServer, harbour: Harbour, noor: Contact) -> None:
    open_menu(phone, live_server, harbour, noor)

    phone.get_by_role("link", name="Redeem 10% off your order").click()
    expect(phone.get_by_role("dialog")).to_be_visible()
    phone.go_back()

    expect(phone.get_by_role("dialog")).to_be_hidden()
    expect(phone).to_have_url(f"{live_server.url}/")
    assert not AppliedOffer.objects.exists()


def test_what_another_phone_took_meanwhile_is_told_in_the_sheet(
    phone: Page, open_context: OpenContext, live_server: LiveServer, harbour: Harbour, noor: Contact
) -> None:
    open_menu(phone, live_server, harbour, noor)
    phone.get_by_role("link", name="Redeem 10% off your order").click()
    other = open_context().new_page()
    open_menu(other, live_server, harbour, noor)
    other.get_by_role("link", name="Redeem 10% off your order").click()
    other.get_by_role("button", name="Redeem now").click()
    expect(other.get_by_text("10% off your order was added to your basket.")).to_be_visible()

    phone.get_by_role("button", name="Redeem now").click()

    expect(phone.get_by_role("dialog").get_by_text("this voucher is being used on another order")).to_be_visible()


def test_every_page_of_offers_holds(
    open_context: OpenContext,
    live_server: LiveServer,
    harbour: Harbour,
    noor: Contact,
    settings: Settings,
) -> None:
    page = open_context(reduced_motion="reduce").new_page()
    page.goto(f"{live_server.url}/t/{harbour.table.code}/")
    found = faults(page)
    open_menu(page, live_server, harbour, noor)
    found += faults(page)
    page.get_by_role("link", name="Redeem A burger on us").click()
    page.get_by_role("dialog").wait_for()
    found += faults(page)
    page.get_by_label("Pink").check()
    page.get_by_role("button", name="Redeem now").click()
    page.get_by_text("A burger on us was added to your basket.").wait_for()
    found += faults(page)
    page.goto(f"{live_server.url}/offers/")
    found += faults(page)
    page.get_by_label("Do you have a voucher code?").fill("NOBODY")
    page.get_by_role("button", name="Use code").click()
    page.get_by_text("We do not know this code.").wait_for()
    found += faults(page)
    for name in ("Soup for points", "Soup that waits", "10% off your order"):
        page.goto(f"{live_server.url}/offers/")
        page.goto(str(page.get_by_role("link", name=f"Redeem {name}").evaluate("link => link.href")))
        found += faults(page)
    page.goto(f"{live_server.url}/basket/")
    found += faults(page)
    AppliedOffer.objects.update(held_until=timezone.now())
    for path in ("/basket/", "/offers/"):
        page.goto(f"{live_server.url}{path}")
        page.get_by_text("Its time ran out").first.wait_for()
        found += faults(page)
    settings.LOYALTY_BACKEND = AWAY
    for path in ("/", "/offers/", "/basket/"):
        page.goto(f"{live_server.url}{path}")
        found += faults(page)

    assert found == []
