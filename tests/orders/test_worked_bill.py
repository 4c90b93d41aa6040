"""One bill with everything on it, worked out by hand: two VAT rates, 15 % off, a service charge, a tip, two tenders, a return.

    line                        rate   gross   15 % off   after
    2 x Pizza      at 12.50      9 %   25.00       3.75   21.25    2500 x 845 / 5630 = 375.22
      2 x Cheese   at  2.00      9 %    4.00       0.60    3.40     400 x 845 / 5630 =  60.04
    1 x Salad      at  9.45      9 %    9.45       1.42    8.03     945 x 845 / 5630 = 141.83
    3 x Wine       at  5.95     21 %   17.85       2.68   15.17    1785 x 845 / 5630 = 267.91
                                       56.30       8.45   47.85

    15 % of 56.30 = 8.445, half up 8.45. Floors 375 + 60 + 141 + 267 = 843; the two cents left go to the largest
    fractions, wine and salad.

    service charge 10 % of 47.85 = 4.785, half up 4.79, taxed at 21 %
    tip            10 % of 56.30 = 5.63, without tax
    taxed at  9 %: 21.25 + 3.40 + 8.03 = 32.68        taxed at 21 %: 15.17 + 4.79 = 19.96

The return is the pizzas with their cheese: 24.65 of what was paid, and their part of the tax.
"""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest

from loyalty import gift_cards
from loyalty.models import GiftCard, GiftCardProgramme, MoneyAccount, ProcessedOrder
from menu.models import Product, Restaurant, Table
from orders import settlement
from orders.guest import Visitor
from orders.models import Attempt, LineItem, Order, OrderReturn, Receipt
from orders.paper import Paper, paper_of
from orders.returns import return_items
from orders.tips import TipChoice
from tests.factories import NOW, ModifierFactory, ModifierGroupFactory, ProductFactory, ProductModifierGroupFactory
from tests.loyalty.factories import member
from tests.orders.conftest import AddByForm
from tests.orders.diners import Diner, seat_member, state_of, voucher
from tests.orders.fake_bank import FakeBank

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(minutes=1)
LINES_SOLD = [
    "2 × Pizza €25.00",
    "2 × Extra cheese €4.00",
    "1 × Salad €9.45",
    "3 × Wine €17.85",
    "Treat −€8.45",
    "Service charge 10% €4.79",
    "Tip €5.63",
]
LINES_BACK = ["2 × Pizza −€21.25", "2 × Extra cheese −€3.40"]


@dataclass(frozen=True)
class Worked:
    """What comes out with the tax in the prices, or on top of them."""

    prices_include_tax: bool
    taxes: list[tuple[Decimal, int, int]]
    """Rate, amount taxed, tax."""
    line_taxes: dict[str, int]
    total_cents: int
    bank_cents: int
    points: int
    refund_cents: int
    back: tuple[int, int]
    """Onto the gift card, to the bank."""
    points_back: int
    receipt: list[str]
    return_receipt: list[str]


# Tax in the prices:
#   9 %: 3268 x 9 / 109 = 269.83 -> 2.70; pizza with cheese 2465 x 270 / 3268 = 203.66, salad 66.34 -> 204 / 66
#  21 %: 1996 x 21 / 121 = 346.41 -> 3.46; wine 1517 x 346 / 1996 = 262.97, charge 83.03 -> 263 / 83
#  total 47.85 + 4.79 + 5.63 = 58.27: 20.00 by gift card, 38.27 at the bank
#  points: 47.85 -> 47; kept 47.85 - 24.65 = 23.20 -> 23, so 24 go
#  24.65 back: gift card 2465 x 2000 / 5827 = 846.06, bank 1618.94 -> 8.46 / 16.19
CONTAINED = Worked(
    prices_include_tax=True,
    taxes=[(Decimal(9), 3268, 270), (Decimal(21), 1996, 346)],
    line_taxes={"PIZZA": 204, "SALAD": 66, "WINE": 263},
    total_cents=5827,
    bank_cents=3827,
    points=47,
    refund_cents=2465,
    back=(846, 1619),
    points_back=-24,
    receipt=[
        *LINES_SOLD,
        "Total €58.27",
        "Includes VAT 9% €2.70",
        "Includes VAT 21% €3.46",
        "Gift card €20.00",
        "Online €38.27",
    ],
    return_receipt=[
        *LINES_BACK,
        "Total −€24.65",
        "Includes VAT 9% −€2.04",
        "Gift card −€8.46",
        "Online −€16.19",
    ],
)

