"""A second import: the file's changes are taken, the staff's stay, a change on both sides is told."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from menu.importers import FileRefused
from menu.importers.catalogue import Line
from menu.importers.three_way import Outcome, judge
from menu.models import Category, Modifier, Product, Restaurant, Variant
from tests.factories import NOW, CategoryFactory, ProductFactory, RestaurantFactory
from tests.menu.menu_files import named, rows_of, take_in

pytestmark = pytest.mark.django_db

HEADER = "type,sku,in,name,price,groups,allergens,sold_out,description\n"
MENU = (
    HEADER
    + """category,drinks,,Drinks,,,,,
category,hot,drinks,Hot drinks,,,,,
category,cakes,,Cakes,,,,,
group,milk,,Milk,,,,,
option,OAT,milk,Oat,0.50,,,,
product,TEA,hot,Tea,3.00,milk,none,no,Green
product,CAKE,cakes,Cake,4.00,,milk,no,
size,COFFEE-S,COFFEE,small,2.50,,,no,
size,COFFEE-L,COFFEE,large,3.50,,,no,
product,COFFEE,hot,Coffee,,milk,,,
"""
)


@pytest.fixture
def cafe() -> Restaurant:
    restaurant = RestaurantFactory()
    take_in(restaurant, MENU)
    return restaurant


def product(sku: str) -> Product:
    return Product.objects.get(sku=sku)


@pytest.mark.parametrize(
    ("before", "current", "found", "outcome"),
    [
        (400, 400, 400, Outcome.SAME),
        (400, 400, 475, Outcome.TAKEN),
        (400, 450, 400, Outcome.SAME),
        (400, 450, 450, Outcome.SAME),
        (400, 450, 475, Outcome.KEPT),
    ],
)
def test_a_field_is_judged_by_what_the_last_import_wrote(
    before: int, current: int, found: int, outcome: Outcome
) -> None:
    assert judge(before=before, current=current, found=found) is outcome


def test_the_same_file_again_changes_nothing(cafe: Restaurant) -> None:
    before = rows_of(cafe)

    report = take_in(cafe, MENU)

    assert (report.products, report.has_changed, report.kept) == (3, False, ())
    assert rows_of(cafe) == before


def test_a_change_in_the_file_alone_is_taken(cafe: Restaurant) -> None:
    report = take_in(cafe, MENU.replace("Tea,3.00", "Green tea,3.20").replace("large,3.50", "large,3.90"))

    assert (product("TEA").name, product("TEA").price_cents) == ("Green tea", 320)
    assert Variant.objects.get(sku="COFFEE-L").price_cents == 390
    assert report.kept == ()
    assert Product.objects.count() == 3


def test_a_change_by_staff_alone_is_kept(cafe: Restaurant) -> None:
    tea = product("TEA")
    tea.price_cents, tea.allergens = 350, ["milk"]
    tea.categories.set([Category.objects.get(slug="cakes")])
    tea.save()

    report = take_in(cafe, MENU)

    tea = product("TEA")
    assert (tea.price_cents, tea.allergens) == (350, ["milk"])
    assert [category.slug for category in tea.categories.all()] == ["cakes"]
    assert report.kept == ()


def test_a_change_on_both_sides_stays_with_the_staff_and_is_told_once(cafe: Restaurant) -> None:
    Product.objects.filter(sku="CAKE").update(price_cents=450)

    report = take_in(cafe, MENU.replace("Cake,4.00", "Cake,4.75"))
    again = take_in(cafe, MENU.replace("Cake,4.00", "Cake,4.75"))

    assert product("CAKE").price_cents == 450
    assert [(line.name, line.reason) for line in report.kept] == [("Cake", "price kept at 4.50, the file says 4.75")]
    assert "- Cake: price kept at 4.50, the file says 4.75" in report.lines()
    assert again.kept == ()


def test_links_follow_the_same_rule(cafe: Restaurant) -> None:
    product("TEA").categories.set([Category.objects.get(slug="drinks")])
    product("TEA").asked.all().delete()

    report = take_in(
        cafe,
        MENU.replace("product,TEA,hot,Tea,3.00,milk", "product,TEA,cakes,Tea,3.00,milk:1-1").replace(
            "CAKE,cakes", "CAKE,cakes;hot"
        ),
    )

    assert [category.slug for category in product("TEA").categories.all()] == ["drinks"]
    assert product("TEA").asked.count() == 0
    assert {category.slug for category in product("CAKE").categories.all()} == {"cakes", "hot"}
    assert [line.reason for line in report.kept] == [
        "categories kept at Drinks, the file says Cakes",
        "modifiers kept at none, the file says Milk",
    ]


def test_a_category_that_staff_moved_stays_where_it_is(cafe: Restaurant) -> None:
    Category.objects.filter(slug="hot").update(parent=Category.objects.get(slug="cakes"))

    report = take_in(cafe, MENU.replace("category,hot,drinks", "category,hot,"))

    assert Category.objects.get(slug="hot").parent == Category.objects.get(slug="cakes")
    assert [line.reason for line in report.kept] == ["within kept at Cakes, the file says the top"]


def test_categories_never_end_up_inside_each_other(cafe: Restaurant) -> None:
    Category.objects.filter(slug="drinks").update(parent=Category.objects.get(slug="cakes"))

    report = take_in(cafe, MENU.replace("category,cakes,,", "category,cakes,hot,"))

    assert Category.objects.filter(parent=None).exists()
    assert any("inside itself" in line.reason for line in report.notes)


def test_sold_out_marks_follow_the_file_unless_staff_changed_them(cafe: Restaurant) -> None:
    sold_out = MENU.replace("none,no,Green", "none,yes,Green").replace("Cake,4.00,,milk,no", "Cake,4.00,,milk,yes")

    take_in(cafe, sold_out)

    assert product("TEA").is_sold_out(now=NOW)

    Product.objects.filter(sku="TEA").update(sold_out_since=None)
    take_in(cafe, sold_out)

    assert not product("TEA").is_sold_out(now=NOW)
    assert product("CAKE").is_sold_out(now=NOW)

    take_in(cafe, MENU)

    assert not product("CAKE").is_sold_out(now=NOW)


def test_a_mark_that_staff_set_outlives_an_import(cafe: Restaurant) -> None:
    Product.objects.filter(sku="TEA").update(sold_out_since=NOW, sold_out_until=NOW + timedelta(hours=3))

    report = take_in(cafe, MENU)

    assert product("TEA").sold_out_until == NOW + timedelta(hours=3)
    assert report.kept == ()


def test_what_the_file_no_longer_has_stays(cafe: Restaurant) -> None:
    take_in(
        cafe, MENU.replace("product,CAKE,cakes,Cake,4.00,,milk,no,\n", "").replace("option,OAT,milk,Oat,0.50,,,,\n", "")
    )

    assert not product("CAKE").is_hidden
    assert not Modifier.objects.get(sku="OAT").is_hidden


def test_prune_hides_it_until_the_file_has_it_again(cafe: Restaurant) -> None:
    own = ProductFactory(restaurant=cafe, sku="OWN")
    own_category = CategoryFactory(restaurant=cafe)
    short = (
        MENU.replace("category,cakes,,Cakes,,,,,\n", "")
        .replace("product,CAKE,cakes,Cake,4.00,,milk,no,\n", "")
        .replace("option,OAT,milk,Oat,0.50,,,,\n", "")
        .replace("size,COFFEE-S,COFFEE,small,2.50,,,no,\n", "")
    )

    report = take_in(cafe, short, prune=True)

    assert (product("CAKE").is_hidden, product("TEA").is_hidden) == (True, False)
    assert (Category.objects.get(slug="cakes").is_hidden, Modifier.objects.get(sku="OAT").is_hidden) == (True, True)
    assert Variant.objects.get(sku="COFFEE-S").is_hidden
    own.refresh_from_db()
    own_category.refresh_from_db()
    assert (own.is_hidden, own_category.is_hidden) == (True, False)
    assert {"Cake", "Cakes", "Oat", "small"} < {line.name for line in report.notes}

    take_in(cafe, MENU)

    assert not product("CAKE").is_hidden
    assert not Category.objects.get(slug="cakes").is_hidden
    assert not Modifier.objects.get(sku="OAT").is_hidden
    assert not Variant.objects.get(sku="COFFEE-S").is_hidden


def test_what_staff_hid_stays_hidden(cafe: Restaurant) -> None:
    Product.objects.filter(sku="CAKE").update(is_hidden=True)

    take_in(cafe, MENU.replace("Cake,4.00", "Cake,4.10"))

    assert (product("CAKE").is_hidden, product("CAKE").price_cents) == (True, 410)


def test_prune_with_a_file_of_no_use_is_refused(cafe: Restaurant) -> None:
    before = rows_of(cafe)

    with pytest.raises(FileRefused, match="empty menu"):
        take_in(cafe, "name,price\nTea,none\n", prune=True)

    assert rows_of(cafe) == before


def test_a_product_made_by_staff_is_found_by_its_sku_and_keeps_its_price() -> None:
    cafe = RestaurantFactory()
    ProductFactory(restaurant=cafe, sku="TEA", name="Tea", price_cents=280)

    report = take_in(cafe, MENU)

    assert (product("TEA").price_cents, product("TEA").description) == (280, "Green")
    assert [line.reason for line in report.kept] == ["price kept at 2.80, the file says 3.00"]


def square(*items: tuple[str, str, str, int]) -> dict[str, Any]:
    """Return a catalogue of items given by id, name, SKU and price."""
    return {
        "objects": [
            {
                "type": "ITEM",
                "id": item,
                "item_data": {
                    "name": name,
                    "variations": [
                        {
                            "type": "ITEM_VARIATION",
                            "id": f"V-{item}",
                            "is_deleted": False,
                            "item_variation_data": {
                                "name": "Regular",
                                "sku": sku,
                                "price_money": {"amount": price, "currency": "EUR"},
                            },
                        }
                    ],
                },
            }
            for item, name, sku, price in items
        ]
    }


def test_a_renamed_entry_is_found_by_its_own_id() -> None:
    cafe = RestaurantFactory()
    take_in(cafe, square(("1", "Tea", "T", 300)))
    pk = Product.objects.get().pk

    take_in(cafe, square(("1", "Chai", "CH", 320)))

    assert list(Product.objects.values_list("pk", "name", "sku", "price_cents")) == [(pk, "Chai", "CH", 320)]


def test_two_products_can_swap_their_skus() -> None:
    cafe = RestaurantFactory()
    take_in(cafe, square(("1", "Tea", "A", 300), ("2", "Cake", "B", 400)))

    take_in(cafe, square(("1", "Tea", "B", 300), ("2", "Cake", "A", 400)))

    assert dict(Product.objects.values_list("name", "sku")) == {"Tea": "B", "Cake": "A"}


def test_a_sku_of_another_product_is_not_taken_away() -> None:
    cafe = RestaurantFactory()
    take_in(cafe, square(("1", "Tea", "A", 300)))
    ProductFactory(restaurant=cafe, sku="B", name="House wine")

    report = take_in(cafe, square(("1", "Tea", "B", 300)))

    assert dict(Product.objects.values_list("name", "sku")) == {"Tea": "A", "House wine": "B"}
    assert [line.name for line in report.notes] == ["Tea"]


def test_another_format_finds_the_same_products_and_leaves_what_it_does_not_speak_of(cafe: Restaurant) -> None:
    take_in(cafe, square(("X1", "Tea", "TEA", 300), ("X2", "Cake", "CAKE", 420)))

    assert Product.objects.count() == 3
    assert (product("CAKE").price_cents, product("CAKE").allergens) == (420, ["milk"])


def test_the_currency_is_taken_over_until_something_was_ordered() -> None:
    cafe = RestaurantFactory(currency="EUR")
    in_dollars = square(("1", "Tea", "T", 300))
    in_dollars["objects"][0]["item_data"]["variations"][0]["item_variation_data"]["price_money"]["currency"] = "USD"

    take_in(cafe, in_dollars)

    assert cafe.currency == "USD"

    Restaurant.objects.update(last_order_number=1)
    before = rows_of(cafe)
    with pytest.raises(FileRefused, match="The file is in EUR, but orders have been taken in USD"):
        take_in(cafe, square(("1", "Tea", "T", 350)))

    assert rows_of(cafe) == before


def test_tax_settings_stand_once_something_was_ordered() -> None:
    cafe = RestaurantFactory(tax_rate=9, last_order_number=4)
    document = square(("1", "Tea", "T", 300))
    document["objects"][0]["item_data"]["tax_ids"] = ["TAX"]
    tax = {"name": "tax", "percentage": "8.6", "inclusion_type": "ADDITIVE", "enabled": True}
    document["objects"].append({"type": "TAX", "id": "TAX", "tax_data": tax})

    report = take_in(cafe, document)

    assert (cafe.prices_include_tax, cafe.tax_rate) == (True, 9)
    assert product("T").tax_rate == Decimal("8.6")
    assert report.kept == (
        Line(cafe.name, "orders have been taken: prices stay with tax included, the file says it is added"),
        Line(cafe.name, "orders have been taken: the usual tax rate stays 9 %, the file says 8.6 %"),
    )

    document["objects"][-1]["tax_data"]["inclusion_type"] = "INCLUSIVE"
    Restaurant.objects.update(prices_include_tax=False, tax_rate=Decimal("8.6"))
    report = take_in(cafe, document)

    assert report.kept == (
        Line(cafe.name, "orders have been taken: tax stays added to prices, the file says they include it"),
    )
    assert not Restaurant.objects.get().prices_include_tax


def test_tax_settings_that_the_file_has_too_are_not_worth_a_line() -> None:
    cafe = RestaurantFactory(tax_rate=Decimal("8.6"), prices_include_tax=False, last_order_number=4)
    document = square(("1", "Tea", "T", 300))
    document["objects"][0]["item_data"]["tax_ids"] = ["TAX"]
    tax = {"name": "tax", "percentage": "8.60", "inclusion_type": "ADDITIVE", "enabled": True}
    document["objects"].append({"type": "TAX", "id": "TAX", "tax_data": tax})

    report = take_in(cafe, document)

    assert report.kept == report.notes == ()


def test_a_dry_run_tells_all_and_changes_nothing(cafe: Restaurant) -> None:
    before = rows_of(cafe)

    report = take_in(cafe, MENU.replace("Tea,3.00", "Tea,9.00") + "product,NEW,hot,New,x,,,,\n", dry_run=True)

    assert (report.is_dry_run, report.has_changed, named(report)) == (True, True, {"New"})
    assert rows_of(cafe) == before


def test_an_import_makes_one_new_menu_version(cafe: Restaurant) -> None:
    version = cafe.menu_version

    take_in(cafe, MENU.replace("Tea,3.00", "Tea,3.10").replace("Cake,4.00", "Cake,4.10"))

    assert cafe.menu_version == version + 1


def test_another_restaurant_is_left_alone(cafe: Restaurant) -> None:
    other = RestaurantFactory()
    take_in(other, MENU)
    before = rows_of(cafe)

    take_in(other, MENU.replace("Tea,3.00", "Tea,9.00"), prune=True)

    assert rows_of(cafe) == before


def test_the_number_of_queries_does_not_grow_with_the_products(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    cafe = RestaurantFactory()
    rows = "".join(f"product,P{number},cakes,Dish {number},4.00,milk,,,\n" for number in range(400))
    take_in(cafe, MENU + rows)

    with django_assert_max_num_queries(40):
        report = take_in(cafe, MENU + rows.replace("4.00", "4.20"))

    assert report.products == 403
    assert Product.objects.filter(price_cents=420).count() == 400
