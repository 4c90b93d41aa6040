"""What the loyalty programme refuses stays on "To look at" until it takes it or somebody has seen it."""

import uuid
from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from loyalty import port
from loyalty.errors import TooManyPoints
from loyalty.port import InvalidDocument, LoyaltyError, OfferUnavailable, ProgrammeAway, Unavailable
from menu.models import Product, Table
from orders.guest import Visitor
from orders.models import Order, OrderReturn
from orders.return_settlement import settle_due
from orders.returns import return_items
from orders.settlement import settle_paid
from tests.factories import NOW, ProductFactory
from tests.loyalty.factories import member
from tests.orders.conftest import AddByForm
from tests.orders.diners import Diner, seat_member, voucher

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/admin/to-look-at/"
Refuse = Callable[[str, LoyaltyError | None], None]


@pytest.fixture
def diner(table: Table) -> Diner:
    """A member without points at a table."""
    return seat_member(table, member(0))


@pytest.fixture
def visitor(diner: Diner) -> Visitor:
    return diner.visitor


@pytest.fixture
def soup(table: Table) -> Product:
    made: Product = ProductFactory.create(restaurant=table.restaurant, price_cents=1000)
    return made


@pytest.fixture
def refuse(monkeypatch: pytest.MonkeyPatch) -> Refuse:
    """Have the programme answer an operation so; with None as it does by itself."""
    own = {name: getattr(type(port.load()), name) for name in ("process_order", "process_return", "reverse")}

    def answer(operation: str, refusal: LoyaltyError | None) -> None:
        def refused(*_arguments: object, **_named: object) -> None:
            assert refusal is not None
            raise refusal

        monkeypatch.setattr(type(port.load()), operation, refused if refusal else own[operation])

    return answer


def listed(client: Client) -> list[str]:
    return [matter.what for matter in client.get(PAGE).context["refused"]]


def press(client: Client, action: str) -> list[str]:
    """Press a button of the only matter; return what the page says then."""
    (matter,) = client.get(PAGE).context["refused"]
    page = client.post(matter.again_link if action == "again" else matter.seen_link, follow=True)
    return [str(message) for message in page.context["messages"]]


def give_back(order: Order, quantity: int) -> OrderReturn:
    wanted = {order.lines.get().pk: quantity}
    return return_items(order, wanted, key=uuid.uuid4().hex, by="anna", reason="cold", now=NOW)


def test_a_refused_order_is_listed_until_it_is_tried_again_and_taken(
    diner: Diner, soup: Product, add_by_form: AddByForm, refuse: Refuse, admin_client: Client
) -> None:
    add_by_form(soup, "quantity=2")
    refuse("process_order", InvalidDocument("x"))

    order = diner.pay()
    settle_paid(now=NOW)

    assert (order.settled_at is not None, order.points_earned, order.refusal) == (True, None, "InvalidDocument")
    assert listed(admin_client) == [
        "Paid, but the loyalty programme did not take the order: no points were given. To it, the amounts do not add up."
    ]
    refuse("process_order", TooManyPoints())
    assert press(admin_client, "again") == ["The loyalty programme refuses it still."]
    assert listed(admin_client)[0].endswith("The member would have more points than a balance can hold.")
    refuse("process_order", None)
    assert press(admin_client, "again") == [f"Order {order}: Recorded in the loyalty programme."]

    order.refresh_from_db()
    assert (order.points_earned, order.refusal, order.settled_at is not None) == (20, "", True)
    assert listed(admin_client) == []


def test_a_programme_that_is_away_when_it_is_tried_again_is_told_by_the_sweep(
    diner: Diner, soup: Product, add_by_form: AddByForm, refuse: Refuse, admin_client: Client
) -> None:
    add_by_form(soup)
    refuse("process_order", InvalidDocument("x"))
    order = diner.pay()
    link = f"{PAGE}refused/orders/{order.pk}/again/"

    refuse("process_order", ProgrammeAway())
    assert press(admin_client, "again")[0].startswith("The loyalty programme cannot be reached.")
    page = admin_client.post(link, follow=True)
    refuse("process_order", None)
    settle_paid(now=NOW)

    assert "recorded at this moment" in str(*page.context["messages"])
    order.refresh_from_db()
    assert (order.points_earned, order.refusal) == (10, "")


def test_what_came_back_before_the_order_was_taken_costs_its_points_all_the_same(
    diner: Diner, soup: Product, add_by_form: AddByForm, refuse: Refuse, admin_client: Client
) -> None:
    add_by_form(soup, "quantity=3")
    refuse("process_order", InvalidDocument("x"))
    order = diner.pay()
    give_back(order, 1)
    refuse("process_order", None)

    press(admin_client, "again")
    settle_due(now=NOW)

    diner.contact.refresh_from_db()
    assert (diner.contact.balance, order.returns.get().points) == (20, -10)


