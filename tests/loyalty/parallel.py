"""Many threads at once, each on a connection of its own, and what each came to."""

import threading
from collections.abc import Callable

from django.db import connection


def at_once(clients: int, do: Callable[[int], object]) -> list[object]:
    """Run `do` in that many threads that start together; return what each came to, exceptions as they are."""
    gate = threading.Barrier(clients)
    results: list[object] = [None] * clients

    def run(number: int) -> None:
        try:
            gate.wait(timeout=60)
            results[number] = do(number)
        except Exception as error:  # noqa: BLE001 - the test judges whatever a thread ran into
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return results


def of_type(results: list[object], kind: type) -> list[object]:
    """Return those results that are of this type."""
    return [result for result in results if isinstance(result, kind)]
