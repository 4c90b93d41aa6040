"""Every page of the diner in a real browser: axe in both themes, no sideways scroll at 320 px, targets of 48 px."""

import re
import uuid

import pytest
from django.test import Client
from playwright.sync_api import Page
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from menu.models import Restaurant
from orders.models import DemoCharge, KitchenState, Order, PaymentState
from tests.browser import PHONE, SMALL_PHONE, OpenContext, overflow, sideways
from tests.factories import NOW
from tests.loyalty.factories import member
from tests.orders.browsing import Harbour, cut_off, faults, open_harbour
from tests.orders.members import seat_member

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def harbour(db: None) -> Harbour:
    return open_harbour()


@pytest.fixture
def page(open_context: OpenContext) -> Page:
    """A phone without motion, so that nothing is looked at half faded in."""
    return open_context(reduced_motion="reduce").new_page()


def go(page: Page, server: LiveServer, path: str) -> None:
    """Open a page of the live server."""
    page.goto(f"{server.url}{path}")


def test_the_pages_before_a_table_hold(page: Page, live_server: LiveServer, harbour: Harbour) -> None:
    found = []
    for path in ("/", "/r/harbour/", f"/products/{harbour.burger.pk}/", "/t/nonsense/", "/basket/"):
        go(page, live_server, path)
        found += faults(page)

    assert found == []


def test_the_menu_and_its_sheets_hold(page: Page, live_server: LiveServer, harbour: Harbour) -> None:
    go(page, live_server, f"/t/{harbour.table.code}/")
    found = faults(page)
    page.get_by_role("button", name="Add Onion soup").click()
    page.get_by_role("link", name="View basket").wait_for()
    found += faults(page)
    page.get_by_role("link", name=re.compile("kapitänsburger")).click()
    page.get_by_role("dialog").wait_for()
    found += faults(page)
    page.evaluate("document.querySelector('#dish-form').noValidate = true")  # let the server refuse it
    page.get_by_role("button", name=re.compile("^Add")).last.click()
    page.get_by_text("Please choose: How would you like it.").wait_for()
    found += faults(page)
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="hidden")
    page.get_by_role("button", name="Allergens").click()
    page.get_by_role("dialog", name="What should not be in it?").wait_for()
    found += faults(page)
    go(page, live_server, "/?q=nothing+like+it")
    found += faults(page)
    Restaurant.objects.update(ordering="paused", pause_message="Back at eight.")
    go(page, live_server, "/")
    found += faults(page)

    assert found == []


def test_product_basket_and_checkout_hold(page: Page, live_server: LiveServer, harbour: Harbour) -> None:
    go(page, live_server, f"/t/{harbour.table.code}/")
    found = []
    for path in (f"/products/{harbour.burger.pk}/", f"/products/{harbour.beer.pk}/", "/basket/"):
        go(page, live_server, path)
        found += faults(page)
    go(page, live_server, f"/products/{harbour.burger.pk}/")
    page.get_by_label("Well done").check()
    page.get_by_role("button", name="One more Cheese").click()
    page.get_by_role("button", name=re.compile("^Add")).last.click()
    page.get_by_role("link", name="View basket").click()
    found += faults(page)
    page.get_by_role("button", name=re.compile("^One more")).click()
    page.get_by_text("€29.00").first.wait_for()
    found += faults(page)
    harbour.burger.price_cents = 1500
    harbour.burger.save()
    go(page, live_server, "/basket/")
    found += faults(page)
    go(page, live_server, "/checkout/")
    found += faults(page)
    page.get_by_text("Other", exact=True).click()
    page.get_by_label("Other amount (EUR)").fill("lots")
    page.get_by_role("button", name=re.compile("^Order and pay")).click()
    page.get_by_text("Write the tip as an amount").first.wait_for()
    found += faults(page)

    assert found == []


