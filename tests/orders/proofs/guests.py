"""Diners who order over real HTTP and do not give up while a server is being killed under them; and the staff's browser."""

import random
import re
import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from typing import Any

import httpx
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from loyalty import gift_cards, money
from loyalty.models import Contact, GiftCard, Voucher
from loyalty.tls import trusted_authorities
from orders.guest import Visitor, seat, write_cookie
from orders.identify import sign_in, visitor_of
from orders.models import Attempt, Order, PaymentState
from tests.loyalty.factories import VoucherFactory, member
from tests.orders.proofs.serving import Place, until
from tests.orders.proofs.town import Town, Wishes

TOKEN = "t" * 32
FIELDS = re.compile(r'<input type="hidden" name="(checkout_key|shown_total_cents|shown_to_pay_cents)" value="(\w+)"')
LINK = re.compile(r'content="0; url=([^"]+)"')
OPEN = (PaymentState.PAYING, PaymentState.UNKNOWN)


class Browser:
    """A browser that tries a request again when the server was killed under it."""

    def __init__(self, house: Place, *, cookies: dict[str, str]) -> None:
        self.house = house
        self.slowest = 0.0
        self.client = httpx.Client(
            base_url=house.url,
            cookies={"csrf": TOKEN, **cookies},
            headers={"X-CSRFToken": TOKEN},
            timeout=20,
            verify=trusted_authorities(),
            trust_env=False,
        )
        house.closing.callback(self.client.close)

    def ask(self, method: str, path: str, form: dict[str, str] | None = None, *, seconds: float = 60) -> httpx.Response:
        """Send a request, again and again until somebody answers."""
        deadline = time.monotonic() + seconds
        while True:
            started = time.monotonic()
            try:
                answer = self.client.request(method, path, data=form)
                self.slowest = max(self.slowest, time.monotonic() - started)
                return answer
            except httpx.TransportError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def sends_into_the_void(self, method: str, path: str, form: dict[str, str] | None = None) -> bool:
        """Send a request once; True where nobody answered."""
        try:
            self.client.request(method, path, data=form)
        except httpx.TransportError:
            return True
        return False


@dataclass
class Diner(Browser):
    """A member in front of a phone. What they did is in `log`, for a test that fails."""

    town: Town
    wishes: Wishes
    contact: Contact = field(init=False)
    guest_id: uuid.UUID = field(init=False)
    voucher: Voucher | None = None
    card: GiftCard | None = None

    def __post_init__(self) -> None:
        now = timezone.now()
        self.contact = member(50, now=now)
        visitor = Visitor(guest_id=uuid.uuid4(), table_code=self.town.table.code)
        nobody = seat(visitor, table=self.town.table, now=now)
        assert nobody is not None
        guest = sign_in(nobody, str(self.contact.uuid), is_verified=True, now=now)
        self.guest_id = guest.pk
        answer = HttpResponse()
        write_cookie(answer, visitor_of(guest, self.town.table))
        super().__init__(self.town.house, cookies={"guest": answer.cookies["guest"].value})
        if self.wishes.has_voucher:
            self.voucher = VoucherFactory.create(contact=self.contact, expires_at=now + timedelta(days=30))
        if self.wishes.card_cents:
            self.card = gift_cards.issue_card(self.town.cards, cents=self.wishes.card_cents, key=str(guest.pk), now=now)
        if self.wishes.prepaid_cents:
            account = money.prepaid_account(self.contact)
            money.top_up(account, self.wishes.prepaid_cents, source=f"top-up:{guest.pk}", by="anna", now=now)

    @property
    def order(self) -> Order:
        """Their only order."""
        return Order.objects.get(guest_id=self.guest_id)

    def choose(self) -> "Diner":
        """Fill the basket and put the voucher on it."""
        wanted = [(self.town.pizza, self.wishes.pizzas)]
        wanted += [(present, self.wishes.presents) for present in self.town.presents if self.wishes.presents]
        for product, quantity in wanted:
            answer = self.ask("POST", "/basket/add/", {"product": str(product.pk), "quantity": str(quantity)})
            assert answer.status_code == 302, answer.text
        if self.voucher is not None:
            answer = self.ask("POST", f"/offers/voucher/{self.voucher.uuid}/apply/")
            assert answer.status_code in (302, 303), answer.text
        return self

    def pay_form(self) -> dict[str, str] | None:
        """Read the checkout, have it use the card and the balance; None where there is nothing to be paid (any more)."""
        page = self.ask("GET", "/checkout/")
        if page.status_code != 200:
            return None
        form = {"method": self.wishes.method, "tip": "0", "email": ""}
        if self.card is not None:
            form["gift_card"] = self.card.code
        if self.wishes.prepaid_cents:
            form["prepaid"] = "1"
        if self.card is not None or self.wishes.prepaid_cents:
            page = self.ask("POST", "/checkout/", {**form, "update": "1"})
            if page.is_redirect:
                return None
        return {**form, **dict(FIELDS.findall(page.text))}

    def press_pay(self) -> None:
        """Press the button, again where nobody answered. A press that was taken leads to its order, however often it is
        sent and whatever became of the order; only of a basket that is still open there may be a conflict. Where that
        shows another amount to pay, it is agreed to once.
        """
        if (form := self.pay_form()) is not None:
            answer = self.ask("POST", "/checkout/", form)
            shown = dict(FIELDS.findall(answer.text))
            if answer.status_code == 409 and shown:
                answer = self.ask("POST", "/checkout/", {**form, **shown})
            is_open = self.order.payment_state == PaymentState.UNPAID
            assert answer.status_code == 303 or (answer.status_code == 409 and is_open), (self.told(), answer.text)

    def hosted_page(self) -> str:
        """Return the bank's page that our own one leads to; empty where there is none yet."""
        page = self.ask("GET", f"/orders/{self.order.uuid}/pay/")
        found: list[str] = LINK.findall(unescape(page.text))
        return found[0] if found and found[0].startswith(self.house.banks.base) else ""

    def go_to_the_bank(self) -> str:
        """Press the button and return the bank's page."""
        self.press_pay()
        page = self.hosted_page()
        assert page, self.told()
        return page

    def pay_at(self, page: str) -> None:
        """Pay on the bank's page; one that is finished stays as it is."""
        self.house.banks.press(page, "pay")

    def give_up(self) -> None:
        """Give up the payment under way; whether it is given up is for the bank to say."""
        answer = self.ask("POST", "/basket/give-up-payment/")
        assert answer.status_code in (302, 303, 409), answer.text

    def carry_on(self, *, seconds: float, patience: float = 0.3) -> None:
        """Do whatever a diner would until the order is paid and settled. Raises AssertionError where it never is."""
        deadline = time.monotonic() + seconds
        pressed: set[str] = set()
        while (order := self.order).settled_at is None:
            assert time.monotonic() < deadline, self.told()
            if order.payment_state == PaymentState.UNPAID:
                self.press_pay()
            elif order.payment_state in OPEN:
                page = self.hosted_page()
                if page and page not in pressed:
                    self.pay_at(page)
                    pressed.add(page)
                    continue
            time.sleep(patience)

    def wait_until_settled(self, *, seconds: float) -> None:
        """Do nothing but wait."""
        until(lambda: self.order.settled_at is not None, seconds=seconds)

    def told(self) -> str:
        """Say how the order stands, for a test that fails."""
        order = self.order
        tries = list(Attempt.objects.filter(payment__order=order).values_list("state", "reason", "reference"))
        return f"{order.pk} {order.payment_state} {order.kitchen_state} settled {order.settled_at} tries {tries}"


