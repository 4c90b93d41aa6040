"""The printed product list of a menu: laid out, rendered once per restaurant, version, language and time of day, kept as bytes.

What belongs to one visitor (basket bar, notices, CSRF token) is not in it; the page puts it around.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from django.template.loader import render_to_string
from django.utils.formats import time_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from menu.food import Diet
from menu.models import Category, Product, Restaurant
from menu.sections import Entry, Menu, Section, read_menu

MOST_KEPT = 64
_EAGER_PICTURES = 3
# A size that comes back on sale is not among what `read_menu` tells; look again this often while one could.
_RECHECK = timedelta(minutes=1)
# Diets that say no more than another one on the same dish.
_IMPLIED = {Diet.VEGAN: {Diet.VEGETARIAN, Diet.LACTOSE_FREE}}


@dataclass(frozen=True)
class Row:
    """One product as the list prints it."""

    product: Product
    price_cents: int
    has_sizes: bool
    needs_choice: bool
    is_sold_out: bool
    is_served: bool
    diets: str
    is_eager: bool


@dataclass(frozen=True)
class Group:
    """Products under one heading; `level` is the heading's (2: the section's own)."""

    level: int
    name: str
    intro: str
    hours: str
    is_served: bool
    rows: tuple[Row, ...]

    @property
    def product_level(self) -> int:
        """The level of the products' headings."""
        return min(self.level + 1, 6)


@dataclass(frozen=True)
class PrintedSection:
    """A top category with everything inside it, nested categories laid out one after another."""

    anchor: str
    name: str
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class _Kept:
    version: int
    valid_until: datetime
    html: bytes


type _Key = tuple[int, str, bool]
_kept: OrderedDict[_Key, _Kept] = OrderedDict()
_rendering = threading.Lock()


def product_list(restaurant: Restaurant, *, can_order: bool, now: datetime) -> bytes:
    """Return the rendered list of `restaurant` at `now`: from memory where it is still what the menu says, else two queries."""
    key = (restaurant.pk, get_language() or "en", can_order)
    if found := _find(key, restaurant, now):
        return found.html
    with _rendering:  # the others wait for the one that renders
        if found := _find(key, restaurant, now):
            return found.html
        menu = read_menu(restaurant, now=now)
        html = render(lay_out(menu), restaurant, can_order=can_order).encode()
        _kept[key] = _Kept(restaurant.menu_version, _valid_until(menu, restaurant, now), html)
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
        return html


def found_products(restaurant: Restaurant, wanted: str, *, can_order: bool, now: datetime) -> str:
    """Return the list with only those products whose name or description has every word of `wanted`; empty where none has."""
    words = wanted.casefold().split()
    sections = []
    for section in lay_out(read_menu(restaurant, now=now)):
        groups = [
            replace(group, intro="", rows=rows)
            for group in section.groups
            if (rows := tuple(row for row in group.rows if _matches(row.product, words)))
        ]
        if groups:
            sections.append(PrintedSection(section.anchor, section.name, tuple(groups)))
    return render(sections, restaurant, can_order=can_order) if sections else ""


def render(sections: list[PrintedSection], restaurant: Restaurant, *, can_order: bool) -> str:
    """Return the list as HTML; the template runs no query."""
    return render_to_string(
        "orders/listing.html", {"sections": sections, "restaurant": restaurant, "can_order": can_order}
    )


def lay_out(menu: Menu) -> list[PrintedSection]:
    """Return the menu's sections in printing order: what is served now first."""
    eager = iter(range(_EAGER_PICTURES))
    in_order = sorted(menu.sections, key=lambda section: not section.is_served)
    sections = [
        PrintedSection(
            anchor=f"section-{section.category.slug}",
            name=section.category.name,
            groups=tuple(_groups(section, eager)),
        )
        for section in in_order
    ]
    if menu.uncategorised:
        name = _("More") if sections else _("Menu")
        rows = tuple(_row(entry, eager) for entry in menu.uncategorised)
        sections.append(PrintedSection("section--more", name, (Group(2, name, "", "", True, rows),)))
    return sections


