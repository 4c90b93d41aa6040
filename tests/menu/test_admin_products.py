"""Products, groups and categories in the admin: what saving writes, what it refuses, and when the menu is a new version."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from menu.models import ModifierGroup, Product, ProductModifierGroup, Restaurant, Variant
from tests.factories import (
    CategoryFactory,
    ModifierFactory,
    ModifierGroupFactory,
    ProductFactory,
    ProductModifierGroupFactory,
    RestaurantFactory,
    VariantFactory,
)
from tests.menu.admin_forms import errors_of, page_of, save, version

pytestmark = pytest.mark.django_db

ADD = "/admin/menu/product/add/"


@pytest.fixture
def restaurant() -> Restaurant:
    made: Restaurant = RestaurantFactory.create()
    return made


@pytest.fixture
def product(restaurant: Restaurant) -> Product:
    category = CategoryFactory.create(restaurant=restaurant, name="Pizza")
    made: Product = ProductFactory.create(
        restaurant=restaurant,
        name="Margherita",
        sku="PIZZA",
        price_cents=1250,
        categories=[category],
        allergens=["gluten", "milk"],
        diets=["vegetarian"],
    )
    VariantFactory.create(product=made, name="Large", sku="PIZZA-L", price_cents=1650)
    group = ModifierGroupFactory.create(restaurant=restaurant, name="Crust")
    ModifierFactory.create(group=group, name="Thin")
    ProductModifierGroupFactory.create(product=made, group=group)
    return made


def test_saving_without_a_change_writes_nothing_and_keeps_the_menu_version(
    admin_client: Client, product: Product, restaurant: Restaurant
) -> None:
    before = version(restaurant)

    answer = save(admin_client, page_of(product))

    assert answer.status_code == 302
    assert version(restaurant) == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "Margherita DOP"),
        ("price_cents", "12,60"),
        ("description", "Buffalo mozzarella"),
        ("is_hidden", "on"),
        ("diets", []),
        ("allergens_which", ["gluten"]),
        ("variants__0__price_cents", "16.60"),
        ("asked__0__min_choices", "1"),
        ("asked__0__DELETE", "on"),
        ("variants__0__DELETE", "on"),
    ],
)
def test_any_printed_change_makes_a_new_menu_version(
    admin_client: Client, product: Product, restaurant: Restaurant, field: str, value: object
) -> None:
    before = version(restaurant)

    answer = save(admin_client, page_of(product), **{field: value})

    assert answer.status_code == 302
    assert version(restaurant) > before


def test_moving_to_another_category_alone_makes_a_new_menu_version(
    admin_client: Client, product: Product, restaurant: Restaurant
) -> None:
    other = CategoryFactory.create(restaurant=restaurant)
    before = version(restaurant)

    save(admin_client, page_of(product), categories=[other.pk])

    assert list(product.categories.all()) == [other]
    assert version(restaurant) > before


def test_a_sold_out_mark_set_while_the_form_was_open_survives_saving_it(admin_client: Client, product: Product) -> None:
    url = page_of(product)
    admin_client.get(url)
    admin_client.post(f"/admin/menu/product/sold-out/product/{product.pk}/sold-out/")

    save(admin_client, url, name="Margherita DOP")

    product.refresh_from_db()
    assert product.name == "Margherita DOP"
    assert product.sold_out_since is not None


def test_a_new_product_needs_little_more_than_a_name(admin_client: Client, restaurant: Restaurant) -> None:
    category = CategoryFactory.create(restaurant=restaurant)
    group = ModifierGroupFactory.create(restaurant=restaurant)

    answer = save(
        admin_client,
        ADD,
        name="Crème brûlée",
        price_cents="",
        categories=[category.pk],
        allergens_recorded="none",
        variants__TOTAL_FORMS="2",
        variants__0__name="Small",
        variants__0__price_cents="6.5",
        variants__0__position="0",
        variants__1__name="Large",
        variants__1__price_cents="8",
        variants__1__position="1",
        asked__TOTAL_FORMS="1",
        asked__0__group=group.pk,
        asked__0__position="0",
    )

    assert answer.status_code == 302
    made = Product.objects.get()
    assert (made.restaurant, made.sku, made.price_cents) == (restaurant, "CREME-BRULEE", None)
    assert (made.allergens, made.diets) == ([], [])
    assert list(made.categories.all()) == [category]
    assert list(made.variants.values_list("sku", "price_cents")) == [
        ("CREME-BRULEE-SMALL", 650),
        ("CREME-BRULEE-LARGE", 800),
    ]
    assert list(made.groups.all()) == [group]


def test_made_up_codes_avoid_those_there_are(admin_client: Client, product: Product, restaurant: Restaurant) -> None:
    ProductFactory.create(restaurant=restaurant, sku="MARGHERITA")
    ProductFactory.create(restaurant=restaurant, sku="MARGHERITA-2")

    save(admin_client, ADD, name="Margherita")

    assert Product.objects.latest("id").sku == "MARGHERITA-3"


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"name": ""}, {"name": ["This field is required."]}),
        ({"price_cents": "12.505"}, {"price_cents": ["EUR has 2 decimal digits: write the amount like 12.50."]}),
        ({"price_cents": "free"}, {"price_cents": ["Write the amount like 12.50."]}),
        (
            {"allergens_recorded": "some", "allergens_which": []},
            {"allergens": ["Tick the allergens it contains, or choose “None of the 14”."]},
        ),
        ({"sku": "OTHER"}, {"__all__": ["Product with this Restaurant and SKU already exists."]}),
        ({"tax_rate": "101"}, {"tax_rate": ["Ensure this value is less than or equal to 100."]}),
        ({"position": "-1"}, {"position": ["Ensure this value is greater than or equal to 0."]}),
        ({"variants__0__price_cents": ""}, {"variants-0-price_cents": ["This field is required."]}),
        (
            {"asked__0__min_choices": "3", "asked__0__max_choices": "2"},
            {"asked-0-max_choices": ["At most cannot be less than at least."]},
        ),
        ({"asked__0__group": ""}, {"asked-0-group": ["This field is required."]}),
    ],
)
def test_bad_input_is_refused_next_to_the_field_and_changes_nothing(
    admin_client: Client,
    product: Product,
    restaurant: Restaurant,
    changes: dict[str, object],
    errors: dict[str, list[str]],
) -> None:
    ProductFactory.create(restaurant=restaurant, sku="OTHER")
    before = version(restaurant)

    answer = save(admin_client, page_of(product), **changes)

    assert answer.status_code == 200
    assert errors_of(answer) == errors
    product.refresh_from_db()
    assert (product.name, product.price_cents, product.sku) == ("Margherita", 1250, "PIZZA")
    assert version(restaurant) == before


def test_categories_and_groups_of_another_restaurant_are_refused(admin_client: Client, product: Product) -> None:
    category, group = CategoryFactory.create(), ModifierGroupFactory.create()

    answer = save(admin_client, page_of(product), categories=[category.pk], asked__0__group=group.pk)

    assert errors_of(answer) == {
        "categories": [f"Select a valid choice. {category.pk} is not one of the available choices."],
        "asked-0-group": ["Select a valid choice. That choice is not one of the available choices."],
    }
    assert not product.categories.filter(pk=category.pk).exists()


def test_on_a_new_product_the_categories_and_groups_must_be_of_the_restaurant_chosen(admin_client: Client) -> None:
    first, second = RestaurantFactory.create(), RestaurantFactory.create()
    category = CategoryFactory.create(restaurant=second)
    group = ModifierGroupFactory.create(restaurant=second)

    answer = save(
        admin_client,
        ADD,
        restaurant=first.pk,
        name="Stray",
        categories=[category.pk],
        asked__TOTAL_FORMS="1",
        asked__0__group=group.pk,
        asked__0__position="0",
    )

    assert errors_of(answer) == {
        "categories": [f"Select a valid choice. {category.pk} is not one of the available choices."],
        "asked-0-group": ["This group belongs to another restaurant."],
    }
    assert not Product.objects.exists()


def test_prices_are_typed_in_the_currency_of_the_restaurant_chosen(admin_client: Client) -> None:
    RestaurantFactory.create()
    tokyo = RestaurantFactory.create(currency="JPY")

    refused = save(admin_client, ADD, restaurant=tokyo.pk, name="Ramen", price_cents="980.50")
    save(admin_client, ADD, restaurant=tokyo.pk, name="Ramen", price_cents="980")

    assert errors_of(refused) == {"price_cents": ["JPY has 0 decimal digits: write the amount like 1250."]}
    assert Product.objects.get().price_cents == 980


def test_two_sizes_with_one_sku_are_refused(admin_client: Client, product: Product) -> None:
    answer = save(
        admin_client,
        page_of(product),
        variants__TOTAL_FORMS="2",
        variants__1__name="Family",
        variants__1__sku="PIZZA-L",
        variants__1__price_cents="20",
        variants__1__position="1",
    )

    assert answer.status_code == 200
    assert errors_of(answer) == {"variants-1-__all__": ["Size with this Product and SKU already exists."]}
    assert Variant.objects.count() == 1


def test_deleting_several_at_once_makes_a_new_menu_version(
    admin_client: Client, product: Product, restaurant: Restaurant
) -> None:
    before = version(restaurant)

    admin_client.post(
        "/admin/menu/product/", {"action": "delete_selected", "_selected_action": [product.pk], "post": "yes"}
    )

    assert not Product.objects.exists()
    assert version(restaurant) > before


def test_history_says_who_changed_what(admin_client: Client, admin_user: User, product: Product) -> None:
    save(admin_client, page_of(product), name="Margherita DOP")

    page = admin_client.get(f"/admin/menu/product/{product.pk}/history/").content.decode()

    assert "Changed Name." in page
    assert admin_user.username in page


def test_asking_a_group_twice_is_refused(admin_client: Client, product: Product) -> None:
    group = ModifierGroup.objects.get()

    answer = save(
        admin_client,
        page_of(product),
        asked__TOTAL_FORMS="2",
        asked__1__group=group.pk,
        asked__1__position="1",
    )

    assert errors_of(answer) == {
        "asked-1-__all__": ["Modifier group of a product with this Product and Group already exists."]
    }
    assert ProductModifierGroup.objects.count() == 1


def test_two_new_sizes_with_one_sku_are_refused(admin_client: Client, restaurant: Restaurant) -> None:
    answer = save(
        admin_client,
        ADD,
        name="Soup",
        variants__TOTAL_FORMS="2",
        variants__0__name="Cup",
        variants__0__sku="SOUP",
        variants__0__price_cents="4",
        variants__0__position="0",
        variants__1__name="Bowl",
        variants__1__sku="SOUP",
        variants__1__price_cents="6",
        variants__1__position="1",
    )

    assert errors_of(answer) == {
        "variants": ["Please correct the duplicate data for sku."],
        "variants-1-__all__": ["Please correct the duplicate values below."],
    }
    assert not Product.objects.exists()


def test_two_new_sizes_of_one_name_are_refused(admin_client: Client, restaurant: Restaurant) -> None:
    answer = save(
        admin_client,
        ADD,
        name="Soup",
        variants__TOTAL_FORMS="2",
        variants__0__name="Cup",
        variants__0__price_cents="4",
        variants__0__position="0",
        variants__1__name="Cup",
        variants__1__price_cents="6",
        variants__1__position="1",
    )

    assert errors_of(answer) == {
        "variants": ["Please correct the duplicate data for sku."],
        "variants-1-__all__": ["Please correct the duplicate values below."],
    }
    assert not Product.objects.exists()
