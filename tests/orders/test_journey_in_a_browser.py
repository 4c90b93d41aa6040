"""The whole path on a phone: with JavaScript, without it, with the back button, the network gone and allergens to avoid."""

import re

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from orders.kitchen import move
from orders.models import KitchenState, LineItem, Order, PaymentState
from tests.browser import PHONE, OpenContext
from tests.factories import NOW
from tests.orders.browsing import Harbour, open_harbour

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BURGER = re.compile("kapitänsburger")
ADD = re.compile("^Add")


@pytest.fixture
def harbour(live_server: LiveServer, settings: Settings, demo_mode: None) -> Harbour:
    settings.SITE_URL = live_server.url
    return open_harbour()


@pytest.fixture
def menu(phone: Page, live_server: LiveServer, harbour: Harbour) -> Page:
    """The menu of table 5, just scanned, on a phone with JavaScript."""
    phone.goto(f"{live_server.url}/t/{harbour.table.code}/")
    return phone


def test_scan_choose_order_and_pay(menu: Page, live_server: LiveServer) -> None:
    menu.get_by_role("button", name="Add Onion soup").click()
    expect(menu.get_by_role("link", name="View basket")).to_contain_text("1 item")
    expect(menu.get_by_role("status")).to_have_text("Added. Basket 1 item, €6.50")

    menu.get_by_role("link", name=BURGER).click()
    sheet = menu.get_by_role("dialog")
    sheet.get_by_label("Well done").check()
    sheet.get_by_role("button", name="One more Cheese").click()
    sheet.get_by_label("Onion").check()
    sheet.get_by_role("button", name=re.compile("^One more Donau")).click()
    expect(sheet.get_by_role("button", name=ADD)).to_have_text("Add €31.00")
    sheet.get_by_role("button", name=ADD).click()
    expect(sheet).to_be_hidden()
    expect(menu).to_have_url(f"{live_server.url}/")
    expect(menu.get_by_role("link", name="View basket")).to_contain_text("3 items")

    menu.get_by_role("link", name="View basket").click()
    menu.get_by_role("button", name="One more Onion soup").click()
    expect(menu.get_by_role("status")).to_have_text("Onion soup: 2 in your basket. Basket 4 items, €44.00")
    menu.get_by_label("Note for the whole order").fill("We are in a hurry")
    menu.get_by_role("link", name="Checkout").click()
    menu.get_by_label("10%").check()
    expect(menu.get_by_role("button", name="Order and pay €48.40")).to_be_visible()
    menu.get_by_label("Pay online").check()
    menu.get_by_role("button", name="Order and pay €48.40").click()

    menu.get_by_role("button", name="Pay", exact=True).click()
    expect(menu.get_by_role("heading", name="Order successful")).to_be_visible()
    order = Order.objects.get()
    assert (order.total_cents, order.tip_cents, order.payment_state) == (4840, 440, PaymentState.PAID)
    assert order.note == "We are in a hurry"
    expect(menu.get_by_text("Received")).to_be_visible()
    move(order, seen=KitchenState.RECEIVED, target=KitchenState.PREPARING, now=NOW)
    expect(menu.locator("[aria-current=step]")).to_have_text("Being prepared")


def test_the_same_path_without_javascript(
    phone_without_javascript: Page, live_server: LiveServer, harbour: Harbour
) -> None:
    page = phone_without_javascript
    page.goto(f"{live_server.url}/t/{harbour.table.code}/")
    page.get_by_role("button", name="Add Onion soup").click()
    expect(page.get_by_text("Onion soup added. Basket 1 item, €6.50")).to_be_visible()
    expect(page.get_by_role("button", name="Allergens")).to_be_hidden()

    page.get_by_role("link", name=BURGER).click()
    page.get_by_label("Pink").check()
    page.get_by_role("spinbutton", name="Cheese").fill("2")
    page.get_by_label("Onion").check()
    page.get_by_label("How many").fill("2")
    page.get_by_role("button", name=ADD).click()
    expect(page.get_by_text("Choose at most 2: On top.")).to_be_visible()
    expect(page.get_by_label("Pink")).to_be_checked()
    expect(page.get_by_label("How many")).to_have_value("2")
    page.get_by_label("Onion").uncheck()
    page.get_by_role("button", name=ADD).click()

    page.get_by_role("link", name="View basket").click()
    page.get_by_role("button", name="Remove Onion soup").click()
    page.get_by_role("button", name="Undo").click()
    page.get_by_label("Note for the whole order").fill("Window seat")
    page.get_by_role("button", name="Save the note").click()
    page.get_by_role("link", name="Checkout").click()
    page.get_by_label("Other", exact=True).check()
    page.get_by_label("Other amount (EUR)").fill("1.50")
    page.get_by_role("button", name="Update").click()
    page.get_by_label("Pay online").check()
    page.get_by_role("button", name="Order and pay €40.00").click()

    page.get_by_role("button", name="Decline").click()
    expect(page.get_by_text("Your payment was declined.")).to_be_visible()
    page.get_by_label("Pay at the counter").check()
    page.get_by_role("button", name="Order and pay €38.50").click()
    expect(page.get_by_role("heading", name="Order successful")).to_be_visible()
    expect(page.get_by_text("Please pay €38.50 to our staff or at the counter.")).to_be_visible()
    assert Order.objects.get().total_cents == 3850


