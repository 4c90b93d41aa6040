"""A small menu to make offers for, and the form of an offer filled in the way a browser does."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.test import Client

from menu.models import Category, Product, Restaurant
from tests.factories import (
    CategoryFactory,
    ModifierFactory,
    ModifierGroupFactory,
    ProductFactory,
    ProductModifierGroupFactory,
    RestaurantFactory,
    VariantFactory,
)
from tests.menu.admin_forms import shown

PROMOTIONS = "/admin/loyalty/promotion/"
REWARDS = "/admin/loyalty/reward/"


@dataclass(frozen=True)
class SmallMenu:
    """Margherita 12.00 with cheese 2.00, Calzone 14.00, Lemonade in two sizes 3.00 and 4.50, Wine 6.00 without discounts."""

    restaurant: Restaurant
    pizza: Category
    drinks: Category
    wine: Category
    margherita: Product


def make_menu(**fields: Any) -> SmallMenu:
    restaurant = RestaurantFactory.create(name="Firefinch", **fields)
    pizza = CategoryFactory.create(restaurant=restaurant, slug="pizza", name="Pizza")
    drinks = CategoryFactory.create(restaurant=restaurant, slug="drinks", name="Drinks")
    wine = CategoryFactory.create(restaurant=restaurant, slug="wine", name="Wine", parent=drinks)
    margherita = ProductFactory.create(
        restaurant=restaurant, sku="MARG", name="Margherita", price_cents=1200, categories=[pizza]
    )
    group = ModifierGroupFactory.create(restaurant=restaurant)
    ModifierFactory.create(group=group, name="Extra cheese", price_cents=200)
    ProductModifierGroupFactory.create(product=margherita, group=group)
    ProductFactory.create(restaurant=restaurant, sku="CALZ", name="Calzone", price_cents=1400, categories=[pizza])
    lemonade = ProductFactory.create(
        restaurant=restaurant, sku="LEMO", name="Lemonade", price_cents=None, categories=[drinks]
    )
    VariantFactory.create(product=lemonade, sku="LEMO-S", name="small", price_cents=300)
    VariantFactory.create(product=lemonade, sku="LEMO-L", name="large", price_cents=450)
    ProductFactory.create(
        restaurant=restaurant, sku="WINE", name="House wine", price_cents=600, discountable=False, categories=[wine]
    )
    return SmallMenu(restaurant=restaurant, pizza=pizza, drinks=drinks, wine=wine, margherita=margherita)


# What the form of a new promotion posts if nobody touches it.
UNTOUCHED = {"name": "Half price", "is_active": "on", "redemptions_per_voucher": "1", "reversal_grace_days": "0"}


def fill_in(client: Client, page: str, **changes: Any) -> dict[str, Any]:
    """Return what the form on `page` posts with these fields changed (None: left out)."""
    answer: Any = client.get(page)
    fields = shown(answer) | changes
    return {name: value for name, value in fields.items() if value is not None}


def add_promotion(client: Client, **fields: Any) -> HttpResponse:
    """Press Save on the form of a new promotion."""
    return client.post(f"{PROMOTIONS}add/", UNTOUCHED | fields)  # type: ignore[return-value]


def ask_example(client: Client, page: str, **fields: Any) -> Any:
    """Press "Show the example" on this form; on that of a new promotion, as nobody touched it but for these fields."""
    posted = UNTOUCHED | fields if page == f"{PROMOTIONS}add/" else fill_in(client, page, **fields)
    return client.post(page, posted | {"_example": "yes"})


def example_lines(response: Any) -> list[tuple[str, str, str]]:
    """Return the lines of the only example on a page: name, price, price with the offer."""
    (example,) = response.context["examples"]
    return [(line.name, line.before, line.after) for line in example.lines]


def example_warnings(response: Any) -> list[str]:
    """Return the warnings of the only example on a page."""
    (example,) = response.context["examples"]
    return list(example.warnings)
