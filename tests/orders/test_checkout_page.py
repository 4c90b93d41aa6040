"""The checkout's page: tip, method, the one button, and what it says when the total is another by now."""

import re
from html import unescape

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from config.celery import app
from loyalty import gift_cards
from loyalty.models import GiftCardProgramme
from menu.models import Product, Restaurant, Table
from orders.models import Order, PaymentState, Receipt
from tests.factories import NOW, ProductFactory

HTMX = {"HX-Request": "true"}


@pytest.fixture
def soup(diner: Client, table: Table) -> Product:
    """Soup of 12.00, two of which are in the diner's basket."""
    made: Product = ProductFactory.create(restaurant=table.restaurant, name="Soup", price_cents=1200)
    diner.post("/basket/add/", {"product": made.pk, "quantity": 2})
    return made


def read(client: Client) -> str:
    """Return the checkout's page, which must be there."""
    response = client.get("/checkout/")
    assert response.status_code == 200
    return unescape(response.content.decode())


def hidden(page: str) -> dict[str, str]:
    """Return the hidden fields that the button sends along."""
    names = "checkout_key|shown_total_cents|shown_to_pay_cents"
    fields = dict(re.findall(rf'<input type="hidden" name="({names})" value="([^"]*)"', page))
    assert len(fields) == 3
    return fields


def test_the_summary_says_what_is_paid_and_the_tax_in_it(diner: Client, soup: Product) -> None:
    page = read(diner)

    assert "2 × Soup" in page
    assert "Order and pay €24.00" in page
    assert "Includes VAT 9%" in page
    assert "€1.98" in page
    assert hidden(page)["shown_total_cents"] == "2400"


def test_no_tip_and_no_method_of_several_is_chosen_beforehand(diner: Client, soup: Product, demo_mode: None) -> None:
    page = read(diner)

    assert page.count('type="radio" name="tip"') == 5
    assert page.count('type="radio" name="method"') == 2
    assert not re.search(r'type="radio"[^>]* checked', page)
    assert "€2.40" in page  # what 10 % come to


def test_the_only_method_is_chosen(diner: Client, soup: Product) -> None:
    assert re.search(r'value="counter" required checked', read(diner))


def test_the_checkout_is_never_kept_by_the_browser(diner: Client, soup: Product) -> None:
    assert "no-store" in diner.get("/checkout/")["Cache-Control"]


def test_an_empty_basket_has_no_checkout(diner: Client) -> None:
    assert diner.get("/checkout/")["Location"] == "/basket/"


def test_a_checkout_without_a_table_is_refused_with_how_to_scan(client: Client, table: Table) -> None:
    assert client.get("/checkout/").status_code == 403
    assert client.post("/checkout/").status_code == 403
    assert client.put("/checkout/").status_code == 405


# Tips -----------------------------------------------------------------------------------------------------------------


def test_update_shows_the_total_with_the_tip(diner: Client, soup: Product) -> None:
    response = diner.post("/checkout/", {"update": "1", "tip": "10", "email": "a@example.com"})

    page = unescape(response.content.decode())
    assert response.status_code == 200
    assert "Order and pay €26.40" in page
    assert 'id="tip-10" value="10" checked' in page
    assert 'value="a@example.com"' in page
    assert Order.objects.get().placed_at is None


def test_htmx_gets_the_form_as_a_fragment(diner: Client, soup: Product) -> None:
    response = diner.post("/checkout/", {"update": "1", "tip": "10"}, headers=HTMX)

    text = response.content.decode()
    assert text.strip().startswith('<form id="checkout"')
    assert "Total €26.40" in text


def test_another_amount_is_taken_as_it_is_typed(diner: Client, soup: Product) -> None:
    response = diner.post("/checkout/", {"update": "1", "tip": "other", "tip_amount": "2,50"})

    assert "Order and pay €26.50" in response.content.decode()


def test_choosing_other_before_typing_is_no_mistake(diner: Client, soup: Product) -> None:
    response = diner.post("/checkout/", {"update": "1", "tip": "other", "tip_amount": ""})

    assert response.status_code == 200
    assert "Order and pay €24.00" in response.content.decode()


