"""The basket's page: lines, quantities, undo, notes, what changed meanwhile, and a payment under way."""

import re
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from menu.models import Product, Restaurant, Table
from orders.models import KitchenState, LineItem, Order, PaymentState
from tests.factories import (
    NOW,
    AppliedOfferFactory,
    ModifierFactory,
    OrderFactory,
    ProductFactory,
    ProductModifierGroupFactory,
    SubLineItemFactory,
)

HTMX = {"HX-Request": "true"}


@pytest.fixture
def soup(table: Table) -> Product:
    made: Product = ProductFactory.create(
        restaurant=table.restaurant, name="Soup", price_cents=650, allergens=["celery"], tax_rate=9
    )
    return made


@pytest.fixture
def line(diner: Client, soup: Product) -> LineItem:
    """Two soups in the diner's basket."""
    diner.post("/basket/add/", {"product": soup.pk, "quantity": 2, "note": "Hot, please"})
    return LineItem.objects.get()


def read(client: Client) -> str:
    """Return the basket's page without the messages of what was done before."""
    client.get("/")
    response = client.get("/basket/")
    assert response.status_code == 200
    return unescape(response.content.decode())


def test_the_basket_shows_lines_prices_notes_and_the_total(diner: Client, line: LineItem) -> None:
    croutons = ModifierFactory.create(
        group__restaurant=line.order.restaurant, name="Croutons", price_cents=100, max_quantity=2
    )
    ProductModifierGroupFactory.create(product=line.product, group=croutons.group)
    SubLineItemFactory.create(parent=line, modifier=croutons, quantity=2)

    page = read(diner)

    assert "Soup" in page
    assert "2 × Croutons" in page
    assert "“Hot, please”" in page
    assert 'data-allergens="celery"' in page
    assert "€17.00" in page
    assert "Prices include VAT." in page
    assert 'href="/checkout/"' in page


def test_an_empty_basket_says_so_and_leads_to_the_menu(diner: Client) -> None:
    page = read(diner)

    assert "Nothing in your basket yet." in page
    assert "Look at the menu" in page
    assert 'href="/checkout/"' not in page


def test_a_basket_without_a_table_is_refused_with_how_to_scan(client: Client, table: Table) -> None:
    response = client.get("/basket/")

    assert response.status_code == 403
    assert "Scan the code on your table" in response.content.decode()


def test_the_basket_is_never_kept_by_the_browser(diner: Client, line: LineItem) -> None:
    response = diner.get("/basket/")

    assert "no-store" in response["Cache-Control"]
    assert "private" in response["Cache-Control"]
    assert " data-fresh" in response.content.decode()


