"""Products, groups and categories in the admin: what saving writes, what it refuses, and when the menu is a new version."""

import io
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from menu.models import Category, Modifier, ModifierGroup, Product, ProductModifierGroup, Restaurant, Variant
from tests.factories import (
    CategoryFactory,
    ModifierFactory,
    ModifierGroupFactory,
    ProductFactory,
    ProductModifierGroupFactory,
    RestaurantFactory,
    VariantFactory,
)
from tests.menu.admin_forms import errors_of, save

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


def page_of(row: Product | Category | ModifierGroup | Modifier) -> str:
    return f"/admin/menu/{type(row).__name__.lower()}/{row.pk}/change/"


def version(restaurant: Restaurant) -> int:
    return Restaurant.objects.get(pk=restaurant.pk).menu_version


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


# Groups and categories ---------------------------------------------------------------------------------------------


def test_options_are_edited_on_their_groups_page(
    admin_client: Client, product: Product, restaurant: Restaurant
) -> None:
    group = ModifierGroup.objects.get()
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


def test_a_group_nobody_could_answer_is_refused(admin_client: Client, product: Product) -> None:
    answer = save(admin_client, page_of(ModifierGroup.objects.get()), min_choices="3", max_choices="2")

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


# Pictures -----------------------------------------------------------------------------------------------------------


def png(side: int) -> SimpleUploadedFile:
    written = io.BytesIO()
    Image.new("RGB", (side, side), (200, 30, 30)).save(written, "PNG")
    return SimpleUploadedFile("../holiday.php", written.getvalue(), "image/png")


def test_an_uploaded_picture_is_stored_anew_and_the_one_before_goes(
    admin_client: Client,
    product: Product,
    settings: Settings,
    tmp_path: Path,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    settings.MEDIA_ROOT = str(tmp_path)

    save(admin_client, page_of(product), picture=png(200))
    product.refresh_from_db()
    first = product.picture.name
    with django_capture_on_commit_callbacks(execute=True):
        save(admin_client, page_of(product), picture=png(100))
    product.refresh_from_db()

    assert first is not None
    assert first.endswith("-200x200-200.webp")
    assert str(product.picture.name).endswith("-100x100-100.webp")
    assert sorted(path.name.rpartition("-")[2] for path in tmp_path.rglob("*.*")) == ["100.avif", "100.webp"]

    with django_capture_on_commit_callbacks(execute=True):
        save(admin_client, page_of(product), picture__clear="on")
    product.refresh_from_db()

    assert product.picture.name == ""
    assert list(tmp_path.rglob("*.*")) == []


def test_what_is_no_picture_is_refused_next_to_the_field(
    admin_client: Client, product: Product, settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = str(tmp_path)

    answer = save(admin_client, page_of(product), picture=SimpleUploadedFile("a.png", b"<svg/>", "image/png"))

    assert errors_of(answer) == {"picture": ["This is not a picture we can read. Use a JPEG, PNG, WebP or AVIF file."]}
    assert list(tmp_path.rglob("*.*")) == []


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
