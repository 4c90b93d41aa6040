"""`manage.py demo` with its real processes: what it prints, what answers, and that nothing stays behind."""

import json
import os
import re
import signal
import time
import urllib.error
import urllib.request
from pathlib import Path

import httpx
import pytest

from tests.orders.demo.running import Demo, free_port, running
from tests.orders.demo.walk import Guest

pytestmark = pytest.mark.once


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
