"""`manage.py qr_codes`: files, renewal, and errors in one line with the right exit code."""

import io
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from menu.models import Restaurant, Table
from menu.qr import qr_png
from tests.factories import RestaurantFactory, TableFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def restaurant() -> Restaurant:
    made: Restaurant = RestaurantFactory.create(slug="demo")
    TableFactory.create(restaurant=made, name="Table 1", code="bcdfghjkmnpq", position=1)
    TableFactory.create(restaurant=made, name="Table 2", code="rstvwxz23456", position=2)
    TableFactory.create(restaurant=made, name="In the cellar", is_active=False)
    return made


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("qr_codes", *arguments, stdout=out)
    return out.getvalue()


def test_a_pdf_is_written_for_the_tables_in_use(restaurant: Restaurant, tmp_path: Path) -> None:
    sheet = tmp_path / "new" / "sheet.pdf"

    said = run("--out", str(sheet))

    assert said == f"2 tables: {sheet}\n"
    assert sheet.read_bytes().startswith(b"%PDF-")


def test_a_folder_gets_one_svg_and_one_png_per_table(restaurant: Restaurant, tmp_path: Path) -> None:
    run("--restaurant", "demo", "--out", str(tmp_path / "codes"), "--site-url", "https://menu.example/")

    names = sorted(path.name for path in (tmp_path / "codes").iterdir())
    assert names == ["demo-table-1.png", "demo-table-1.svg", "demo-table-2.png", "demo-table-2.svg"]
    written = (tmp_path / "codes" / "demo-table-1.png").read_bytes()
    assert written == qr_png("https://menu.example/t/bcdfghjkmnpq/")


def test_links_start_with_the_site_of_the_settings(restaurant: Restaurant, tmp_path: Path) -> None:
    run("--out", str(tmp_path))

    assert (tmp_path / "demo-table-2.png").read_bytes() == qr_png("http://127.0.0.1:8000/t/rstvwxz23456/")


def test_rotate_renews_the_codes_and_prints_what_changed(restaurant: Restaurant, tmp_path: Path) -> None:
    said = run("--out", str(tmp_path), "--rotate")

    first, second = Table.objects.filter(is_active=True).order_by("position")
    assert said.splitlines()[:2] == [
        f"demo, Table 1: bcdfghjkmnpq -> {first.code}",
        f"demo, Table 2: rstvwxz23456 -> {second.code}",
    ]
    assert first.code != "bcdfghjkmnpq"
    assert (tmp_path / "demo-table-1.png").read_bytes() == qr_png(f"http://127.0.0.1:8000/t/{first.code}/")


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["--restaurant", "nope"], 2, "there is no restaurant 'nope'; restaurants: demo, empty"),
        ([], 2, "say which one with --restaurant; restaurants: demo, empty"),
        (["--restaurant", "empty"], 1, "there are no tables in use: add some in the admin first"),
        (
            ["--restaurant", "demo", "--site-url", "menu.example"],
            2,
            "--site-url: 'menu.example' is no address such as https://menu.example",
        ),
    ],
)
def test_errors_are_one_line_and_write_nothing(
    restaurant: Restaurant, tmp_path: Path, arguments: list[str], code: int, sentence: str
) -> None:
    RestaurantFactory.create(slug="empty")

    with pytest.raises(CommandError) as error:
        run(*arguments, "--rotate", "--out", str(tmp_path / "codes"))

    assert (str(error.value), error.value.returncode) == (sentence, code)
    assert not (tmp_path / "codes").exists()
    assert Table.objects.filter(code="bcdfghjkmnpq").exists()


def test_a_place_that_cannot_be_written_renews_nothing(restaurant: Restaurant, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(CommandError) as error:
        run("--rotate", "--out", str(tmp_path / "file" / "sheet.pdf"))

    assert (str(error.value), error.value.returncode) == (
        f"cannot write {tmp_path / 'file' / 'sheet.pdf'}: File exists",
        1,
    )
    assert Table.objects.filter(code="bcdfghjkmnpq").exists()
