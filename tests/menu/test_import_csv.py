"""Our CSV format, as people's spreadsheets write it."""

from datetime import UTC, datetime, time
from decimal import Decimal
from pathlib import Path

import pytest

from menu.importers import FileRefused, Report
from menu.importers.spreadsheet import COLUMNS
from menu.models import Category, Modifier, ModifierGroup, Product, Restaurant
from tests.factories import NOW, CategoryFactory, ModifierGroupFactory, RestaurantFactory
from tests.menu.menu_files import FIXTURES, named, reason, rows_of, take_in

pytestmark = [pytest.mark.django_db, pytest.mark.once("postgres")]

DEMO_MENU = Path(__file__).parents[2] / "menu" / "demo" / "menu.csv"


@pytest.fixture
def cafe() -> Restaurant:
    return RestaurantFactory()


@pytest.fixture
def report(cafe: Restaurant) -> Report:
    return take_in(cafe, (FIXTURES / "menu-europe.csv").read_bytes())


def product(sku: str) -> Product:
    return Product.objects.get(sku=sku)


def test_the_demo_menu_comes_in_whole(cafe: Restaurant) -> None:
    report = take_in(cafe, DEMO_MENU.read_bytes())

    assert report.skipped == ()
    assert report.products == Product.objects.count() >= 55


def test_a_semicolon_file_with_columns_in_any_order_is_read(report: Report) -> None:
    assert (report.categories, report.products, report.groups) == (4, 8, 2)
    assert named(report) == {"Zaubertrank", "Limo", "Cola", "Wasser", "NAMENLOS", "LIMONADE, Riesenglas"}


def test_every_column_of_a_product_is_read(report: Report) -> None:
    muesli = product("MUESLI")

    assert (muesli.name, muesli.price_cents, muesli.description) == ("Müsli", 690, "Hafer; Nüsse; Obst")
    assert (muesli.allergens, muesli.diets) == (["gluten", "milk", "nuts"], ["vegetarian"])
    assert (muesli.tax_rate, muesli.drawing, muesli.is_alcohol) == (Decimal(7), "granola", False)
    assert [group.key for group in muesli.groups.all()] == ["milch"]
    assert [category.slug for category in muesli.categories.all()] == ["fruehstueck"]


def test_groups_and_options_are_read(report: Report) -> None:
    milk, extras = ModifierGroup.objects.order_by("position")

    assert (milk.min_choices, milk.max_choices) == (1, 1)
    assert list(milk.modifiers.values_list("sku", "name", "price_cents", "is_default")) == [
        ("", "Vollmilch", 0, True),
        ("HAFER", "Haferdrink", 50, False),
    ]
    assert (extras.max_choices, extras.free_choices) == (3, 1)
    honey = Modifier.objects.get(sku="HONIG")
    assert (honey.max_quantity, honey.allergens) == (3, [])
    assert honey.sold_out_until == datetime(2026, 6, 4, 8, tzinfo=UTC)


def test_a_group_may_be_asked_with_bounds_of_its_own(report: Report) -> None:
    (asked,) = product("WEIN-R").asked.all()

    assert (asked.group.key, asked.min_choices, asked.max_choices) == ("zutaten", 1, 2)


def test_sizes_have_the_prices(report: Report) -> None:
    coffee = product("KAFFEE")

    assert coffee.price_cents is None
    small, large = coffee.variants.all()
    assert (small.sku, small.name, small.price_cents) == ("KAFFEE-S", "klein", 280)
    assert (large.sku, large.price_cents, large.is_sold_out(now=NOW)) == ("kaffee-gro", 360, True)


def test_a_category_may_be_named_instead_of_its_slug(report: Report) -> None:
    assert [category.slug for category in product("KAFFEE").categories.all()] == ["getraenke"]


def test_a_category_that_no_row_describes_is_made(report: Report) -> None:
    extra = product("PLUS")

    assert extra.name == "+ ein Extra"  # the apostrophe only kept it from being taken for a formula
    assert [category.name for category in extra.categories.all()] == ["Snacks"]


def test_dayparts_are_read_or_named_and_not_applied(report: Report) -> None:
    breakfast, wine = Category.objects.get(slug="fruehstueck"), Category.objects.get(slug="wein")

    assert (breakfast.available_from, breakfast.available_until, breakfast.weekdays) == (
        time(8),
        time(11, 30),
        "Mo,Tu,We,Th,Fr",
    )
    assert (wine.available_from, wine.available_until, wine.weekdays) == (None, None, "")
    assert sum(line.name == "Wein" for line in report.notes) == 2


def test_allergens_that_are_half_understood_are_not_recorded(report: Report) -> None:
    assert product("EI").allergens is None
    assert product("KAFFEE").allergens == []
    assert Product.objects.get(name="Brot").allergens == ["gluten"]


def test_a_gift_card_is_told_by_its_type(report: Report) -> None:
    card = product("GUT")

    assert (card.kind, card.price_cents, card.discountable, card.earns_points) == ("gift_card", 2500, False, False)


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("separator", list(";,\t|^"))
def test_the_first_line_of_excel_may_say_what_parts_the_cells(cafe: Restaurant, separator: str, mark: str) -> None:
    lines = [
        "sep=" + separator,
        separator.join(("name", "price", "description")),
        separator.join(("Tea", "3", "a; b,")),
    ]
    text = mark + "\r\n".join(lines).replace("a; b,", '"a; b,"') + "\r\n"

    report = take_in(cafe, text)

    assert report.skipped == report.notes == ()
    assert list(Product.objects.values_list("name", "price_cents", "description")) == [("Tea", 300, "a; b,")]


