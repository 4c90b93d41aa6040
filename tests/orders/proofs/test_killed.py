"""R5: web and worker killed with -9 at each named point of the checkout and at random times; nothing lost, nothing twice."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from django.db import connection

from orders.models import Order
from tests.orders.banks import Banks
from tests.orders.proofs.books import audit, wait_for_calm
from tests.orders.proofs.guests import Browser, Diner, Staff, chance_of, in_threads
from tests.orders.proofs.killing import Moment, Side
from tests.orders.proofs.serving import House, open_house
from tests.orders.proofs.town import Town, found_town, wishes
from tests.scale import size

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.prove(ci=True),
    pytest.mark.once("postgres"),
]

RANDOM_KILLS = size(ci=8, full=50)
MOST_UNDER_WAY = 0.8  # at least so many of those kills come while diners are walking
IS_FULL = bool(size(ci=0, full=1))
TIMES = 2 if IS_FULL else 1
SWEEP_SECONDS = size(ci=1, full=0) or None
STUCK_SECONDS = size(ci=60, full=120)
TIMEOUT_SECONDS = size(ci=1, full=6)


def sql(name: str, side: Side, what: str) -> Moment:
    return Moment(name, side, what)


def call(name: str, side: Side, what: str) -> Moment:
    return Moment(name, side, what, is_call=True)


OPENING = r"POST /v1/checkout/sessions$|POST /v2/payments$"
REFUNDING = r"POST /v1/refunds|POST /v2/payments/\w+/refunds"
ASKING = r"GET /v1/checkout/sessions/|GET /v2/payments/tr_"
# Pressing the button: the web process dies under the diner's own request.
PAYING: tuple[Moment, ...] = (
    sql("basket frozen, try not committed", Side.UNCOMMITTED, r'INSERT INTO "orders_attempt"'),
    sql("try stored, bank not called", Side.AFTER, r'INSERT INTO "orders_attempt"'),
    call("about to call the bank", Side.BEFORE, OPENING),
    call("payment open at the bank, answer lost", Side.AFTER, OPENING),
    sql("answer kept, diner not sent on", Side.AFTER, r'UPDATE "orders_attempt" SET "reference"'),
)
PAYING_WITH_STORED_MONEY: tuple[Moment, ...] = (
    sql("gift card asked for, not taken", Side.AFTER, r'UPDATE "orders_payment" SET "asked_at"'),
    sql("gift card taken, not written down", Side.AFTER, r'INSERT INTO "loyalty_moneyentry"'),
    sql("gift card written down, bank not called", Side.AFTER, r'UPDATE "orders_payment" SET "paid_at"'),
)
# The bank says that it is paid: the web process dies under the bank's notification, or the worker while it asks.
SETTLING: tuple[Moment, ...] = (
    call("bank says paid, nothing written", Side.AFTER, ASKING),
    sql("paid, not committed", Side.UNCOMMITTED, r'UPDATE "orders_attempt" SET "state"'),
    sql("paid and committed, not settled", Side.AFTER, r'UPDATE "orders_attempt" SET "state"'),
    sql("in the kitchen, with a receipt", Side.AFTER, r'INSERT INTO "orders_receipt"'),
    sql("voucher redeemed, not written down", Side.AFTER, r'INSERT INTO "loyalty_redemption"'),
    sql("gift card sold, not committed", Side.UNCOMMITTED, r'INSERT INTO "loyalty_giftcard"'),
    sql("gift card issued, not written down", Side.AFTER, r'INSERT INTO "loyalty_giftcard"'),
    sql("gift card written down, voucher not issued", Side.AFTER, r'INSERT INTO "orders_soldcard"'),
    sql("voucher issued, not written down", Side.AFTER, r'INSERT INTO "loyalty_voucher"'),
    sql("points earned, not written down", Side.AFTER, r'INSERT INTO "loyalty_pointsentry"'),
    sql("all done but the mark", Side.BEFORE, r'UPDATE "orders_order" SET "settled_at"'),
)
# Staff take it back: the web process dies under their request.
RETURNING: tuple[Moment, ...] = (
    sql("return and refund not committed", Side.UNCOMMITTED, r'INSERT INTO "orders_refund"'),
    sql("return booked, nobody told", Side.AFTER, r'INSERT INTO "orders_refund"'),
    sql("points corrected, not written down", Side.AFTER, r'INSERT INTO "loyalty_pointsentry"'),
    call("refund made, answer lost", Side.AFTER, REFUNDING),
)
# Staff cancel a paid order with presents in it: nobody presses again, the worker finishes it.
CANCELLING: tuple[Moment, ...] = (
    sql("cancelled, nothing taken back", Side.AFTER, r'UPDATE "orders_order" SET .*"cancelled_at"'),
    sql("gift card closed, not noted", Side.AFTER, r'UPDATE "loyalty_giftcard" SET "is_active"'),
    sql("gift card closed and noted, no return", Side.AFTER, r'UPDATE "orders_soldcard" SET "taken_back_at"'),
    sql("voucher closed, not noted", Side.AFTER, r'UPDATE "loyalty_voucher" SET "deactivated_at"'),
    sql("all closed, return not committed", Side.UNCOMMITTED, r'INSERT INTO "orders_refund"'),
    sql("return booked, bank not asked", Side.AFTER, r'INSERT INTO "orders_refund"'),
    call("bank paid back, answer lost", Side.AFTER, REFUNDING),
    sql("all done but the mark", Side.BEFORE, r'UPDATE "orders_order" SET "cancel_finished_at"'),
)


if not IS_FULL:  # sixteen of them; settling is killed after each of its commits by test_settle_killed too
    PAYING, PAYING_WITH_STORED_MONEY = PAYING[1:4], PAYING_WITH_STORED_MONEY[1:]
    SETTLING, RETURNING, CANCELLING = SETTLING[2:9], RETURNING[1::2], CANCELLING[1:5:3]
# In CI every other one under a notification and the rest under a sweep; at full size all under both, and at both banks.
BY_WEB = SETTLING * 2 if IS_FULL else SETTLING[::2]
BY_WORKER = SETTLING * 2 if IS_FULL else SETTLING[1::2]


@pytest.fixture
def house(transactional_db: None, banks: Banks) -> Iterator[House]:
    with open_house(banks, sweep_seconds=SWEEP_SECONDS, PAYMENT_TIMEOUT_SECONDS=TIMEOUT_SECONDS) as opened:
        opened.web.start()
        yield opened


@pytest.fixture
def town(house: House) -> Town:
    return found_town(house)


@dataclass
class Kills:
    """The orders under which a process was killed, and how often that was."""

    house: House
    town: Town
    diners: list[Diner] = field(default_factory=list)
    points: int = 0

    def seat(self, number: int, **wanted: Any) -> Diner:
        """Seat a diner at a filled basket, who will pay at one bank or, with the next number, at the other."""
        plain = replace(wishes(number), has_voucher=False, card_cents=0, prepaid_cents=0, presents=0)
        diner = Diner(self.town, replace(plain, **wanted)).choose()
        self.diners.append(diner)
        return diner

    def note(self, moment: Moment, *, was_killed: bool) -> None:
        """Count a kill, and start the web server again."""
        assert was_killed, f"never came to: {moment.name}"
        self.points += 1
        self.house.web.start()


def kill_while_paying(kills: Kills, diner: Diner, moment: Moment) -> None:
    """The web server dies under the press of the button."""
    form = diner.pay_form()
    web = kills.house.web
    web.arm(moment)

    nobody_answered = diner.sends_into_the_void("POST", "/checkout/", form)

    kills.note(moment, was_killed=web.wait_until_killed() and nobody_answered)


def kill_while_notified(kills: Kills, diner: Diner, moment: Moment) -> None:
    """The web server dies under the bank's notification."""
    page = diner.go_to_the_bank()
    web = kills.house.web
    web.arm(moment)

    diner.pay_at(page)

    kills.note(moment, was_killed=web.wait_until_killed())


