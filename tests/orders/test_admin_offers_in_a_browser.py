"""The programme's pages of the admin in a real browser: axe, no sideways scroll, the example without JavaScript, progress."""

import uuid
from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from loyalty.giving import ask_for_vouchers, carry_on
from loyalty.models import Promotion, find_programme
from tests.browser import PHONE, SMALL_PHONE, OpenContext, serious_violations, sideways
from tests.factories import AppliedOfferFactory, OrderFactory
from tests.loyalty.factories import (
    ContactFactory,
    PromotionFactory,
    RewardReceptionFactory,
    VoucherFactory,
    member,
)
from tests.orders.offer_forms import make_menu

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HALF = {"discount_type": "percentage_discount", "discount_value": "50", "product_code": "MARG"}


def sign_in(context: BrowserContext, server: LiveServer, client: Client) -> Page:
    """Put the staff's session into the browser."""
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": server.url}])
    return context.new_page()


@pytest.fixture
def promotion(db: None) -> Promotion:
    find_programme()
    make_menu()
    made: Promotion = PromotionFactory.create(name="Pizza night", attributes=HALF)
    return made


@pytest.fixture
def paths(promotion: Promotion) -> list[str]:
    """The addresses of the programme's pages, with something on each."""
    now = datetime.now(UTC)
    contact = member(640, now=now, email="somebody.with.a.long.address@restaurant.example.com")
    VoucherFactory.create(contact=contact, promotion=promotion)
    RewardReceptionFactory.create(contact=contact)
    order = OrderFactory.create(number=7, payment_state="paid", paid_at=now, placed_at=now)
    AppliedOfferFactory.create(order=order, cents=320, overrun="OfferTaken")
    asked = ask_for_vouchers(promotion, [contact.pk], key=uuid.uuid4(), by="olga", now=now)
    carry_on(asked.pk, now=now)
    return [
        "/admin/loyalty/promotion/",
        f"/admin/loyalty/promotion/{promotion.pk}/change/",
        "/admin/loyalty/contact/",
        f"/admin/loyalty/contact/{contact.pk}/change/",
        f"/admin/loyalty/contact/{contact.pk}/adjust/",
        "/admin/loyalty/issuerequest/add/",
        f"/admin/loyalty/issuerequest/{asked.pk}/change/",
        "/admin/to-look-at/",
    ]


def test_every_page_of_the_programme_holds_before_axe_and_scrolls_one_way(
    open_context: OpenContext, live_server: LiveServer, admin_client: Client, paths: list[str]
) -> None:
    page = sign_in(open_context(reduced_motion="reduce"), live_server, admin_client)

    faults: list[str] = []
    for path in paths:
        page.goto(f"{live_server.url}{path}")
        faults += serious_violations(page) + sideways(page, PHONE, SMALL_PHONE)

    assert faults == []


def test_the_example_follows_what_was_typed_without_javascript(
    open_context: OpenContext, live_server: LiveServer, admin_client: Client, promotion: Promotion
) -> None:
    page = sign_in(open_context(java_script_enabled=False), live_server, admin_client)
    page.goto(f"{live_server.url}/admin/loyalty/promotion/{promotion.pk}/change/")
    expect(page.get_by_role("row", name="Margherita €12.00 €6.00")).to_be_visible()

    page.get_by_label("Value").fill("25")
    page.get_by_role("checkbox", name="Calzone").check()
    page.get_by_role("button", name="Show the example").click()

    expect(page.get_by_role("heading", name="What it would do")).to_be_visible()
    expect(page.get_by_role("row", name="Margherita €12.00 €9.00")).to_be_visible()
    promotion.refresh_from_db()
    assert promotion.attributes == HALF

    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/admin/loyalty/promotion/")
    promotion.refresh_from_db()
    assert promotion.attributes == HALF | {"discount_value": "25", "product_code": "MARG,CALZ"}


def test_enter_in_the_form_saves_it(
    open_context: OpenContext, live_server: LiveServer, admin_client: Client, promotion: Promotion
) -> None:
    page = sign_in(open_context(), live_server, admin_client)
    page.goto(f"{live_server.url}/admin/loyalty/promotion/{promotion.pk}/change/")

    page.get_by_label("Value").fill("40")
    page.get_by_label("Value").press("Enter")
    page.wait_for_url("**/admin/loyalty/promotion/")

    promotion.refresh_from_db()
    assert promotion.attributes["discount_value"] == "40"


def test_the_progress_of_giving_renews_itself_until_it_is_finished(
    open_context: OpenContext, live_server: LiveServer, admin_client: Client, promotion: Promotion
) -> None:
    ContactFactory.create_batch(3)
    now = datetime.now(UTC)
    asked = ask_for_vouchers(promotion, None, key=uuid.uuid4(), by="olga", now=now)
    page = sign_in(open_context(), live_server, admin_client)
    page.goto(f"{live_server.url}/admin/loyalty/issuerequest/{asked.pk}/change/")
    expect(page.get_by_text("Waiting")).to_be_visible()

    carry_on(asked.pk, now=now)

    expect(page.get_by_text("Finished", exact=True).first).to_be_visible(timeout=6000)
    expect(page.locator("[hx-trigger]")).to_have_count(0)
