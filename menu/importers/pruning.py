"""Hiding what a file no longer has, or calls deleted, in a way that lets it come back with a later file."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from menu.importers.catalogue import Line
from menu.importers.merge import Changes, MenuMerge
from menu.models import Category, Modifier, Product, Variant

Hideable = Category | Modifier | Product | Variant


def hide(row: Hideable) -> set[str]:
    """Hide `row` because the file says so; return the model fields to write, none where it is hidden already."""
    if row.is_hidden:
        return set()
    row.is_hidden = True
    row.imported = {**row.imported, "is_hidden": True, "pruned": True}
    return {"is_hidden", "imported"}


def hide_what_is_gone(merge: MenuMerge, *, prune: bool) -> None:
    """Hide what the file calls deleted; with `prune` also what it no longer has.

    Products hide whoever made them; sizes, options and categories only where an import made them, since a file says
    nothing of those that staff added to what it has.
    """
    catalogue, restaurant = merge.catalogue, merge.restaurant
    here = {entry.source_key for entry in catalogue.categories} | {entry.source_key for entry in catalogue.products}
    here |= {size.source_key for product in catalogue.products for size in product.sizes}
    here |= {option.source_key for group in catalogue.groups for option in group.options}

    def is_gone(row: Hideable, *, whoever_made_it: bool = False) -> bool:
        if row.source_key in here or row.is_hidden:
            return False
        return row.source_key in catalogue.gone or (prune and (whoever_made_it or bool(row.source_key)))

    products = Product.objects.filter(restaurant=restaurant)
    _hide_all(merge, Changes(Product), [row for row in products if is_gone(row, whoever_made_it=True)])
    sizes = Variant.objects.filter(product__restaurant=restaurant)
    _hide_all(merge, Changes(Variant), [row for row in sizes if is_gone(row)])
    options = Modifier.objects.filter(group__restaurant=restaurant)
    _hide_all(merge, Changes(Modifier), [row for row in options if is_gone(row)])
    categories = Category.objects.filter(restaurant=restaurant)
    _hide_all(merge, Changes(Category), [row for row in categories if is_gone(row)])


def _hide_all[Row: Hideable](merge: MenuMerge, changes: Changes[Row], rows: Iterable[Row]) -> None:
    for row in rows:
        changes.add(row, hide(row))
        merge.notes.append(Line(row.name, _("hidden: the file no longer has it")))
    merge.write(changes)
