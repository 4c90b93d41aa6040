"""An outage of Leat, of whatever sort, costs no page and no press of a button more than 300 ms: differences of medians."""

import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median
from uuid import UUID

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from loyalty.backends.leat.programme import LeatLoyalty
from loyalty.models import Contact
from menu.models import Product
from orders import settlement
from orders.models import DemoCharge, Order
from tests.factories import ProductFactory, TableFactory
from tests.loyalty.leat.running import House, LeatBench
from tests.loyalty.leat.test_outage import hidden
from tests.loyalty.leat.troubled import BadLine
from tests.orders.members import seat_member
from tests.test_port import form

pytestmark = [pytest.mark.django_db, pytest.mark.once]

LONGER_SECONDS = 0.3
ROUNDS = 3
OUTAGES: dict[str, Callable[[BadLine], None]] = {
    "none": BadLine.open,
    "refused": BadLine.cut,
    "silent": BadLine.fall_silent,
}
# As the settings come; a change may take less, so that the test need not wait for the end of one given up.
CHANGE_TIMEOUT = 1.5


class Diner:
    """A member in a browser at the table, whose every request is timed, each as the first of a process."""

    def __init__(self, client: Client, on_leat: LeatLoyalty, bench: LeatBench, line: BadLine) -> None:
        self.client = client
        self.on_leat, self.bench, self.line = on_leat, bench, line
        self.patient = on_leat.leat.account
        self.took: dict[str, float] = {}
        self.soup: Product = ProductFactory.create(
            restaurant=TableFactory.create().restaurant, name="Soup", price_cents=1200
        )
        self.member = on_leat.sign_up(form(), now=timezone.now())
        seat_member(client, self.soup.restaurant.tables.get(), Contact(uuid=UUID(self.member)))

    def fill_basket(self) -> dict[str, str]:
        """Have Leat answer, put soup with a voucher into the basket, and open the checkout; return what its form sends."""
        self.line.open()
        self.on_leat.leat.close()
        self.on_leat.leat.account = self.patient
        code = self.bench.issue_voucher(self.member)
        voucher_id = self.on_leat.find_voucher(self.member, code, now=timezone.now()).id
        assert self.client.post("/basket/add/", {"product": self.soup.pk, "quantity": 1}).status_code == 302
        assert self.client.post(f"/offers/voucher/{voucher_id}/apply/").status_code in {302, 303}
        page = self.client.get("/checkout/").content.decode()
        return {name: hidden(page, name) for name in ("checkout_key", "shown_total_cents")}

    def ask(self, name: str, address: str, **sent: object) -> str:
        """Time one request; return where it leads to."""
        cache.clear()
        self.on_leat.leat.close()
        self.on_leat.leat.account = replace(
            self.patient, connect_timeout=0.25, read_timeout=2.0, change_timeout=CHANGE_TIMEOUT, silence_seconds=0.2
        )
        start = time.perf_counter()
        answer = self.client.post(address, sent) if sent else self.client.get(address)
        self.took[name] = time.perf_counter() - start
        assert answer.status_code < 400 or answer.status_code == 503, (name, answer.content.decode())
        return str(answer.get("Location", ""))

    def walk(self, trouble: Callable[[BadLine], None]) -> dict[str, float]:
        """Open every page and press every button once; return how long each took."""
        self.took = {}
        fields = self.fill_basket()
        trouble(self.line)
        for address in ("/", f"/products/{self.soup.pk}/", "/offers/", "/basket/", "/checkout/", "/me/"):
            self.ask(address, address)
        mine = self.ask("pay at the counter", "/checkout/", **fields, method="counter", tip="0")
        self.ask("unpaid order", mine)
        fields = self.fill_basket()
        trouble(self.line)
        self.ask("pay online", "/checkout/", **fields, method="demo", tip="0")
        charge = DemoCharge.objects.latest("created_at")
        mine = self.ask("back from the bank", f"/payments/demo/{charge.uuid}/", outcome="pay")
        self.ask("paid order", mine)
        return self.took


def settle_until(done: Callable[[], bool]) -> None:
    """Do what the worker does every half minute, until it is done."""
    deadline = time.monotonic() + 15
    while not done() and time.monotonic() < deadline:
        settlement.settle_paid(now=timezone.now())
        time.sleep(0.2)
    assert done()


@pytest.fixture
def bench(on_leat: LeatLoyalty, leat_house: House) -> LeatBench:
    return LeatBench.going_on(leat_house, on_leat.leat)


def test_no_page_and_no_press_waits_for_a_leat_that_is_gone(
    client: Client, demo_mode: None, settings: Settings, on_leat: LeatLoyalty, bench: LeatBench, line: BadLine
) -> None:
    diner = Diner(client, on_leat, bench, line)
    rounds = [{name: diner.walk(trouble) for name, trouble in OUTAGES.items()} for _round in range(ROUNDS)]

    for outage in set(OUTAGES) - {"none"}:
        longer = {
            page: round(median(walks[outage][page] - walks["none"][page] for walks in rounds), 3)
            for page in rounds[0][outage]
        }
        assert max(longer.values()) < LONGER_SECONDS, (outage, longer)

    line.open()
    on_leat.leat.close()
    on_leat.leat.account = diner.patient
    for unpaid in Order.objects.filter(payment_state="unpaid"):
        settlement.mark_paid(unpaid, by="anna", now=timezone.now())
    settle_until(lambda: not Order.objects.filter(settled_at=None).exists())
    count = 2 * ROUNDS * len(OUTAGES)
    facts = bench.house.do("facts", email="member@example.com")
    assert (facts["orders"], facts["redemptions"], facts["balance"]) == (count, count, 10 * count)
    assert facts["entries"] == [10] * count
