"""The demo restaurant: as interface.md describes it, made once and then left alone."""

from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError

from menu.models import Product, Restaurant
from orders.demo.restaurant import BUILT_IN_MENU, make_restaurant, make_staff
from orders.management.commands.demo import load_menu

pytestmark = pytest.mark.django_db


def test_the_restaurant_is_the_one_of_the_interface() -> None:
    restaurant = make_restaurant()

    assert (restaurant.slug, restaurant.currency, restaurant.time_zone) == ("demo", "EUR", "Europe/Amsterdam")
    assert restaurant.tables.count() == 12
    assert restaurant.service_charge_percent == 0
    assert restaurant.tip_percents == [5, 10, 15]
    restaurant.full_clean()


def test_making_it_again_keeps_codes_and_changes() -> None:
    restaurant = make_restaurant()
    codes = set(restaurant.tables.values_list("code", flat=True))
    Restaurant.objects.update(name="Mine now")
    restaurant.tables.filter(position=12).delete()

    again = make_restaurant()

    assert again.name == "Mine now"
    assert again.tables.count() == 11
    assert set(again.tables.values_list("code", flat=True)) < codes


def test_the_built_in_menu_is_about_sixty_products() -> None:
    restaurant = make_restaurant()

    report = load_menu(BUILT_IN_MENU, in_place_of_another=False)

    assert 55 <= Product.objects.filter(restaurant=restaurant, is_hidden=False).count() <= 75
    assert "skipped: 0" in report


def test_another_menu_takes_the_place_of_the_built_in_one(tmp_path: Path) -> None:
    restaurant = make_restaurant()
    load_menu(BUILT_IN_MENU, in_place_of_another=False)
    header = BUILT_IN_MENU.read_text().splitlines()[0]
    columns = header.split(",")
    product = {"type": "product", "sku": "SOUP", "name": "Soup", "price": "7.50"}
    menu = tmp_path / "menu.csv"
    menu.write_text(f"{header}\n{','.join(product.get(column, '') for column in columns)}\n")

    load_menu(menu, in_place_of_another=True)

    shown = Product.objects.filter(restaurant=restaurant, is_hidden=False)
    assert [(product.sku, product.price_cents) for product in shown] == [("SOUP", 750)]


def test_a_menu_that_cannot_be_read_changes_nothing(tmp_path: Path) -> None:
    make_restaurant()
    broken = tmp_path / "menu.json"
    broken.write_text("{")

    with pytest.raises(CommandError) as refused:
        load_menu(broken, in_place_of_another=False)

    assert refused.value.returncode == 2
    assert "\n" not in str(refused.value)
    assert not Product.objects.exists()


def test_the_password_of_staff_stays_the_same(tmp_path: Path) -> None:
    first = make_staff(tmp_path / "password")

    again = make_staff(tmp_path / "password")

    assert again == first
    assert (tmp_path / "password").stat().st_mode & 0o777 == 0o600
    staff = get_user_model().objects.get(username="staff")
    assert staff.check_password(first.password)


def test_a_password_that_staff_chose_is_neither_changed_nor_printed(tmp_path: Path) -> None:
    make_staff(tmp_path / "password")
    staff = get_user_model().objects.get(username="staff")
    staff.set_password("chosen by hand")
    staff.save()

    login = make_staff(tmp_path / "password")

    assert login.password == ""
    staff.refresh_from_db()
    assert staff.check_password("chosen by hand")
