"""A product's page and adding it: what the form asks, what it refuses next to which field, what htmx gets back."""

import gzip
import re
from dataclasses import dataclass
from html import unescape

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from menu.models import Modifier, Product, Restaurant, Table, Variant
from orders.models import LineItem, Order, PaymentState
from tests.factories import (
    NOW,
    ModifierFactory,
    ModifierGroupFactory,
    ProductFactory,
    ProductModifierGroupFactory,
    VariantFactory,
)

HTMX = {"HX-Request": "true"}


@dataclass(frozen=True)
class Burger:
    """A burger in two sizes, cooked one way out of two, with up to three toppings of which one is free."""

    product: Product
    small: Variant
    large: Variant
    pink: Modifier
    done: Modifier
    cheese: Modifier
    onion: Modifier

    @property
    def form(self) -> dict[str, object]:
        """The least that must be chosen."""
        return {
            "product": self.product.pk,
            "quantity": 1,
            "modifier-size": self.small.pk,
            f"modifier-{self.pink.group_id}": self.pink.pk,
        }


@pytest.fixture
def burger(table: Table) -> Burger:
    product = ProductFactory.create(restaurant=table.restaurant, name="Burger", price_cents=None, allergens=["gluten"])
    cooked = ModifierGroupFactory.create(restaurant=table.restaurant, name="Cooked how?", min_choices=1, max_choices=1)
    extras = ModifierGroupFactory.create(restaurant=table.restaurant, name="Toppings", max_choices=3, free_choices=1)
    ProductModifierGroupFactory.create(product=product, group=cooked)
    ProductModifierGroupFactory.create(product=product, group=extras)
    return Burger(
        product=product,
        small=VariantFactory.create(product=product, name="Small", price_cents=1200),
        large=VariantFactory.create(product=product, name="Large", price_cents=1500),
        pink=ModifierFactory.create(group=cooked, name="Pink", price_cents=0, allergens=[]),
        done=ModifierFactory.create(group=cooked, name="Well done", price_cents=0, allergens=[]),
        cheese=ModifierFactory.create(group=extras, name="Cheese", price_cents=200, max_quantity=2, allergens=["milk"]),
        onion=ModifierFactory.create(group=extras, name="Onion", price_cents=100, is_default=True),
    )


def read(client: Client, product: Product) -> str:
    """Return the product's page, which must be there."""
    response = client.get(f"/products/{product.pk}/")
    assert response.status_code == 200
    return unescape(response.content.decode())


def fieldset(page: str, name: str) -> str:
    """Return the fieldset whose legend starts with `name`."""
    found = [each for each in re.findall(r"<fieldset.*?</fieldset>", page, re.DOTALL) if f'"name">{name}<' in each]
    assert len(found) == 1
    return str(found[0])


# The page -------------------------------------------------------------------------------------------------------------


def test_the_page_asks_everything_there_is_to_choose(diner: Client, burger: Burger) -> None:
    page = read(diner, burger.product)

    size, cooked, toppings = (fieldset(page, name) for name in ("Size", "Cooked how?", "Toppings"))
    assert "<legend>" in size
    assert size.count('type="radio" name="modifier-size"') == 2
    assert size.count(" required ") == 2
    assert "€15.00" in size
    assert "required" in cooked
    assert cooked.count(f'type="radio" name="modifier-{burger.pink.group_id}"') == 2
    assert "optional · up to 3 · 1 included" in toppings
    assert "+€2.00" in toppings
    assert f'name="quantity-{burger.cheese.pk}" type="number"' in toppings
    assert 'max="2" value="0"' in toppings
    assert re.search(rf'type="checkbox" name="modifier-\d+" value="{burger.onion.pk}"[^>]* checked', toppings)
    assert "One more Burger" in page
    assert "One less Burger" in page
    assert "One more Cheese" in page
    assert re.search(r'<button class="button"><span>Add</span>', page)


def test_allergens_of_product_and_option_are_told_apart_from_unrecorded_ones(diner: Client, burger: Burger) -> None:
    page = read(diner, burger.product)

    assert "Gluten" in page
    assert "Milk" in fieldset(page, "Toppings")
    assert "Allergens not recorded" in fieldset(page, "Toppings")
    assert "no allergens declared" in fieldset(page, "Cooked how?")


@pytest.mark.parametrize(("allergens", "words"), [([], "None declared"), (None, "Not recorded. Please ask our staff.")])
def test_none_declared_is_not_the_same_as_not_recorded(
    diner: Client, table: Table, allergens: list[str] | None, words: str
) -> None:
    product = ProductFactory.create(restaurant=table.restaurant, allergens=allergens)

    assert words in read(diner, product)


def test_a_sold_out_option_is_shown_disabled_with_the_word(diner: Client, burger: Burger) -> None:
    burger.done.sold_out_since = NOW
    burger.done.save()

    cooked = fieldset(read(diner, burger.product), "Cooked how?")

    assert re.search(rf'value="{burger.done.pk}"[^>]* disabled', cooked)
    assert "Sold out" in cooked


