"""The checkout's gift cards: a code typed in, what it covers, and refusals at its field."""

from html import unescape

import pytest
from django.test import Client

from loyalty import gift_cards, money
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


def use(diner: Client, card: GiftCard) -> dict[str, str]:
    """Type the card's code and press "Use"; return what the pay button sends then."""
    shown = diner.post("/checkout/", {"gift_card": card.code, "update": "1"})
    return {**hidden(shown.content.decode()), "gift_card": card.code, "method": "counter"}


def spend_elsewhere(card: GiftCard, cents: int) -> None:
    money.spend(card.account, cents, source="elsewhere", now=NOW)


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
    form = use(diner, card)
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
    form = use(diner, card)
    diner.post("/checkout/", form)
    other = gift_cards.issue_card(card.programme, cents=2000, key="another", now=NOW)

    answer = diner.post("/checkout/", {**form, "gift_card": other.code})

    assert answer.status_code == 409
    assert "already sent, with other choices" in answer.content.decode()
    assert (Order.objects.count(), Payment.objects.count(), left(other)) == (1, 2, 2000)


def test_what_is_kept_of_a_press_tells_no_code(diner: Client, table: Table, card: GiftCard) -> None:
    diner.post("/basket/add/", {"product": ProductFactory.create(restaurant=table.restaurant, price_cents=2450).pk})

    diner.post("/checkout/", {**use(diner, card), "tip_amount": "\x00" * 500})

    assert len(Order.objects.get().checkout_content) == 64


# The button takes what it says ----------------------------------------------------------------------------------------


@pytest.fixture
def dinner(diner: Client, table: Table) -> Client:
    """Somebody with a dish of 25.00 in the basket."""
    diner.post("/basket/add/", {"product": ProductFactory.create(restaurant=table.restaurant, price_cents=2500).pk})
    return diner


@pytest.mark.parametrize("is_htmx", [False, True])
def test_a_card_spent_elsewhere_since_asks_for_a_look_at_the_new_amount(
    dinner: Client, card: GiftCard, is_htmx: bool
) -> None:
    form = use(dinner, card)
    spend_elsewhere(card, 1500)

    told = dinner.post("/checkout/", form, headers={"HX-Request": "true"} if is_htmx else {})

    page = unescape(told.content.decode())
    assert told.status_code == 409
    assert "The amount to pay has changed. Please look at it once more." in page
    assert "Order and pay €20.00" in page
    assert f'type="hidden" name="gift_card" value="{card.code}"' in page
    assert (Order.objects.get().placed_at, Payment.objects.count(), left(card)) == (None, 0, 500)
    assert dinner.post("/checkout/", {**form, **hidden(page)}).status_code == 303
    assert sorted(Payment.objects.values_list("method", "amount_cents")) == [("counter", 2000), ("gift_card", 500)]


def test_a_card_that_covered_everything_and_covers_less_now_says_so_before_it_asks_for_a_method(
    dinner: Client, card: GiftCard
) -> None:
    other = gift_cards.issue_card(card.programme, cents=2500, key="large", now=NOW)
    form = {**use(dinner, other), "method": ""}
    spend_elsewhere(other, 100)

    told = dinner.post("/checkout/", form)

    page = unescape(told.content.decode())
    assert told.status_code == 409
    assert "Order and pay €1.00" in page
    assert 'name="method" value="counter"' in page
    assert (Payment.objects.count(), left(other)) == (0, 2400)


def test_a_code_typed_but_not_used_shows_what_it_covers_before_anything_is_taken(
    dinner: Client, card: GiftCard
) -> None:
    form = {**hidden(read(dinner)), "gift_card": card.code, "method": "counter", "email": "guest@example.com"}

    told = dinner.post("/checkout/", form)

    page = unescape(told.content.decode())
    assert told.status_code == 409
    assert "Order and pay €5.00" in page
    assert 'value="guest@example.com"' in page
    assert (Payment.objects.count(), left(card)) == (0, 2000)
    confirmed = {**form, **hidden(page)}
    first, again = dinner.post("/checkout/", confirmed), dinner.post("/checkout/", confirmed)
    assert (first.status_code, first["Location"]) == (again.status_code, again["Location"])
    assert (first.status_code, left(card), Order.objects.get().kitchen_state) == (303, 0, "received")


@pytest.mark.parametrize("shown", ["", "499", "2500", "5.00"])
def test_another_amount_than_the_buttons_is_a_conflict(dinner: Client, card: GiftCard, shown: str) -> None:
    told = dinner.post("/checkout/", {**use(dinner, card), "shown_to_pay_cents": shown})

    assert told.status_code == 409
    assert (Payment.objects.count(), left(card)) == (0, 2000)


def test_who_sends_no_such_amount_agrees_to_the_total(dinner: Client, card: GiftCard) -> None:
    form = use(dinner, card)
    del form["shown_to_pay_cents"]

    assert dinner.post("/checkout/", form).status_code == 303
    assert left(card) == 0


def test_a_card_used_by_htmx_redraws_the_button_with_the_amount_it_sends(dinner: Client, card: GiftCard) -> None:
    shown = dinner.post(
        "/checkout/", {"gift_card": card.code, "tip": "10", "update": "1"}, headers={"HX-Request": "true"}
    )

    page = unescape(shown.content.decode())
    assert "Order and pay €7.50" in page
    fields = hidden(page)
    assert (fields["shown_total_cents"], fields["shown_to_pay_cents"]) == ("2750", "750")
