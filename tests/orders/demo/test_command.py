"""What `manage.py demo` refuses. What it prints, keeps and leaves behind: tests/test_story.py, which has one running."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from tests.orders.demo.running import Demo

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (["--port", "70000"], 2, "CommandError: --port takes a number from 1 to 65535.\n"),
        (["--menu", "/nowhere/menu.csv"], 2, "CommandError: There is no file /nowhere/menu.csv.\n"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(arguments: list[str], code: int, complaint: str, tmp_path: Path) -> None:
    demo = Demo(tmp_path, *arguments)

    assert demo.process.wait(60) == code
    assert demo.process.communicate() == ("", complaint)
    assert not (tmp_path / "db.sqlite3").exists()


def test_the_demo_runs_on_its_own_programme_only(settings: Settings, tmp_path: Path) -> None:
    settings.LOYALTY_BACKEND, settings.VAR_DIR = "leat", tmp_path

    with pytest.raises(CommandError, match="run it without LOYALTY_BACKEND") as refused:
        call_command("demo")

    assert refused.value.returncode == 2
    assert list(tmp_path.iterdir()) == []