def forget_lists() -> None:
    """Throw away every kept rendering, for whoever puts another database under a running process."""
    with _rendering:
        _kept.clear()


def _find(key: _Key, restaurant: Restaurant, now: datetime) -> _Kept | None:
    found = _kept.get(key)
    if found is None or found.version != restaurant.menu_version or now >= found.valid_until:
        return None
    return found


def _groups(section: Section, eager: Iterator[int]) -> Iterator[Group]:
    yield Group(
        level=section.depth + 2,
        name=section.category.name,
        intro=section.category.description,
        hours=_hours(section),
        is_served=section.is_served,
        rows=tuple(_row(entry, eager) for entry in section.entries),
    )
    for below in section.sections:
        yield from _groups(below, eager)


def _row(entry: Entry, eager: Iterator[int]) -> Row:
    has_picture = bool(entry.product.picture or entry.product.drawing)
    return Row(
        product=entry.product,
        price_cents=entry.price_cents,
        has_sizes=entry.has_sizes,
        needs_choice=entry.needs_choice,
        is_sold_out=entry.is_sold_out,
        is_served=entry.is_served,
        diets=diet_names(entry.product.diets),
        is_eager=has_picture and next(eager, None) is not None,
    )


def diet_names(diets: Iterable[str]) -> str:
    """Return diets as a diner reads them, without those that another one says already: "Vegan · Gluten-free"."""
    implied = {less for diet in diets for less in _IMPLIED.get(Diet(diet), ())}
    return " · ".join(str(diet.label) for diet in Diet if diet in diets and diet not in implied)


def _hours(section: Section) -> str:
    """When the section is served, where that is not the whole day."""
    category = section.category
    bounds = [
        time_format(bound, "H:i") for bound in (category.available_from, category.available_until) if bound is not None
    ]
    if len(bounds) == 2:
        return _("Served from %(opens)s to %(closes)s.") % {"opens": bounds[0], "closes": bounds[1]}
    if category.available_from is not None:
        return _("Served from %(opens)s.") % {"opens": bounds[0]}
    return _("Served until %(closes)s.") % {"closes": bounds[0]} if bounds else ""


def _matches(product: Product, words: list[str]) -> bool:
    text = f"{product.name} {product.description}".casefold()
    return all(word in text for word in words)


def _valid_until(menu: Menu, restaurant: Restaurant, now: datetime) -> datetime:
    """Return the next moment at which the list would read differently although nobody changed the menu."""
    moments = [now + timedelta(days=1)]
    for category, entries in _walk(menu):
        if category is not None:
            moments.append(_next_boundary(category, restaurant, now))
        for entry in entries:
            product = entry.product
            if product.sold_out_until is not None and product.sold_out_until > now:
                moments.append(product.sold_out_until)
            elif entry.has_sizes and entry.is_sold_out and not product.is_sold_out(now=now):
                moments.append(now + _RECHECK)
    return min(moments)


def _walk(menu: Menu) -> Iterator[tuple[Category | None, tuple[Entry, ...]]]:
    def below(sections: tuple[Section, ...]) -> Iterator[tuple[Category | None, tuple[Entry, ...]]]:
        for section in sections:
            yield section.category, section.entries
            yield from below(section.sections)

    yield None, menu.uncategorised
    yield from below(menu.sections)


def _next_boundary(category: Category, restaurant: Restaurant, now: datetime) -> datetime:
    """Return when the category's daypart may begin or end next: one of its bounds, or midnight for its weekdays."""
    local = restaurant.local(now)
    bounds = {time(0), category.available_from or time(0), category.available_until or time(0)}
    later = [
        moment
        for day in (local.date(), local.date() + timedelta(days=1))
        for bound in bounds
        if (moment := datetime.combine(day, bound, tzinfo=restaurant.zone)) > local
    ]
    return min(later)