@pytest.mark.parametrize(
    ("form", "field", "sentence"),
    [
        ({"tip": "other", "tip_amount": "a lot"}, "tip_amount", "Write the tip as an amount, such as 2.50."),
        ({"tip": "other", "tip_amount": "-5"}, "tip_amount", "Write the tip as an amount, such as 2.50."),
        ({"tip": "77"}, "tip", "Choose one of the tips offered, or another amount."),
    ],
)
def test_a_tip_that_is_none_is_refused_at_its_field(
    diner: Client, soup: Product, form: dict[str, str], field: str, sentence: str
) -> None:
    for button in ({"update": "1"}, {"method": "counter", **hidden(read(diner))}):
        response = diner.post("/checkout/", {**form, **button})

        page = response.content.decode()
        assert response.status_code == 422
        assert f'id="error-{field}">{sentence}' in page
        assert Order.objects.get().placed_at is None


# The button -----------------------------------------------------------------------------------------------------------


def test_the_button_places_the_order(diner: Client, soup: Product) -> None:
    form = {**hidden(read(diner)), "method": "counter", "email": "guest@example.com"}

    response = diner.post("/checkout/", form)

    order = Order.objects.get()
    assert (response.status_code, response["Location"]) == (303, f"/orders/{order.uuid}/")
    assert (order.total_cents, order.tip_cents, order.email) == (2400, 0, "guest@example.com")


def test_htmx_is_sent_on_with_a_header(diner: Client, soup: Product) -> None:
    response = diner.post("/checkout/", {**hidden(read(diner)), "method": "counter"}, headers=HTMX)

    assert response.status_code == 200
    assert response["HX-Redirect"] == f"/orders/{Order.objects.get().uuid}/"


def test_pressing_twice_orders_once(diner: Client, soup: Product) -> None:
    form = {**hidden(read(diner)), "method": "counter"}

    first, second = diner.post("/checkout/", form), diner.post("/checkout/", form)

    assert first["Location"] == second["Location"]
    assert Order.objects.count() == 1


def test_a_tip_not_shown_yet_asks_for_a_look_at_the_new_total(diner: Client, soup: Product) -> None:
    form = {**hidden(read(diner)), "method": "counter", "tip": "10"}

    response = diner.post("/checkout/", form)

    page = unescape(response.content.decode())
    assert response.status_code == 409
    assert "The total has changed. Please look at it once more." in page
    assert "Order and pay €26.40" in page
    assert 'value="10" checked' in page
    assert Order.objects.get().placed_at is None


def test_a_price_that_changed_asks_for_a_look_with_the_line_that_changed(diner: Client, soup: Product) -> None:
    form = {**hidden(read(diner)), "method": "counter"}
    Product.objects.filter(pk=soup.pk).update(price_cents=1300)

    response = diner.post("/checkout/", form, headers=HTMX)

    text = unescape(response.content.decode())
    assert response.status_code == 409
    assert "The price of Soup changed from €12.00 to €13.00." in text
    assert "Order and pay €26.00" in text
    assert Order.objects.get().placed_at is None


@pytest.mark.parametrize("shown", ["", "1", "-2400", "2400.0", "all of it"])
def test_a_total_other_than_the_one_shown_is_a_conflict(diner: Client, soup: Product, shown: str) -> None:
    form = {**hidden(read(diner)), "method": "counter", "shown_total_cents": shown}

    assert diner.post("/checkout/", form).status_code == 409
    assert Order.objects.get().placed_at is None


@pytest.mark.parametrize("key", ["", "\0", "0" * 64, "k" * 5000])
def test_a_form_without_its_key_is_a_conflict(diner: Client, soup: Product, key: str) -> None:
    form = {"method": "counter", "shown_total_cents": "2400", "checkout_key": key}

    assert diner.post("/checkout/", form).status_code == 409
    assert Order.objects.get().placed_at is None


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"method": ""}, "method"),
        ({"method": "cowrie"}, "method"),
        ({"email": "nobody"}, "email"),
        ({"email": "a\0@example.com"}, "email"),
    ],
)
def test_a_refused_form_keeps_what_was_typed_and_links_to_the_field(
    diner: Client, soup: Product, form: dict[str, str], field: str
) -> None:
    response = diner.post("/checkout/", {**hidden(read(diner)), "method": "counter", "email": "a@example.com", **form})

    page = response.content.decode()
    assert response.status_code == 422
    assert f'<a href="#field-{field}">' in page
    assert f'id="error-{field}"' in page
    assert f'value="{form.get("email", "a@example.com")}"' in page
    assert Order.objects.get().placed_at is None