@pytest.mark.usefixtures("demo_mode")
def test_the_order_and_payment_pages_hold(
    page: Page, live_server: LiveServer, harbour: Harbour, settings: Settings
) -> None:
    settings.SITE_URL = live_server.url
    go(page, live_server, f"/t/{harbour.table.code}/")
    page.get_by_role("button", name="Add Onion soup").click()
    page.get_by_role("link", name="View basket").wait_for()
    order = Order.objects.get()
    charge = DemoCharge.objects.create(
        uuid=uuid.uuid4(),
        idempotency_key="key",
        amount_cents=650,
        currency="EUR",
        description="Order at Harbour House",
        return_url=live_server.url,
        declined_url=live_server.url,
        cancel_url=live_server.url,
        created_at=NOW,
    )
    found = []
    go(page, live_server, f"/payments/demo/{charge.uuid}/")
    found += faults(page)
    DemoCharge.objects.update(outcome="paid", known_at=NOW)
    page.reload()
    found += faults(page)
    Order.objects.update(payment_state=PaymentState.PAYING, total_cents=650)
    for path in ("/basket/", f"/orders/{order.uuid}/", f"/orders/{order.uuid}/pay/"):
        go(page, live_server, path)
        found += faults(page)
    Order.objects.update(
        payment_state=PaymentState.UNPAID, kitchen_state=KitchenState.PREPARING, placed_at=NOW, number=12
    )
    go(page, live_server, f"/orders/{order.uuid}/")
    found += faults(page)
    Order.objects.update(kitchen_state=KitchenState.CANCELLED, cancel_reason="The oven is cold.")
    page.reload()
    found += faults(page)

    assert found == []


@pytest.mark.parametrize("path", ["/", "/basket/", "/checkout/", "product"])
def test_twice_the_text_size_still_fits_the_smallest_phone(
    open_context: OpenContext, live_server: LiveServer, harbour: Harbour, path: str
) -> None:
    page = open_context(viewport=SMALL_PHONE, reduced_motion="reduce").new_page()
    go(page, live_server, f"/t/{harbour.table.code}/")
    page.get_by_role("button", name="Add Onion soup").click()
    page.get_by_role("link", name="View basket").wait_for()
    go(page, live_server, f"/products/{harbour.burger.pk}/" if path == "product" else path)

    page.evaluate("document.documentElement.style.fontSize = '200%'")

    assert overflow(page) == 0


@pytest.mark.parametrize("language", ["en", "nl", "de", "fr"])
def test_nothing_of_the_top_bar_is_cut_in_any_language(
    open_context: OpenContext, live_server: LiveServer, harbour: Harbour, language: str
) -> None:
    page = open_context(viewport=SMALL_PHONE, locale=language, reduced_motion="reduce").new_page()
    Restaurant.objects.update(logo_drawing="logo-demo")
    browser = Client()
    browser.get(f"/t/{harbour.table.code}/")
    found = []
    for first_name in ("", "Al", "Maximiliane-Charlotte Friederike"):
        seat_member(browser, harbour.table, member(0, first_name=first_name))
        page.context.add_cookies([{"name": "guest", "value": browser.cookies["guest"].value, "url": live_server.url}])
        go(page, live_server, "/")
        found += cut_off(page, PHONE, SMALL_PHONE)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        found += cut_off(page, PHONE, SMALL_PHONE) + sideways(page, PHONE, SMALL_PHONE)

    assert found == []


def test_the_layout_does_not_shift(phone: Page, live_server: LiveServer, harbour: Harbour) -> None:
    phone.add_init_script(
        "window.shift = 0; new PerformanceObserver((list) => { for (const entry of list.getEntries())"
        " if (!entry.hadRecentInput) window.shift += entry.value; }).observe({ type: 'layout-shift', buffered: true });"
    )

    go(phone, live_server, f"/t/{harbour.table.code}/")
    phone.wait_for_load_state("networkidle")

    assert phone.evaluate("window.shift") <= 0.01