# Tax on top:
#   9 %: 3268 x 9 / 100 = 294.12 -> 2.94; pizza with cheese 2465 x 294 / 3268 = 221.76, salad 72.24 -> 222 / 72
#  21 %: 1996 x 21 / 100 = 419.16 -> 4.19; wine 1517 x 419 / 1996 = 318.45, charge 100.55 -> 318 / 101
#  total 58.27 + 2.94 + 4.19 = 65.40: 20.00 by gift card, 45.40 at the bank
#  points: items with their tax 47.85 + 2.22 + 0.72 + 3.18 = 53.97 -> 53
#  back: 24.65 + 2.22 = 26.87; kept 53.97 - 26.87 = 27.10 -> 27, so 26 go
#        gift card 2687 x 2000 / 6540 = 821.71, bank 1865.29 -> 8.22 / 18.65
ADDED = Worked(
    prices_include_tax=False,
    taxes=[(Decimal(9), 3268, 294), (Decimal(21), 1996, 419)],
    line_taxes={"PIZZA": 222, "SALAD": 72, "WINE": 318},
    total_cents=6540,
    bank_cents=4540,
    points=53,
    refund_cents=2687,
    back=(822, 1865),
    points_back=-26,
    receipt=[
        *LINES_SOLD,
        "Tax 9% €2.94",
        "Tax 21% €4.19",
        "Total €65.40",
        "Gift card €20.00",
        "Online €45.40",
    ],
    return_receipt=[
        *LINES_BACK,
        "Tax 9% −€2.22",
        "Total −€26.87",
        "Gift card −€8.22",
        "Online −€18.65",
    ],
)


@pytest.fixture
def diner(table: Table) -> Diner:
    return seat_member(table, member(0))


@pytest.fixture
def visitor(diner: Diner) -> Visitor:
    return diner.visitor


def fill_basket(diner: Diner, add_by_form: AddByForm, *, prices_include_tax: bool) -> None:
    Restaurant.objects.update(
        prices_include_tax=prices_include_tax, service_charge_percent=10, service_charge_tax_rate=21
    )
    diner.table.refresh_from_db()
    pizza = dish(diner, "PIZZA", 1250)
    group = ModifierGroupFactory.create(restaurant=diner.table.restaurant)
    ProductModifierGroupFactory.create(product=pizza, group=group)
    cheese = ModifierFactory.create(group=group, name="Extra cheese", price_cents=200)
    add_by_form(pizza, f"quantity=2&quantity-{cheese.pk}=1&modifier-{group.pk}={cheese.pk}")
    add_by_form(dish(diner, "SALAD", 945))
    add_by_form(dish(diner, "WINE", 595, tax_rate=21), "quantity=3")
    diner.redeem(voucher(diner, discount_type="percentage_discount", discount_value="15"))


def dish(diner: Diner, sku: str, cents: int, **fields: object) -> Product:
    made: Product = ProductFactory.create(
        restaurant=diner.table.restaurant, sku=sku, name=sku.title(), price_cents=cents, **fields
    )
    return made


