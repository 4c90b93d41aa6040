"""The staff's pages in a real browser: axe in both themes, no sideways scroll, the board alive, taps with and without JavaScript."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from menu.models import Product, Table
from orders.models import Order
from tests.browser import PHONE, SMALL_PHONE, OpenContext, serious_violations, sideways
from tests.factories import (
    CategoryFactory,
    GuestFactory,
    LineItemFactory,
    ModifierFactory,
    ModifierGroupFactory,
    OrderFactory,
    PaymentFactory,
    ProductFactory,
    ProductModifierGroupFactory,
    RestaurantFactory,
    SubLineItemFactory,
    TableFactory,
    VariantFactory,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DESK: ViewportSize = {"width": 1280, "height": 900}


@pytest.fixture
def table(db: None) -> Table:
    restaurant = RestaurantFactory.create(slug="demo", name="Firefinch")
    category = CategoryFactory.create(restaurant=restaurant, name="Pizza")
    product = ProductFactory.create(
        restaurant=restaurant, name="Diavola", categories=[category], drawing="eggs-on-toast", allergens=["gluten"]
    )
    VariantFactory.create(product=product)
    group = ModifierGroupFactory.create(restaurant=restaurant, name="Crust")
    ModifierFactory.create(group=group, name="Thin")
    ProductModifierGroupFactory.create(product=product, group=group)
    made: Table = TableFactory.create(restaurant=restaurant, name="7")
    return made


def place(table: Table, state: str = "received", minutes: int = 3) -> Order:
    now = datetime.now(UTC)
    order: Order = OrderFactory.create(
        guest=GuestFactory.create(table=table, called_staff_at=now if state == "ready" else None),
        kitchen_state=state,
        number=Order.objects.count() + 1,
        placed_at=now - timedelta(minutes=minutes),
        total_cents=1350,
        note="One candle, please",
    )
    line = LineItemFactory.create(order=order, product=Product.objects.get(), unit_cents=1200, note="well done")
    SubLineItemFactory.create(parent=line, name="Extra cheese")
    PaymentFactory.create(order=order)
    return order


def sign_in(context: BrowserContext, server: LiveServer, client: Client) -> Page:
    """Put the staff's session into the browser."""
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": server.url}])
    return context.new_page()


@pytest.fixture
def paths(table: Table) -> list[str]:
    """The addresses of all staff pages, with an order in each state."""
    for state in ("received", "preparing", "ready", "served"):
        place(table, state, minutes=25)
    product, restaurant = Product.objects.get(), table.restaurant_id
    return [
        "/admin/",
        "/admin/board/demo/",
        "/admin/menu/product/",
        f"/admin/menu/product/{product.pk}/change/",
        "/admin/menu/product/add/",
        "/admin/menu/modifier/",
        f"/admin/menu/modifiergroup/{product.groups.get().pk}/change/",
        "/admin/menu/category/",
        "/admin/menu/table/",
        f"/admin/menu/table/{table.pk}/change/",
        "/admin/menu/restaurant/",
        f"/admin/menu/restaurant/{restaurant}/change/",
        f"/admin/menu/restaurant/{restaurant}/import/",
        "/admin/orders/order/",
        f"/admin/orders/order/{Order.objects.order_by('id')[0].pk}/change/",
    ]


def test_every_staff_page_holds_before_axe_and_scrolls_one_way(
    open_context: OpenContext, live_server: LiveServer, admin_client: Client, paths: list[str]
) -> None:
    page = sign_in(open_context(reduced_motion="reduce"), live_server, admin_client)

    faults: list[str] = []
    for path in paths:
        page.goto(f"{live_server.url}{path}")
        faults += serious_violations(page) + sideways(page, PHONE, SMALL_PHONE, DESK)

    assert faults == []


