"""The basket: one order per guest, equal choices on one line, changes of the menu told line by line."""

import uuid
from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from menu.models import Modifier, ModifierGroup, Product, Restaurant, Table
from orders.basket import change_quantity, count_and_total, find_basket, set_note
from orders.basket_view import Basket, read_basket
from orders.errors import ChoiceRefused, Conflict, OrderingRefused
from orders.guest import Visitor
from orders.models import AppliedOffer, Guest, LineItem, Order, PaymentState
from tests.factories import (
    NOW,
    AppliedOfferFactory,
    CategoryFactory,
    ModifierFactory,
    ModifierGroupFactory,
    ProductFactory,
    ProductModifierGroupFactory,
    TableFactory,
    VariantFactory,
)
from tests.orders.conftest import AddByForm

pytestmark = pytest.mark.django_db


@pytest.fixture
def soup(table: Table) -> Product:
    made: Product = ProductFactory.create(restaurant=table.restaurant, name="Soup", price_cents=650)
    return made


@pytest.fixture
def cheese(soup: Product) -> Modifier:
    group: ModifierGroup = ModifierGroupFactory.create(restaurant=soup.restaurant)
    ProductModifierGroupFactory.create(product=soup, group=group)
    made: Modifier = ModifierFactory.create(group=group, name="Cheese", price_cents=200)
    return made


def basket_of(visitor: Visitor, table: Table) -> Basket:
    order = find_basket(visitor, table.restaurant)
    assert order is not None
    return read_basket(order, now=NOW)


def test_the_first_tap_makes_the_guest_and_the_order(add_by_form: AddByForm, soup: Product, visitor: Visitor) -> None:
    add_by_form(soup)

    order = Order.objects.get()
    assert order.guest_id == visitor.guest_id
    assert (order.table_name, order.currency, order.version) == (soup.restaurant.tables.get().name, "EUR", 1)


def test_a_line_keeps_what_the_guest_saw(add_by_form: AddByForm, soup: Product, cheese: Modifier) -> None:
    starters = CategoryFactory.create(restaurant=soup.restaurant, slug="starters")
    soup.categories.add(CategoryFactory.create(restaurant=soup.restaurant, slug="soups", parent=starters))

    line = add_by_form(soup, f"quantity=2&note=hot&modifier-{cheese.group_id}={cheese.pk}")

    line.refresh_from_db()
    sub = line.sub_lines.get()
    assert (line.name, line.sku, line.unit_cents, line.quantity, line.note) == ("Soup", soup.sku, 650, 2, "hot")
    assert line.category_slugs == ["soups", "starters"]
    assert line.tax_rate == 9
    assert (sub.name, sub.sku, sub.unit_cents, sub.quantity) == ("Cheese", cheese.sku, 200, 1)
    assert sub.uuid != line.uuid


def test_a_size_gives_the_line_its_own_price_and_sku(add_by_form: AddByForm, table: Table) -> None:
    large = VariantFactory.create(product__restaurant=table.restaurant, name="Large", price_cents=480)

    line = add_by_form(large.product, f"modifier-size={large.pk}")

    assert (line.sku, line.parent_sku, line.unit_cents) == (large.sku, large.product.sku, 480)
    assert line.variant_name == "Large"


def test_the_same_choice_again_raises_the_quantity_of_its_line(
    add_by_form: AddByForm, soup: Product, cheese: Modifier
) -> None:
    with_cheese = f"modifier-{cheese.group_id}={cheese.pk}"
    add_by_form(soup, with_cheese)

    add_by_form(soup, f"quantity=2&{with_cheese}")
    add_by_form(soup)
    add_by_form(soup, "note=hot")

    assert list(LineItem.objects.filter(parent=None).values_list("quantity", flat=True)) == [3, 1, 1]


def test_a_line_never_holds_more_than_50(add_by_form: AddByForm, soup: Product) -> None:
    add_by_form(soup, "quantity=49")

    with pytest.raises(ChoiceRefused, match="At most 50"):
        add_by_form(soup, "quantity=2")

    assert LineItem.objects.get().quantity == 49


