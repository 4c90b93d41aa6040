"""Gift cards on a phone: the code typed at the checkout, used and taken off; the codes bought on the order's page."""

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from loyalty import gift_cards
from loyalty.models import GiftCard, GiftCardProgramme
from orders import settlement
from orders.models import Order, SoldCard
from tests.browser import OpenContext
from tests.factories import NOW, ProductFactory
from tests.orders.browsing import Harbour, faults, open_harbour

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def harbour(db: None) -> Harbour:
    return open_harbour()


@pytest.fixture
def card(harbour: Harbour) -> GiftCard:
    """A card with 4.00 on it; and a gift card of 25.00 to buy."""
    programme = GiftCardProgramme.objects.create(name="Gift card", currency="EUR", max_amount_cents=10000)
    ProductFactory.create(
        restaurant=harbour.table.restaurant,
        name="Gift card for you",
        price_cents=2500,
        kind="gift_card",
        discountable=False,
        earns_points=False,
    )
    return gift_cards.issue_card(programme, cents=400, key="k", now=NOW)


def test_a_card_is_used_taken_off_and_a_bought_one_shows_its_code(
    open_context: OpenContext, live_server: LiveServer, harbour: Harbour, card: GiftCard
) -> None:
    page: Page = open_context(reduced_motion="reduce").new_page()
    page.goto(f"{live_server.url}/t/{harbour.table.code}/")
    page.get_by_role("button", name="Add Gift card for you").click()
    page.get_by_role("link", name="View basket").wait_for()
    page.goto(f"{live_server.url}/checkout/")
    found = faults(page)

    page.get_by_label("Code of the gift card").fill("NOPE")
    page.get_by_role("button", name="Use", exact=True).click()
    expect(page.get_by_text("We do not know this gift card.").first).to_be_visible()
    found += faults(page)
    page.get_by_label("Code of the gift card").fill(card.code.lower())
    page.get_by_role("button", name="Use", exact=True).click()
    expect(page.get_by_role("button", name="Order and pay €21.00")).to_be_visible()
    found += faults(page)
    page.get_by_role("button", name=f"Remove gift card …{card.ending}").click()
    expect(page.get_by_role("button", name="Order and pay €25.00")).to_be_visible()
    page.get_by_role("radio", name="Pay at the counter").check()
    page.get_by_role("button", name="Order and pay").click()
    expect(page.get_by_text("Order successful")).to_be_visible()
    settlement.mark_paid(Order.objects.get(), by="anna", now=NOW)

    expect(page.get_by_text(SoldCard.objects.get().code)).to_be_visible()
    expect(page.get_by_role("link", name="Receipt (PDF)")).to_be_visible()
    found += faults(page)
    assert found == []
