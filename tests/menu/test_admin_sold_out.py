"""The one-tap buttons in the lists: real posts, with and without htmx, for those who may."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from time_machine import travel

from menu.models import Modifier, Product, Restaurant, Variant
from tests.factories import NOW, ModifierFactory, ProductFactory, RestaurantFactory, VariantFactory

pytestmark = pytest.mark.django_db
LIST = "/admin/menu/product/"


def address(kind: str, thing: Product | Variant | Modifier, action: str) -> str:
    return f"/admin/menu/product/sold-out/{kind}/{thing.pk}/{action}/"


@pytest.fixture
def restaurant() -> Restaurant:
    made: Restaurant = RestaurantFactory.create(opening_hours="Mo-Su 11:00-22:00")
    return made


@pytest.fixture
def product(restaurant: Restaurant) -> Product:
    made: Product = ProductFactory.create(restaurant=restaurant, name="Oysters")
    return made


@pytest.fixture
def waiter(client: Client) -> Client:
    """Somebody who may look at products and mark them sold out, and nothing else."""
    user = User.objects.create_user("wendy", is_staff=True)
    user.user_permissions.add(*Permission.objects.filter(codename__in=["view_product", "mark_sold_out"]))
    client.force_login(user)
    return client


@travel(NOW, tick=False)
def test_sold_out_until_tomorrow_and_back_in_one_tap_each(waiter: Client, product: Product) -> None:
    listed = waiter.get(LIST).content.decode()
    assert 'aria-label="Oysters: sold out until tomorrow"' in listed
    assert address("product", product, "until-tomorrow") in listed

    answer = waiter.post(
        address("product", product, "until-tomorrow"), headers={"referer": f"http://testserver{LIST}?q=oy"}
    )

    product.refresh_from_db()
    assert product.sold_out_since == NOW
    assert product.sold_out_until is not None
    assert product.sold_out_until.isoformat() == "2026-06-04T09:00:00+00:00"
    assert answer.headers["Location"] == f"http://testserver{LIST}?q=oy#sale-product-{product.pk}"
    assert "until Thu 11:00" in waiter.get(LIST).content.decode()

    waiter.post(address("product", product, "on-sale"))

    back = Product.objects.get()
    assert (back.sold_out_since, back.sold_out_until) == (None, None)


def test_with_htmx_the_cell_alone_comes_back(waiter: Client, product: Product) -> None:
    answer = waiter.post(address("product", product, "sold-out"), headers={"hx-request": "true"})

    text = answer.content.decode()
    assert answer.status_code == 200
    assert text.startswith('<div class="sale"')
    assert 'aria-label="Oysters: back on sale"' in text


def test_sizes_and_options_have_the_same_buttons(waiter: Client, restaurant: Restaurant) -> None:
    size, option = (
        VariantFactory.create(product__restaurant=restaurant),
        ModifierFactory.create(group__restaurant=restaurant),
    )

    waiter.post(address("size", size, "sold-out"))
    waiter.post(address("option", option, "sold-out"))

    size.refresh_from_db()
    option.refresh_from_db()
    assert size.sold_out_since is not None
    assert option.sold_out_since is not None


def test_the_way_back_never_leads_to_another_site(waiter: Client, product: Product) -> None:
    answer = waiter.post(address("product", product, "sold-out"), headers={"referer": "https://evil.example/admin/"})

    assert answer.headers["Location"] == f"{LIST}#sale-product-{product.pk}"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/admin/menu/product/sold-out/product/999999/sold-out/", 404),
        ("/admin/menu/product/sold-out/table/1/sold-out/", 404),
        ("/admin/menu/product/sold-out/product/1/eaten/", 404),
    ],
)
def test_unknown_things_are_not_found(waiter: Client, product: Product, path: str, status: int) -> None:
    assert waiter.post(path).status_code == status


def test_looking_changes_nothing(waiter: Client, product: Product) -> None:
    answer = waiter.get(address("product", product, "sold-out"))

    product.refresh_from_db()
    assert answer.status_code == 405
    assert product.sold_out_since is None


def test_whoever_may_only_look_sees_no_buttons_and_is_refused(client: Client, product: Product) -> None:
    user = User.objects.create_user("olga", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_product"))
    client.force_login(user)

    listed = client.get(LIST).content.decode()
    answer = client.post(address("product", product, "sold-out"))

    product.refresh_from_db()
    assert "On sale" in listed
    assert "formaction" not in listed
    assert (answer.status_code, answer.content.decode()) == (403, "You are not allowed to do this.")
    assert product.sold_out_since is None


def test_a_stranger_is_sent_to_the_login(client: Client, product: Product) -> None:
    answer = client.post(address("product", product, "sold-out"))

    product.refresh_from_db()
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/admin/login/?next=")
    assert product.sold_out_since is None


def test_the_buttons_need_the_token(product: Product, admin_user: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(admin_user)

    assert strict.post(address("product", product, "sold-out")).status_code == 403


@travel(NOW, tick=False)
def test_the_list_can_be_narrowed_to_what_is_sold_out(waiter: Client, product: Product, restaurant: Restaurant) -> None:
    ProductFactory.create(restaurant=restaurant, name="Mussels", is_hidden=True)
    ProductFactory.create(restaurant=restaurant, name="Cockles", sold_out_since=NOW)
    ProductFactory.create(restaurant=restaurant, name="Clams", sold_out_since=NOW, sold_out_until=NOW)

    def names(query: str) -> set[str]:
        return {found.name for found in waiter.get(f"{LIST}?{query}").context["cl"].result_list}

    assert names("sale=out") == {"Cockles"}
    assert names("sale=on") == {"Oysters", "Clams"}
    assert names("sale=hidden") == {"Mussels"}
    assert names("allergens=missing") == {"Oysters", "Mussels", "Cockles", "Clams"}
    assert names("allergens=recorded") == set()
    assert names("category=nonsense") == {"Oysters", "Mussels", "Cockles", "Clams"}
