"""From a posted product form to a choice: what is refused, where, and in which words."""

from datetime import timedelta

import pytest
from django.http import QueryDict
from pytest_django import DjangoAssertNumQueries

from menu.models import Modifier, ModifierGroup, Product, Table
from orders.choices import product_for_sale, read_choice
from orders.errors import ChoiceRefused
from orders.models import LineItem
from tests.factories import (
    NOW,
    CategoryFactory,
    ModifierFactory,
    ModifierGroupFactory,
    ProductFactory,
    ProductModifierGroupFactory,
    TableFactory,
    VariantFactory,
)

pytestmark = pytest.mark.django_db


def ask(product: Product, **group: object) -> ModifierGroup:
    """Ask a new group with `product`."""
    asked: ModifierGroup = ModifierGroupFactory.create(restaurant=product.restaurant, **group)
    ProductModifierGroupFactory.create(product=product, group=asked)
    return asked


def errors_of(product: Product, form: str) -> dict[str, str]:
    """Return what `form` is refused for; nothing may have been written."""
    offered = product_for_sale(product.restaurant, product.pk, now=NOW)
    with pytest.raises(ChoiceRefused) as refused:
        read_choice(offered, QueryDict(form))
    assert not LineItem.objects.exists()
    return refused.value.errors


def picks_of(product: Product, form: str) -> list[tuple[str, int, int]]:
    """Return the options that `form` chooses, as (name, quantity, price in cents)."""
    offered = product_for_sale(product.restaurant, product.pk, now=NOW)
    return [
        (pick.modifier.name, pick.quantity, pick.unit_cents) for pick in read_choice(offered, QueryDict(form)).picks
    ]


@pytest.fixture
def product(table: Table) -> Product:
    made: Product = ProductFactory.create(restaurant=table.restaurant, name="Soup")
    return made


@pytest.mark.parametrize("text", ["0", "-1", "51", "many", "1.5", "", "²", "9" * 30])
def test_a_quantity_outside_1_to_50_is_refused_at_its_field(product: Product, text: str) -> None:
    assert errors_of(product, f"quantity={text}") == {"quantity": "Choose a number from 1 to 50."}


def test_the_largest_quantity_is_50(product: Product) -> None:
    offered = product_for_sale(product.restaurant, product.pk, now=NOW)

    assert read_choice(offered, QueryDict("quantity=50")).quantity == 50


def test_a_product_of_another_restaurant_is_not_there(product: Product) -> None:
    other = TableFactory.create().restaurant

    with pytest.raises(Product.DoesNotExist):
        product_for_sale(other, product.pk, now=NOW)


def test_a_hidden_product_is_not_there(product: Product) -> None:
    Product.objects.update(is_hidden=True)

    with pytest.raises(Product.DoesNotExist):
        product_for_sale(product.restaurant, product.pk, now=NOW)


def test_a_product_without_any_price_is_not_there(product: Product) -> None:
    Product.objects.update(price_cents=None)

    with pytest.raises(Product.DoesNotExist):
        product_for_sale(product.restaurant, product.pk, now=NOW)


def test_a_required_group_without_a_choice_says_what_to_choose(product: Product) -> None:
    group = ask(product, name="How cooked", min_choices=1, max_choices=1)
    ModifierFactory.create(group=group)

    assert errors_of(product, "quantity=1") == {f"modifier-{group.pk}": "Please choose: How cooked."}


def test_more_choices_than_allowed_say_how_many_are(product: Product) -> None:
    group = ask(product, name="Toppings", max_choices=1)
    first, second = ModifierFactory.create_batch(2, group=group)

    errors = errors_of(product, f"modifier-{group.pk}={first.pk}&modifier-{group.pk}={second.pk}")

    assert errors == {f"modifier-{group.pk}": "Choose at most 1: Toppings."}


def test_the_products_own_bounds_come_before_the_groups(product: Product) -> None:
    group = ask(product, name="Sides", max_choices=1)
    product.asked.update(min_choices=2, max_choices=2)
    first, second = ModifierFactory.create_batch(2, group=group, price_cents=0)

    assert errors_of(product, f"modifier-{group.pk}={first.pk}") == {
        f"modifier-{group.pk}": "Choose at least 2: Sides."
    }
    assert len(picks_of(product, f"modifier-{group.pk}={first.pk}&modifier-{group.pk}={second.pk}")) == 2


def test_an_option_of_another_group_is_refused(product: Product) -> None:
    group = ask(product, name="Milk")
    stranger: Modifier = ModifierFactory.create()

    errors = errors_of(product, f"modifier-{group.pk}={stranger.pk}")

    assert errors == {f"modifier-{group.pk}": "Choose from the list: Milk."}


def test_a_group_that_the_product_does_not_ask_is_refused(product: Product) -> None:
    stranger: Modifier = ModifierFactory.create()

    errors = errors_of(product, f"modifier-{stranger.group_id}={stranger.pk}")

    assert errors == {"product": "That choice does not belong to Soup."}


def test_an_option_that_is_sold_out_is_refused_by_name(product: Product) -> None:
    group = ask(product)
    option = ModifierFactory.create(group=group, name="Oat milk", sold_out_since=NOW)

    assert errors_of(product, f"modifier-{group.pk}={option.pk}") == {f"modifier-{group.pk}": "Oat milk is sold out."}


def test_an_option_is_back_when_its_time_has_come(product: Product) -> None:
    group = ask(product)
    option = ModifierFactory.create(group=group, name="Oat milk", sold_out_since=NOW, sold_out_until=NOW)

    assert picks_of(product, f"modifier-{group.pk}={option.pk}") == [("Oat milk", 1, 150)]


