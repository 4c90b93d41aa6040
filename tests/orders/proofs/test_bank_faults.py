"""R7: banks that time out before and after they acted, break, tear the connection, are slow: the end is known, the money exact."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.db import connection

from orders.models import Order, Refund
from tests.orders.banks import Banks
from tests.orders.proofs.books import audit, wait_for_calm
from tests.orders.proofs.guests import Diner, Staff, chance_of, in_threads
from tests.orders.proofs.serving import House, open_house
from tests.orders.proofs.town import Town, found_town, wishes
from tests.scale import size

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.prove(ci=True),
    pytest.mark.once("postgres"),
]

ORDERS = size(ci=40, full=200)
TIMEOUT_SECONDS = size(ci=3, full=10) / 10
KNOWN_SECONDS = size(ci=60, full=300)
MOST_HAPPENED = 0.8  # at least so many of the planned pairs of call and fault came to pass
SWEEP_SECONDS = size(ci=1, full=0) or None
KINDS = {
    "start": (
        "timeout_before",
        "timeout_after",
        "error_500",
        "error_500_after",
        "reset",
        "reset_after",
        "slow",
        "rate_limit",
        "paid_before_answer",
    ),
    "status": ("timeout_after", "error_500", "reset", "slow", "rate_limit"),
    "cancel": ("timeout_before", "timeout_after", "error_500_after", "reset", "reset_after"),
    "refund": ("timeout_before", "timeout_after", "error_500", "error_500_after", "reset", "reset_after", "rate_limit"),
    "refund_status": ("timeout_after", "error_500", "reset"),
}
# Which call goes wrong with each order in turns; every other order is paid through a fault of its opening.
TURNS = ("start", "status", "start", "cancel", "start", "refund", "start", "refund_status")


@pytest.fixture
def house(transactional_db: None, banks: Banks) -> Iterator[House]:
    with open_house(banks, sweep_seconds=SWEEP_SECONDS, PAYMENT_TIMEOUT_SECONDS=TIMEOUT_SECONDS) as opened:
        opened.revive()
        yield opened


@pytest.fixture
def town(house: House) -> Town:
    return found_town(house)


@dataclass
class Visit:
    """A diner and what goes wrong at the bank on the way; `seconds` until the end was known."""

    diner: Diner
    operation: str
    kind: str
    seconds: float = 0.0

    def go_wrong(self) -> None:
        """Have the bank's next such call go wrong, twice in a row; timeouts outlast our patience.

        A payment is given up once only, so a second fault would be left for somebody else's.
        """
        seconds = TIMEOUT_SECONDS * (0.5 if self.kind == "slow" else 1.5)
        times = 1 if self.kind == "paid_before_answer" or self.operation == "cancel" else 2
        method = self.diner.wishes.method
        self.diner.house.banks.fault(self.kind, method, self.operation, seconds=seconds, times=times)

    def order_and_pay(self, staff: Staff) -> None:
        """Order, perhaps give a payment up first, pay, and perhaps have everything taken back."""
        self.diner.choose()
        if self.operation == "cancel":
            self.diner.press_pay()
            self.go_wrong()
            self.diner.give_up()
        elif self.operation in {"start", "status"}:
            self.go_wrong()
        started = time.monotonic()
        self.diner.carry_on(seconds=KNOWN_SECONDS)
        self.seconds = time.monotonic() - started
        if self.operation.startswith("refund"):
            self.go_wrong()
            order = self.diner.order
            staff.take_back(order, staff.return_form(order))


def plan(town: Town) -> list[Visit]:
    """Every operation with every kind of fault at both banks, in an order of chance."""
    chance = chance_of(7)
    visits = []
    for number in range(ORDERS):
        operation = TURNS[number // 2 % len(TURNS)]
        kinds = KINDS[operation]
        kind = kinds[number // 4 % len(kinds)]
        visits.append(Visit(Diner(town, wishes(number)), operation, kind))
    chance.shuffle(visits)
    return visits


def test_whatever_a_bank_does_the_end_is_known_in_time_and_the_money_matches(town: Town, banks: Banks) -> None:
    staff, visits = Staff(town), plan(town)

    in_threads(visits, lambda visit: visit.order_and_pay(staff), threads=6)
    tried_again = []

    def try_again() -> None:
        for refund in Refund.objects.filter(state="failed").select_related("payment__order"):
            staff.press(refund.payment.order, "try_again", refund=refund.pk)
            tried_again.append(refund.pk)

    wait_for_calm(banks, seconds=KNOWN_SECONDS, meanwhile=try_again)

    books = audit(banks)
    done = Counter((fault["operation"], fault["kind"]) for fault in banks.ask("faults")["done"])
    operations, kinds = ({pair[part] for pair in done} for part in (0, 1))
    planned = {(visit.operation, visit.kind) for visit in visits}
    print(  # noqa: T201 - a proof prints its number
        f"R7 {connection.vendor}: {len(visits)} orders through {done.total()} faults of {len(kinds)} kinds that happened "
        f"({len(planned & set(done))} of {len(planned)} planned pairs of call and fault); the end known after "
        f"{max(visit.seconds for visit in visits):.1f} s at most; {len(tried_again)} refunds tried again by staff; {books}"
    )
    assert books.orders == ORDERS
    assert done.total() >= ORDERS
    assert operations == set(TURNS)
    assert kinds == {kind for _operation, kind in planned}
    # Which diner's call meets a fault is chance: one whose payment never opened has none to give up.
    assert len(planned & set(done)) >= MOST_HAPPENED * len(planned), planned - set(done)
    assert max(visit.seconds for visit in visits) < KNOWN_SECONDS
    returned = sum(visit.operation.startswith("refund") for visit in visits)
    assert Order.objects.filter(payment_state="returned").count() == returned
