"""What `manage.py demo` refuses. What it prints, keeps and leaves behind: tests/test_story.py, which has one running."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from tests.orders.demo.running import Demo

pytestmark = pytest.mark.once


def test_what_cannot_be_is_refused_in_one_line(tmp_path: Path) -> None:
    demo = Demo(tmp_path, "--port", "70000")

    assert demo.process.wait(60) == 2
    assert demo.process.communicate() == ("", "CommandError: --port takes a number from 1 to 65535.\n")
    assert not (tmp_path / "db.sqlite3").exists()


def test_a_menu_that_is_not_there_is_refused(settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path

    with pytest.raises(CommandError, match=r"^There is no file /nowhere/menu\.csv\.$") as refused:
        call_command("demo", "--menu", "/nowhere/menu.csv")

    assert refused.value.returncode == 2
    assert list(tmp_path.iterdir()) == []


def test_the_demo_runs_on_its_own_programme_only(settings: Settings, tmp_path: Path) -> None:
    settings.LOYALTY_BACKEND, settings.VAR_DIR = "leat", tmp_path

    with pytest.raises(CommandError, match="run it without LOYALTY_BACKEND") as refused:
        call_command("demo")

    assert refused.value.returncode == 2
    assert list(tmp_path.iterdir()) == []
