"""Many at once, each on a connection of its own, and what each came to: in threads, or in threads of four processes.

Processes come from a server that has Django and the factories loaded and no threads, so that one more costs milliseconds
and cannot deadlock. They see this test's database, not its patches.
"""

import multiprocessing
import threading
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from multiprocessing.synchronize import Barrier

from django.db import connection

from tests.child import begin

PROCESSES = 4
WAIT_SECONDS = 60
JOIN_SECONDS = 120

children = multiprocessing.get_context("forkserver")
children.set_forkserver_preload(
    ["tests.child", "config.urls", "pytest", "tests.factories", "tests.loyalty.factories", "tests.orders.proofs.warm"]
)


def at_once(clients: int, do: Callable[[int], object]) -> list[object]:
    """Run `do` in that many threads that start together; return what each came to, exceptions as they are."""
    gate = threading.Barrier(clients)
    results: list[object] = [None] * clients

    def run(number: int) -> None:
        try:
            gate.wait(timeout=WAIT_SECONDS)
            results[number] = do(number)
        except Exception as error:  # noqa: BLE001 - the test judges whatever a thread ran into
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=JOIN_SECONDS)
    return results


def in_processes(clients: int, do: Callable[[int], str]) -> list[str]:
    """Run `do` in that many threads of four processes, all starting together; return the word each came to.

    `do` is a function of a module, or a partial of one. What it raises comes back as its `repr`.
    """
    gate = children.Barrier(PROCESSES)
    answers: list[str] = [""] * clients
    shares = [range(first, clients, PROCESSES) for first in range(PROCESSES)]
    started = [_start(share, do, gate) for share in shares]
    for share, (process, answered) in zip(shares, started, strict=True):
        if answered.poll(JOIN_SECONDS):
            for number, answer in zip(share, answered.recv(), strict=True):
                answers[number] = answer
        process.join(timeout=WAIT_SECONDS)
        process.close()
    return answers


def of_type(results: list[object], kind: type) -> list[object]:
    """Return those results that are of this type."""
    return [result for result in results if isinstance(result, kind)]


def _start(numbers: Sequence[int], do: Callable[[int], str], gate: Barrier) -> tuple[ForkServerProcess, Connection]:
    answered, answering = children.Pipe(duplex=False)
    database = str(connection.settings_dict["NAME"])
    process = children.Process(target=_be_process, args=(database, numbers, do, gate, answering))
    process.start()
    answering.close()
    return process, answered


def _be_process(
    database: str, numbers: Sequence[int], do: Callable[[int], str], gate: Barrier, answering: Connection
) -> None:
    """Be one of the four: a thread per number, which start when all threads of all processes are ready."""
    begin(database)

    def wait_for_the_others() -> None:
        gate.wait(WAIT_SECONDS)

    ready = threading.Barrier(len(numbers), action=wait_for_the_others)
    answers: dict[int, str] = {}

    def run(number: int) -> None:
        try:
            connection.ensure_connection()
            ready.wait(WAIT_SECONDS)
            answers[number] = do(number)
        except Exception as error:  # noqa: BLE001 - the test judges whatever a thread ran into
            answers[number] = repr(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=JOIN_SECONDS)
    answering.send([answers.get(number, "") for number in numbers])
