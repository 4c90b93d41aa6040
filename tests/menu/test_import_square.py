"""Square's catalogue, with every oddity of a real one in our own bakery."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from menu.importers import Report
from menu.models import Category, Modifier, ModifierGroup, Product, Restaurant, Variant
from menu.sections import read_menu
from tests.factories import NOW, RestaurantFactory
from tests.menu.menu_files import FIXTURES, named, reason, take_in
from tests.menu.menu_losses import losses_from_square

pytestmark = [pytest.mark.django_db, pytest.mark.once("postgres")]


def bakery_file() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((FIXTURES / "square-bakery.json").read_text())
    return document


@pytest.fixture
def bakery() -> Restaurant:
    return RestaurantFactory(tax_rate=0)


@pytest.fixture
def report(bakery: Restaurant) -> Report:
    return take_in(bakery, bakery_file())


def product(name: str) -> Product:
    return Product.objects.get(name=name)


def test_every_entry_is_on_the_menu_or_named(bakery: Restaurant, report: Report) -> None:
    assert losses_from_square(bakery_file(), bakery, report) == []
    assert (report.categories, report.products, report.groups, len(report.skipped)) == (3, 13, 4, 31)


def test_the_checker_sees_a_loss(bakery: Restaurant, report: Report) -> None:
    Product.objects.get(name="rye roll").delete()
    Variant.objects.filter(sku="CAKE-W").update(price_cents=1)

    lost = losses_from_square(bakery_file(), bakery, report)

    assert lost == ["rye roll / I-ROLL", "apple cake: variation whole"]


def test_the_only_variation_is_the_product_itself(report: Report) -> None:
    beans = Product.objects.filter(name="coffee beans").order_by("position")

    assert [(row.price_cents, row.sku, row.variants.count()) for row in beans] == [
        (1600, "I-HEAP", 0),
        (900, "I-HEAP2", 0),
    ]


def test_variations_are_sizes_in_their_order_with_their_own_skus(report: Report) -> None:
    cake = product("apple cake")

    assert (cake.price_cents, cake.sku) == (None, "I-SLICE")
    assert list(cake.variants.values_list("name", "price_cents", "sku")) == [
        ("slice", 450, "V-S"),
        ("whole", 3200, "CAKE-W"),
    ]
    assert "variable pricing" in reason(report, "apple cake, catering tray")
    assert "deleted" in reason(report, "apple cake, half")


def test_a_variation_listed_outside_its_item_belongs_to_it(report: Report) -> None:
    roll = product("rye roll")

    assert list(roll.variants.values_list("name", "price_cents")) == [("Regular", 250), ("dozen", 2600)]


def test_a_sku_used_twice_stays_with_the_first(report: Report) -> None:
    assert product("latte").sku == "LATTE"
    assert product("iced latte").sku == "I-LATTE2"
    assert any(line.name == "iced latte" and "LATTE" in line.reason for line in report.notes)


def test_an_item_without_a_category_stands_on_the_menu_and_can_be_ordered(bakery: Restaurant, report: Report) -> None:
    entries = {entry.product.name: entry for entry in read_menu(bakery, now=NOW).uncategorised}

    assert (entries["harbour roll"].price_cents, entries["harbour roll"].is_served) == (300, True)


def test_a_gift_card_bears_no_tax_no_discount_and_no_points(report: Report) -> None:
    cards = Product.objects.filter(kind="gift_card").order_by("name")

    assert [(card.name, card.discountable, card.earns_points, card.tax_rate) for card in cards] == [
        ("Bakery® gift card", False, False, Decimal(0)),
        ("Present", False, False, Decimal(0)),
    ]


def test_an_inclusive_tax_becomes_the_rate_and_the_way_of_the_prices(bakery: Restaurant, report: Report) -> None:
    assert (bakery.prices_include_tax, bakery.tax_rate) == (True, Decimal("8.6"))
    assert product("rye roll").tax_rate == Decimal("8.6")
    assert product("staff lunch").tax_rate == Decimal(0)
    assert {"old tax", "strange tax"} <= named(report)


def test_an_additive_tax_is_added_to_the_prices() -> None:
    document = bakery_file()
    tax = next(entry for entry in document["objects"] if entry and entry["id"] == "TAX-LOW")
    tax["tax_data"]["inclusion_type"] = "ADDITIVE"
    restaurant = RestaurantFactory(prices_include_tax=True)

    take_in(restaurant, document)

    assert restaurant.prices_include_tax is False


def test_modifier_lists_keep_their_limits_and_defaults(report: Report) -> None:
    milk, toppings, candles, impossible = ModifierGroup.objects.order_by("position")

    assert (milk.name, milk.min_choices, milk.max_choices) == ("milk", 0, 1)
    assert list(milk.modifiers.values_list("name", "price_cents", "is_default")) == [
        ("whole milk", 0, True),
        ("oat milk", 50, False),
    ]
    assert (toppings.min_choices, toppings.max_choices) == (0, None)
    assert list(toppings.modifiers.values_list("name", "price_cents")) == [
        ("nuts  + honey", 75),
        ("whipped cream", 60),
        ("cinnamon", 0),
        ("poppy seed", 30),
    ]
    assert Modifier.objects.get(name="one candle", group=candles).max_quantity == 20
    assert impossible.min_choices == 1


def test_an_item_asks_for_its_lists_with_bounds_of_its_own(report: Report) -> None:
    latte = [(row.group.name, row.min_choices, row.max_choices) for row in product("latte").asked.all()]
    cake = [(row.group.name, row.min_choices, row.max_choices) for row in product("apple cake").asked.all()]

    assert latte == [("milk", 1, None), ("toppings", None, 2), ("impossible", None, None)]
    assert cake == [("toppings", None, None)]


def test_sold_out_marks_come_in_with_their_end(report: Report) -> None:
    tart, (slice_, whole) = product("rhubarb tart"), product("plum tart").variants.all()

    assert (tart.sold_out_since, tart.sold_out_until) == (NOW, None)
    assert slice_.sold_out_until == datetime(2026, 6, 3, 22, tzinfo=UTC)
    assert whole.sold_out_since is None  # another location has some left
    assert Modifier.objects.get(name="whipped cream").is_sold_out(now=NOW)


def test_hidden_and_archived_items_come_in_hidden(report: Report) -> None:
    assert set(Product.objects.filter(is_hidden=True).values_list("name", flat=True)) == {"stollen", "staff lunch"}


def test_allergens_and_diets_come_in(report: Report) -> None:
    latte = product("latte")

    assert (latte.allergens, latte.diets) == (["milk"], ["vegetarian"])
    assert product("rye roll").allergens is None


def test_categories_nest_and_texts_lose_only_their_markup(report: Report) -> None:
    rye = Category.objects.get(name="rye")

    assert rye.parent == Category.objects.get(name="bread + rolls")
    assert product("rye roll").description == "baked at five & at ten"
    assert set(product("latte").categories.values_list("name", flat=True)) == {"cake", "bread + rolls"}


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("refund", "its price is negative"),
        ("the bakery itself", "its price is absurdly high"),
        ("dollar bun", "its price is in USD, the rest of the menu in EUR"),
        ("word roll", "its price cannot be read"),
        ("air", "it has no variation, so it has no price"),
        ("I-LIST", "it has no name"),
        ("rye roll again", "its id is used twice in the file"),
        ("bagel", "this item is deleted in the file"),
        ("friends", "a discount is not part of the menu; set it up as an offer"),
        ("orphan", "its item is not in the file"),
    ],
)
def test_a_bad_entry_is_named_with_its_reason(report: Report, name: str, why: str) -> None:
    assert reason(report, name) == why


def test_an_entry_that_the_file_deletes_later_is_hidden_and_comes_back(bakery: Restaurant, report: Report) -> None:
    document = bakery_file()
    roll = next(entry for entry in document["objects"] if entry and entry["id"] == "I-ROLL")
    roll["is_deleted"] = True

    take_in(bakery, document)

    assert product("rye roll").is_hidden

    take_in(bakery, bakery_file())

    assert not product("rye roll").is_hidden


def test_an_item_that_loses_its_sizes_has_one_price(bakery: Restaurant, report: Report) -> None:
    document = bakery_file()
    cake = next(entry for entry in document["objects"] if entry and entry["id"] == "I-SLICE")
    cake["item_data"]["variations"] = cake["item_data"]["variations"][:1]

    take_in(bakery, document)

    assert product("apple cake").price_cents == 450
    assert not product("apple cake").variants.filter(is_hidden=False).exists()
