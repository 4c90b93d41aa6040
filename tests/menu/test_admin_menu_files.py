"""The menu in and out as a file, in the admin: looked at first, then confirmed; refusals leave the menu as it is."""

import io

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from time_machine import travel

from menu.models import Category, Product, Restaurant
from tests.factories import ProductFactory, RestaurantFactory

pytestmark = pytest.mark.django_db

MENU = b"type,sku,in,name,price\ncategory,soups,,Soups,\nproduct,SOUP,soups,Tomato soup,6.50\nproduct,BAD,soups,Bad,x\n"


@pytest.fixture
def restaurant() -> Restaurant:
    made: Restaurant = RestaurantFactory.create(slug="demo")
    return made


def page_of(restaurant: Restaurant) -> str:
    return f"/admin/menu/restaurant/{restaurant.pk}/import/"


def file(content: bytes, name: str = "menu.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_a_menu_is_looked_at_first_and_imported_once_confirmed(admin_client: Client, restaurant: Restaurant) -> None:
    looked_at = admin_client.post(page_of(restaurant), {"file": file(MENU)})

    report = looked_at.context["report"]
    assert (report.categories, report.products, [line.name for line in report.skipped]) == (1, 1, ["Bad"])
    assert not Product.objects.exists()

    done = admin_client.post(page_of(restaurant), {"carried": looked_at.context["carried"]})

    assert done.status_code == 200
    assert list(Product.objects.values_list("sku", "price_cents")) == [("SOUP", 650)]
    assert Category.objects.count() == 1
    history = admin_client.get(f"/admin/menu/restaurant/{restaurant.pk}/history/").content.decode()
    assert "Menu imported from menu.csv." in history


def test_hiding_what_is_missing_is_carried_along(admin_client: Client, restaurant: Restaurant) -> None:
    ProductFactory.create(restaurant=restaurant, sku="OLD")

    looked_at = admin_client.post(page_of(restaurant), {"file": file(MENU), "prune": "on", "format": "csv"})
    assert "Products that are not in the file will be hidden." in looked_at.content.decode()
    admin_client.post(page_of(restaurant), {"carried": looked_at.context["carried"]})

    assert Product.objects.get(sku="OLD").is_hidden


@pytest.mark.parametrize(
    "content", [b"", b"\x00\xff\xfe", b"{", b"[]", b"{}", b"name", b"<html>", b"[" * 5000, b"type,price\nproduct,1\n"]
)
def test_a_file_that_is_no_menu_is_refused_in_a_sentence(
    admin_client: Client, restaurant: Restaurant, content: bytes
) -> None:
    answer = admin_client.post(page_of(restaurant), {"file": file(content, "menu.txt")})

    assert answer.status_code == 422
    assert len(answer.context["form"].errors["file"]) == 1
    assert not Product.objects.exists()


def test_without_a_file_the_form_says_so(admin_client: Client, restaurant: Restaurant) -> None:
    answer = admin_client.post(page_of(restaurant), {"format": "tar"})

    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"file", "format"}


def test_what_was_looked_at_cannot_be_swapped_and_does_not_keep(admin_client: Client, restaurant: Restaurant) -> None:
    with travel("2026-06-03 17:30Z"):
        carried = admin_client.post(page_of(restaurant), {"file": file(MENU)}).context["carried"]
        forged = admin_client.post(page_of(restaurant), {"carried": carried[:-1]})
    with travel("2026-06-03 18:40Z"):
        late = admin_client.post(page_of(restaurant), {"carried": carried})

    for answer in (forged, late):
        assert answer.status_code == 422
        assert "The file is no longer at hand. Please choose it again." in answer.content.decode()
    assert not Product.objects.exists()


@pytest.mark.parametrize(("file_format", "ending"), [("square", "json"), ("schema-org", "jsonld"), ("csv", "csv")])
def test_the_menu_is_downloaded_in_each_format(
    admin_client: Client, restaurant: Restaurant, file_format: str, ending: str
) -> None:
    ProductFactory.create(restaurant=restaurant, name="Tomato soup")

    answer = admin_client.get(f"/admin/menu/restaurant/{restaurant.pk}/export/{file_format}/")

    assert answer.status_code == 200
    assert "Tomato soup" in answer.content.decode()
    assert answer.headers["Content-Disposition"] == f'attachment; filename="demo-{file_format}.{ending}"'


def test_what_was_downloaded_changes_nothing_when_uploaded_again(admin_client: Client, restaurant: Restaurant) -> None:
    ProductFactory.create(restaurant=restaurant, name="Tomato soup")
    exported = admin_client.get(f"/admin/menu/restaurant/{restaurant.pk}/export/csv/").content

    report = admin_client.post(page_of(restaurant), {"file": io.BytesIO(exported)}).context["report"]

    assert (report.products, report.skipped) == (1, ())


def test_an_unknown_format_or_restaurant_is_not_found(admin_client: Client, restaurant: Restaurant) -> None:
    assert admin_client.get(f"/admin/menu/restaurant/{restaurant.pk}/export/pdf/").status_code == 404
    assert admin_client.get("/admin/menu/restaurant/999999/export/csv/").status_code == 404
    assert admin_client.get("/admin/menu/restaurant/999999/import/").status_code == 404
    assert admin_client.post(f"/admin/menu/restaurant/{restaurant.pk}/export/csv/").status_code == 405
    assert admin_client.put(page_of(restaurant)).status_code == 405


def test_importing_needs_permission_to_change_the_menu(client: Client, restaurant: Restaurant) -> None:
    user = User.objects.create_user("wendy", is_staff=True)
    user.user_permissions.add(*Permission.objects.filter(codename__in=["view_restaurant", "view_product"]))
    assert client.get(page_of(restaurant)).headers["Location"].startswith("/admin/login/")
    client.force_login(user)

    assert client.get(page_of(restaurant)).status_code == 403
    assert client.post(page_of(restaurant), {"file": file(MENU)}).status_code == 403
    assert client.get(f"/admin/menu/restaurant/{restaurant.pk}/export/csv/").status_code == 200
    assert not Product.objects.exists()