def test_what_sold_out_has_no_button(diner: Client, soup: Product) -> None:
    form = {**hidden(read(diner)), "method": "counter"}
    Product.objects.filter(pk=soup.pk).update(is_hidden=True)

    page = read(diner)

    assert "Soup is no longer on the menu." in page
    assert "Order and pay" not in page
    assert diner.post("/checkout/", form).status_code == 409
    assert Order.objects.get().placed_at is None


def test_a_paused_kitchen_takes_no_order(diner: Client, soup: Product) -> None:
    form = {**hidden(read(diner)), "method": "counter"}
    Restaurant.objects.update(ordering="paused", pause_message="Back at eight.")

    response = diner.post("/checkout/", form)

    assert response.status_code == 403
    assert "Back at eight." in response.content.decode()
    assert "Back at eight." in read(diner)
    assert Order.objects.get().placed_at is None


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_basket_that_was_emptied_in_another_tab_says_so(
    diner: Client, soup: Product, headers: dict[str, str]
) -> None:
    form = {**hidden(read(diner)), "method": "counter"}
    line = Order.objects.get().lines.get()
    diner.post(f"/basket/lines/{line.pk}/", {"quantity": 0})

    response = diner.post("/checkout/", form, headers=headers)

    assert response.status_code == 409
    assert "Your basket is empty." in response.content.decode()
    assert ("<html" in response.content.decode()) is not bool(headers)


def test_a_basket_that_is_being_paid_for_leads_to_the_basket(diner: Client, soup: Product) -> None:
    Order.objects.update(payment_state=PaymentState.PAYING, total_cents=2400)

    assert diner.get("/checkout/")["Location"] == "/basket/"


def test_prices_without_tax_show_the_tax_that_is_added(diner: Client, soup: Product) -> None:
    Restaurant.objects.update(prices_include_tax=False)

    page = read(diner)

    assert "Tax 9%" in page
    assert "€2.16" in page
    assert "Order and pay €26.16" in page
    assert "Includes VAT" not in page


@pytest.mark.parametrize("paying", [False, True])
def test_a_tip_chosen_in_a_stale_tab_leads_to_the_basket_as_a_whole_page(
    diner: Client, soup: Product, paying: bool
) -> None:
    if paying:
        Order.objects.update(payment_state=PaymentState.PAYING, total_cents=2400)
    else:
        diner.post(f"/basket/lines/{Order.objects.get().lines.get().pk}/", {"quantity": 0})
    form = {"update": "1", "tip": "10"}

    by_htmx = diner.post("/checkout/", form, headers=HTMX)
    without = diner.post("/checkout/", form)

    assert (by_htmx.status_code, by_htmx["HX-Redirect"], by_htmx.content) == (200, "/basket/", b"")
    assert (without.status_code, without["Location"]) == (302, "/basket/")
    assert Order.objects.get().tip_cents == 0


# Receipts -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("email", "sent"), [("guest@example.com", ["guest@example.com"]), ("", [])])
def test_the_receipt_goes_out_with_the_order_not_with_the_next_sweep(
    diner: Client,
    soup: Product,
    monkeypatch: pytest.MonkeyPatch,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    email: str,
    sent: list[str],
) -> None:
    monkeypatch.setitem(app.conf, "task_always_eager", True)
    programme = GiftCardProgramme.objects.create(name="Gift card", currency="EUR", max_amount_cents=10000)
    card = gift_cards.issue_card(programme, cents=2400, key="sale", now=NOW)
    shown = diner.post("/checkout/", {"gift_card": card.code, "update": "1"}).content.decode()
    form = {**hidden(shown), "gift_card": card.code, "email": email}

    with django_capture_on_commit_callbacks(execute=True):
        response = diner.post("/checkout/", form)

    assert response.status_code == 303
    assert [address for mail in mailoutbox for address in mail.to] == sent
    assert Receipt.objects.filter(sent_at=None).exists() is not bool(sent)
