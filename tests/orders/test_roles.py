"""The roles of staff: what a waiter and a manager may do, and that making them again changes nothing."""

import io

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.test import Client

from orders.roles import MANAGER, WAITER, make_staff_roles
from tests.factories import NOW, OrderFactory, ProductFactory

pytestmark = pytest.mark.django_db


def member(client: Client, role: str) -> Client:
    make_staff_roles()
    user = User.objects.create_user(f"somebody-{role}", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)
    return client


def test_making_the_roles_again_changes_nothing_and_takes_nothing_away() -> None:
    first = make_staff_roles()
    extra = Permission.objects.get(codename="view_user")
    Group.objects.get(name=WAITER).permissions.add(extra)

    out = io.StringIO()
    call_command("make_staff_roles", stdout=out)

    assert out.getvalue() == f"Waiter: {first[WAITER]} permissions\nManager: {first[MANAGER]} permissions\n"
    assert extra in Group.objects.get(name=WAITER).permissions.all()
    assert Group.objects.count() == 2


def test_every_permission_a_waiter_is_meant_to_have_exists() -> None:
    assert make_staff_roles()[WAITER] == 10


@pytest.mark.parametrize(
    ("path", "waiter", "manager"),
    [
        ("/admin/", 200, 200),
        ("/admin/board/", 302, 302),
        ("/admin/orders/order/", 200, 200),
        ("/admin/menu/product/", 200, 200),
        ("/admin/menu/modifier/", 200, 200),
        ("/admin/menu/table/", 200, 200),
        ("/admin/menu/product/add/", 403, 200),
        ("/admin/menu/table/add/", 403, 200),
        ("/admin/menu/restaurant/add/", 403, 200),
        ("/admin/orders/order/add/", 403, 403),
        ("/admin/auth/user/", 403, 403),
        ("/admin/auth/group/", 403, 403),
    ],
)
def test_pages_open_for_those_whose_work_they_are(client: Client, path: str, waiter: int, manager: int) -> None:
    ProductFactory.create()

    assert member(client, WAITER).get(path).status_code == waiter
    assert member(client, MANAGER).get(path).status_code == manager


def test_a_waiter_cannot_change_a_price(client: Client) -> None:
    product = ProductFactory.create(price_cents=1000)
    page = f"/admin/menu/product/{product.pk}/change/"

    shown = member(client, WAITER).get(page)
    answer = client.post(page, {"name": "Free lunch", "price_cents": "0"})

    product.refresh_from_db()
    assert shown.status_code == 200
    assert 'name="price_cents"' not in shown.content.decode()
    assert answer.status_code == 403
    assert (product.name, product.price_cents) != ("Free lunch", 0)


def test_a_waiter_moves_orders_and_marks_things_sold_out(client: Client) -> None:
    order = OrderFactory.create(placed_at=NOW, kitchen_state="received", number=1)
    product = ProductFactory.create()

    member(client, WAITER).post(f"/admin/orders/order/{order.pk}/do/move/", {"step": "received:preparing"})
    client.post(f"/admin/menu/product/sold-out/product/{product.pk}/sold-out/")

    order.refresh_from_db()
    product.refresh_from_db()
    assert order.kitchen_state == "preparing"
    assert product.sold_out_since is not None
