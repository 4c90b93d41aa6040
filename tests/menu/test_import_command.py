"""`import_menu` and `export_menu` as people type them."""

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from menu.models import Product, Restaurant, Table
from tests.factories import RestaurantFactory, TableFactory
from tests.menu.menu_files import FIXTURES

pytestmark = pytest.mark.django_db

BAKERY = str(FIXTURES / "square-bakery.json")


def run(*arguments: str, command: str = "import_menu") -> list[str]:
    out = io.StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue().splitlines()


def test_the_report_ends_with_the_counts_and_every_entry_left_out() -> None:
    RestaurantFactory()

    lines = run(BAKERY)

    end = lines[lines.index("categories: 3") :]
    assert end[1:4] == ["products: 13", "modifier groups: 4", "skipped: 31"]
    assert len(end) == 4 + 31
    assert "- friends: a discount is not part of the menu; set it up as an offer" in end


def test_the_only_restaurant_is_meant() -> None:
    restaurant = RestaurantFactory()

    run(str(FIXTURES / "menu-europe.csv"))

    assert restaurant.products.count() == 8


def test_several_restaurants_are_listed() -> None:
    RestaurantFactory(slug="north")
    RestaurantFactory(slug="south")

    with pytest.raises(CommandError, match="there are 2: north, south") as refused:
        run(BAKERY)

    assert refused.value.returncode == 2
    assert not Product.objects.exists()


def test_an_unknown_restaurant_is_made_only_when_asked_for() -> None:
    with pytest.raises(CommandError, match="There is no restaurant new-place") as refused:
        run(BAKERY, "--restaurant", "new-place")
    assert refused.value.returncode == 2
    assert not Restaurant.objects.exists()

    run(BAKERY, "--restaurant", "new-place", "--create")

    assert Restaurant.objects.get().name == "New Place"


def test_a_restaurant_made_for_a_file_has_ten_tables_to_sit_at() -> None:
    run(BAKERY, "--restaurant", "new-place", "--create")

    tables = Table.objects.filter(restaurant__slug="new-place", is_active=True).order_by("position")
    assert [table.name for table in tables] == ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]
    assert len({table.code for table in tables}) == 10


def test_a_restaurant_that_is_there_keeps_its_tables() -> None:
    TableFactory.create(restaurant__slug="harbour", name="Terrace")

    run(BAKERY, "--restaurant", "harbour", "--create")

    assert list(Table.objects.values_list("name", flat=True)) == ["Terrace"]


def test_a_name_that_cannot_be_an_address_is_a_bad_argument() -> None:
    with pytest.raises(CommandError, match="cannot be an address") as refused:
        run(BAKERY, "--restaurant", "New Place", "--create")

    assert refused.value.returncode == 2
    assert not Restaurant.objects.exists()


def test_an_export_of_an_unknown_restaurant_is_a_bad_argument_too() -> None:
    RestaurantFactory()

    with pytest.raises(CommandError, match="There is no restaurant nowhere") as refused:
        run("--restaurant", "nowhere", "--format", "csv", command="export_menu")

    assert refused.value.returncode == 2


def test_a_restaurant_is_not_made_for_a_file_that_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "menu.json"
    broken.write_text('{"objects": [')

    with pytest.raises(CommandError) as refused:
        run(str(broken), "--restaurant", "new-place", "--create")

    assert refused.value.returncode == 2
    assert not Restaurant.objects.exists()


def test_a_dry_run_makes_no_restaurant_either() -> None:
    lines = run(BAKERY, "--restaurant", "new-place", "--create", "--dry-run")

    assert "products: 13" in lines
    assert not Restaurant.objects.exists()


@pytest.mark.parametrize("file_format", ["schema-org", "csv"])
def test_a_format_that_the_file_is_not_in_is_refused(file_format: str) -> None:
    RestaurantFactory()

    with pytest.raises(CommandError) as refused:
        run(BAKERY, "--format", file_format)

    assert refused.value.returncode == 2
    assert "\n" not in str(refused.value)


def test_an_unknown_format_is_refused_in_one_line() -> None:
    RestaurantFactory()

    with pytest.raises(CommandError, match="There is no format xlsx; choose square, schema-org, csv") as refused:
        run(BAKERY, "--format", "xlsx")

    assert refused.value.returncode == 2


def test_a_file_that_is_not_there_or_a_folder_is_refused(tmp_path: Path) -> None:
    RestaurantFactory()

    for path in (tmp_path / "nothing.csv", tmp_path):
        with pytest.raises(CommandError, match="cannot be read") as refused:
            run(str(path))
        assert refused.value.returncode == 2


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    RestaurantFactory()
    huge = tmp_path / "huge.csv"
    with huge.open("wb") as file:
        file.truncate(100 * 1024 * 1024)

    with pytest.raises(CommandError, match="larger than 32 MB") as refused:
        run(str(huge))

    assert refused.value.returncode == 2


def test_a_menu_goes_to_stdout_or_into_a_file(tmp_path: Path) -> None:
    RestaurantFactory()
    run(BAKERY)

    printed = json.loads("\n".join(run("--format", "square", command="export_menu")))
    run("--format", "csv", "--out", str(tmp_path / "menu.csv"), command="export_menu")

    assert sum(entry["type"] == "ITEM" for entry in printed["objects"]) == 13
    assert (tmp_path / "menu.csv").read_bytes().startswith(b"\xef\xbb\xbftype,sku,in,name,")


def test_an_export_says_what_is_missing(tmp_path: Path) -> None:
    RestaurantFactory()

    with pytest.raises(CommandError, match="Say which format") as refused:
        run(command="export_menu")
    assert refused.value.returncode == 2
    with pytest.raises(CommandError, match="cannot be written"):
        run("--format", "csv", "--out", str(tmp_path / "no" / "menu.csv"), command="export_menu")
