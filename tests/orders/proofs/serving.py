"""A web server and a worker as real processes on a test's database, killed and started again; beside them the banks."""

import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.db import connection, connections

from loyalty.tasks import expire_locks
from orders.tasks import reconcile_payments, settle_orders
from tests.child import begin
from tests.orders.banks import MOLLIE_KEY, STRIPE_KEY, STRIPE_SECRET, Banks
from tests.orders.proofs.killing import Moment, Trap
from tests.parallel import children
from tests.services import end_with_parent

READY_SECONDS = 30


class Process:
    """One process under test: `start` it, `arm` it to die at a moment, or `kill` it now."""

    def __init__(self, be: Callable[..., None], *arguments: Any) -> None:
        self._be, self._arguments = be, arguments
        self._process: ForkServerProcess | None = None
        self._boss: Connection | None = None
        self._lock = threading.Lock()
        self.starts = 0

    @property
    def is_alive(self) -> bool:
        return self._process is not None and self._process.is_alive()

    def start(self, moment: Moment | None = None) -> None:
        """Start it and wait until it works; one that was killed is started again in the same place."""
        self.stop()
        ours, its = children.Pipe()
        self._process = children.Process(
            target=_be_process, args=(str(connection.settings_dict["NAME"]), its, moment, self._be, *self._arguments)
        )
        self._process.daemon = True
        self._process.start()
        its.close()
        assert ours.poll(READY_SECONDS), "it did not start"
        assert ours.recv() == "ready"
        self._boss = ours
        self.starts += 1

    def arm(self, moment: Moment) -> None:
        """Have it kill itself at that moment."""
        assert self._boss is not None
        self._boss.send(moment)
        assert self._boss.poll(READY_SECONDS)
        assert self._boss.recv() == "armed"

    def kill(self) -> None:
        """Kill it with -9."""
        assert self._process is not None
        self._process.kill()
        self._process.join(READY_SECONDS)

    def wait_until_killed(self, seconds: float = 10) -> bool:
        """Wait until it has killed itself; False where it lives on."""
        assert self._process is not None
        self._process.join(seconds)
        return self._process.exitcode == -signal.SIGKILL

    def stop(self) -> None:
        """End it, if it runs."""
        if self._process is None:
            return
        if self._process.is_alive():
            self._process.kill()
        self._process.join(READY_SECONDS)
        self._process.close()
        self._process = None
        if self._boss is not None:
            self._boss.close()


def _be_process(database: str, boss: Connection, moment: Moment | None, be: Callable[..., None], *rest: Any) -> None:
    end_with_parent()
    begin(database)
    trap = Trap()
    trap.moment = moment
    trap.watch(boss)
    be(lambda: boss.send("ready"), *rest)


def be_web(tell_ready: Callable[[], None], port: int, options: Mapping[str, Any]) -> None:
    """Serve the pages over HTTP, a thread a request."""
    _apply(options)
    connections.settings["default"]["CONN_MAX_AGE"] = None  # a connection lasts as long as the browser's own
    server = ThreadedWSGIServer(("127.0.0.1", port), _QuietHandler, connections_override={})
    server.daemon_threads = True
    server.set_app(WSGIHandler())
    tell_ready()
    server.serve_forever(poll_interval=0.05)


def be_worker(tell_ready: Callable[[], None], seconds: Mapping[str, float], options: Mapping[str, Any]) -> None:
    """Do what beat would have a worker do, each after so many seconds again."""
    _apply(options)
    sweeps: dict[str, Callable[[], object]] = {
        "reconcile payments": reconcile_payments,
        "settle orders": settle_orders,
        "expire locks": expire_locks,
    }
    tell_ready()
    due = dict.fromkeys(sweeps, 0.0)
    while True:
        for name, sweep in sweeps.items():
            if time.monotonic() >= due[name]:
                due[name] = time.monotonic() + seconds[name]
                sweep()
        connection.close()
        time.sleep(0.05)


def _apply(options: Mapping[str, Any]) -> None:
    for name, value in options.items():
        setattr(settings, name, value)


class _QuietHandler(WSGIRequestHandler):
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's name
        """Say nothing: every request is in the application's own log."""


class Place:
    """Where an installation is reached, the banks it is paid through, and what is to be closed when it ends."""

    def __init__(self, banks: Banks) -> None:
        self.banks = banks
        self.closing = ExitStack()
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        banks.control("reset")
        banks.control("notices", mode="send", stripe_url=f"{self.url}/payments/stripe/webhook/")


class House(Place):
    """A web server and a worker that can be killed and started again within milliseconds."""

    def __init__(self, banks: Banks, *, sweep_seconds: float | None, **options: Any) -> None:
        super().__init__(banks)
        chosen = bank_settings(banks) | {"SITE_URL": self.url} | options
        schedule = settings.CELERY_BEAT_SCHEDULE
        names = ("reconcile payments", "settle orders", "expire locks")
        seconds = {name: sweep_seconds or schedule[name]["schedule"] for name in names}
        self.web = Process(be_web, self.port, chosen)
        self.worker = Process(be_worker, seconds, chosen)

    def revive(self) -> None:
        """Start whatever is dead."""
        for process in (self.web, self.worker):
            if not process.is_alive:
                process.start()

    def stop(self) -> None:
        """End both, and whatever was opened for as long as they run."""
        self.web.stop()
        self.worker.stop()
        self.closing.close()


def bank_settings(banks: Banks) -> dict[str, Any]:
    """Return the settings of an installation that has keys for both banks."""
    return {
        "PAYMENT_PROVIDERS": ["counter", "stripe", "mollie"],
        "STRIPE_SECRET_KEY": STRIPE_KEY,
        "STRIPE_WEBHOOK_SECRET": STRIPE_SECRET,
        "STRIPE_API_BASE": banks.base,
        "MOLLIE_API_KEY": MOLLIE_KEY,
        "MOLLIE_API_BASE": banks.base,
    }


@contextmanager
def open_house(banks: Banks, *, sweep_seconds: float | None, **options: Any) -> Iterator[House]:
    """Open a house whose processes are not started yet; end them whatever happens.

    `sweep_seconds`: how often the worker sweeps; None: as often as beat would have it.
    """
    house = House(banks, sweep_seconds=sweep_seconds, **options)
    try:
        yield house
    finally:
        house.stop()


def until(is_so: Callable[[], bool], *, seconds: float) -> float:
    """Wait until it is so; return after how many seconds. Raises AssertionError where it never was."""
    started = time.monotonic()
    while not is_so():
        assert time.monotonic() < started + seconds, f"not so after {seconds} s"
        time.sleep(0.1)
    return time.monotonic() - started