def test_of_a_refused_order_that_came_back_whole_nothing_is_to_be_tried(
    diner: Diner, soup: Product, add_by_form: AddByForm, refuse: Refuse, admin_client: Client
) -> None:
    add_by_form(soup)
    refuse("process_order", InvalidDocument("x"))
    order = diner.pay()
    give_back(order, 1)
    refuse("process_order", None)

    (matter,) = admin_client.get(PAGE).context["refused"]
    admin_client.post(f"{PAGE}refused/orders/{order.pk}/again/")

    order.refresh_from_db()
    assert (matter.again_link, order.points_earned, order.refusal) == ("", None, "InvalidDocument")
    assert order.settled_at is not None


def test_a_return_whose_points_were_not_corrected_is_listed_and_tried_again(
    diner: Diner, soup: Product, add_by_form: AddByForm, refuse: Refuse, admin_client: Client
) -> None:
    add_by_form(soup, "quantity=2")
    order = diner.pay()
    refuse("process_return", InvalidDocument("x"))

    made = give_back(order, 1)

    assert (made.settled_at, made.refusal, made.points) == (NOW, "InvalidDocument", None)
    assert listed(admin_client) == [
        "€10.00 came back, but the loyalty programme did not correct the points. To it, the amounts do not add up."
    ]
    refuse("process_return", None)
    press(admin_client, "again")
    made.refresh_from_db()
    assert (made.points, made.refusal, listed(admin_client)) == (-10, "", [])


def test_an_offer_that_was_not_given_back_is_listed_and_tried_again(
    diner: Diner, soup: Product, add_by_form: AddByForm, refuse: Refuse, admin_client: Client
) -> None:
    add_by_form(soup)
    mine = voucher(diner, discount_type="percentage_discount", discount_value="10")
    diner.redeem(mine)
    order = diner.pay()
    refuse("reverse", OfferUnavailable(Unavailable.EXPIRED))

    made = give_back(order, 1)

    assert (made.settled_at, made.refusal) == (NOW, "OfferUnavailable")
    assert listed(admin_client)[0].startswith(
        "€9.00 came back, but the member did not get back the offer they had used."
    )
    refuse("reverse", None)
    press(admin_client, "again")
    mine.refresh_from_db()
    assert (mine.times_redeemed, listed(admin_client)) == (0, [])


def test_a_member_who_has_left_is_no_trouble(
    diner: Diner, soup: Product, add_by_form: AddByForm, refuse: Refuse, admin_client: Client
) -> None:
    add_by_form(soup, "quantity=2")
    order = diner.pay()
    refuse("process_return", port.UnknownContact())

    made = give_back(order, 1)

    assert (made.settled_at, made.refusal, listed(admin_client)) == (NOW, "", [])


def test_what_was_seen_leaves_the_list_and_keeps_who_saw_it(
    diner: Diner, soup: Product, add_by_form: AddByForm, refuse: Refuse, admin_client: Client
) -> None:
    add_by_form(soup, "quantity=2")
    refuse("process_order", InvalidDocument("x"))
    order = diner.pay()

    press(admin_client, "seen")

    order.refresh_from_db()
    assert (order.refusal, order.refusal_seen_by, listed(admin_client)) == ("InvalidDocument", "admin", [])
    assert order.refusal_seen_at is not None
    made = give_back(order, 1)
    assert admin_client.post(f"{PAGE}refused/returns/{made.pk}/seen/").status_code == 404
    assert admin_client.post(f"{PAGE}refused/orders/{order.pk}/eaten/").status_code == 404
    assert admin_client.get(f"{PAGE}refused/orders/{order.pk}/again/").status_code == 405


def test_who_may_only_look_can_press_neither(
    diner: Diner, soup: Product, add_by_form: AddByForm, refuse: Refuse, client: Client
) -> None:
    add_by_form(soup)
    refuse("process_order", InvalidDocument("x"))
    order = diner.pay()
    refuse("process_order", None)
    user = User.objects.create_user("olga", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_order"))
    client.force_login(user)

    answers = [client.post(f"{PAGE}refused/orders/{order.pk}/{action}/").status_code for action in ("seen", "again")]

    order.refresh_from_db()
    assert (answers, order.refusal, order.refusal_seen_at) == ([403, 403], "InvalidDocument", None)
    assert 'class="taps"' not in client.get(PAGE).content.decode()
