"""Where diners of the proofs sit, what is sold there, and how each of them wants to pay."""

from dataclasses import dataclass
from typing import Any

from loyalty.models import GiftCardProgramme
from menu.models import Product, Table
from orders.sold_cards import GIFT_CARD_LINE, VOUCHER_LINE
from tests.factories import ProductFactory, TableFactory
from tests.loyalty.factories import PromotionFactory
from tests.orders.proofs.serving import Place


@dataclass(frozen=True)
class Town:
    """A table and what is sold there, food and presents; a kind of gift card; and the house that serves it."""

    house: Place
    table: Table
    pizza: Product
    presents: tuple[Product, ...]
    """A gift card and a voucher for ten coffees."""
    cards: GiftCardProgramme


def found_town(house: Place) -> Town:
    table: Table = TableFactory.create()
    sold_here = {"restaurant": table.restaurant}
    promotion = str(PromotionFactory.create(name="Coffee for free").uuid)
    return Town(
        house,
        table,
        pizza=ProductFactory.create(**sold_here, name="Pizza", price_cents=1195),
        presents=(
            ProductFactory.create(
                **sold_here, sku="GIFT", kind=GIFT_CARD_LINE, name="Gift", price_cents=2500, discountable=False
            ),
            ProductFactory.create(
                **sold_here, sku="BOOK", kind=VOUCHER_LINE, name="Coffees", price_cents=800, promotion=promotion
            ),
        ),
        cards=GiftCardProgramme.objects.create(name="Gift card", currency="EUR", max_amount_cents=10000),
    )


@dataclass
class Wishes:
    """How a diner pays, at which bank, with which stored money besides, with a voucher or without; and what for."""

    method: str
    has_voucher: bool = False
    card_cents: int = 0
    prepaid_cents: int = 0
    pizzas: int = 1
    presents: int = 0
    """So many of each present."""


MIXES: tuple[dict[str, Any], ...] = (
    {},
    {"has_voucher": True},
    {"card_cents": 700},
    {"has_voucher": True, "card_cents": 650},
    {"prepaid_cents": 433},
    {"card_cents": 500, "prepaid_cents": 200},
    {"presents": 1},
    {"presents": 2, "has_voucher": True, "card_cents": 300},
)


def wishes(number: int) -> Wishes:
    """Return another mix of tenders for each number, at one bank and the other in turns."""
    method = ("stripe", "mollie")[number % 2]
    return Wishes(method=method, pizzas=1 + number % 3, **MIXES[number // 2 % len(MIXES)])