def test_reading_a_basket_takes_as_many_queries_for_one_line_as_for_many(
    diner: Client, line: LineItem, table: Table, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    diner.get("/")
    with django_assert_num_queries(10):
        diner.get("/basket/")
    for _ in range(8):
        diner.post("/basket/add/", {"product": ProductFactory.create(restaurant=table.restaurant).pk})

    diner.get("/")
    with django_assert_num_queries(10):
        diner.get("/basket/")


# Quantities and undo --------------------------------------------------------------------------------------------------


def test_the_steppers_say_what_they_step(diner: Client, line: LineItem) -> None:
    page = read(diner)

    assert re.search(r'name="quantity" value="3"[^>]*>.*?One more Soup', page)
    assert re.search(r'name="quantity" value="1"[^>]*>.*?One less Soup', page)


def test_a_quantity_is_changed_and_the_page_comes_back(diner: Client, line: LineItem) -> None:
    response = diner.post(f"/basket/lines/{line.pk}/", {"quantity": 3})

    assert (response.status_code, response["Location"]) == (302, "/basket/")
    line.refresh_from_db()
    assert line.quantity == 3


def test_htmx_gets_the_basket_as_a_fragment_and_a_sentence_to_read_out(diner: Client, line: LineItem) -> None:
    response = diner.post(f"/basket/lines/{line.pk}/", {"quantity": 3}, headers=HTMX)

    text = unescape(response.content.decode())
    assert text.strip().startswith('<section id="basket"')
    assert "€19.50" in text
    assert "Soup: 3 in your basket. Basket 3 items, €19.50" in text


def test_removing_can_be_undone_with_the_quantity_it_had(diner: Client, line: LineItem) -> None:
    diner.post(f"/basket/lines/{line.pk}/", {"quantity": 0})

    page = read(diner)
    assert "Soup removed." in page
    assert "Nothing in your basket yet." in page
    undo = re.search(r'name="quantity" value="(\d+)" id="undo-', page)
    assert undo
    diner.post(f"/basket/lines/{line.pk}/", {"quantity": undo[1]})
    line.refresh_from_db()
    assert line.quantity == 2
    assert "€13.00" in read(diner)


def test_removing_twice_changes_nothing_more(diner: Client, line: LineItem) -> None:
    diner.post(f"/basket/lines/{line.pk}/", {"quantity": 0})

    assert diner.post(f"/basket/lines/{line.pk}/", {"quantity": 0}).status_code == 302
    line.refresh_from_db()
    assert (line.quantity, line.removed_quantity) == (0, 2)


@pytest.mark.parametrize("quantity", ["-1", "51", "two", ""])
def test_a_quantity_that_is_none_is_refused_and_the_basket_kept(diner: Client, line: LineItem, quantity: str) -> None:
    response = diner.post(f"/basket/lines/{line.pk}/", {"quantity": quantity})

    assert response.status_code == 422
    assert "Choose a number from 0 to 50." in response.content.decode()
    line.refresh_from_db()
    assert line.quantity == 2


def test_another_guests_line_is_not_found(line: LineItem, table: Table) -> None:
    stranger = Client()
    stranger.get(f"/t/{table.code}/")
    without_basket = stranger.post(f"/basket/lines/{line.pk}/", {"quantity": 9})
    stranger.post("/basket/add/", {"product": line.product_id})

    response = stranger.post(f"/basket/lines/{line.pk}/", {"quantity": 9})

    assert (without_basket.status_code, response.status_code) == (404, 404)
    line.refresh_from_db()
    assert line.quantity == 2


def test_a_line_that_is_not_there_is_not_found(diner: Client, line: LineItem) -> None:
    assert diner.post("/basket/lines/999999/", {"quantity": 1}).status_code == 404
    assert diner.post(f"/basket/lines/{10**30}/", {"quantity": 1}).status_code == 404


def test_a_modifier_is_no_line_of_its_own(diner: Client, line: LineItem) -> None:
    sub = SubLineItemFactory.create(parent=line)

    assert diner.post(f"/basket/lines/{sub.pk}/", {"quantity": 5}).status_code == 404


def test_lines_take_no_get_and_the_basket_no_post(diner: Client, line: LineItem) -> None:
    assert diner.get(f"/basket/lines/{line.pk}/").status_code == 405
    assert diner.get("/basket/note/").status_code == 405
    assert diner.post("/basket/").status_code == 405
    assert diner.get("/basket/give-up-payment/").status_code == 405


def test_changing_without_a_table_is_refused(client: Client, line: LineItem) -> None:
    nobody = Client()

    assert nobody.post(f"/basket/lines/{line.pk}/", {"quantity": 9}).status_code == 403
    assert nobody.post("/basket/note/", {"note": "x"}).status_code == 403
    assert nobody.post("/basket/give-up-payment/").status_code == 403


# Notes ----------------------------------------------------------------------------------------------------------------


def test_a_note_for_the_order_is_kept(diner: Client, line: LineItem) -> None:
    diner.post("/basket/note/", {"note": " Birthday at  the table "})

    assert Order.objects.get().note == "Birthday at the table"
    assert "Birthday at the table" in read(diner)


def test_a_note_that_is_too_long_is_refused_and_kept_in_the_field(diner: Client, line: LineItem) -> None:
    note = "very long " * 60

    response = diner.post("/basket/note/", {"note": note})

    assert response.status_code == 422
    assert "Please keep the note under 500 characters." in response.content.decode()
    assert note in response.content.decode()
    assert Order.objects.get().note == ""


def test_a_note_needs_a_basket(diner: Client) -> None:
    assert diner.post("/basket/note/", {"note": "Hello"}).status_code == 404


# Changed meanwhile ----------------------------------------------------------------------------------------------------


def test_a_price_that_changed_is_told_at_its_line(diner: Client, line: LineItem, soup: Product) -> None:
    Product.objects.filter(pk=soup.pk).update(price_cents=700)

    page = read(diner)

    assert "The price of Soup changed from €6.50 to €7.00." in page
    assert "€14.00" in page


def test_what_sold_out_must_leave_before_the_checkout(diner: Client, line: LineItem, soup: Product) -> None:
    Product.objects.filter(pk=soup.pk).update(sold_out_since=NOW)

    page = read(diner)

    assert "Soup is sold out." in page
    assert "Please remove what cannot be had before you order." in page
    assert 'href="/checkout/"' not in page


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_more_of_what_sold_out_is_refused_and_less_is_not(
    diner: Client, line: LineItem, soup: Product, headers: dict[str, str]
) -> None:
    Product.objects.filter(pk=soup.pk).update(sold_out_since=NOW)

    more = diner.post(f"/basket/lines/{line.pk}/", {"quantity": 3}, headers=headers)

    line.refresh_from_db()
    assert (more.status_code, line.quantity) == (409, 2)
    assert "Soup is sold out." in more.content.decode()
    for fewer in (1, 0):
        assert diner.post(f"/basket/lines/{line.pk}/", {"quantity": fewer}).status_code == 302
        line.refresh_from_db()
        assert line.quantity == fewer


def test_what_sold_out_after_it_was_removed_is_not_put_back(diner: Client, line: LineItem, soup: Product) -> None:
    diner.post(f"/basket/lines/{line.pk}/", {"quantity": 0})
    Product.objects.filter(pk=soup.pk).update(is_hidden=True)

    response = diner.post(f"/basket/lines/{line.pk}/", {"quantity": 2})

    line.refresh_from_db()
    assert (response.status_code, line.quantity) == (409, 0)
    assert "Soup is no longer on the menu." in response.content.decode()


def test_a_discounted_line_shows_its_old_price_crossed_out_and_the_offer(diner: Client, line: LineItem) -> None:
    AppliedOfferFactory.create(order=line.order, name="10% off everything")

    page = read(diner)

    assert re.search(r"<s>.*?€13\.00</s>\s*€11\.70", page)
    assert "10% off everything" in page
    assert "−€1.30" in page


def test_the_service_charge_is_shown(diner: Client, line: LineItem) -> None:
    Restaurant.objects.update(service_charge_percent=10)

    page = read(diner)

    assert "Service charge 10%" in page
    assert "€1.30" in page
    assert "€14.30" in page


def test_a_paused_kitchen_keeps_the_basket(diner: Client, line: LineItem) -> None:
    Restaurant.objects.update(ordering="paused", pause_message="Back at eight.")

    page = read(diner)

    assert "Back at eight." in page
    assert "What you chose stays here." in page
    assert 'href="/checkout/"' not in page


# A payment under way --------------------------------------------------------------------------------------------------


def test_a_payment_under_way_offers_to_continue_or_cancel(diner: Client, line: LineItem) -> None:
    Order.objects.update(payment_state=PaymentState.PAYING, total_cents=1300)
    order = Order.objects.get()

    page = read(diner)
    refused = diner.post(f"/basket/lines/{line.pk}/", {"quantity": 5})

    assert "Payment of €13.00 is under way." in page
    assert f'href="/orders/{order.uuid}/pay/"' in page
    assert "Cancel the payment" in page
    assert "One more Soup" not in page
    assert refused.status_code == 409
    line.refresh_from_db()
    assert line.quantity == 2


def test_giving_up_without_a_payment_is_harmless(diner: Client, line: LineItem) -> None:
    response = diner.post("/basket/give-up-payment/")

    assert (response.status_code, response["Location"]) == (302, "/basket/")
    assert Order.objects.get().payment_state == PaymentState.UNPAID


def test_giving_up_with_nothing_in_the_basket_is_harmless(diner: Client) -> None:
    assert diner.post("/basket/give-up-payment/")["Location"] == "/basket/"


# The same again -------------------------------------------------------------------------------------------------------


def order_again(line: LineItem, *, minutes_ago: int, quantity: int = 2) -> None:
    """Let the guest have placed an order of that many of the line's product before."""
    earlier = OrderFactory.create(
        guest=line.order.guest,
        kitchen_state=KitchenState.RECEIVED,
        placed_at=NOW - timedelta(minutes=minutes_ago),
        number=1,
    )
    line.pk, line._state.adding, line.order, line.quantity = None, True, earlier, quantity
    line.uuid = LineItem._meta.get_field("uuid").get_default()
    line.save()


@pytest.mark.parametrize(
    ("minutes_ago", "quantity", "hinted"), [(2, 2, True), (2, 1, False), (9, 2, True), (11, 2, False)]
)
@pytest.mark.parametrize("page_url", ["/basket/", "/checkout/"])
def test_ordering_the_same_right_again_is_pointed_out_alike_on_both_pages(
    diner: Client, line: LineItem, minutes_ago: int, quantity: int, hinted: bool, page_url: str
) -> None:
    order_again(line, minutes_ago=minutes_ago, quantity=quantity)

    with time_machine.travel(NOW, tick=False):
        page = unescape(diner.get(page_url).content.decode())

    assert (f"You ordered the same {minutes_ago} minutes ago. Order again only if you want it twice." in page) is hinted
    assert ("You ordered the same" in page) is hinted


def test_what_it_says_cannot_be_markup(diner: Client, line: LineItem) -> None:
    line.name, line.note = "<b>x</b>", "<script>y</script>"
    line.save()
    SubLineItemFactory.create(parent=line, modifier=ModifierFactory.create(name="<i>z</i>"))

    raw = diner.get("/basket/").content.decode()

    assert "<b>x" not in raw
    assert "<script>y" not in raw
    assert "<i>z" not in raw
