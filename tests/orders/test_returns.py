"""Returns: exact to the cent and the point in any slices, repeatable, never more than was bought (offer-rules.md F)."""

import uuid

import pytest

from loyalty.models import RewardReception
from menu.models import Product, Restaurant, Table
from orders.errors import ChoiceRefused, Conflict
from orders.guest import Visitor
from orders.kitchen import cancel
from orders.models import LineItem, Order, OrderReturn, Refund
from orders.return_settlement import settle_due
from orders.returns import finish_all_cancelled, return_everything, return_items
from orders.tips import TipChoice
from tests.factories import NOW, ModifierFactory, ModifierGroupFactory, ProductFactory, ProductModifierGroupFactory
from tests.loyalty.factories import RewardReceptionFactory, member
from tests.orders.conftest import AddByForm
from tests.orders.diners import Diner, seat_member, state_of, voucher

pytestmark = pytest.mark.django_db


@pytest.fixture
def diner(table: Table) -> Diner:
    """A member without points at a table."""
    return seat_member(table, member(0))


@pytest.fixture
def visitor(diner: Diner) -> Visitor:
    return diner.visitor


def dish(table: Table, cents: int, sku: str) -> Product:
    made: Product = ProductFactory.create(restaurant=table.restaurant, sku=sku, name=sku.title(), price_cents=cents)
    return made


def line(sku: str) -> LineItem:
    return LineItem.objects.get(sku=sku, parent=None)


def give_back(order: Order, key: str, /, **quantities: int) -> OrderReturn:
    """Return so many of each SKU."""
    wanted = {line(sku).pk: quantity for sku, quantity in quantities.items()}
    return return_items(order, wanted, key=key, by="anna", reason="cold", now=NOW)


def give_back_everything(order: Order, key: str = "r1") -> OrderReturn:
    made = return_everything(order, key=key, by="anna", reason="cold", now=NOW)
    assert made is not None
    return made


def balance(diner: Diner) -> int:
    diner.contact.refresh_from_db()
    return int(diner.contact.balance)


def test_a_returned_line_refunds_its_own_share_and_the_other_keeps_its(diner: Diner, add_by_form: AddByForm) -> None:
    """150.00 + 60.00, 20 percent: line one carries 30.00, returning it refunds 120.00; line two keeps 12.00 off."""
    add_by_form(dish(diner.table, 15000, "COAT"))
    add_by_form(dish(diner.table, 6000, "HAT"))
    order_voucher = voucher(diner, discount_type="percentage_discount", discount_value="20")
    diner.redeem(order_voucher)
    order = diner.pay()

    first = give_back(order, "r1", COAT=1)

    assert (order.points_earned, first.refund_cents, first.points) == (168, 12000, -120)
    assert (line("HAT").total_cents, balance(diner)) == (4800, 48)
    assert state_of(order_voucher) == "REDEEMED"

    second = give_back(order, "r2", HAT=1)

    assert (second.refund_cents, second.is_everything, balance(diner)) == (4800, True, 0)
    assert state_of(order_voucher) == "ACTIVE"
    assert Order.objects.get().payment_state == "returned"


def test_an_amount_with_a_minimum_is_not_clawed_back(diner: Diner, add_by_form: AddByForm) -> None:
    """12.00 + 9.50, 5.00 off from 20.00: 279/221; returning the second refunds 7.29."""
    add_by_form(dish(diner.table, 1200, "PIZZA"))
    add_by_form(dish(diner.table, 950, "SALAD"))
    diner.redeem(voucher(diner, discount_type="absolute_discount", discount_value="5", minimum_cents=2000))
    order = diner.pay()

    made = give_back(order, "r1", SALAD=1)

    assert (line("PIZZA").discount_cents, line("SALAD").discount_cents) == (279, 221)
    assert made.refund_cents == 729


