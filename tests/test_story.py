"""The guide's six steps in a real browser, with JavaScript and without, on a running demo: real server, worker, beat, mails."""

import os
import re
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from django.core.management import CommandError, call_command
from playwright.sync_api import Locator, Page, expect

from tests.browser import OpenContext
from tests.orders.demo.house import WELCOME, House
from tests.orders.demo.running import Demo, free_port, running
from tests.orders.demo.walk import Guest

pytestmark = [pytest.mark.browser, pytest.mark.once]

MEMBER = "member@example.com"
NEWCOMER = "anna@example.com"
TIDIED_SECONDS = 90  # the worker's round is every minute


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """The demo has six processes, and the machine may be busy with the rest of the suite."""
    expect.set_options(timeout=20_000)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("story")
    with running(folder, "--port", str(free_port())) as demo:
        yield House(demo, folder)


@dataclass(frozen=True)
class Abandoned:
    """Two browsers of one new member: the first redeemed the welcome voucher and was left, the second wants it too."""

    second: Guest


@pytest.fixture(scope="module")
def abandoned(house: House) -> Iterator[Abandoned]:
    with httpx.Client(follow_redirects=True, timeout=60) as one, httpx.Client(follow_redirects=True, timeout=60) as two:
        first, second = (Guest(browser, house.demo.link("Table")) for browser in (one, two))
        for guest in (first, second):
            known = house.codes(NEWCOMER)
            guest.ask_to_come_in(NEWCOMER)
            guest.send("/identify/code/", code=house.wait_for_code(NEWCOMER, known=known))
        form = first.open_offer(WELCOME)
        second.open_offer(WELCOME)
        first.send(form, product=first.field("product"))
        assert f"{WELCOME} was added to your basket." in first.page
        second.send(form, 409, product=second.field("product"))
        assert "this voucher is being used on another order" in second.page
        house.let_an_hour_pass(NEWCOMER)
        yield Abandoned(second)


@dataclass(frozen=True)
class Phone:
    """A diner's phone at table 1."""

    page: Page
    house: House
    has_script: bool

    def scan(self) -> None:
        self.page.goto(self.house.demo.link("Table"))

    def follow(self, name: str | re.Pattern[str]) -> None:
        self.page.get_by_role("link", name=name).first.click()

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def sees(self, words: str) -> None:
        expect(self.page.get_by_text(words).first).to_be_attached()

    def sign_in(self, email: str) -> None:
        """From the banner to the code in the mail and back to the menu."""
        known = self.house.codes(email)
        self.follow("Start earning rewards now!")
        self.page.get_by_label("E-mail address").fill(email)
        self.press("Continue")
        self.page.get_by_label("Code of 6 digits").fill(self.house.wait_for_code(email, known=known))
        self.press("Continue")
        expect(self.page.get_by_role("link", name="See all offers")).to_be_visible()

    def open_offer(self, name: str) -> Page | Locator:
        """Ask for a voucher or a reward; return where it is confirmed: the sheet, or a page without JavaScript."""
        offers = self.page.locator("a[href^='/offers/voucher/'], a[href^='/offers/reward/']")
        offers.filter(has_text=name).first.click()
        return self.page.get_by_role("dialog") if self.has_script else self.page

    def redeem(self, name: str) -> None:
        """Confirm a voucher, be told of the success, and end at the basket."""
        asked = self.open_offer(name)
        expect(asked.get_by_text("Do you want to redeem this voucher now?")).to_be_visible()
        expect(asked.get_by_text("You can only use this voucher once.")).to_be_visible()
        asked.get_by_role("button", name="Redeem now").click()
        self._end_at_basket(name)

    def buy(self, name: str, points: int, *, left: int) -> None:
        """Confirm a reward with its price, be told of the success, and end at the basket."""
        asked = self.open_offer(name)
        expect(asked.get_by_text(f"After that you have {left} points left.")).to_be_visible()
        asked.get_by_role("button", name=f"Buy for {points} points").click()
        self._end_at_basket(name)

    def _end_at_basket(self, name: str) -> None:
        expect(self.page.get_by_text(f"{name} was added to your basket.").first).to_be_visible()
        if self.has_script:
            self.page.get_by_role("dialog").get_by_role("link", name="View basket").click()
        expect(self.page).to_have_url(f"{self.house.site}/basket/")

    def line(self, product: str) -> Locator:
        heading = self.page.get_by_role("heading", name=product)
        return self.page.get_by_role("listitem").filter(has=heading).first

    def pay(self, outcome: str, *, total: str) -> None:
        """Order, and press a button of the demo's bank."""
        self.page.get_by_label("Pay online").check()
        self.press(f"Order and pay {total}")
        self.press(outcome)

    def wait_for_success(self) -> None:
        """The order page fetches its own news."""
        expect(self.page.get_by_role("heading", name="Order successful")).to_be_visible(timeout=25_000)


