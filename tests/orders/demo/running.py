"""A demo with its real processes on a folder of its own: started, asked where to go, and ended with all it started."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings

READY_SECONDS = 120  # the machine may be busy with the rest of the suite; alone it takes about ten


class Demo:
    """A demo under test: its process, and the lines it has printed once it was ready."""

    def __init__(self, var_dir: Path, *arguments: str) -> None:
        environment = {
            name: value
            for name, value in os.environ.items()
            if name not in ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "PYTEST_CURRENT_TEST")
        }
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "demo", *arguments],
            cwd=settings.BASE_DIR,
            env=environment | {"VAR_DIR": str(var_dir), "ENV_FILE": os.devnull},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.lines: list[str] = []

    def wait_until_ready(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if line.startswith("Mail "):
                return
        raise AssertionError(f"the demo ended: {self.process.communicate()[1]}")

    def link(self, word: str) -> str:
        """The address printed behind `word`."""
        return next(line.split()[1] for line in self.lines if line.startswith(f"{word} "))

    def processes(self) -> list[int]:
        """The ids of everything that belongs to this demo and still lives."""
        everything = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
        return [pid for pid in everything if self.owns(pid)]

    def owns(self, pid: int) -> bool:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
            environment = Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            return False
        return state != "Z" and f"SITE_URL={self.link('Table').partition('/t/')[0]}\0".encode() in environment


@contextmanager
def running(var_dir: Path, *arguments: str) -> Iterator[Demo]:
    demo = Demo(var_dir, *arguments)
    try:
        with time_limit():
            demo.wait_until_ready()
        yield demo
    finally:
        left = demo.processes() if demo.lines else []
        with suppress(ProcessLookupError):
            demo.process.kill()
        demo.process.communicate()
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@contextmanager
def time_limit() -> Iterator[None]:
    def give_up(_number: int, _frame: object) -> None:
        raise TimeoutError(f"not ready after {READY_SECONDS} seconds")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(READY_SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