def test_four_returns_take_exactly_the_points_that_were_earned(diner: Diner, add_by_form: AddByForm) -> None:
    """19.20 in four slices of 4.80: -5, -5, -5, -4; flooring each would leave three points behind."""
    add_by_form(dish(diner.table, 600, "TAPAS"), "quantity=4")
    diner.redeem(voucher(diner, discount_type="percentage_discount", discount_value="20"))
    order = diner.pay()

    points = [give_back(order, f"r{number}", TAPAS=1).points for number in range(4)]

    assert (order.points_earned, points, balance(diner)) == (19, [-5, -5, -5, -4], 0)


def test_paid_units_go_back_before_the_free_one_and_its_voucher_comes_back_with_it(
    diner: Diner, add_by_form: AddByForm
) -> None:
    add_by_form(dish(diner.table, 400, "COFFEE"), "quantity=3")
    free = voucher(diner, discount_type="free_item", product_code="COFFEE")
    diner.redeem(free)
    order = diner.pay()

    refunds = [give_back(order, f"r{number}", COFFEE=1).refund_cents for number in range(2)]
    before = state_of(free)
    last = give_back(order, "r2", COFFEE=1)

    assert (refunds, before, last.refund_cents, last.points) == ([400, 400], "REDEEMED", 0, 0)
    assert state_of(free) == "ACTIVE"


def test_ten_off_three_of_four_goes_back_in_the_stored_units(diner: Diner, add_by_form: AddByForm) -> None:
    """10.00 off 3 x 4.00: net units 67/67/66."""
    add_by_form(dish(diner.table, 400, "CAKE"), "quantity=3")
    diner.redeem(voucher(diner, discount_type="absolute_discount", discount_value="10"))
    order = diner.pay()

    refunds = [give_back(order, f"r{number}", CAKE=1).refund_cents for number in range(3)]

    assert refunds == [67, 67, 66]


def test_modifiers_go_back_with_their_line(diner: Diner, add_by_form: AddByForm) -> None:
    pizza = dish(diner.table, 1200, "PIZZA")
    group = ModifierGroupFactory.create(restaurant=diner.table.restaurant)
    ProductModifierGroupFactory.create(product=pizza, group=group)
    cheese = ModifierFactory.create(group=group, price_cents=200, max_quantity=2)
    add_by_form(pizza, f"quantity=2&quantity-{cheese.pk}=2")
    order = diner.pay()

    made = give_back(order, "r1", PIZZA=1)

    assert (order.total_cents, made.refund_cents) == (3200, 1600)
    assert sorted(made.items.values_list("quantity", "cents")) == [(1, 1200), (2, 400)]


def test_tax_on_top_of_the_prices_earns_and_comes_back_to_the_cent(diner: Diner, add_by_form: AddByForm) -> None:
    """3 x 3.33 and 8 percent on top: 9.99 + 0.80, of which the units carry 27/27/26; 10 points, 7 and 3 for what is kept."""
    Restaurant.objects.update(prices_include_tax=False, tax_rate=8)
    diner.table.refresh_from_db()
    add_by_form(dish(diner.table, 333, "SOUP"), "quantity=3")
    order = diner.pay()

    slices = [give_back(order, f"r{number}", SOUP=1) for number in range(3)]

    assert (order.total_cents, order.points_earned) == (1079, 10)
    assert [made.refund_cents for made in slices] == [360, 360, 359]
    assert [made.points for made in slices] == [-3, -4, -3]


def test_the_same_return_again_is_the_same_and_another_content_is_refused(diner: Diner, add_by_form: AddByForm) -> None:
    add_by_form(dish(diner.table, 1000, "STEW"), "quantity=3")
    order = diner.pay()

    first, again = (give_back(order, "same", STEW=1) for _press in range(2))

    assert first.pk == again.pk
    assert balance(diner) == 20
    with pytest.raises(Conflict, match="other items"):
        give_back(order, "same", STEW=2)
    assert OrderReturn.objects.count() == 1