@pytest.fixture(params=[True, False], ids=["javascript", "plain"])
def phone(request: pytest.FixtureRequest, open_context: OpenContext, house: House) -> Phone:
    return Phone(open_context(java_script_enabled=request.param).new_page(), house, request.param)


def walk_to_the_basket(phone: Phone, *, balance: int) -> None:
    """Steps 1 to 5: scan, identify, look at the offers, redeem a voucher, buy a reward, look at the basket."""
    phone.scan()
    phone.sign_in(MEMBER)
    phone.sees(f"Balance: {balance} points")
    phone.sees("Redeem A Margherita on us")

    phone.follow("See all offers")
    far = phone.page.get_by_role("listitem").filter(has_text="Half a chicken off the spit")
    expect(far.get_by_role("button", name="Redeem Half a chicken off the spit")).to_be_disabled()
    expect(far).to_contain_text(f"{900 - balance} points missing")
    phone.redeem("A Margherita on us")
    expect(phone.line("Margherita").locator("s")).to_contain_text("€12.00")

    phone.follow("See all offers")
    phone.buy("Tiramisu", 250, left=balance - 250)
    expect(phone.line("Tiramisu").locator("s")).to_contain_text("€6.50")
    phone.page.goto(phone.house.site)
    phone.sees(f"Balance: {balance - 250} points")
    phone.press("Add Burrata and charred peach")
    phone.follow(re.compile("View basket"))
    expect(phone.page.get_by_text("+12 points")).to_be_visible()


def end_the_order(open_context: OpenContext, house: House, *, take_back: bool) -> None:
    """As staff, cancel the newest order, or take all of it back."""
    page = open_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(f"{house.site}/admin/orders/order/")
    page.get_by_label("Username").fill("staff")
    page.get_by_label("Password").fill((house.folder / "demo_password").read_text())
    page.get_by_role("button", name="Log in").click()
    page.locator("#result_list tbody th a").first.click()
    page.get_by_text("Take back …" if take_back else "Cancel …").click()
    form = page.locator("details[open] form")
    for field in form.get_by_role("spinbutton").all():
        field.fill(str(field.get_attribute("max")))
    form.get_by_label(re.compile("^Why?")).fill("The oven went out")
    form.get_by_role("button").click()
    expect(page.get_by_text("The oven went out").first).to_be_attached()


@pytest.mark.usefixtures("abandoned")
def test_a_member_walks_all_six_steps(phone: Phone, house: House, open_context: OpenContext) -> None:
    start = house.balance(MEMBER)
    walk_to_the_basket(phone, balance=start)

    phone.follow("Checkout")
    phone.pay("Decline", total="€12.50")
    phone.sees("Your payment was declined.")
    assert house.holds(MEMBER) == 1
    phone.page.goto(f"{house.site}/basket/")
    expect(phone.page.get_by_role("button", name="Take off A Margherita on us")).to_be_visible()
    phone.follow("Checkout")
    phone.pay("Pay, but answer late" if phone.has_script else "Pay", total="€12.50")

    phone.wait_for_success()
    phone.sees("Your order was successfully processed, we're preparing it right away.")
    phone.sees("You earned 12 points")
    phone.sees(f"Your new balance: {start - 250 + 12} points")
    phone.page.goto(house.site)
    phone.sees(f"Balance: {start - 250 + 12} points")
    expect(phone.page.get_by_role("link", name="Redeem A Margherita on us")).to_have_count(0)

    end_the_order(open_context, house, take_back=not phone.has_script)

    phone.page.goto(house.site)
    phone.sees(f"Balance: {start - 250} points")
    expect(phone.page.get_by_role("link", name="Redeem A Margherita on us")).to_be_visible()
    expect(phone.page.get_by_role("link", name="Redeem Tiramisu").first).to_be_visible()


