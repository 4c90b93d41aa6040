"""The roles of staff: what a waiter and a manager may do, and that making them again changes nothing."""

import io

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.test import Client

from loyalty.models import find_programme
from orders import roles
from orders.roles import MANAGER, MARKETING, WAITER, make_staff_roles
from tests.factories import NOW, OrderFactory, ProductFactory
from tests.loyalty.factories import ContactFactory, PromotionFactory

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

    assert out.getvalue() == (
        f"Waiter: {first[WAITER]} permissions\n"
        f"Marketing: {first[MARKETING]} permissions\n"
        f"Manager: {first[MANAGER]} permissions\n"
    )
    assert extra in Group.objects.get(name=WAITER).permissions.all()
    assert Group.objects.count() == 3


def test_every_permission_that_a_role_is_meant_to_have_exists() -> None:
    made = make_staff_roles()

    assert (made[WAITER], made[MARKETING]) == (len(roles._WAITER), len(roles._MARKETING))


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


@pytest.mark.parametrize(
    ("path", "waiter", "marketing", "manager"),
    [
        ("/admin/loyalty/promotion/", 200, 200, 200),
        ("/admin/loyalty/promotion/add/", 403, 200, 200),
        ("/admin/loyalty/reward/", 200, 200, 200),
        ("/admin/loyalty/reward/add/", 403, 200, 200),
        ("/admin/loyalty/contact/", 403, 200, 200),
        ("/admin/loyalty/contact/{contact}/change/", 403, 200, 200),
        ("/admin/loyalty/contact/{contact}/adjust/", 403, 403, 200),
        ("/admin/loyalty/issuerequest/add/", 403, 200, 200),
        ("/admin/loyalty/contact/{contact}/money/", 403, 403, 200),
        ("/admin/loyalty/giftcard/", 403, 403, 200),
        ("/admin/loyalty/giftcard/add/", 403, 403, 200),
        ("/admin/loyalty/giftcardprogramme/add/", 403, 403, 200),
        ("/admin/loyalty/voucher/", 403, 200, 200),
        ("/admin/loyalty/pointsentry/", 403, 200, 200),
        ("/admin/loyalty/processedorder/", 403, 403, 200),
        ("/admin/loyalty/tier/add/", 403, 200, 200),
        ("/admin/loyalty/programme/", 302, 302, 302),
        ("/admin/orders/order/", 200, 403, 200),
        ("/admin/to-look-at/", 200, 403, 200),
    ],
)
def test_the_programme_opens_for_those_whose_work_it_is(
    client: Client, path: str, waiter: int, marketing: int, manager: int
) -> None:
    page = path.format(contact=ContactFactory.create().pk)

    opened = [member(client, role).get(page).status_code for role in (WAITER, MARKETING, MANAGER)]

    assert opened == [waiter, marketing, manager]


def test_a_waiter_reads_what_an_offer_does_and_changes_nothing(client: Client) -> None:
    promotion = PromotionFactory.create(name="Pizza night")
    page = f"/admin/loyalty/promotion/{promotion.pk}/change/"
    member(client, WAITER)

    shown = client.get(page).content.decode()
    saved = client.post(page, {"name": "Free lunch", "discount_type": "percentage_discount", "discount_value": "99"})
    tried = client.post(page, {"name": "Free lunch", "_example": "yes"})

    promotion.refresh_from_db()
    assert "10%, whole order" in shown
    assert 'name="discount_value"' not in shown
    assert "Give vouchers" not in shown
    assert (saved.status_code, tried.status_code) == (403, 403)
    assert promotion.name == "Pizza night"


def test_marketing_sees_the_settings_and_changes_them_not(client: Client) -> None:
    find_programme()
    page = "/admin/loyalty/programme/1/change/"

    shown = member(client, MARKETING).get(page).content.decode()

    assert "Points for 1.00 spent" in shown
    assert client.post(page, {"points_each": "99"}).status_code == 403
    assert find_programme().unit.points_each == 1


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