def test_a_basket_never_holds_more_than_60_lines(add_by_form: AddByForm, soup: Product) -> None:
    for number in range(60):
        add_by_form(soup, f"note={number}")

    with pytest.raises(ChoiceRefused, match="full"):
        add_by_form(soup, "note=one more")

    assert LineItem.objects.count() == 60


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"ordering": "paused", "pause_message": "Back at eight."}, "Back at eight."),
        ({"ordering": "browse_only"}, "for browsing"),
        ({"opening_hours": "Mo 11:00-12:00"}, "kitchen is closed"),
    ],
)
def test_nothing_is_added_while_no_orders_are_taken(
    add_by_form: AddByForm, soup: Product, settings: dict[str, str], words: str
) -> None:
    Restaurant.objects.update(**settings)
    Table.objects.get().restaurant.refresh_from_db()
    soup.restaurant.refresh_from_db()
    for name, value in settings.items():
        setattr(soup.restaurant, name, value)

    with pytest.raises(OrderingRefused, match=words):
        add_by_form(soup)

    assert not Guest.objects.exists()


def test_a_guest_that_was_ended_adds_nothing(add_by_form: AddByForm, soup: Product, visitor: Visitor) -> None:
    Guest.objects.create(pk=visitor.guest_id, created_at=NOW, ended_at=NOW)

    with pytest.raises(Conflict, match="scan the code"):
        add_by_form(soup)

    assert not Order.objects.exists()


def test_a_basket_moves_with_a_guest_who_changes_seats(
    add_by_form: AddByForm, soup: Product, visitor: Visitor, table: Table
) -> None:
    add_by_form(soup)
    window = TableFactory.create(restaurant=table.restaurant, name="Window")

    moved = Visitor(guest_id=visitor.guest_id, table_code=window.code)
    order = find_basket(moved, window.restaurant)

    assert order is not None
    assert order == Order.objects.get()


def test_two_guests_at_one_table_have_baskets_of_their_own(
    add_by_form: AddByForm, soup: Product, visitor: Visitor, table: Table
) -> None:
    add_by_form(soup)

    stranger = Visitor(guest_id=uuid.uuid4(), table_code=table.code)

    assert find_basket(stranger, table.restaurant) is None
    assert count_and_total(stranger, table.restaurant).count == 0
    assert count_and_total(visitor, table.restaurant).count == 1