def test_a_sold_out_product_has_its_button_disabled(diner: Client, table: Table) -> None:
    product = ProductFactory.create(restaurant=table.restaurant, sold_out_since=NOW)

    page = read(diner, product)

    assert "Sold out" in page
    assert '<button class="button" disabled>' in page


def test_without_a_table_there_is_no_form_but_how_to_scan(client: Client, burger: Burger) -> None:
    page = read(client, burger.product)

    assert "Burger" in page
    assert "scan the code on your table" in page
    assert 'action="/basket/add/"' not in page


def test_a_paused_kitchen_has_no_form(diner: Client, burger: Burger) -> None:
    Restaurant.objects.update(ordering="paused", pause_message="Back at eight.")

    page = read(diner, burger.product)

    assert "Back at eight." in page
    assert 'action="/basket/add/"' not in page


def test_a_product_of_another_restaurant_is_not_found(diner: Client) -> None:
    elsewhere = ProductFactory.create(name="Sushi")

    assert diner.get(f"/products/{elsewhere.pk}/").status_code == 404
    refused = diner.post("/basket/add/", {"product": elsewhere.pk, "quantity": 1})
    assert refused.status_code == 404
    assert LineItem.objects.count() == 0


@pytest.mark.parametrize("address", ["/products/999999/", f"/products/{10**30}/", "/products/soup/"])
def test_a_product_that_is_not_there_is_not_found(diner: Client, client: Client, address: str) -> None:
    assert diner.get(address).status_code == 404
    assert Client().get(address).status_code == 404


def test_the_page_takes_no_post_and_adding_takes_no_get(diner: Client, burger: Burger) -> None:
    assert diner.post(f"/products/{burger.product.pk}/").status_code == 405
    assert diner.get("/basket/add/").status_code == 405


# Adding ---------------------------------------------------------------------------------------------------------------


def test_adding_without_htmx_leads_back_to_the_menu_and_says_so(diner: Client, table: Table) -> None:
    soup = ProductFactory.create(restaurant=table.restaurant, name="Soup", price_cents=650)

    response = diner.post("/basket/add/", {"product": soup.pk})

    assert (response.status_code, response["Location"]) == (302, "/")
    page = unescape(diner.get("/").content.decode())
    assert "Soup added. Basket 1 item, €6.50" in page
    assert "View basket" in page
    line = LineItem.objects.get()
    assert (line.name, line.quantity, line.unit_cents) == ("Soup", 1, 650)


def test_adding_with_htmx_answers_only_what_changed(diner: Client, burger: Burger) -> None:
    form = {**burger.form, "quantity": 2, f"quantity-{burger.cheese.pk}": 2, "note": "  No   pickle "}

    response = diner.post("/basket/add/", form, headers=HTMX)

    text = unescape(response.content.decode())
    assert response.status_code == 200
    assert (response["HX-Reswap"], response["HX-Trigger"]) == ("none", "added")
    assert "Added. Basket 2 items, €28.00" in text
    assert 'id="basket-bar" hx-swap-oob="true"' in text
    assert "<html" not in text
    assert len(gzip.compress(response.content)) <= 2048
    line = LineItem.objects.get(parent=None)
    assert (line.variant_name, line.quantity, line.note) == ("Small", 2, "No pickle")


