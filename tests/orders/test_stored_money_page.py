"""The checkout's gift cards: a code typed in, what it covers, and refusals at its field."""

from html import unescape

import pytest
from django.test import Client

from loyalty import gift_cards
from loyalty.models import GiftCard, GiftCardProgramme, MoneyAccount
from menu.models import Table
from orders.models import Order, Payment
from tests.factories import NOW, ProductFactory
from tests.orders.test_checkout_page import hidden, read


@pytest.fixture
def card(db: None) -> GiftCard:
    """A card with 20.00 on it."""
    programme = GiftCardProgramme.objects.create(name="Gift card", currency="EUR", max_amount_cents=10000)
    return gift_cards.issue_card(programme, cents=2000, key="sale", now=NOW)


def left(card: GiftCard) -> int:
    return MoneyAccount.objects.get(pk=card.account_id).balance_cents


def test_the_checkout_takes_a_code_shows_what_is_left_and_pays(diner: Client, table: Table, card: GiftCard) -> None:
    dish = ProductFactory.create(restaurant=table.restaurant, price_cents=2450)
    diner.post("/basket/add/", {"product": dish.pk})

    shown = diner.post("/checkout/", {**hidden(read(diner)), "gift_card": card.code.lower(), "update": "1"})

    page = unescape(shown.content.decode())
    assert shown.status_code == 200
    assert f"Gift card …{card.code[-4:]}" in page
    assert "Order and pay €4.50" in page
    answer = diner.post("/checkout/", {**hidden(page), "gift_card": card.code, "method": "counter"})
    assert answer.status_code == 303
    assert (Order.objects.get().kitchen_state, left(card)) == ("received", 0)


@pytest.mark.parametrize(
    ("code", "words"),
    [("NOPE-NOPE", "do not know this gift card"), ("\x00", "do not know this gift card"), ("x" * 3000, "do not know")],
)
def test_a_wrong_code_is_said_at_its_field(diner: Client, table: Table, card: GiftCard, code: str, words: str) -> None:
    diner.post("/basket/add/", {"product": ProductFactory.create(restaurant=table.restaurant, price_cents=2450).pk})

    refused = diner.post("/checkout/", {**hidden(read(diner)), "gift_card": code, "method": "counter"})

    assert refused.status_code == 422
    assert words in refused.content.decode()
    assert (Order.objects.get().placed_at, left(card)) == (None, 2000)


def test_guessing_codes_is_limited(diner: Client, table: Table, card: GiftCard) -> None:
    diner.post("/basket/add/", {"product": ProductFactory.create(restaurant=table.restaurant, price_cents=2450).pk})

    answers = [
        diner.post("/checkout/", {"gift_card": f"GUESS{number}", "update": "1"}).status_code for number in range(31)
    ]

    assert answers == [422] * 30 + [429]


@pytest.mark.parametrize("card_ends", ["emptied", "out of use"])
@pytest.mark.parametrize("is_htmx", [False, True])
def test_the_button_pressed_again_leads_to_the_order_though_the_card_is_empty_by_now(
    diner: Client, table: Table, card: GiftCard, card_ends: str, is_htmx: bool
) -> None:
    dish = ProductFactory.create(restaurant=table.restaurant, price_cents=2450)
    diner.post("/basket/add/", {"product": dish.pk})
    form = {**hidden(read(diner)), "gift_card": card.code, "method": "counter"}
    diner.post("/checkout/", form)
    order = Order.objects.get()
    if card_ends == "out of use":
        GiftCard.objects.update(is_active=False)

    again = diner.post("/checkout/", form, headers={"HX-Request": "true"} if is_htmx else {})

    told = (200, again.headers.get("HX-Redirect")) if is_htmx else (303, again.headers.get("Location"))
    assert (again.status_code, told[1]) == (told[0], order.get_absolute_url())
    assert (Order.objects.count(), Payment.objects.count(), left(card)) == (1, 2, 0)


def test_the_button_pressed_again_with_another_card_is_told_and_takes_nothing(
    diner: Client, table: Table, card: GiftCard
) -> None:
    diner.post("/basket/add/", {"product": ProductFactory.create(restaurant=table.restaurant, price_cents=2450).pk})
    form = {**hidden(read(diner)), "gift_card": card.code, "method": "counter"}
    diner.post("/checkout/", form)
    other = gift_cards.issue_card(card.programme, cents=2000, key="another", now=NOW)

    answer = diner.post("/checkout/", {**form, "gift_card": other.code})

    assert answer.status_code == 409
    assert "already sent, with other choices" in answer.content.decode()
    assert (Order.objects.count(), Payment.objects.count(), left(other)) == (1, 2, 2000)


def test_what_is_kept_of_a_press_tells_no_code(diner: Client, table: Table, card: GiftCard) -> None:
    diner.post("/basket/add/", {"product": ProductFactory.create(restaurant=table.restaurant, price_cents=2450).pk})

    diner.post(
        "/checkout/", {**hidden(read(diner)), "gift_card": card.code, "method": "counter", "tip_amount": "\x00" * 500}
    )

    assert len(Order.objects.get().checkout_content) == 64
