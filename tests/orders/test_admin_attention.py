"""What staff should look at: overruns and orders that stand still, each with what to do next."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from time_machine import travel

from orders.models import Order
from tests.factories import NOW, AppliedOfferFactory, OrderFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_the_moment")]
PAGE = "/admin/to-look-at/"
PAID = {"payment_state": "paid", "kitchen_state": "received"}


@pytest.fixture
def at_the_moment() -> object:
    with travel(NOW, tick=False):
        yield


def paid(minutes: int, **fields: object) -> Order:
    moment = NOW - timedelta(minutes=minutes)
    made: Order = OrderFactory.create(**({"number": 7, "paid_at": moment, "placed_at": moment} | PAID | fields))
    return made


def test_nothing_to_look_at_says_so(admin_client: Client) -> None:
    paid(1)
    paid(60, settled_at=NOW, number=8)

    page = admin_client.get(PAGE)

    assert (page.context["stuck"], page.context["overruns"]) == ([], [])
    assert "None. Every paid order is finished." in page.content.decode()


def test_an_offer_that_could_not_be_redeemed_is_listed_with_why(admin_client: Client) -> None:
    order = paid(60, settled_at=NOW)
    AppliedOfferFactory.create(order=order, name="Free coffee", cents=320, overrun="OfferTaken")
    AppliedOfferFactory.create(order=order, name="Fine", cents=100)

    (matter,) = admin_client.get(PAGE).context["overruns"]

    assert matter.what == "Free coffee took €3.20 off but could not be redeemed. Somebody else used it first."
    assert matter.next_step.startswith("Nothing is owed: the guest paid the price they were shown.")
    assert matter.link == f"/admin/orders/order/{order.pk}/change/"


def test_an_overrun_stays_in_the_list_until_somebody_says_that_they_saw_it(admin_client: Client) -> None:
    old = paid(60 * 24 * 90, settled_at=NOW)
    row = AppliedOfferFactory.create(order=old, cents=320, overrun="OfferTaken")
    fine = AppliedOfferFactory.create(order=old, cents=100)
    (matter,) = admin_client.get(PAGE).context["overruns"]

    answers = [admin_client.post(matter.seen_link) for _press in range(2)]

    row.refresh_from_db()
    assert [answer.headers["Location"] for answer in answers] == [PAGE, PAGE]
    assert (row.overrun_seen_at, row.overrun_seen_by) == (NOW, "admin")
    assert admin_client.get(PAGE).context["overruns"] == []
    assert admin_client.post(f"{PAGE}overruns/{fine.pk}/").status_code == 404
    assert admin_client.get(matter.seen_link).status_code == 405


def test_who_may_only_look_cannot_take_an_overrun_off_the_list(client: Client) -> None:
    row = AppliedOfferFactory.create(order=paid(60, settled_at=NOW), cents=320, overrun="OfferTaken")
    user = User.objects.create_user("olga", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_order"))
    client.force_login(user)

    answer = client.post(f"{PAGE}overruns/{row.pk}/")

    row.refresh_from_db()
    assert (answer.status_code, row.overrun_seen_at) == (403, None)
    assert "Seen" not in client.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("fields", "what", "next_step"),
    [
        ({}, "Paid, but its points and offers are not recorded yet.", "Serve it as usual"),
        (
            {"placed_at": None, "kitchen_state": "none", "number": None},
            "Paid, but not in the kitchen yet.",
            "Ask the table what they ordered",
        ),
        (
            {"kitchen_state": "cancelled"},
            "Paid, but its points and offers are not recorded yet.",
            "Give the money back",
        ),
        (
            {"payment_state": "unknown", "paid_at": None, "changed_at": NOW - timedelta(minutes=3)},
            "The payment provider has not said whether the guest paid.",
            "It is asked again every few seconds.",
        ),
    ],
)
def test_an_order_that_stands_still_is_listed_with_what_to_do(
    admin_client: Client, fields: dict[str, object], what: str, next_step: str
) -> None:
    order = paid(3, **fields)

    (matter,) = admin_client.get(PAGE).context["stuck"]

    assert (matter.order, matter.what) == (order, what)
    assert matter.next_step.startswith(next_step)
    assert admin_client.get(matter.link).status_code == 200


def test_the_page_is_for_those_who_may_see_orders(client: Client) -> None:
    user = User.objects.create_user("olga", is_staff=True)
    assert client.get(PAGE).status_code == 302
    client.force_login(user)
    assert client.get(PAGE).status_code == 403
    user.user_permissions.add(Permission.objects.get(codename="view_order"))
    client.force_login(User.objects.get(pk=user.pk))
    assert client.get(PAGE).status_code == 200
    assert client.post(PAGE).status_code == 405
