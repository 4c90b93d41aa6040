"""Modifier groups, options and categories in the admin: what saving writes and what it refuses."""

import pytest
from django.test import Client

from menu.models import Category, ModifierGroup, Restaurant
from tests.factories import (
    CategoryFactory,
    ModifierFactory,
    ModifierGroupFactory,
    RestaurantFactory,
)
from tests.menu.admin_forms import errors_of, page_of, save, version

pytestmark = pytest.mark.django_db


@pytest.fixture
def restaurant() -> Restaurant:
    made: Restaurant = RestaurantFactory.create()
    return made


@pytest.fixture
def group(restaurant: Restaurant) -> ModifierGroup:
    made: ModifierGroup = ModifierGroupFactory.create(restaurant=restaurant, name="Crust")
    ModifierFactory.create(group=made, name="Thin")
    return made


def test_options_are_edited_on_their_groups_page(
    admin_client: Client, group: ModifierGroup, restaurant: Restaurant
) -> None:
    before = version(restaurant)

    answer = save(
        admin_client,
        page_of(group),
        modifiers__TOTAL_FORMS="2",
        modifiers__0__price_cents="2,5",
        modifiers__0__allergens_recorded="some",
        modifiers__0__allergens_which=["sesame"],
        modifiers__1__name="Thick",
        modifiers__1__price_cents="",
        modifiers__1__position="999",
        modifiers__1__max_quantity="1",
    )

    assert answer.status_code == 302
    assert list(group.modifiers.values_list("name", "price_cents", "allergens")) == [
        ("Thin", 250, ["sesame"]),
        ("Thick", 0, None),
    ]
    assert version(restaurant) > before


def test_a_group_nobody_could_answer_is_refused(admin_client: Client, group: ModifierGroup) -> None:
    answer = save(admin_client, page_of(group), min_choices="3", max_choices="2")

    assert errors_of(answer) == {"max_choices": ["At most cannot be less than at least."]}


def test_a_category_gets_its_short_name_from_its_name(admin_client: Client, restaurant: Restaurant) -> None:
    parent = CategoryFactory.create(restaurant=restaurant, slug="coffee-tea")

    save(admin_client, "/admin/menu/category/add/", name="Coffee & Tea", parent=parent.pk)

    made = Category.objects.latest("id")
    assert (made.slug, made.parent) == ("coffee-tea-2", parent)


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"weekdays": "Monday"}, {"weekdays": ["Write weekdays like “Mo-Fr” or “Sa,Su”."]}),
        ({"available_from": "25:00"}, {"available_from": ["Enter a valid time."]}),
        (
            {"slug": "taken"},
            {"__all__": ["Category with this Restaurant and Short name already exists."]},
        ),
    ],
)
def test_bad_input_for_a_category_is_refused(
    admin_client: Client, restaurant: Restaurant, changes: dict[str, object], errors: dict[str, list[str]]
) -> None:
    CategoryFactory.create(restaurant=restaurant, slug="taken")
    category = CategoryFactory.create(restaurant=restaurant)

    answer = save(admin_client, page_of(category), **changes)

    assert errors_of(answer) == errors


def test_a_category_cannot_be_within_itself_or_another_restaurant(admin_client: Client, restaurant: Restaurant) -> None:
    category = CategoryFactory.create(restaurant=restaurant)
    child = CategoryFactory.create(restaurant=restaurant, parent=category)
    stranger = CategoryFactory.create()

    inside_itself = save(admin_client, page_of(category), parent=child.pk)
    elsewhere = save(admin_client, page_of(category), parent=stranger.pk)

    assert list(errors_of(inside_itself)) == list(errors_of(elsewhere)) == ["parent"]
    category.refresh_from_db()
    assert category.parent is None


def test_categories_are_listed_in_the_order_of_the_menu(admin_client: Client, restaurant: Restaurant) -> None:
    drinks = CategoryFactory.create(restaurant=restaurant, name="Drinks", position=2)
    CategoryFactory.create(restaurant=restaurant, name="Pizza", position=1)
    wine = CategoryFactory.create(restaurant=restaurant, name="Wine", position=9, parent=drinks)
    CategoryFactory.create(restaurant=restaurant, name="Red", position=1, parent=wine)
    CategoryFactory.create(restaurant=restaurant, name="Dessert", position=3)

    listed = admin_client.get("/admin/menu/category/").context["cl"].result_list

    assert [(category.name, category.depth) for category in listed] == [
        ("Pizza", 0),
        ("Drinks", 0),
        ("Wine", 1),
        ("Red", 2),
        ("Dessert", 0),
    ]
