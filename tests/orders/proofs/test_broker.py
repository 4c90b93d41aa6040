"""R8: a broker that is down, or emptied over and over: the checkout stays up, nothing is lost, all is done soon after."""

import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.db import connection

from tests.orders.banks import Banks
from tests.orders.proofs.books import audit, wait_for_calm
from tests.orders.proofs.guests import Diner, in_threads
from tests.orders.proofs.installation import Emptying, Folder, Installation, Valkey, running_installation
from tests.orders.proofs.town import found_town, wishes
from tests.scale import size

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.prove(ci=True),
    pytest.mark.once("postgres"),
]

TROUBLE_SECONDS = size(ci=10, full=60)
DONE_SECONDS = 60
SWEEP_SECONDS = size(ci=1, full=0) or None
SLOWEST_ANSWER_SECONDS = 5
DINERS_AT_ONCE = size(ci=1, full=2)
PAUSE_SECONDS = 1.0
TROUBLES = ("down", "emptied", "files emptied")[: size(ci=1, full=3)]


@pytest.mark.parametrize("trouble", TROUBLES)
def test_whatever_becomes_of_the_broker_the_checkout_stays_up_and_nothing_is_lost(
    banks: Banks, tmp_path: Path, trouble: str
) -> None:
    emptied = 0
    broker = Folder(tmp_path) if trouble == "files emptied" else Valkey()
    with ExitStack() as closing:
        closing.callback(broker.stop)
        installation = closing.enter_context(
            running_installation(banks, broker_url=broker.url, var_dir=tmp_path, sweep_seconds=SWEEP_SECONDS)
        )
        if trouble == "down":
            assert isinstance(broker, Valkey)
            broker.go_down()
            diners = order_for_a_while(installation)
            assert installation.readiness() == 503
            assert diners[0].ask("POST", "/call-staff/").status_code in (200, 302, 303)
            broker.come_back()
        else:
            with Emptying(broker) as emptying:
                diners = order_for_a_while(installation)
            emptied = emptying.times
        waiting = sum(diner.order.settled_at is None for diner in diners)
        try:
            seconds = wait_for_calm(banks, seconds=DONE_SECONDS)
        except AssertionError as error:
            error.add_note(installation.told())
            raise

        books = audit(banks)
        print(  # noqa: T201 - a proof prints its number
            f"R8 {connection.vendor}: broker {trouble} for {TROUBLE_SECONDS} s ({emptied} times), slowest answer "
            f"{max(diner.slowest for diner in diners):.2f} s; {waiting} orders waited for the worker, all done "
            f"{seconds:.0f} s after its return; {books}"
        )
    assert books.orders == len(diners)
    assert waiting > 0
    assert trouble == "down" or emptied > TROUBLE_SECONDS
    assert max(diner.slowest for diner in diners) < SLOWEST_ANSWER_SECONDS


def order_for_a_while(installation: Installation) -> list[Diner]:
    """Have diners order and pay as long as the trouble lasts; of every second one the bank tells nothing."""
    town = found_town(installation)
    deadline = time.monotonic() + TROUBLE_SECONDS
    diners: list[Diner] = []
    while time.monotonic() < deadline:
        is_told = len(diners) // DINERS_AT_ONCE % 2 == 0
        installation.banks.control("notices", mode="send" if is_told else "drop")
        arrived = [Diner(town, wishes(len(diners) + number)) for number in range(DINERS_AT_ONCE)]
        in_threads(arrived, lambda diner: diner.pay_at(diner.choose().go_to_the_bank()), threads=DINERS_AT_ONCE)
        diners += arrived
        if is_told:
            for diner in arrived:
                diner.wait_until_settled(seconds=20)
        time.sleep(PAUSE_SECONDS)
    return diners