def test_lines_are_counted_with_the_one_that_names_the_separator(cafe: Restaurant) -> None:
    report = take_in(cafe, "SEP=;\nname;price\nTea;3;too much\nCake;4\n")

    assert reason(report, "Tea").startswith("line 3 ")


@pytest.mark.parametrize("column", ["discountable", "earns_points"])
def test_a_gift_card_is_never_discounted_nor_earns_points_and_a_yes_is_named(cafe: Restaurant, column: str) -> None:
    report = take_in(
        cafe, f"type,sku,name,price,{column}\ngift_card,GIFT,Gift card,25.00,yes\nproduct,TEA,Tea,2.00,yes\n"
    )

    card, tea = product("GIFT"), product("TEA")
    assert (getattr(card, column), getattr(tea, column), report.products) == (False, True, 2)
    assert [(line.name, line.reason) for line in report.notes] == [
        ("Gift card", f"line 2: {column} is no: gift cards never take discounts nor earn points")
    ]


def test_what_cannot_be_read_is_named_with_its_line(report: Report) -> None:
    assert reason(report, "Cola") == "line 21: its price is negative"
    assert reason(report, "Zaubertrank") == "line 23: there is no type “potion”"
    assert reason(report, "Wasser") == "line 22: “KAFFEE” is there twice"
    noted = {(line.name, line.reason) for line in report.notes}
    assert ("kitchen_notes", "this column is not known and was left out") in noted
    assert ("Tee", "line 26: “vielleicht” in alcohol is neither yes nor no") in noted
    assert ("Tee", "it asks for the group “blätter”, which there is not") in noted


def test_windows_1252_is_read_and_said(cafe: Restaurant) -> None:
    report = take_in(cafe, "name,price\r\nCrème brûlée,6.50\r\n".encode("cp1252"))

    assert Product.objects.get().name == "Crème brûlée"
    assert "Windows-1252" in report.notes[0].reason


def test_a_byte_order_mark_crlf_and_blank_rows_are_no_matter(cafe: Restaurant) -> None:
    take_in(cafe, "\ufeffname,price\r\n\r\n,\r\nTea,3\r\n,,\r\n".encode())

    assert Product.objects.get().name == "Tea"


def test_utf_16_as_spreadsheets_write_it_is_read(cafe: Restaurant) -> None:
    take_in(cafe, "name\tprice\r\nTea\t3\r\n".encode("utf-16"))

    assert Product.objects.get().price_cents == 300


def test_columns_that_are_not_there_say_nothing(cafe: Restaurant) -> None:
    take_in(cafe, "sku,name,price,allergens,description\nTEA,Tea,3,milk,Hot\n")

    take_in(cafe, "sku,name,price\nTEA,Tea,3.50\n")

    tea = product("TEA")
    assert (tea.price_cents, tea.allergens, tea.description) == (350, ["milk"], "Hot")


def test_a_file_may_name_what_is_on_the_menu_already(cafe: Restaurant) -> None:
    CategoryFactory(restaurant=cafe, slug="drinks", name="Our drinks")
    group = ModifierGroupFactory(restaurant=cafe, key="milk")

    take_in(cafe, "name,price,in,groups\nTea,3,drinks,milk\n")

    tea = Product.objects.get()
    assert [category.name for category in tea.categories.all()] == ["Our drinks"]
    assert list(tea.groups.all()) == [group]


def test_a_row_with_too_many_cells_is_named(cafe: Restaurant) -> None:
    report = take_in(cafe, "name,price\nTea, hot,3\nCake,4\n")

    assert named(report) == {"Tea"}
    assert Product.objects.get().name == "Cake"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("name,price\n", "There is no row below the column names."),
        ("sku,price\nA,3\n", "The first line names no column “name”"),
        ("name,price,Price\nA,3,4\n", "The column “price” is there twice."),
        ('name,price\n"Tea,3\nCake,4\n', "Line 3 cannot be read"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused(cafe: Restaurant, content: str, why: str) -> None:
    before = rows_of(cafe)

    with pytest.raises(FileRefused, match=why):
        take_in(cafe, content, file_format="csv")

    assert rows_of(cafe) == before


def test_prices_follow_the_currency(cafe: Restaurant) -> None:
    cafe.currency = "JPY"
    cafe.save()

    take_in(cafe, 'name,price\nTea,450\nSet,"1,200"\nOdd,4.50\n')

    assert list(Product.objects.order_by("position").values_list("name", "price_cents")) == [
        ("Tea", 450),
        ("Set", 1200),
    ]


def test_the_documentation_tells_of_every_column_and_its_example_comes_in(cafe: Restaurant) -> None:
    text = (Path(__file__).parents[2] / "docs" / "menu-files.md").read_text()
    example = "\n".join(line[4:] for line in text.splitlines() if line.startswith("    ") and line.count(",") > 3)

    report = take_in(cafe, example)

    assert (report.categories, report.products, report.groups) == (1, 2, 1)
    assert report.skipped == report.notes == ()
    assert [column for column in COLUMNS if f"`{column}`" not in text] == []