def check_lines(order: Order, worked: Worked) -> None:
    lines = order.lines.order_by("pk").values_list("name", "gross_cents", "discount_cents", "total_cents")
    assert list(lines) == [
        ("Pizza", 2500, 375, 2125),
        ("Extra cheese", 400, 60, 340),
        ("Salad", 945, 142, 803),
        ("Wine", 1785, 268, 1517),
    ]
    assert dict(order.lines.filter(parent=None).values_list("sku", "tax_cents")) == worked.line_taxes
    assert list(order.taxes.values_list("rate", "base_cents", "tax_cents")) == worked.taxes
    assert (order.items_cents, order.total_discount_cents, order.order_amount_cents) == (5630, 845, 4785)


def check_bill(order: Order, worked: Worked) -> None:
    charges = list(order.charges.exclude(type="TAX").values_list("type", "cents"))
    assert charges == [("SERVICE_CHARGE", 479), ("GRATUITY", 563)]
    assert (order.tip_cents, order.total_cents) == (563, worked.total_cents)
    assert list(order.payments.values_list("method", "amount_cents")) == [
        ("gift_card", 2000),
        ("demo", worked.bank_cents),
    ]
    assert (order.payment_state, order.points_earned, order.new_balance) == ("paid", worked.points, worked.points)
    document = ProcessedOrder.objects.get().document
    assert (document["order_amount_cents"], document["total_discount_cents"]) == (5630, 845)
    assert [payment["cents"] for payment in document["payments"]] == [2000]


def check_return(order: Order, made: OrderReturn, worked: Worked) -> None:
    items = list(made.items.order_by("pk").values_list("line__name", "quantity", "cents", "tax_cents"))
    assert items == [("Pizza", 2, 2125, worked.line_taxes["PIZZA"]), ("Extra cheese", 2, 340, 0)]
    assert (made.refund_cents, made.points, made.is_everything) == (worked.refund_cents, worked.points_back, False)
    refunds = made.refunds.order_by("pk").values_list("payment__method", "amount_cents", "state")
    assert list(refunds) == [("gift_card", worked.back[0], "done"), ("demo", worked.back[1], "done")]
    order.refresh_from_db()
    assert order.payment_state == "paid"


def rows_of(receipt: Receipt, card: GiftCard) -> list[str]:
    paper: Paper = paper_of(receipt)
    return [f"{row.words.replace(f' …{card.ending}', '')} {row.amount}" for row in paper.rows]


@pytest.mark.parametrize("worked", [CONTAINED, ADDED], ids=["tax in the prices", "tax on top"])
def test_a_bill_with_everything_on_it_comes_out_as_worked_out_by_hand(
    diner: Diner, add_by_form: AddByForm, bank: FakeBank, worked: Worked
) -> None:
    programme = GiftCardProgramme.objects.create(name="Gift card", currency="EUR", max_amount_cents=10000)
    card = gift_cards.issue_card(programme, cents=2000, key="sale", now=NOW)
    fill_basket(diner, add_by_form, prices_include_tax=worked.prices_include_tax)

    order = diner.pay(method="demo", stored=[card], tip=TipChoice(code="10"))
    attempt = Attempt.objects.get()
    bank.says(attempt, "paid", amount_cents=worked.bank_cents)
    settlement.ask_provider(attempt, now=LATER)
    order.refresh_from_db()

    check_lines(order, worked)
    check_bill(order, worked)
    sale = Receipt.objects.get()
    assert (sale.number, rows_of(sale, card)) == (1, worked.receipt)

    pizza = LineItem.objects.get(sku="PIZZA")
    made = return_items(order, {pizza.pk: 2}, key="r1", by="anna", reason="burnt", now=LATER)

    check_return(order, made, worked)
    back = Receipt.objects.get(order_return=made)
    assert (back.number, rows_of(back, card)) == (2, worked.return_receipt)
    diner.contact.refresh_from_db()
    assert diner.contact.balance == worked.points + worked.points_back
    assert MoneyAccount.objects.get(pk=card.account_id).balance_cents == worked.back[0]
    assert bank.refunded_cents(attempt.uuid) == worked.back[1]
    assert state_of(diner.contact.vouchers.get()) == "REDEEMED"