def test_the_basket_bar_counts_units_and_modifiers_in_one_query(
    add_by_form: AddByForm,
    soup: Product,
    cheese: Modifier,
    visitor: Visitor,
    table: Table,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    add_by_form(soup, f"quantity=3&modifier-{cheese.group_id}={cheese.pk}")
    add_by_form(soup, "quantity=1")

    with django_assert_num_queries(1):
        found = count_and_total(visitor, table.restaurant)

    assert (found.count, found.total_cents) == (4, 3 * 850 + 650)


def test_removing_a_line_can_be_undone_until_the_next_change(
    add_by_form: AddByForm, soup: Product, visitor: Visitor, table: Table
) -> None:
    line = add_by_form(soup, "quantity=2")
    other = add_by_form(soup, "note=hot")

    change_quantity(line.order, line.pk, quantity=0, now=NOW)
    removed = basket_of(visitor, table)
    change_quantity(line.order, line.pk, quantity=2, now=NOW)
    restored = basket_of(visitor, table)
    change_quantity(line.order, line.pk, quantity=0, now=NOW)
    change_quantity(line.order, other.pk, quantity=0, now=NOW)

    assert removed.removed is not None
    assert (removed.removed.id, removed.removed.removed_quantity, removed.count) == (line.pk, 2, 1)
    assert (restored.removed, restored.count, restored.total_cents) == (None, 3, 1950)
    assert list(LineItem.objects.values_list("pk", flat=True)) == [other.pk]


def test_a_removed_line_is_forgotten_with_the_next_thing_added(
    add_by_form: AddByForm, soup: Product, visitor: Visitor, table: Table
) -> None:
    line = add_by_form(soup, "quantity=2")
    change_quantity(line.order, line.pk, quantity=0, now=NOW)

    again = add_by_form(soup)

    assert list(LineItem.objects.values_list("pk", "quantity")) == [(again.pk, 1)]
    assert basket_of(visitor, table).removed is None


def test_a_line_of_another_order_cannot_be_changed(add_by_form: AddByForm, soup: Product) -> None:
    line = add_by_form(soup)
    stranger: Table = TableFactory.create()
    theirs = Order.objects.create(
        guest=Guest.objects.create(created_at=NOW), restaurant=stranger.restaurant, created_at=NOW, changed_at=NOW
    )

    with pytest.raises(LineItem.DoesNotExist):
        change_quantity(theirs, line.pk, quantity=0, now=NOW)

    line.refresh_from_db()
    assert line.quantity == 1


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (PaymentState.PAYING, "Payment of €6.50 is under way"),
        (PaymentState.UNKNOWN, "Payment of €6.50 is under way"),
        (PaymentState.PAID, "placed already"),
    ],
)
def test_nothing_changes_while_the_order_is_being_paid(
    add_by_form: AddByForm, soup: Product, state: str, words: str
) -> None:
    line = add_by_form(soup)
    Order.objects.update(payment_state=state, total_cents=650)

    with pytest.raises(Conflict, match=words):
        change_quantity(line.order, line.pk, quantity=2, now=NOW)
    with pytest.raises(Conflict, match=words):
        set_note(line.order, note="hello", now=NOW)
    with pytest.raises(Conflict, match=words):
        add_by_form(soup, "note=late")

    line.refresh_from_db()
    assert (line.quantity, LineItem.objects.count(), Order.objects.get().note) == (1, 1, "")


def test_every_change_counts_the_version_up(add_by_form: AddByForm, soup: Product) -> None:
    line = add_by_form(soup)
    order = line.order

    change_quantity(order, line.pk, quantity=2, now=NOW + timedelta(minutes=1))
    set_note(order, note="  no   cutlery ", now=NOW + timedelta(minutes=2))

    order.refresh_from_db()
    assert (order.version, order.note, order.changed_at) == (3, "no cutlery", NOW + timedelta(minutes=2))


def test_an_order_note_has_a_longest_length(add_by_form: AddByForm, soup: Product) -> None:
    order = add_by_form(soup).order

    with pytest.raises(ChoiceRefused, match="under 500"):
        set_note(order, note="x" * 501, now=NOW)

    assert Order.objects.get().version == 1


def test_a_new_price_is_told_on_its_line_and_counted_in_the_total(
    add_by_form: AddByForm, soup: Product, visitor: Visitor, table: Table
) -> None:
    add_by_form(soup, "quantity=2")
    Product.objects.update(price_cents=700)

    basket = basket_of(visitor, table)

    assert basket.changes[0].text == "The price of Soup changed from €6.50 to €7.00."
    assert (basket.total_cents, basket.is_blocked) == (1400, False)
    assert LineItem.objects.get().unit_cents == 650


def test_a_new_price_of_an_option_is_told_too(
    add_by_form: AddByForm, soup: Product, cheese: Modifier, visitor: Visitor, table: Table
) -> None:
    add_by_form(soup, f"modifier-{cheese.group_id}={cheese.pk}")
    Modifier.objects.update(price_cents=100)

    basket = basket_of(visitor, table)

    assert basket.changes[0].text == "The price of Soup changed from €8.50 to €7.50."
    assert basket.total_cents == 750


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sold_out_since": NOW}, "Soup is sold out."),
        ({"is_hidden": True}, "Soup is no longer on the menu."),
        ({"price_cents": None}, "Soup is no longer on the menu."),
    ],
)
def test_a_line_that_cannot_be_had_any_more_says_so_and_blocks(
    add_by_form: AddByForm, soup: Product, visitor: Visitor, table: Table, change: dict[str, object], words: str
) -> None:
    add_by_form(soup)
    Product.objects.update(**change)

    basket = basket_of(visitor, table)

    assert [each.text for each in basket.changes] == [words]
    assert basket.is_blocked