def test_the_board_shows_a_new_order_by_itself_and_moves_it_on(
    open_context: OpenContext, live_server: LiveServer, admin_client: Client, table: Table
) -> None:
    page = sign_in(open_context(), live_server, admin_client)
    page.goto(f"{live_server.url}/admin/board/demo/")
    expect(page.get_by_role("region", name="New 0")).to_be_visible()

    order = place(table)

    ticket = page.get_by_role("article", name="#1 Table 7")
    expect(ticket).to_contain_text("well done", timeout=8000)
    page.get_by_role("button", name="Accept #1").click()
    expect(page.get_by_role("region", name="Preparing 1")).to_contain_text("Table 7")
    order.refresh_from_db()
    assert order.kitchen_state == "preparing"


def test_the_second_of_two_boards_is_told_who_was_faster(
    open_context: OpenContext, live_server: LiveServer, admin_client: Client, table: Table
) -> None:
    order = place(table)
    page = sign_in(open_context(), live_server, admin_client)
    page.route(
        "**/admin/board/demo/",
        lambda route: route.abort() if route.request.resource_type != "document" else route.continue_(),
    )
    page.goto(f"{live_server.url}/admin/board/demo/")
    Order.objects.filter(pk=order.pk).update(kitchen_state="ready")

    page.get_by_role("button", name="Accept #1").click()

    expect(page.get_by_role("alert")).to_have_text("Somebody was faster: order #1 is “Ready” now.")
    expect(page.get_by_role("region", name="Ready 1")).to_be_visible()


def test_the_board_says_when_the_connection_is_gone_and_when_it_is_back(
    open_context: OpenContext, live_server: LiveServer, admin_client: Client, table: Table
) -> None:
    context = open_context()
    page = sign_in(context, live_server, admin_client)
    page.goto(f"{live_server.url}/admin/board/demo/")

    context.set_offline(True)
    expect(page.get_by_text("No connection")).to_be_visible(timeout=8000)
    context.set_offline(False)
    expect(page.get_by_text("No connection")).to_be_hidden(timeout=8000)


def test_sold_out_is_one_tap_in_the_list(
    open_context: OpenContext, live_server: LiveServer, admin_client: Client, table: Table
) -> None:
    page = sign_in(open_context(), live_server, admin_client)
    page.goto(f"{live_server.url}/admin/menu/product/")

    page.get_by_role("button", name="Diavola: sold out", exact=True).click()
    expect(page.get_by_role("button", name="Diavola: back on sale")).to_be_visible()
    assert Product.objects.get().sold_out_since is not None

    page.get_by_role("button", name="Diavola: back on sale").click()
    expect(page.get_by_role("button", name="Diavola: sold out until tomorrow")).to_be_visible()
    assert Product.objects.get().sold_out_since is None


def test_without_javascript_the_board_and_the_list_work_too(
    open_context: OpenContext, live_server: LiveServer, admin_client: Client, table: Table
) -> None:
    order = place(table)
    page = sign_in(open_context(java_script_enabled=False), live_server, admin_client)

    page.goto(f"{live_server.url}/admin/board/demo/")
    page.get_by_role("button", name="Accept #1").click()
    expect(page.get_by_role("region", name="Preparing 1")).to_be_visible()
    page.goto(f"{live_server.url}/admin/menu/product/")
    page.get_by_role("button", name="Diavola: sold out", exact=True).click()
    expect(page.get_by_text("Diavola is sold out.")).to_be_visible()

    order.refresh_from_db()
    assert order.kitchen_state == "preparing"
    assert Product.objects.get().sold_out_since is not None


def test_enter_in_a_product_form_saves_and_does_not_sell_out(
    open_context: OpenContext, live_server: LiveServer, admin_client: Client, table: Table
) -> None:
    page = sign_in(open_context(), live_server, admin_client)
    page.goto(f"{live_server.url}/admin/menu/product/{Product.objects.get().pk}/change/")

    page.get_by_label("Name", exact=False).first.fill("Diavola extra")
    page.get_by_label("Name", exact=False).first.press("Enter")
    page.wait_for_url("**/admin/menu/product/")

    product = Product.objects.get()
    assert (product.name, product.sold_out_since) == ("Diavola extra", None)
