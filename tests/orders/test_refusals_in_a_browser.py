"""What a phone shows when an answer is none of the expected ones: a whole page in place of the old one, or plain words."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from menu.models import Product, Table
from orders.models import LineItem
from tests.orders.browsing import Harbour, open_harbour

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def harbour(live_server: LiveServer) -> Harbour:
    return open_harbour()


@pytest.fixture
def menu(phone: Page, live_server: LiveServer, harbour: Harbour) -> Page:
    phone.goto(f"{live_server.url}/t/{harbour.table.code}/")
    return phone


def test_a_table_that_is_no_more_and_a_product_that_is_gone_take_the_place_of_the_whole_page(
    menu: Page, live_server: LiveServer, harbour: Harbour
) -> None:
    Product.objects.filter(pk=harbour.soup.pk).update(is_hidden=True)
    menu.get_by_role("button", name="Add Onion soup").click()

    expect(menu.get_by_role("heading", name="Page not found")).to_be_visible()
    expect(menu.locator("#menu")).to_have_count(0)
    expect(menu.get_by_role("main")).to_have_count(1)

    Product.objects.filter(pk=harbour.soup.pk).update(is_hidden=False)
    menu.get_by_role("link", name="Back to the menu").click()
    Table.objects.update(code="rotated-away")
    menu.get_by_role("button", name="Add Onion soup").click()

    expect(menu.get_by_role("heading", name="Scan the code on your table")).to_be_visible()
    expect(menu.locator("#menu")).to_have_count(0)
    expect(menu.get_by_role("main")).to_have_count(1)
    assert LineItem.objects.count() == 0


def test_our_own_failure_keeps_the_page_and_says_so(menu: Page) -> None:
    menu.route("**/basket/add/", lambda route: route.fulfill(status=500, headers={"HX-Reswap": "innerHTML"}, body="no"))
    menu.get_by_role("button", name="Add Onion soup").click()

    expect(menu.get_by_role("status")).to_contain_text("nothing is lost")
    expect(menu.locator("#menu")).to_be_visible()


def test_the_search_looks_at_names_and_descriptions_only(menu: Page) -> None:
    search = menu.get_by_role("searchbox")
    search.press_sequentially("sold out")
    expect(menu.locator("#found")).to_have_text("Nothing on the menu matches.")

    search.fill("")
    search.press_sequentially("oak kapitän")

    expect(menu.locator("#found")).to_be_hidden()
    assert menu.locator(".product:visible .name").count() == 1


def test_everything_on_the_menu_stands_in_a_landmark(menu: Page) -> None:
    menu.get_by_role("button", name="Add Onion soup").click()
    expect(menu.get_by_role("navigation", name="Your basket")).to_contain_text("View basket")

    found = Axe().run(menu, options={"runOnly": ["region"]}).response["violations"]

    assert [node["target"] for violation in found for node in violation["nodes"]] == []
