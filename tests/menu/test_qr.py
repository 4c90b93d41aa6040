"""The code on a table: it carries the table's link, in every form it is written; renewing it is a conditional update."""

import io
import re
from datetime import timedelta

import pytest
import qrcode
from PIL import Image
from qrcode.constants import ERROR_CORRECT_M

from menu.models import Restaurant, Table
from menu.models.table import CODE_ALPHABET
from menu.print_text import printable
from menu.qr import QUIET_MODULES, file_stems, qr_modules, qr_png, qr_svg, rotate_codes, table_link
from menu.qr_sheet import table_sheet
from tests.factories import NOW, RestaurantFactory, TableFactory

LINK = "https://menu.example/t/46j5vsfzrbph/"


def expected_modules(link: str) -> list[list[bool]]:
    """The code of `link` as the library makes it, in the version and mask it chooses itself."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=QUIET_MODULES)
    code.add_data(link)
    code.make(fit=True)
    return [[bool(module) for module in row] for row in code.get_matrix()]


def test_the_png_is_the_code_of_the_link_module_by_module() -> None:
    image = Image.open(io.BytesIO(qr_png(LINK))).convert("L")

    expected = expected_modules(LINK)
    pixels = image.width // len(expected)
    assert image.size == (pixels * len(expected), pixels * len(expected))
    seen = [
        [image.getpixel((x * pixels + pixels // 2, y * pixels + pixels // 2)) == 0 for x in range(len(expected))]
        for y in range(len(expected))
    ]
    assert seen == expected
    assert image.getcolors() is not None
    assert {colour for _count, colour in image.getcolors() or []} == {0, 255}


def test_the_svg_is_the_code_of_the_link_module_by_module() -> None:
    svg = qr_svg(LINK)

    expected = expected_modules(LINK)
    seen = [[False] * len(expected) for _row in expected]
    path = re.findall(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z", svg)
    for x, y, length, back in path:
        assert length == back
        for step in range(int(length)):
            seen[int(y)][int(x) + step] = True
    assert seen == expected
    assert "<script" not in svg


def test_another_link_is_another_code() -> None:
    assert qr_modules(LINK) != qr_modules(LINK.replace("46j5", "46j6"))


def test_the_link_starts_with_the_site_and_has_one_slash_in_between() -> None:
    table = Table(code="46j5vsfzrbph")

    assert table_link(table, site_url="https://menu.example") == LINK
    assert table_link(table, site_url="https://menu.example/") == LINK


def test_file_names_are_safe_and_unique() -> None:
    restaurant = Restaurant(slug="demo")
    names = ["Table 1", "table-1", "../../etc/passwd", "Łódź é", "寿司", "天ぷら", "CON", "a" * 40]

    stems = [stem for _table, stem in file_stems([Table(restaurant=restaurant, name=name) for name in names])]

    assert stems == [
        "demo-table-1",
        "demo-table-1-2",
        "demo-etc-passwd",
        "demo-odz-e",
        "demo",
        "demo-2",
        "demo-con",
        f"demo-{'a' * 40}",
    ]


@pytest.mark.django_db
def test_renewing_gives_every_table_a_new_code() -> None:
    first, second = TableFactory.create(), TableFactory.create()
    old = [first.code, second.code]

    renewals = rotate_codes([first, second], now=NOW)

    assert [renewal.old_code for renewal in renewals] == old
    for table, renewal in zip([first, second], renewals, strict=True):
        table.refresh_from_db()
        assert (table.code, table.rotated_at) == (renewal.new_code, NOW)
        assert table.code not in old
        assert len(table.code) == 12
        assert set(table.code) <= set(CODE_ALPHABET)


@pytest.mark.django_db
def test_of_two_people_renewing_at_once_the_first_code_stays() -> None:
    table: Table = TableFactory.create()
    seen_by_both = Table.objects.get(pk=table.pk)
    rotate_codes([table], now=NOW)
    printed = table.code

    renewals = rotate_codes([seen_by_both], now=NOW + timedelta(seconds=1))

    table.refresh_from_db()
    assert renewals == []
    assert (table.code, table.rotated_at) == (printed, NOW)


@pytest.mark.django_db
def test_the_sheet_has_six_cards_a_page() -> None:
    restaurant = RestaurantFactory.create()
    tables = TableFactory.create_batch(7, restaurant=restaurant)

    sheet = table_sheet(tables, site_url="https://menu.example")

    assert sheet.startswith(b"%PDF-")
    assert b"/Count 2" in sheet
    # Vectors, not pictures: crisp at any size.
    assert b"/Subtype /Image" not in sheet


@pytest.mark.parametrize("name", ["Η ταβέρνα", "寿司", "مطعم", "🍕 Łódź", "T" * 40, "\x00\x1f", ""])
def test_names_in_any_script_print_without_crashing(name: str) -> None:
    restaurant = Restaurant(name=name * 3)
    table = Table(restaurant=restaurant, name=name, code="46j5vsfzrbph")

    assert table_sheet([table], site_url="https://menu.example").startswith(b"%PDF-")


def test_letters_the_font_lacks_are_replaced_by_their_plain_ones() -> None:
    assert printable("Crème brûlée  für  zwei") == "Crème brûlée für zwei"
    assert printable("Łódź, Şişli – “Œuf” €5") == "Lódz, Sisli – “Œuf” €5"
    assert printable("寿司 1") == "?? 1"
    assert printable("−€2.00\x00") == "-€2.00?"
