"""The menu as a diner reads it: nested, complete, and two queries however long it is."""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from menu.models import Product, Restaurant
from menu.sections import Entry, Section, read_menu
from tests.factories import (
    NOW,
    CategoryFactory,
    ModifierFactory,
    ModifierGroupFactory,
    ProductFactory,
    ProductModifierGroupFactory,
    RestaurantFactory,
    VariantFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def restaurant() -> Restaurant:
    made: Restaurant = RestaurantFactory.create()
    return made


def names(entries: tuple[Entry, ...]) -> list[str]:
    return [entry.product.name for entry in entries]


def only(restaurant: Restaurant) -> Entry:
    """Return the one product that is in no category."""
    (entry,) = read_menu(restaurant, now=NOW).uncategorised
    return entry


def test_sections_are_nested_and_in_order(restaurant: Restaurant) -> None:
    drinks = CategoryFactory.create(restaurant=restaurant, name="Drinks", position=2)
    coffee = CategoryFactory.create(restaurant=restaurant, name="Coffee", parent=drinks)
    food = CategoryFactory.create(restaurant=restaurant, name="Food", position=1)
    ProductFactory.create(restaurant=restaurant, name="Espresso", categories=[coffee])
    ProductFactory.create(restaurant=restaurant, name="Water", categories=[drinks])
    ProductFactory.create(restaurant=restaurant, name="Soup", categories=[food], position=2)
    ProductFactory.create(restaurant=restaurant, name="Bread", categories=[food], position=1)

    first, second = read_menu(restaurant, now=NOW).sections

    assert (first.category.name, names(first.entries)) == ("Food", ["Bread", "Soup"])
    assert (second.category.name, names(second.entries)) == ("Drinks", ["Water"])
    assert [(each.category.name, each.depth, names(each.entries)) for each in second.sections] == [
        ("Coffee", 1, ["Espresso"])
    ]


def test_a_product_in_two_categories_is_printed_in_both(restaurant: Restaurant) -> None:
    categories = CategoryFactory.create_batch(2, restaurant=restaurant)
    ProductFactory.create(restaurant=restaurant, name="Bun", categories=categories)

    sections = read_menu(restaurant, now=NOW).sections

    assert [names(section.entries) for section in sections] == [["Bun"], ["Bun"]]


def test_what_is_hidden_empty_or_without_a_price_is_left_out(restaurant: Restaurant) -> None:
    hidden = CategoryFactory.create(restaurant=restaurant, is_hidden=True)
    CategoryFactory.create(restaurant=restaurant)
    shown = CategoryFactory.create(restaurant=restaurant)
    ProductFactory.create(restaurant=restaurant, categories=[hidden])
    ProductFactory.create(restaurant=restaurant, categories=[shown], is_hidden=True)
    ProductFactory.create(restaurant=restaurant, categories=[shown], price_cents=None)
    ProductFactory.create(name="Elsewhere")

    menu = read_menu(restaurant, now=NOW)

    assert menu.sections == ()
    assert menu.uncategorised == ()


def test_a_sized_product_shows_its_cheapest_size(restaurant: Restaurant) -> None:
    product = ProductFactory.create(restaurant=restaurant, price_cents=None)
    VariantFactory.create(product=product, price_cents=480)
    VariantFactory.create(product=product, price_cents=380)
    VariantFactory.create(product=product, price_cents=100, is_hidden=True)

    entry = only(restaurant)

    assert (entry.price_cents, entry.has_sizes, entry.needs_choice) == (380, True, True)


@pytest.mark.parametrize(
    ("group", "asked", "option", "needs_choice"),
    [
        ({"min_choices": 0}, {}, {}, False),
        ({"min_choices": 1}, {}, {}, True),
        ({"min_choices": 0}, {"min_choices": 1}, {}, True),
        ({"min_choices": 1}, {"min_choices": 0}, {}, False),
        ({"min_choices": 0}, {}, {"is_default": True}, True),
    ],
)
def test_only_a_required_group_or_a_default_option_needs_a_choice(
    restaurant: Restaurant,
    group: dict[str, int],
    asked: dict[str, int],
    option: dict[str, bool],
    needs_choice: bool,
) -> None:
    product = ProductFactory.create(restaurant=restaurant)
    question = ModifierGroupFactory.create(restaurant=restaurant, **group)
    ModifierFactory.create(group=question, **option)
    ProductModifierGroupFactory.create(product=product, group=question, **asked)

    assert only(restaurant).needs_choice is needs_choice


def test_sold_out_holds_until_its_time_and_for_all_sizes_together(restaurant: Restaurant) -> None:
    product = ProductFactory.create(restaurant=restaurant, sold_out_since=NOW, sold_out_until=NOW + timedelta(hours=1))
    sized = ProductFactory.create(restaurant=restaurant, price_cents=None)
    VariantFactory.create(product=sized, sold_out_since=NOW)

    now, later = (read_menu(restaurant, now=at).uncategorised for at in (NOW, NOW + timedelta(hours=1)))

    assert [(entry.product, entry.is_sold_out) for entry in now] == [(product, True), (sized, True)]
    assert [entry.is_sold_out for entry in later] == [False, True]


def test_a_section_outside_its_daypart_says_so_and_so_do_those_inside_it(restaurant: Restaurant) -> None:
    breakfast = CategoryFactory.create(restaurant=restaurant, available_from="07:00", available_until="11:00")
    eggs = CategoryFactory.create(restaurant=restaurant, parent=breakfast)
    ProductFactory.create(restaurant=restaurant, categories=[eggs])

    (section,) = read_menu(restaurant, now=NOW).sections

    inner: Section = section.sections[0]
    assert (section.is_served, inner.is_served, inner.entries[0].is_served) == (False, False, False)


@pytest.mark.parametrize("count", [1, 60])
def test_a_menu_is_two_queries_however_long(
    restaurant: Restaurant, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for product in ProductFactory.create_batch(
        count, restaurant=restaurant, categories=[CategoryFactory.create(restaurant=restaurant)]
    ):
        ProductModifierGroupFactory.create(product=product)

    with django_assert_num_queries(2):
        (section,) = read_menu(restaurant, now=NOW).sections

    assert len(section.entries) == Product.objects.count() == count
