"""schema.org menus, with every oddity of a real one in our own taverna."""

import json
from datetime import time
from typing import Any

import pytest

from menu.importers import FileRefused, Report
from menu.models import Category, ModifierGroup, Product, Restaurant
from menu.sections import read_menu
from tests.factories import NOW, RestaurantFactory
from tests.menu.menu_files import FIXTURES, named, reason, take_in
from tests.menu.menu_losses import losses_from_schema_org

pytestmark = [pytest.mark.django_db, pytest.mark.once("postgres")]


def taverna_file() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((FIXTURES / "schema-org-taverna.jsonld").read_text())
    return document


@pytest.fixture
def taverna() -> Restaurant:
    return RestaurantFactory()


@pytest.fixture
def report(taverna: Restaurant) -> Report:
    return take_in(taverna, taverna_file())


def a_menu(*items: dict[str, Any]) -> dict[str, Any]:
    section = {"@type": "MenuSection", "name": "All", "hasMenuItem": list(items)}
    return {"@context": "https://schema.org", "@type": "Menu", "hasMenuSection": section}


def an_item(name: object = "Soup", price: object = "4.00", **more: object) -> dict[str, Any]:
    return {
        "@type": "MenuItem",
        "name": name,
        "offers": {"@type": "Offer", "price": price, "priceCurrency": "EUR"},
        **more,
    }


def test_every_entry_is_on_the_menu_or_named(taverna: Restaurant, report: Report) -> None:
    assert losses_from_schema_org(taverna_file(), taverna, report) == []
    assert (report.categories, report.products, report.groups, len(report.skipped)) == (14, 19, 4, 12)


def test_the_checker_sees_a_loss(taverna: Restaurant, report: Report) -> None:
    Product.objects.filter(name="Dolma (5pc)").update(price_cents=1)
    Category.objects.get(name="Night Kitchen").delete()

    lost = losses_from_schema_org(taverna_file(), taverna, report)

    assert lost == ["offer Dolma (5pc)  7.95", "section Night Kitchen", "offer Dolma (5pc)  7.95"]


def test_several_menus_are_headings_over_sections_of_their_own(report: Report) -> None:
    dips = Category.objects.filter(name="Starters & Dips").order_by("position")

    assert [(row.parent and row.parent.name, row.slug) for row in dips] == [
        ("Menu", "menu-starters-dips"),
        ("Catering", "catering-starters-dips"),
        ("Catering", "catering-starters-dips-2"),
    ]


def test_one_menu_is_no_heading_of_its_own() -> None:
    restaurant = RestaurantFactory()

    take_in(restaurant, a_menu(an_item()))

    assert [category.name for category in Category.objects.all()] == ["All"]


def test_a_dish_of_a_shared_section_is_one_product_in_several_categories(report: Report) -> None:
    dish = Product.objects.get(name="Hummus Plate")

    assert [category.parent.name for category in dish.categories.order_by("position") if category.parent] == [
        "Menu",
        "Catering",
    ]


def test_several_offers_are_sizes(report: Report) -> None:
    fish = Product.objects.get(name="Grilled Fish (COD)")

    assert fish.price_cents is None
    assert list(fish.variants.values_list("name", "price_cents")) == [("1 Skewer", 995), ("2 Skewer", 1295)]
    assert reason(report, "Grilled Fish (COD), Whole") == "its price “ask” is not a number"
    assert list(Product.objects.get(name="Octopus").variants.values_list("name", flat=True)) == ["Per Person"]
    assert list(Product.objects.get(name="Beer").variants.values_list("name", flat=True)) == ["3.00", "3.50"]
    assert list(Product.objects.get(name="Orzo Bowl").variants.values_list("name", flat=True)) == ["Prawn", "Squid"]


@pytest.mark.parametrize(
    ("written", "cents"),
    [
        ("9.95", 995),
        ("9,95", 995),
        ("$9", 900),
        ("€ 9,5", 950),
        ("9,50 €", 950),
        ("EUR 9.50", 950),
        ("00.00", 0),
        ("1,234.50", 123450),
        ("1.234,50", 123450),
        ("12,-", 1200),
        (9, 900),
        (9.95, 995),
        ("0.5", 50),
    ],
)
def test_a_price_text_is_read(written: object, cents: int) -> None:
    restaurant = RestaurantFactory()

    take_in(restaurant, a_menu(an_item(price=written)))

    assert Product.objects.get().price_cents == cents


@pytest.mark.parametrize(
    "written",
    [
        "Market price",
        "8-12",
        "$8 - $12",
        "",
        None,
        "-4",
        -4,
        "1,234",
        "9.999",
        "1e9",
        1e12,
        [],
        {},
        "9..5",
        True,
        "NaN",
    ],
)
def test_a_price_that_is_none_is_named_and_not_guessed(written: object) -> None:
    restaurant = RestaurantFactory()

    report = take_in(restaurant, a_menu(an_item(name="Soup", price=written), an_item(name="Bread")))

    assert named(report) == {"Soup"}
    assert [product.name for product in Product.objects.all()] == ["Bread"]


