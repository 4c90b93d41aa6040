"""`manage.py demo` with its real processes: what it prints, what answers, and that nothing stays behind."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest
from django.conf import settings

from tests.orders.demo.walk import Guest

pytestmark = pytest.mark.once
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


def fetch(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=20) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def wait_until_gone(demo: Demo) -> list[int]:
    deadline = time.monotonic() + 20
    while (left := demo.processes()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return left


def test_the_demo_says_where_to_go_keeps_its_data_and_leaves_no_process(tmp_path: Path) -> None:
    port = str(free_port())
    site = f"http://127.0.0.1:{port}"

    with running(tmp_path, "--port", port) as demo:
        password = re.escape((tmp_path / "demo_password").read_text())
        assert [line for line in demo.lines if line] == demo.lines
        assert re.fullmatch(rf"Table       {site}/t/[a-z0-9]+/", demo.lines[0])
        assert demo.lines[1] == f"Restaurant  {site}/r/demo/"
        assert re.fullmatch(rf"Admin       {site}/admin/   user: staff   password: {password}", demo.lines[-2])
        assert demo.lines[-1] == f"Mail        {site}/dev/mail/"
        assert json.loads(fetch(f"{site}/readyz")[1])["status"] == "ready"
        for word in ("Table", "Restaurant", "Admin", "Mail"):
            assert fetch(demo.link(word))[0] == 200, word
        menu = fetch(demo.link("Restaurant"))[1]
        stylesheet = re.search(r'href="(/static/css/diner\.[0-9a-f]{12}\.css)"', menu)
        assert stylesheet is not None
        assert fetch(f"{site}{stylesheet[1]}")[0] == 200
        assert len(demo.processes()) == 5  # web server with two workers, worker, beat; the command has no SITE_URL set

        with httpx.Client(follow_redirects=True, timeout=30) as browser:
            guest = Guest(browser, demo.link("Table"))
            guest.order_and_pay_late(email="diner@example.com")
            order_page = re.search(r"/orders/[0-9a-f-]+/", guest.page)
            assert order_page is not None
            guest.wait_for("Order successful", at=f"{site}{order_page[0]}")
            guest.wait_for("To diner@example.com", at=demo.link("Mail"), seconds=60)

        second = Demo(tmp_path, "--port", port)
        assert second.process.wait(60) == 1
        complaint = f"CommandError: Port {port} is in use: stop what runs there or choose another one with --port.\n"
        assert second.process.communicate()[1] == complaint
        third = Demo(tmp_path, "--port", str(free_port()), "--fresh")
        assert third.process.wait(60) == 1
        assert third.process.communicate()[1] == (
            "CommandError: Another demo runs on the same data: stop it before you start over.\n"
        )

        demo.process.send_signal(signal.SIGINT)
        assert demo.process.wait(30) == 0
        assert demo.processes() == []
        first_lines = demo.lines

    with running(tmp_path, "--port", port) as again:
        assert again.lines == first_lines

        os.kill(again.process.pid, signal.SIGKILL)

        assert wait_until_gone(again) == []


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (["--port", "0"], 2, "CommandError: --port takes a number from 1 to 65535.\n"),
        (["--port", "70000"], 2, "CommandError: --port takes a number from 1 to 65535.\n"),
        (["--menu", "/nowhere/menu.csv"], 2, "CommandError: There is no file /nowhere/menu.csv.\n"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(arguments: list[str], code: int, complaint: str, tmp_path: Path) -> None:
    demo = Demo(tmp_path, *arguments)

    assert demo.process.wait(60) == code
    assert demo.process.communicate() == ("", complaint)
    assert not (tmp_path / "db.sqlite3").exists()
