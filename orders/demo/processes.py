"""The demo's processes: web server, worker and beat; started, watched, and stopped together."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import FrameType

POLL_SECONDS = 0.2
READY_SECONDS = 60
STOP_SECONDS = 8
# Two processes of one thread are the fastest way to serve Django here (performance.md); SQLite's one writer at a time is
# taken care of by its busy timeout.
WEB_WORKERS = 2


class StartFailed(Exception):
    """The demo did not come up; the text says in one line what is wrong."""


class Processes:
    """The running processes. Each is a session of its own, so that Ctrl-C reaches only us and we stop them in order."""

    def __init__(self, *, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            **environment,
            "PYTHONUNBUFFERED": "1",
            # Celery's advice to root is right for servers and noise in a demo, which may well run in a bare container.
            "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
        }
        if sys.pycache_prefix:  # compiled code is kept there (manage.py)
            self.environment |= {"PYTHONPYCACHEPREFIX": sys.pycache_prefix, "PYTHONDONTWRITEBYTECODE": ""}
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.stop_asked = threading.Event()

    def start(self, *, host: str, port: int, beat_file: Path) -> None:
        """Start web server, worker and beat."""
        web = ["--interface", "wsgi", "--host", host, "--port", str(port), "--workers", str(WEB_WORKERS)]
        web += ["--blocking-threads", "1", "--log-level", "warning", "--respawn-failed-workers", "--no-ws"]
        self._start("web server", "granian", *web, "orders.demo.wsgi:application")
        # Celery would load every page for Django's checks and throw away what they find.
        celery = ["--skip-checks", "--quiet", "--app", "config"]
        worker = ["--pool", "threads", "--concurrency", "2", "--without-gossip", "--without-mingle"]
        self._start("worker", "celery", *celery, "worker", "--loglevel", "WARNING", *worker)
        beat = ["--loglevel", "WARNING", "--schedule", str(beat_file)]
        self._start("beat", "celery", *celery, "beat", *beat)

    def start_banks(self, *arguments: str) -> None:
        """Start the made-up Stripe and Mollie."""
        self._start("made-up bank", "orders.demo.bank", *arguments)

    def _start(self, name: str, module: str, *arguments: str) -> None:
        command = [sys.executable, "-m", "orders.demo.follow", str(os.getpid()), module, *arguments]
        self.running[name] = subprocess.Popen(  # noqa: S603  our own interpreter and modules
            command, cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, start_new_session=True
        )

    def wait_until_ready(self, url: str) -> None:
        """Wait until the server says that database, broker and beat are in order. Raises StartFailed."""
        deadline = time.monotonic() + READY_SECONDS
        missing = "the web server does not answer"
        while time.monotonic() < deadline and not self.stop_asked.wait(POLL_SECONDS):
            self.check_alive()
            missing = what_is_missing(url)
            if not missing:
                return
        if not self.stop_asked.is_set():
            raise StartFailed(f"Not ready after {READY_SECONDS} seconds: {missing}.")

    def wait_until_stopped(self) -> None:
        """Wait for a signal. Raises StartFailed when a process ends by itself."""
        uv_pid = parent_uv()
        while not self.stop_asked.wait(POLL_SECONDS):
            self.check_alive()
            if uv_pid and os.getppid() != uv_pid:
                return

    def check_alive(self) -> None:
        """Raise StartFailed when a process has ended."""
        for name, process in self.running.items():
            if process.poll() is not None:
                raise StartFailed(f"The {name} ended by itself (exit code {process.returncode}).")

    def stop(self) -> None:
        """Stop everything: politely, then by force, with whatever each has started itself."""
        for process in self.running.values():
            _signal(process, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for process in self.running.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
        for process in self.running.values():
            _signal_group(process, signal.SIGKILL)
            process.wait()
        self.running.clear()

    def heed_signals(self) -> None:
        """Take Ctrl-C, a closed terminal and a plain kill as the wish to stop."""

        def ask(_number: int, _frame: FrameType | None) -> None:
            self.stop_asked.set()

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, ask)


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    if process.poll() is None:
        process.send_signal(number)


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Reach also what the process started and did not take along when it ended."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def what_is_missing(url: str) -> str:
    """Ask /readyz; return what is not in order yet, in words, or nothing."""
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=5):  # noqa: S310  our own http address
            return ""
    except urllib.error.HTTPError as answer:
        state = json.loads(answer.read()) if answer.code == 503 else {}
        return f"failing: {', '.join(name for name, part in state.items() if part == 'failing' and name != 'status')}"
    except (OSError, ValueError):
        return "the web server does not answer"


def parent_uv() -> int:
    """Return the process id of the `uv run` that started us, 0 where nothing of the kind did (Linux).

    uv passes signals on, but when it is killed itself nobody tells us.
    """
    parent_pid = os.getppid()
    try:
        name = Path(f"/proc/{parent_pid}/comm").read_text().strip()
    except OSError:
        return 0
    return parent_pid if name == "uv" else 0