@pytest.mark.parametrize("bounds", [{"min_choices": 2}, {"min_choices": 0, "max_choices": 0}])
def test_a_question_that_is_asked_otherwise_by_now_is_told_and_blocks(
    add_by_form: AddByForm,
    soup: Product,
    cheese: Modifier,
    visitor: Visitor,
    table: Table,
    bounds: dict[str, int],
) -> None:
    add_by_form(soup, f"modifier-{cheese.group_id}={cheese.pk}")
    ModifierGroup.objects.update(name="Cheese on top?", **bounds)

    basket = basket_of(visitor, table)

    words = "Soup needs another answer now: Cheese on top. Please remove it and add it again."
    assert [each.text for each in basket.changes] == [words]
    assert basket.is_blocked


def test_a_question_that_became_optional_changes_nothing(
    add_by_form: AddByForm, soup: Product, cheese: Modifier, visitor: Visitor, table: Table
) -> None:
    add_by_form(soup)
    ModifierGroup.objects.update(max_choices=1, free_choices=1)

    assert basket_of(visitor, table).changes == ()


def test_a_deleted_product_an_option_gone_and_an_option_sold_out_block(
    add_by_form: AddByForm, soup: Product, cheese: Modifier, visitor: Visitor, table: Table
) -> None:
    with_cheese = f"modifier-{cheese.group_id}={cheese.pk}"
    add_by_form(soup, with_cheese)

    Modifier.objects.update(sold_out_since=NOW)
    sold_out = basket_of(visitor, table).changes
    Modifier.objects.all().delete()
    gone = basket_of(visitor, table).changes
    Product.objects.all().delete()
    deleted = basket_of(visitor, table).changes

    assert [each.text for each in sold_out] == ["Soup (Cheese) is sold out."]
    assert [each.text for each in gone] == ["A choice for Soup is no longer on the menu."]
    assert [each.text for each in deleted] == ["Soup is no longer on the menu."]


def test_a_discounted_line_shows_its_old_price_and_the_offers_name(
    add_by_form: AddByForm, soup: Product, visitor: Visitor, table: Table
) -> None:
    line = add_by_form(soup, "quantity=2")
    AppliedOfferFactory.create(order=line.order, name="10% off")

    shown = basket_of(visitor, table).lines[0]

    assert (shown.gross_cents, shown.discount_cents, shown.total_cents) == (1300, 130, 1170)
    assert shown.offer_names == ("10% off",)
    assert AppliedOffer.objects.get().cents == 0


def test_the_service_charge_is_taken_on_items_after_discounts(
    add_by_form: AddByForm, soup: Product, visitor: Visitor, table: Table
) -> None:
    line = add_by_form(soup, "quantity=2")
    AppliedOfferFactory.create(order=line.order)
    Restaurant.objects.update(service_charge_percent=10)

    basket = basket_of(visitor, table)

    assert (basket.items_cents, basket.total_discount_cents, basket.service_charge_cents) == (1300, 130, 117)
    assert basket.total_cents == 1287


def test_reading_a_basket_takes_the_same_queries_however_long_it_is(
    add_by_form: AddByForm,
    soup: Product,
    cheese: Modifier,
    visitor: Visitor,
    table: Table,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(12):
        add_by_form(soup, f"note={number}&modifier-{cheese.group_id}={cheese.pk}")
    order = find_basket(visitor, table.restaurant)
    assert order is not None

    with django_assert_max_num_queries(9):
        basket = read_basket(order, now=NOW)

    assert len(basket.lines) == 12