def test_a_newcomer_joins_and_redeems_the_welcome_voucher_once_the_address_is_confirmed(
    phone: Phone, house: House
) -> None:
    email = "nadia@example.com" if phone.has_script else "nils@example.com"
    phone.scan()
    phone.follow("Start earning rewards now!")
    phone.page.get_by_label("E-mail address").fill(email)
    phone.press("Continue")
    expect(phone.page.get_by_label("E-mail address")).to_have_value(email)
    phone.page.get_by_label(re.compile("^I accept the terms")).check()
    phone.press("Join and start earning")
    phone.sees("Balance: 0 points")

    asked = phone.open_offer(WELCOME)
    asked.get_by_role("link", name="Enter the code").last.click()
    phone.page.get_by_label("Code of 6 digits").fill(house.wait_for_code(email, known=[]))
    phone.press("Continue")
    expect(phone.page.get_by_text("Do you want to redeem this voucher now?")).to_be_visible()
    phone.press("Redeem now")

    expect(phone.page.get_by_text(f"{WELCOME} was added to your basket.").first).to_be_visible()
    phone.page.goto(f"{house.site}/basket/")
    expect(phone.line("Espresso").locator("s")).to_contain_text("€2.80")


def test_an_abandoned_voucher_is_free_again_and_the_worker_tidies_its_row(house: House, abandoned: Abandoned) -> None:
    deadline = time.monotonic() + TIDIED_SECONDS
    while house.holds(NEWCOMER) and time.monotonic() < deadline:
        time.sleep(0.5)
    assert house.holds(NEWCOMER) == 0

    second = abandoned.second
    second.send(second.open_offer(WELCOME), product=second.field("product"))

    assert f"{WELCOME} was added to your basket." in second.page
    assert house.holds(NEWCOMER) == 1


def wait_until_gone(demo: Demo) -> list[int]:
    deadline = time.monotonic() + 20
    while (left := demo.processes()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return left


def test_the_demo_says_where_to_go_keeps_its_data_and_leaves_no_process(house: House) -> None:
    """The last one: it ends the demo."""
    demo, site, folder = house.demo, house.site, house.folder
    port = site.rpartition(":")[2]
    password = re.escape((folder / "demo_password").read_text())
    assert [line for line in demo.lines if line] == demo.lines
    assert re.fullmatch(rf"Table       {site}/t/[a-z0-9]+/", demo.lines[0])
    assert demo.lines[1] == f"Restaurant  {site}/r/demo/"
    assert re.fullmatch(rf"Admin       {site}/admin/   user: staff   password: {password}", demo.lines[-2])
    assert demo.lines[-1] == f"Mail        {site}/dev/mail/"
    assert httpx.get(f"{site}/readyz").json()["status"] == "ready"
    for word in ("Table", "Restaurant", "Admin", "Mail"):
        assert httpx.get(demo.link(word), follow_redirects=True).status_code == 200, word
    stylesheet = re.search(r'href="(/static/css/diner\.[0-9a-f]{12}\.css)"', httpx.get(demo.link("Restaurant")).text)
    assert stylesheet is not None
    assert httpx.get(f"{site}{stylesheet[1]}").status_code == 200
    assert len(demo.processes()) == 5  # web server with two workers, worker, beat; the command has no SITE_URL set

    with httpx.Client(follow_redirects=True, timeout=30) as browser:
        guest = Guest(browser, demo.link("Table"))
        guest.order_and_pay_late(email="diner@example.com")
        order_page = re.search(r"/orders/[0-9a-f-]+/", guest.page)
        assert order_page is not None
        guest.wait_for("Order successful", at=f"{site}{order_page[0]}")
        guest.wait_for("To diner@example.com", at=demo.link("Mail"), seconds=60)

    with pytest.raises(CommandError, match=f"^Port {port} is in use: .* choose another one with --port.$") as refused:
        call_command("demo", "--port", port)
    assert refused.value.returncode == 1
    third = Demo(folder, "--port", str(free_port()), "--fresh")
    assert third.process.wait(60) == 1
    assert third.process.communicate()[1] == (
        "CommandError: Another demo runs on the same data: stop it before you start over.\n"
    )

    demo.process.send_signal(signal.SIGINT)
    assert demo.process.wait(30) == 0
    assert demo.processes() == []

    with running(folder, "--port", port) as again:
        assert again.lines == demo.lines

        os.kill(again.process.pid, signal.SIGKILL)

        assert wait_until_gone(again) == []
