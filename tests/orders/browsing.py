"""What browser tests share: a menu with every oddity on it, and short ways to look at a page like a designer would."""

from dataclasses import dataclass

from playwright.sync_api import Page, ViewportSize

from menu.models import Product, Table
from tests.browser import PHONE, SMALL_PHONE, serious_violations, sideways
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

SMALLEST_TARGET = 48
_TARGETS = """() => [...document.querySelectorAll("button, select, summary, label:has(input[type=radio]), label:has(input[type=checkbox])")]
  .filter((each) => each.checkVisibility() && !each.closest("dialog:not([open])"))
  .map((each) => [each.textContent.trim().slice(0, 40), each.getBoundingClientRect()])
  .filter(([, box]) => box.width > 0 && (box.height < 47.5 || box.width < 47.5))
  .map(([name, box]) => `${name}: ${box.width} x ${box.height}`)"""

# What stands at the top of a page and is wider than its room. An inline element has no room of its own (0 px).
_CUT_OFF = """() => [...document.querySelectorAll(".seat *, .top *")]
  .filter((each) => each.checkVisibility() && !each.matches(".vh") && each.clientWidth > 0)
  .filter((each) => each.scrollWidth > each.clientWidth)
  .map((each) => `${each.textContent.trim().slice(0, 40)}: ${each.scrollWidth} px in ${each.clientWidth}`)"""


@dataclass(frozen=True)
class Harbour:
    """Table 5 of the Harbour House and three of its dishes."""

    table: Table
    soup: Product
    burger: Product
    beer: Product


def open_harbour() -> Harbour:
    """Write the Harbour House: long names, sizes, required and counted choices, sold out, unrecorded allergens."""
    table = TableFactory.create(
        name="5", restaurant__name="Harbour House", restaurant__slug="harbour", restaurant__tagline="Fish, fire, bread."
    )
    house = table.restaurant
    starters, mains, drinks = (
        CategoryFactory.create(restaurant=house, name=name, slug=name.lower())
        for name in ("Starters", "Mains", "Drinks")
    )
    beers = CategoryFactory.create(restaurant=house, name="Beer", slug="beer", parent=drinks)
    soup = ProductFactory.create(
        restaurant=house, name="Onion soup", price_cents=650, allergens=["gluten", "celery"], categories=[starters]
    )
    ProductFactory.create(restaurant=house, name="Oysters", sold_out_since=NOW, allergens=[], categories=[starters])
    burger = ProductFactory.create(
        restaurant=house,
        name="Donaudampfschifffahrtsgesellschaftskapitänsburger with everything on it",
        description="Ground every morning, grilled over oak until it is as you like it.",
        price_cents=1400,
        allergens=["gluten", "milk"],
        diets=["lactose_free"],
        categories=[mains],
    )
    cooked = ModifierGroupFactory.create(restaurant=house, name="How would you like it?", min_choices=1, max_choices=1)
    ModifierFactory.create(group=cooked, name="Pink", price_cents=0, allergens=[])
    ModifierFactory.create(group=cooked, name="Well done", price_cents=50, allergens=[])
    ModifierFactory.create(group=cooked, name="Raw", price_cents=0, allergens=[], sold_out_since=NOW)
    extras = ModifierGroupFactory.create(restaurant=house, name="On top", max_choices=2, free_choices=1)
    ModifierFactory.create(group=extras, name="Cheese", price_cents=200, max_quantity=2, allergens=["milk"])
    ModifierFactory.create(group=extras, name="Onion", price_cents=100, allergens=None)
    for group in (cooked, extras):
        ProductModifierGroupFactory.create(product=burger, group=group)
    beer = ProductFactory.create(
        restaurant=house, name="House beer", price_cents=None, is_alcohol=True, categories=[beers]
    )
    VariantFactory.create(product=beer, name="Small", price_cents=390)
    VariantFactory.create(product=beer, name="Large", price_cents=690, sold_out_since=NOW)
    for number in range(8):
        ProductFactory.create(restaurant=house, name=f"Side {number}", price_cents=400, categories=[mains])
    return Harbour(table=table, soup=soup, burger=burger, beer=beer)


def faults(page: Page) -> list[str]:
    """Return what is wrong with the page as it stands: axe's findings in both themes, a sideways scroll or a cut
    top bar on a phone or the smallest one, targets under 48 px.
    """
    small = [f"{page.url}: small target {target}" for target in page.evaluate(_TARGETS)]
    return serious_violations(page) + sideways(page, PHONE, SMALL_PHONE) + cut_off(page, PHONE, SMALL_PHONE) + small


def cut_off(page: Page, *windows: ViewportSize) -> list[str]:
    """Return what of the top bar does not fit where it stands at these window sizes; it is left at the size it had."""
    before = page.viewport_size or PHONE
    found = []
    for window in windows:
        page.set_viewport_size(window)
        found += [f"{page.url}: cut at {window['width']} px: {each}" for each in page.evaluate(_CUT_OFF)]
    page.set_viewport_size(before)
    return found