def test_adding_takes_few_queries(
    diner: Client, burger: Burger, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    diner.post("/basket/add/", burger.form, headers=HTMX)

    with django_assert_max_num_queries(22):
        diner.post("/basket/add/", burger.form, headers=HTMX)


def test_the_same_again_counts_up_the_line(diner: Client, burger: Burger) -> None:
    diner.post("/basket/add/", burger.form)
    diner.post("/basket/add/", burger.form)

    assert LineItem.objects.get(parent=None).quantity == 2


def test_a_note_with_characters_no_database_keeps_is_cleaned(diner: Client, table: Table) -> None:
    soup = ProductFactory.create(restaurant=table.restaurant)

    diner.post("/basket/add/", {"product": soup.pk, "note": "no\0salt"})
    diner.post("/basket/note/", {"note": "by the\0window"})

    assert LineItem.objects.get().note == "no salt"
    assert Order.objects.get().note == "by the window"


# Refusals -------------------------------------------------------------------------------------------------------------


def test_a_missing_choice_is_asked_for_at_its_field_and_the_rest_is_kept(diner: Client, burger: Burger) -> None:
    form = {"product": burger.product.pk, "quantity": 3, "modifier-size": burger.large.pk, "note": "Extra napkins"}

    response = diner.post("/basket/add/", form)

    page = unescape(response.content.decode())
    assert response.status_code == 422
    assert "<html" in page
    assert "Please choose: Cooked how." in fieldset(page, "Cooked how?")
    assert f'aria-describedby="error-modifier-{burger.pink.group_id}"' in page
    assert re.search(rf'value="{burger.large.pk}"[^>]* checked', page)
    assert "Extra napkins" in page
    assert 'min="1" max="50" value="3"' in page
    assert (Order.objects.count(), LineItem.objects.count()) == (0, 0)


def test_htmx_gets_the_refused_form_as_a_fragment(diner: Client, burger: Burger) -> None:
    response = diner.post("/basket/add/", {"product": burger.product.pk}, headers=HTMX)

    text = unescape(response.content.decode())
    assert response.status_code == 422
    assert text.strip().startswith('<article class="dish" id="dish"')
    assert "Choose a size." in fieldset(text, "Size")
    assert LineItem.objects.count() == 0


@pytest.mark.parametrize("quantity", ["0", "-1", "51", "two", "", "1.5", "9" * 40, "１"])
def test_a_quantity_that_is_none_is_refused(diner: Client, table: Table, quantity: str) -> None:
    soup = ProductFactory.create(restaurant=table.restaurant)

    response = diner.post("/basket/add/", {"product": soup.pk, "quantity": quantity})

    assert response.status_code == 422
    assert "Choose a number from 1 to 50." in response.content.decode()
    assert LineItem.objects.count() == 0


def test_an_option_of_another_group_is_refused(diner: Client, burger: Burger) -> None:
    foreign = ModifierFactory.create(group__restaurant=burger.product.restaurant)
    mixed_up = {**burger.form, f"modifier-{burger.cheese.group_id}": burger.pink.pk}
    unasked = {**burger.form, f"modifier-{foreign.group_id}": foreign.pk}

    first, second = diner.post("/basket/add/", mixed_up), diner.post("/basket/add/", unasked)

    assert (first.status_code, second.status_code) == (422, 422)
    assert "Choose from the list: Toppings." in fieldset(unescape(first.content.decode()), "Toppings")
    assert "That choice does not belong to Burger." in unescape(second.content.decode())
    assert LineItem.objects.count() == 0


@pytest.mark.parametrize("product", ["", "soup", "-1", "999999", "9" * 40])
def test_a_product_that_is_none_is_not_found(diner: Client, product: str) -> None:
    assert diner.post("/basket/add/", {"product": product}).status_code == 404


def test_what_sold_out_meanwhile_says_so(diner: Client, table: Table) -> None:
    soup = ProductFactory.create(restaurant=table.restaurant, name="Soup")
    Product.objects.filter(pk=soup.pk).update(sold_out_since=NOW)

    response = diner.post("/basket/add/", {"product": soup.pk, "quantity": 1})

    assert response.status_code == 422
    assert "Soup is sold out." in response.content.decode()
    assert LineItem.objects.count() == 0


def test_ordering_without_a_table_is_refused_with_how_to_scan(client: Client, table: Table) -> None:
    soup = ProductFactory.create(restaurant=table.restaurant)

    response = client.post("/basket/add/", {"product": soup.pk, "quantity": 1})

    assert response.status_code == 403
    assert "Scan the code on your table" in response.content.decode()
    assert (Order.objects.count(), LineItem.objects.count()) == (0, 0)


def test_ordering_while_paused_is_refused_with_the_message(diner: Client, table: Table) -> None:
    soup = ProductFactory.create(restaurant=table.restaurant)
    Restaurant.objects.update(ordering="paused", pause_message="Back at eight.")

    response = diner.post("/basket/add/", {"product": soup.pk, "quantity": 1})

    assert response.status_code == 403
    assert "Back at eight." in response.content.decode()
    assert LineItem.objects.count() == 0


def test_a_basket_that_is_being_paid_for_takes_nothing_more(diner: Client, table: Table) -> None:
    soup = ProductFactory.create(restaurant=table.restaurant, price_cents=650)
    diner.post("/basket/add/", {"product": soup.pk})
    Order.objects.update(payment_state=PaymentState.PAYING, total_cents=650)

    plain = diner.post("/basket/add/", {"product": soup.pk})
    fragment = diner.post("/basket/add/", {"product": soup.pk}, headers=HTMX)

    assert (plain.status_code, fragment.status_code) == (409, 409)
    assert "Payment of €6.50 is under way" in unescape(plain.content.decode())
    assert "<html" not in fragment.content.decode()
    assert LineItem.objects.get().quantity == 1


def test_adding_needs_the_token_of_the_page(table: Table) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.get(f"/t/{table.code}/")
    soup = ProductFactory.create(restaurant=table.restaurant)

    response = strict.post("/basket/add/", {"product": soup.pk, "quantity": 1})

    assert response.status_code == 403
    assert "Please try again" in response.content.decode()
    assert LineItem.objects.count() == 0


def test_a_count_of_thousands_of_digits_is_refused_like_any_other(diner: Client, burger: Burger) -> None:
    cheese = burger.cheese
    Modifier.objects.filter(pk=cheese.pk).update(max_quantity=2)

    for digits in ("9" * 5000, "٣" * 5000, "-1", "1e3"):
        response = diner.post("/basket/add/", {**burger.form, f"quantity-{cheese.pk}": digits})

        assert response.status_code == 422
        assert "At most 2 of" in unescape(response.content.decode())
    assert LineItem.objects.count() == 0