def test_an_option_has_a_count_of_its_own(product: Product) -> None:
    group = ask(product)
    option = ModifierFactory.create(group=group, name="Shot", max_quantity=3)

    assert picks_of(product, f"quantity-{option.pk}=3") == [("Shot", 3, 150)]
    assert errors_of(product, f"quantity-{option.pk}=4") == {f"modifier-{group.pk}": "At most 3 of Shot."}
    assert errors_of(product, f"quantity-{option.pk}=-1") == {f"modifier-{group.pk}": "At most 3 of Shot."}


def test_a_count_of_zero_takes_the_option_away_even_when_it_is_ticked(product: Product) -> None:
    group = ask(product)
    option = ModifierFactory.create(group=group, max_quantity=3)

    assert picks_of(product, f"modifier-{group.pk}={option.pk}&quantity-{option.pk}=0") == []


def test_included_choices_are_free_the_dearest_first(product: Product) -> None:
    group = ask(product, free_choices=2)
    cheap = ModifierFactory.create(group=group, name="Onion", price_cents=50)
    dear = ModifierFactory.create(group=group, name="Egg", price_cents=200, max_quantity=2)

    picks = picks_of(product, f"modifier-{group.pk}={cheap.pk}&quantity-{dear.pk}=2")

    assert picks == [("Onion", 1, 50), ("Egg", 2, 0)]


def test_an_option_taken_more_often_than_is_free_is_priced_in_two_parts(product: Product) -> None:
    group = ask(product, free_choices=1)
    option = ModifierFactory.create(group=group, name="Egg", price_cents=200, max_quantity=3)

    assert picks_of(product, f"quantity-{option.pk}=3") == [("Egg", 1, 0), ("Egg", 2, 200)]


def test_a_size_must_be_chosen_and_be_one_of_the_product(product: Product) -> None:
    Product.objects.update(price_cents=None)
    VariantFactory.create(product=product)
    stranger = VariantFactory.create()

    assert errors_of(product, "quantity=1") == {"modifier-size": "Choose a size."}
    assert errors_of(product, f"modifier-size={stranger.pk}") == {"modifier-size": "Choose a size."}


def test_a_size_that_is_sold_out_is_refused_by_name(product: Product) -> None:
    VariantFactory.create(product=product)
    large = VariantFactory.create(product=product, name="Large", sold_out_since=NOW)

    assert errors_of(product, f"modifier-size={large.pk}") == {"modifier-size": "Large is sold out."}


def test_a_product_is_sold_out_when_all_its_sizes_are(product: Product) -> None:
    VariantFactory.create(product=product, sold_out_since=NOW)

    assert product_for_sale(product.restaurant, product.pk, now=NOW).is_sold_out


def test_a_product_that_is_sold_out_is_refused(product: Product) -> None:
    Product.objects.update(sold_out_since=NOW - timedelta(hours=1), sold_out_until=NOW + timedelta(hours=1))

    assert errors_of(product, "quantity=1") == {"product": "Soup is sold out."}


def test_a_product_outside_its_categorys_daypart_is_refused(product: Product) -> None:
    breakfast = CategoryFactory.create(restaurant=product.restaurant, available_from="07:00", available_until="11:00")
    product.categories.add(breakfast)

    assert errors_of(product, "quantity=1") == {"product": "Soup is not served at this time."}


def test_a_daypart_of_the_category_above_counts_too(product: Product) -> None:
    breakfast = CategoryFactory.create(restaurant=product.restaurant, available_from="07:00", available_until="11:00")
    product.categories.add(CategoryFactory.create(restaurant=product.restaurant, parent=breakfast))

    assert errors_of(product, "quantity=1") == {"product": "Soup is not served at this time."}


def test_one_category_that_is_served_is_enough(product: Product) -> None:
    breakfast = CategoryFactory.create(restaurant=product.restaurant, available_from="07:00", available_until="11:00")
    product.categories.add(breakfast, CategoryFactory.create(restaurant=product.restaurant))

    assert product_for_sale(product.restaurant, product.pk, now=NOW).is_served


def test_a_note_is_tidied_and_its_length_is_limited(product: Product) -> None:
    offered = product_for_sale(product.restaurant, product.pk, now=NOW)

    assert read_choice(offered, QueryDict("note=++no%0A+salt+")).note == "no salt"
    assert errors_of(product, "note=" + "x" * 201) == {"note": "Please keep the note under 200 characters."}


def test_every_wrong_field_is_named_at_once(product: Product) -> None:
    group = ask(product, name="Milk", min_choices=1, max_choices=1)

    assert set(errors_of(product, "quantity=0&note=" + "x" * 201)) == {"quantity", "note", f"modifier-{group.pk}"}


def test_reading_a_product_takes_the_same_queries_however_much_may_be_chosen(
    product: Product, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for group in ModifierGroupFactory.create_batch(6, restaurant=product.restaurant):
        ProductModifierGroupFactory.create(product=product, group=group)
        ModifierFactory.create_batch(5, group=group)

    with django_assert_max_num_queries(5):
        offered = product_for_sale(product.restaurant, product.pk, now=NOW)

    assert len(offered.groups) == 6


def test_a_count_of_an_option_the_product_does_not_ask_is_refused(product: Product) -> None:
    stranger: Modifier = ModifierFactory.create(max_quantity=3)

    assert errors_of(product, f"quantity-{stranger.pk}=2") == {"product": "That choice does not belong to Soup."}