class Staff(Browser):
    """The browser of somebody who may take orders back."""

    def __init__(self, town: Town) -> None:
        user = User.objects.create_superuser("anna")
        signed_in = Client()
        signed_in.force_login(user)
        super().__init__(town.house, cookies={"staff": signed_in.cookies["staff"].value})

    def return_form(self, order: Order, *, units: int | None = None) -> dict[str, str]:
        """Fill in what comes back: so many of the first line, or everything."""
        lines = list(order.lines.filter(parent=None).order_by("pk"))
        wanted = {f"return-{line.pk}": str(line.quantity) for line in lines}
        if units is not None:
            wanted = {f"return-{lines[0].pk}": str(units)}
        return {"key": uuid.uuid4().hex, "reason": "cold", **wanted}

    def take_back(self, order: Order, form: dict[str, str]) -> None:
        """Press the button that books the return."""
        answer = self.ask("POST", self.return_path(order), form)
        assert answer.status_code == 302, answer.text

    def return_path(self, order: Order) -> str:
        return self.path(order, "return")

    def path(self, order: Order, action: str) -> str:
        return f"/admin/orders/order/{order.pk}/do/{action}/"

    def press(self, order: Order, action: str, **form: object) -> None:
        """Press another button of an order."""
        fields = {name: str(value) for name, value in form.items()}
        answer = self.ask("POST", self.path(order, action), fields)
        assert answer.status_code == 302, answer.text


def in_threads(diners: list[Any], do: Any, *, threads: int = 4) -> None:
    """Have each of them do it, so many at a time; raise the first thing that went wrong."""
    waiting = list(reversed(diners))
    wrong: list[BaseException] = []

    def run() -> None:
        try:
            while not wrong:
                try:
                    one = waiting.pop()
                except IndexError:
                    return
                do(one)
        except BaseException as error:  # noqa: BLE001 - raised again below
            wrong.append(error)
        finally:
            connection.close()

    started = [threading.Thread(target=run) for _thread in range(threads)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()
    if wrong:
        raise wrong[0]


def chance_of(seed: int) -> random.Random:
    """Return the same chance in every run."""
    return random.Random(seed)