def test_the_back_button_closes_the_sheet_where_the_menu_was(
    menu: Page, live_server: LiveServer, harbour: Harbour
) -> None:
    menu.get_by_role("link", name="House beer").scroll_into_view_if_needed()
    place = menu.evaluate("scrollY")
    menu.get_by_role("link", name="House beer").click()
    expect(menu.get_by_role("dialog")).to_be_visible()
    expect(menu).to_have_url(f"{live_server.url}/products/{harbour.beer.pk}/")

    menu.go_back()

    expect(menu.get_by_role("dialog")).to_be_hidden()
    expect(menu).to_have_url(f"{live_server.url}/")
    assert menu.evaluate("scrollY") == place
    menu.get_by_role("link", name="House beer").click()
    menu.get_by_role("button", name="Close").click()
    expect(menu.get_by_role("dialog")).to_be_hidden()
    expect(menu).to_have_url(f"{live_server.url}/")


def test_a_finger_pulls_the_sheet_down(menu: Page, live_server: LiveServer) -> None:
    menu.get_by_role("link", name="House beer").click()
    sheet = menu.get_by_role("dialog")
    expect(sheet).to_be_visible()
    menu.wait_for_timeout(300)
    box = sheet.bounding_box()
    assert box
    finger = menu.context.new_cdp_session(menu)

    def touch(kind: str, *, down: int) -> None:
        points = [] if kind == "touchEnd" else [{"x": box["x"] + 60, "y": box["y"] + 60 + down}]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", down=0)
    for down in (10, 60, 110, 160):
        touch("touchMove", down=down)
    moved = sheet.bounding_box()
    assert moved
    assert moved["y"] - box["y"] >= 100
    touch("touchEnd", down=0)

    expect(sheet).to_be_hidden()
    expect(menu).to_have_url(f"{live_server.url}/")


def test_a_product_opened_by_its_address_is_a_page_and_adds_too(
    menu: Page, live_server: LiveServer, harbour: Harbour
) -> None:
    menu.goto(f"{live_server.url}/products/{harbour.beer.pk}/")
    menu.get_by_label("Small").check()
    menu.get_by_role("button", name=ADD).click()

    expect(menu.get_by_role("link", name="View basket")).to_contain_text("€3.90")
    expect(menu).to_have_url(f"{live_server.url}/")


def test_a_required_choice_is_asked_for_before_anything_is_sent(menu: Page) -> None:
    menu.get_by_role("link", name=BURGER).click()
    menu.get_by_role("dialog").get_by_role("button", name=ADD).click()

    assert menu.evaluate("document.querySelector('#dish-form input:invalid').name").startswith("modifier-")
    assert LineItem.objects.count() == 0


def test_what_sold_out_meanwhile_opens_with_the_reason(menu: Page, harbour: Harbour) -> None:
    harbour.soup.sold_out_since = NOW
    harbour.soup.save()

    menu.get_by_role("button", name="Add Onion soup").click()

    expect(menu.get_by_role("dialog").get_by_text("Onion soup is sold out.")).to_be_visible()
    assert LineItem.objects.count() == 0


def test_two_quick_taps_are_two_soups_and_the_steppers_keep_the_focus(menu: Page, live_server: LiveServer) -> None:
    menu.get_by_role("button", name="Add Onion soup").dblclick()
    expect(menu.get_by_role("link", name="View basket")).to_contain_text("2 items")

    menu.goto(f"{live_server.url}/basket/")
    more = menu.get_by_role("button", name="One more Onion soup")
    more.focus()
    menu.keyboard.press("Enter")
    expect(menu.locator(".count")).to_contain_text("3")
    expect(more).to_be_focused()


def test_a_network_that_is_gone_says_so_and_trying_again_works(menu: Page) -> None:
    menu.context.set_offline(True)
    menu.get_by_role("button", name="Add Onion soup").click()
    expect(menu.get_by_role("status")).to_contain_text("That did not reach us.")
    assert LineItem.objects.count() == 0

    menu.context.set_offline(False)
    menu.get_by_role("button", name="Add Onion soup").click()
    expect(menu.get_by_role("link", name="View basket")).to_contain_text("1 item")


