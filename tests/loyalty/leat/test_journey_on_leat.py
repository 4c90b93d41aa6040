"""The guide's six steps in a browser, the programme in another process behind Leat's API; with JavaScript and without."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from loyalty import port
from loyalty.backends.leat.programme import LeatLoyalty
from orders.models import Order
from orders.returns import return_everything
from tests.browser import OpenContext
from tests.factories import ProductFactory
from tests.loyalty.leat.running import House, LeatBench
from tests.orders.browsing import Harbour, open_harbour
from tests.test_port import form

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MEMBER, NEWCOMER = "member@example.com", "new@example.com"


@pytest.fixture
def harbour(live_server: LiveServer, settings: Settings, demo_mode: None, on_leat: LeatLoyalty) -> Harbour:
    settings.SITE_URL = live_server.url
    found = open_harbour()
    ProductFactory.create(restaurant=found.table.restaurant, name="Coffee", sku="COFFEE", price_cents=300)
    return found


@pytest.fixture
def bench(on_leat: LeatLoyalty, leat_house: House) -> LeatBench:
    return LeatBench.going_on(leat_house, on_leat.leat)


@pytest.fixture(params=[True, False], ids=["javascript", "plain"])
def page(request: pytest.FixtureRequest, open_context: OpenContext) -> Page:
    return open_context(java_script_enabled=request.param).new_page()


def confirm(page: Page, name: str | re.Pattern[str], button: str) -> None:
    """Follow an offer, confirm it on the sheet or the page, and end at the basket."""
    page.get_by_role("link", name=name).first.click()
    page.get_by_role("button", name=button).click()
    expect(page.get_by_text("was added to your basket.").first).to_be_visible()
    basket = page.get_by_role("dialog").get_by_role("link", name="View basket")
    if basket.count():
        basket.click()
    expect(page).to_have_url(re.compile("/basket/$"))


def line(page: Page, product: str) -> Locator:
    return page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=product)).first


def ask_to_come_in(page: Page, live_server: LiveServer, harbour: Harbour, email: str) -> None:
    page.goto(f"{live_server.url}/t/{harbour.table.code}/")
    page.get_by_role("link", name="Start earning rewards now!").click()
    page.get_by_label("E-mail address").fill(email)
    page.get_by_role("button", name="Continue").click()


def test_a_member_walks_all_six_steps(
    page: Page, live_server: LiveServer, harbour: Harbour, bench: LeatBench, on_leat: LeatLoyalty
) -> None:
    member = on_leat.sign_up(form(), now=timezone.now())
    bench.give_points(member, 250)
    bench.issue_voucher(member)
    bench.make_reward(points=100)
    bench.make_reward(points=300)

    ask_to_come_in(page, live_server, harbour, MEMBER)
    page.get_by_label("Code of 6 digits").wait_for()
    page.get_by_label("Code of 6 digits").fill(bench.read_code(MEMBER))
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("Balance: 250 points").first).to_be_attached()
    page.get_by_role("button", name="Add Onion soup").click()
    expect(page.get_by_role("link", name="View basket")).to_contain_text("1 item")

    page.get_by_role("link", name="See all offers").click()
    expect(page.get_by_role("listitem").filter(has_text="50 points missing").get_by_role("button")).to_be_disabled()
    confirm(page, re.compile("Redeem 10% off"), "Redeem now")
    page.goto(f"{live_server.url}/offers/")
    page.get_by_role("link", name=re.compile("Redeem Free coffee")).first.click()
    expect(page.get_by_text("After that you have 150 points left.")).to_be_visible()
    page.get_by_role("button", name="Buy for 100 points").click()
    expect(page.get_by_text("Free coffee was added to your basket.").first).to_be_visible()

    page.goto(f"{live_server.url}/basket/")
    expect(line(page, "Onion soup").locator("s")).to_contain_text("€6.50")
    expect(line(page, "Coffee").locator("s")).to_contain_text("€3.00")
    expect(page.get_by_text("+5 points")).to_be_visible()
    page.get_by_role("link", name="Checkout").click()
    page.get_by_label("Pay online").check()
    page.get_by_role("button", name="Order and pay €5.85").click()
    page.get_by_role("button", name="Pay", exact=True).click()

    expect(page.get_by_role("heading", name="Order successful")).to_be_visible()
    expect(page.get_by_text("You earned 5 points").first).to_be_attached()
    expect(page.get_by_text("Your new balance: 155 points").first).to_be_attached()
    page.goto(live_server.url)
    expect(page.get_by_text("Balance: 155 points").first).to_be_attached()
    told = bench.house.do("facts", email=MEMBER)
    assert (told["balance"], told["redemptions"], told["orders"], told["held"]) == (155, 2, 1, 0)

    return_everything(Order.objects.get(), key="r-1", by="anna", reason="The oven went out", now=timezone.now())

    told = bench.house.do("facts", email=MEMBER)
    assert (told["balance"], told["redemptions"]) == (150, 0)
    wallet = port.load().wallet(member, shop="harbour", now=timezone.now())
    assert (len(wallet.vouchers), len(wallet.collectables), wallet.balance) == (1, 1, 150)


def test_a_newcomer_joins_and_confirms_the_address(
    page: Page, live_server: LiveServer, harbour: Harbour, bench: LeatBench
) -> None:
    ask_to_come_in(page, live_server, harbour, NEWCOMER)
    page.get_by_label("First name").fill("Anna")
    page.get_by_label(re.compile("^I accept the terms")).check()
    page.get_by_role("button", name="Join and start earning").click()
    expect(page.get_by_text("Balance: 0 points").first).to_be_attached()

    page.goto(f"{live_server.url}/identify/code/")
    page.get_by_label("Code of 6 digits").fill(bench.read_code(NEWCOMER))
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("Balance: 0 points").first).to_be_attached()

    contact_id = port.load().find_contact(NEWCOMER, asker=None, now=timezone.now())
    assert contact_id is not None
    details = port.load().details(contact_id)
    assert (details.first_name, details.is_verified, details.consents) == (
        "Anna",
        True,
        {"terms": True, "marketing": False},
    )