def test_more_than_is_left_or_of_another_order_is_refused(diner: Diner, add_by_form: AddByForm) -> None:
    add_by_form(dish(diner.table, 1000, "STEW"), "quantity=2")
    order = diner.pay()
    give_back(order, "r1", STEW=1)

    with pytest.raises(Conflict, match="Only 1 of Stew"):
        give_back(order, "r2", STEW=2)
    with pytest.raises(Conflict, match="not part of this order"):
        return_items(order, {0: 1}, key="r3", by="anna", reason="cold", now=NOW)
    with pytest.raises(ChoiceRefused):
        return_items(order, {}, key="r4", by="anna", reason="cold", now=NOW)
    with pytest.raises(ChoiceRefused, match="why"):
        return_items(order, {line("STEW").pk: 1}, key="r5", by="anna", reason=" ", now=NOW)

    assert OrderReturn.objects.count() == 1


def test_an_order_not_paid_cannot_come_back(diner: Diner, add_by_form: AddByForm) -> None:
    order = add_by_form(dish(diner.table, 1000, "STEW")).order

    with pytest.raises(Conflict, match="paid"):
        return_everything(order, key="r1", by="anna", reason="cold", now=NOW)

    assert not OrderReturn.objects.exists()


def test_a_collected_reward_can_be_collected_again_after_everything_came_back(
    diner: Diner, add_by_form: AddByForm
) -> None:
    """An order of 0.00 by an offer, returned: no money, the reward back."""
    add_by_form(dish(diner.table, 350, "COFFEE"))
    reward: RewardReception = RewardReceptionFactory.create(
        contact=diner.contact, attributes={"discount_type": "free_item", "product_code": "COFFEE"}
    )
    diner.redeem(reward)
    order = diner.pay()
    gone = diner.showcase().collectables

    made = give_back_everything(order)

    assert (order.total_cents, gone, made.refund_cents) == (0, (), 0)
    assert [offer.id for offer in diner.showcase().collectables] == [str(reward.uuid)]


def test_a_return_the_programme_did_not_hear_of_is_told_later(diner: Diner, add_by_form: AddByForm) -> None:
    add_by_form(dish(diner.table, 1000, "STEW"))
    order = diner.pay()
    made = give_back_everything(order, key=str(uuid.uuid4()))
    OrderReturn.objects.update(settled_at=None, points=None)

    found = settle_due(now=NOW)

    made.refresh_from_db()
    assert (found, made.points, balance(diner)) == (1, -10, 0)
    assert made.settled_at == NOW


def test_a_balance_may_go_below_zero_only_by_a_return(diner: Diner, add_by_form: AddByForm) -> None:
    add_by_form(dish(diner.table, 1900, "FEAST"))
    order = diner.pay()
    diner.contact.__class__.objects.filter(pk=diner.contact.pk).update(balance=4)

    made = give_back_everything(order)

    assert (made.points, made.new_balance) == (-19, -15)


def test_a_cancelled_order_gives_all_items_back_and_keeps_tip_and_service_charge(
    diner: Diner, add_by_form: AddByForm
) -> None:
    """20.00 with 10 percent service and 10 percent tip: 24.00 paid, 20.00 back."""
    Restaurant.objects.update(service_charge_percent=10)
    diner.table.refresh_from_db()
    add_by_form(dish(diner.table, 1000, "STEW"), "quantity=2")
    order = diner.pay(tip=TipChoice(code="10"))

    cancel(order, by="anna", reason="by mistake", now=NOW)

    order.refresh_from_db()
    made = OrderReturn.objects.get()
    assert (order.total_cents, made.refund_cents, made.is_everything) == (2400, 2000, True)
    assert list(Refund.objects.values_list("amount_cents", flat=True)) == [2000]
    assert (order.payment_state, finish_all_cancelled(now=NOW)) == ("returned", 0)