def test_search_filters_as_one_types(menu: Page) -> None:
    menu.get_by_label("Search the menu").fill("SOUP")
    expect(menu.get_by_role("link", name="Onion soup")).to_be_visible()
    expect(menu.get_by_role("link", name=BURGER)).to_be_hidden()
    expect(menu.get_by_role("heading", name="Mains")).to_be_hidden()

    menu.get_by_label("Search the menu").fill("unicorn")
    expect(menu.get_by_text("Nothing on the menu matches.")).to_be_visible()
    menu.get_by_label("Search the menu").fill("")
    expect(menu.get_by_role("link", name=BURGER)).to_be_visible()


def test_allergens_to_avoid_stay_on_the_phone_and_are_told_in_the_basket(menu: Page, live_server: LiveServer) -> None:
    sent: list[str] = []
    menu.get_by_role("button", name="Add Onion soup").click()
    expect(menu.get_by_role("link", name="View basket")).to_be_visible()
    menu.on("request", lambda request: sent.append(f"{request.url} {request.post_data or ''}"))

    menu.get_by_role("button", name="Allergens").click()
    menu.get_by_label("Celery").check()
    menu.get_by_role("button", name="Show the menu").click()

    expect(menu.get_by_role("link", name="Onion soup")).to_be_hidden()
    expect(menu.get_by_role("link", name=BURGER)).to_be_visible()
    expect(menu.get_by_text("Hidden because of your allergens: 1")).to_be_visible()
    menu.goto(f"{live_server.url}/basket/")
    expect(menu.get_by_text("Contains: Celery")).to_be_visible()
    assert not [each for each in sent if "celery" in each.lower()]


def test_the_category_in_view_is_marked(menu: Page) -> None:
    chips = menu.get_by_role("navigation", name="Categories")
    expect(chips.locator("[aria-current]")).to_have_text("Starters")

    chips.get_by_role("link", name="Mains").click()

    expect(chips.locator("[aria-current]")).to_have_text("Mains")


def test_going_back_to_the_menu_shows_the_basket_as_it_is_now(menu: Page, live_server: LiveServer) -> None:
    menu.get_by_role("button", name="Add Onion soup").click()
    menu.get_by_role("link", name="View basket").click()
    menu.get_by_role("button", name="One more Onion soup").click()
    expect(menu.locator(".count")).to_contain_text("2")

    menu.go_back()

    expect(menu.get_by_role("link", name="View basket")).to_contain_text("2 items")


def test_the_menu_can_be_ordered_from_with_the_keyboard_alone(menu: Page, live_server: LiveServer) -> None:
    menu.keyboard.press("Tab")
    expect(menu.get_by_role("link", name="Skip to content")).to_be_focused()
    menu.get_by_role("link", name="House beer").focus()
    menu.keyboard.press("Enter")
    sheet = menu.get_by_role("dialog")
    expect(sheet).to_be_visible()
    sheet.get_by_label("Small").focus()
    menu.keyboard.press("Space")
    sheet.get_by_role("button", name=ADD).focus()
    menu.keyboard.press("Enter")

    expect(sheet).to_be_hidden()
    expect(menu.get_by_role("link", name="House beer")).to_be_focused()
    expect(menu.get_by_role("link", name="View basket")).to_contain_text("€3.90")


def test_the_staff_can_be_called(menu: Page) -> None:
    menu.get_by_role("button", name="Call staff").click()

    expect(menu.get_by_text("Somebody is on the way to you.")).to_be_visible()


def test_a_payment_under_way_in_another_tab_can_be_cancelled(
    open_context: OpenContext, live_server: LiveServer, harbour: Harbour
) -> None:
    page = open_context(viewport=PHONE).new_page()
    page.goto(f"{live_server.url}/t/{harbour.table.code}/")
    page.get_by_role("button", name="Add Onion soup").click()
    expect(page.get_by_role("link", name="View basket")).to_be_visible()
    page.goto(f"{live_server.url}/checkout/")
    page.get_by_label("Pay online").check()
    page.get_by_role("button", name="Order and pay").click()
    expect(page.get_by_role("button", name="Decline")).to_be_visible()

    page.goto(f"{live_server.url}/basket/")
    expect(page.get_by_text("Payment of €6.50 is under way.")).to_be_visible()
    page.get_by_role("button", name="Cancel the payment").click()

    expect(page.get_by_role("link", name="Checkout")).to_be_visible()
    assert Order.objects.get().payment_state == PaymentState.UNPAID
