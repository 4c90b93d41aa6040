"""A guest's way through a running demo, over HTTP, as a phone without JavaScript goes it."""

import re
import time
from html import unescape

import httpx


class Guest:
    """A browser at a table; `page` is what it shows."""

    def __init__(self, browser: httpx.Client, table: str) -> None:
        self.browser = browser
        self.page = ""
        self.open(table)

    def open(self, address: str) -> None:
        """Go to an address."""
        self.show(self.browser.get(address))

    def show(self, response: httpx.Response, *, status: int = 200) -> None:
        assert response.status_code == status, response.text
        self.site = f"{response.url.scheme}://{response.url.netloc.decode()}"
        self.page = unescape(response.text)

    def send(self, path: str, status: int = 200, /, **fields: str) -> None:
        """Send a form of the page shown, with its token, and follow where it leads; it must end with `status`."""
        form = {"csrfmiddlewaretoken": self.field("csrfmiddlewaretoken"), **fields}
        response = self.browser.post(f"{self.site}{path}", data=form, headers={"Origin": self.site})
        self.show(response, status=status)

    def field(self, name: str) -> str:
        """The first value that the page has for a field."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.page)
        assert found is not None, f"no field {name} on {self.page}"
        return found[1]

    def ask_to_come_in(self, email: str) -> None:
        """Give an address: a member's is sent a code, another one is asked to sign up, and does."""
        self.open(f"{self.site}/identify/")
        self.send("/identify/", email=email)
        if 'name="terms"' in self.page:
            self.send("/identify/sign-up/", email=email, first_name="Anna", terms="1")
        self.open(f"{self.site}/identify/code/")

    def open_offer(self, name: str) -> str:
        """Open the confirmation of a voucher; return where its form is sent to."""
        self.open(f"{self.site}/offers/")
        offer = re.search(
            rf'href="(/offers/voucher/[0-9a-f-]+/)"[^>]*>Redeem<span class="vh"> {re.escape(name)}', self.page
        )
        assert offer is not None, self.page
        self.open(f"{self.site}{offer[1]}")
        return f"{offer[1]}apply/"

    def order_and_pay_late(self, *, email: str) -> None:
        """Add the first product of the menu that needs no choice, order it, and pay at the bank that answers late."""
        self.send("/basket/add/", product=self.field("product"), quantity="1")
        self.open(f"{self.site}/checkout/")
        fields = {name: self.field(name) for name in ("checkout_key", "shown_total_cents")}
        self.send("/checkout/", **fields, method="demo", tip="0", email=email)
        bank = re.search(rf"{self.site}(/payments/demo/[0-9a-f-]+/)", self.page)
        assert bank is not None, self.page
        self.open(f"{self.site}{bank[1]}")
        self.send(bank[1], outcome="late")

    def wait_for(self, words: str, *, at: str, seconds: float = 30) -> None:
        """Reload until the page says `words`."""
        deadline = time.monotonic() + seconds
        while words not in self.page and time.monotonic() < deadline:
            time.sleep(0.5)
            self.open(at)
        assert words in self.page