def kill_while_sweeping(kills: Kills, moment: Moment) -> None:
    """No notification came; the worker finds out by itself and dies on the way."""
    worker = kills.house.worker

    worker.start(moment)

    kills.note(moment, was_killed=worker.wait_until_killed(STUCK_SECONDS))


def kill_while_returning(kills: Kills, staff: Staff, diner: Diner, moment: Moment) -> None:
    """The web server dies under the press of the staff's button, which is then pressed again."""
    order = diner.order
    form = staff.return_form(order)
    web = kills.house.web
    web.arm(moment)

    nobody_answered = staff.sends_into_the_void("POST", staff.return_path(order), form)

    kills.note(moment, was_killed=web.wait_until_killed() and nobody_answered)
    staff.take_back(order, form)


def kill_while_cancelling(kills: Kills, staff: Staff, diner: Diner, moment: Moment) -> None:
    """The web server dies under the press of the staff's button, which nobody presses again."""
    order = diner.order
    web = kills.house.web
    web.arm(moment)

    nobody_answered = staff.sends_into_the_void("POST", staff.path(order, "cancel"), {"reason": "kitchen on fire"})

    kills.note(moment, was_killed=web.wait_until_killed() and nobody_answered)


def test_killed_at_each_named_point_nothing_is_lost_and_nothing_happens_twice(
    house: House, town: Town, banks: Banks
) -> None:
    staff, kills = Staff(town), Kills(house, town)
    banks.control("notices", mode="drop")
    for number in range(len(BY_WORKER)):
        diner = kills.seat(number, has_voucher=True, presents=1 + number % 2)
        diner.pay_at(diner.go_to_the_bank())
    banks.control("notices", mode="send")

    for number, moment in enumerate(PAYING * TIMES):
        kill_while_paying(kills, kills.seat(number + number // len(PAYING)), moment)
    for number, moment in enumerate(PAYING_WITH_STORED_MONEY * TIMES):
        kill_while_paying(kills, kills.seat(number, card_cents=400 + number), moment)
    for number, moment in enumerate(BY_WEB):
        diner = kills.seat(number + number // len(SETTLING), has_voucher=True, presents=1)
        kill_while_notified(kills, diner, moment)
    for moment in BY_WORKER:
        kill_while_sweeping(kills, moment)
    house.revive()
    in_threads(kills.diners, lambda diner: diner.carry_on(seconds=STUCK_SECONDS))
    to_return = kills.diners[-len(RETURNING) * TIMES :]
    to_cancel = [kills.diners[number + number // len(CANCELLING)] for number in range(len(CANCELLING) * TIMES)]
    house.worker.stop()  # its sweep might send the refund before the press that is to be killed does
    for number, diner in enumerate(to_cancel):
        kill_while_cancelling(kills, staff, diner, CANCELLING[number % len(CANCELLING)])
    for number, diner in enumerate(to_return):
        kill_while_returning(kills, staff, diner, RETURNING[number % len(RETURNING)])
    house.revive()
    seconds = wait_for_calm(banks, seconds=STUCK_SECONDS)

    books = audit(banks)
    points = (*PAYING, *PAYING_WITH_STORED_MONEY, *SETTLING, *RETURNING, *CANCELLING)
    print(  # noqa: T201 - a proof prints its number
        f"R5 {connection.vendor}: killed {kills.points} times at named points ({len(set(points))} different ones); 0 lost, "
        f"calm {seconds:.0f} s after the last one; {books}"
    )
    assert books.orders == len(kills.diners)
    assert Order.objects.filter(payment_state="returned").count() == len(to_return) + len(to_cancel)
    assert kills.points == TIMES * (len(points) - len(SETTLING)) + len(BY_WEB + BY_WORKER)


def test_killed_at_random_times_nothing_is_lost_and_nothing_happens_twice(
    house: House, town: Town, banks: Banks
) -> None:
    chance = chance_of(20261122)
    house.worker.start()
    diners = [Diner(town, wishes(number)) for number in range(RANDOM_KILLS)]
    over = threading.Event()
    walking = threading.Thread(
        target=lambda: (in_threads(diners, walk, threads=3), over.set())  # type: ignore[func-returns-value]
    )
    walking.start()
    killed, pace, under_way = {"web": 0, "worker": 0}, 1.0, 0

    while sum(killed.values()) < RANDOM_KILLS:
        time.sleep(chance.uniform(0.1, 0.6) * pace)
        name = chance.choice(["web", "web", "worker"])
        under_way += not over.is_set()
        getattr(house, name).kill()
        killed[name] += 1
        time.sleep(chance.uniform(0, 0.2))
        house.revive()
        pace = max(1.0, seconds_to_answer(house) / 0.1)  # where the machine is busy a page takes longer, too
    over.wait(STUCK_SECONDS)
    seconds = wait_for_calm(banks, seconds=STUCK_SECONDS)

    assert over.is_set()
    books = audit(banks)
    print(  # noqa: T201 - a proof prints its number
        f"R5 {connection.vendor}: {killed['web']} web and {killed['worker']} worker processes killed at random, "
        f"{under_way} of them while diners were walking; 0 lost, calm {seconds:.0f} s after the last diner; {books}"
    )
    assert books.orders == len(diners)
    assert under_way >= MOST_UNDER_WAY * RANDOM_KILLS


def seconds_to_answer(house: House) -> float:
    """How long a server that was just started takes for its first answer."""
    started = time.monotonic()
    Browser(house, cookies={}).ask("GET", "/healthz")
    return time.monotonic() - started


def walk(diner: Diner) -> None:
    """Order and pay, whatever dies meanwhile. A basket may be filled twice by hand then: the diner just pays it."""
    diner.choose()
    diner.carry_on(seconds=STUCK_SECONDS)