def test_times_that_cannot_be_read_are_named_and_close_nothing(taverna: Restaurant, report: Report) -> None:
    by_name = {category.name: category for category in Category.objects.all()}

    assert (by_name["Menu"].available_from, by_name["Weekly Specials"].weekdays) == (None, "")
    assert by_name["Happy Hour"].available_from is None
    assert (by_name["Off the Grill"].available_from, by_name["Off the Grill"].available_until) == (time(11), time(21))
    assert (by_name["Night Kitchen"].available_from, by_name["Night Kitchen"].available_until) == (time(22), time(2))
    tuesday = by_name["Souvlaki Tuesday"]
    assert (tuesday.available_from, tuesday.available_until, tuesday.weekdays) == (time(15), time(18), "Tu")
    noted = {line.name for line in report.notes}
    assert {"Menu", "Weekly Specials", "Menu, Starters & Dips", "Menu, Happy Hour", "Grill Sides"} <= noted
    assert [section.is_served for section in read_menu(taverna, now=NOW).sections] == [True, True, True, False, True]


def test_add_ons_are_optional_groups_in_both_spellings(report: Report) -> None:
    sides = ModifierGroup.objects.get(name="Grill Sides")
    asked = {
        product.name: [group.name for group in product.groups.order_by("asked__position")]
        for product in sides.products.all()
    }

    assert (sides.min_choices, sides.max_choices) == (0, None)
    assert list(sides.modifiers.values_list("name", "price_cents")) == [("Pita", 0), ("Rice", 0)]
    assert asked == {
        "Grilled Fish (COD)": ["Grill Sides"],
        "Octopus": ["Grill Sides", "Dressing", "Extras"],
        "Lamb Gyro": ["Grill Sides"],
    }
    assert reason(report, "Grill Sides, Secret Side") == "it has no price"


def test_a_group_whose_offer_says_how_many_is_required(report: Report) -> None:
    dressing = ModifierGroup.objects.get(name="Dressing")

    assert (dressing.min_choices, dressing.max_choices) == (1, 1)


def test_links_that_lead_nowhere_or_in_a_circle_are_named(report: Report) -> None:
    assert "Menu" in reason(report, "https://taverna.example/#/section/nowhere")
    assert reason(report, "Loop") == "it is inside itself; left out there"
    assert Category.objects.filter(name="Loop").count() == 1


def test_what_no_menu_leads_to_comes_in_too(report: Report) -> None:
    assert Category.objects.get(name="Forgotten Section").parent is None
    assert Product.objects.get(name="Loose Cookie").price_cents == 150
    assert ModifierGroup.objects.filter(name="Unasked Sauces").exists()


def test_dishes_of_one_name_in_one_section_stay_two(report: Report) -> None:
    olives = Product.objects.filter(name="Olives").order_by("position")

    assert [(dish.price_cents, dish.sku) for dish in olives] == [
        (300, "menu-starters-dips-olives"),
        (350, "menu-starters-dips-olives-2"),
    ]


def test_texts_for_the_web_are_read_as_texts(report: Report) -> None:
    assert Product.objects.get(name="Orzo Bowl").description == "Rice-shaped pasta\nwith   herbs"
    assert Product.objects.filter(name="Hummus Plate").exists()


def test_marks_of_diet_and_availability_come_in(report: Report) -> None:
    assert Product.objects.get(name="Tzatziki", price_cents=425).diets == ["vegetarian"]
    assert Product.objects.get(name="Fried Cauliflower").is_sold_out(now=NOW)


def test_the_words_of_the_vocabulary_may_be_written_out() -> None:
    restaurant = RestaurantFactory()
    document = {
        "@context": {"schema": "https://schema.org/"},
        "@type": "https://schema.org/Menu",
        "schema:hasMenuSection": {
            "@type": ["schema:MenuSection"],
            "schema:name": {"@value": "Suppen", "@language": "de"},
            "schema:hasMenuItem": [
                {
                    "@type": "schema:MenuItem",
                    "schema:name": [{"@value": "Brühe", "@language": "de"}],
                    "schema:offers": [{"schema:price": "4,50"}],
                }
            ],
        },
    }

    take_in(restaurant, document)

    assert Product.objects.get().name == "Brühe"
    assert Category.objects.get().name == "Suppen"


def test_an_id_on_two_different_dishes_makes_two() -> None:
    restaurant = RestaurantFactory()

    take_in(restaurant, a_menu(an_item("Soup", **{"@id": "#1"}), an_item("Bread", **{"@id": "#1"})))

    assert sorted(Product.objects.values_list("name", flat=True)) == ["Bread", "Soup"]


def test_sections_that_multiply_without_end_are_refused() -> None:
    restaurant = RestaurantFactory()
    levels = 8
    graph: list[dict[str, Any]] = [
        {
            "@type": "MenuSection",
            "@id": f"#{level}-{number}",
            "name": f"{level}-{number}",
            "hasMenuSection": [{"@id": f"#{level + 1}-{below}"} for below in range(6)],
        }
        for level in range(levels)
        for number in range(6)
    ]

    with pytest.raises(FileRefused, match="more than 2000 sections"):
        take_in(restaurant, {"@context": "https://schema.org", "@graph": graph})

    assert not Category.objects.exists()
