"""Products and their sizes merged into a restaurant's menu. SKUs are told apart before anything is written."""

from collections import defaultdict
from collections.abc import Sequence
from typing import TypeVar

from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _

from menu.importers.catalogue import FoundProduct, Line
from menu.importers.matching import match
from menu.importers.merge import AT_ONCE, Changes, MenuMerge
from menu.importers.merge_links import LinkMerge
from menu.importers.pruning import hide
from menu.importers.three_way import said_by
from menu.importers.values import handle_of
from menu.models import BroughtProduct, Product, Variant

_OF_PRODUCT = (
    "name",
    "description",
    "price_cents",
    "position",
    "kind",
    "tax_rate",
    "allergens",
    "diets",
    "is_alcohol",
    "discountable",
    "earns_points",
    "is_hidden",
    "sold_out",
    "drawing",
)
Coded = TypeVar("Coded", Product, Variant)
_OF_SIZE = ("name", "price_cents", "position", "is_hidden", "sold_out")


def merge_products(merge: MenuMerge) -> None:
    """Find again or make the products, link them to categories and groups, and merge their sizes."""
    found = merge.catalogue.products
    rows = list(Product.objects.filter(restaurant=merge.restaurant))
    ways = [
        (lambda entry: entry.source_key, lambda row: row.source_key),
        (lambda entry: entry.sku, lambda row: row.sku),
    ]
    matched = match(found, rows, ways)
    changes = Changes(Product)
    before = {row.pk: row.sku for row in rows}
    deleted = _deleted_by_staff(merge, rows)
    paired: list[tuple[Product, FoundProduct]] = []
    for place, entry in enumerate(found):
        said = said_by(entry, *_OF_PRODUCT, *(() if entry.sku_is_made else ("sku",)))
        row = matched.get(place)
        if row is None and entry.source_key in deleted:
            reason = _("deleted here since an earlier import; make a product with the SKU %(sku)s to have it back")
            merge.skipped.append(Line(entry.name, reason % {"sku": entry.sku}))
            continue
        if row is None:
            row = Product(restaurant=merge.restaurant, sku=entry.sku)
            merge.fields.fill(row, said, entry.source_key)
            changes.new.append(row)
        else:
            changes.add(row, merge.fields.merge(row, said, entry.source_key, label=entry.name))
        paired.append((row, entry))
    _tell_skus_apart(merge, rows, changes.new, before)
    links = LinkMerge(merge)
    for row, entry in paired:
        if links.merge_links(row, entry) and row.pk is not None:
            changes.add(row, {"imported"})
    _step_aside(changes, before)
    merge.write(changes)
    links.write()
    _merge_sizes(merge, paired)
    _remember(merge, {row.source_key for row in (*rows, *changes.new) if row.source_key})


def _deleted_by_staff(merge: MenuMerge, rows: Sequence[Product]) -> set[str]:
    """Return what earlier imports brought and the menu has no more; nothing where no product is left: that is a new start."""
    if not rows:
        return set()
    brought = BroughtProduct.objects.filter(restaurant=merge.restaurant).values_list("source_key", flat=True)
    return set(brought) - {row.source_key for row in rows}


def _remember(merge: MenuMerge, keys: set[str]) -> None:
    """Write down what this import found again or made."""
    BroughtProduct.objects.bulk_create(
        [BroughtProduct(restaurant=merge.restaurant, source_key=key) for key in sorted(keys)],
        batch_size=AT_ONCE,
        ignore_conflicts=True,
    )


def _tell_skus_apart[Coded: (Product, Variant)](
    merge: MenuMerge, rows: Sequence[Coded], new: Sequence[Coded], before: dict[int, str]
) -> None:
    """Let nobody take a SKU that another has: who had it keeps it, who came for it stays as it was or gets another."""
    taken = {row.sku for row in rows if row.sku == before[row.pk]}
    coming: list[Coded] = [row for row in rows if row.sku != before[row.pk]]
    coming += new
    for row in coming:
        wanted, old = row.sku, before.get(row.pk, "") if row.pk else ""
        if wanted in taken:
            row.sku = old if old and old not in taken else handle_of(wanted, taken)
            reason = _("the SKU %(wanted)s is another one's; it has %(sku)s") % {"wanted": wanted, "sku": row.sku}
            merge.notes.append(Line(row.name, reason))
        taken.add(row.sku)


def _step_aside(changes: Changes[Product] | Changes[Variant], before: dict[int, str]) -> None:
    """Free the SKUs of rows that get new ones, so that two products can swap theirs: databases check row by row."""
    moving = [row.pk for row, _fields in changes.rows.values() if row.sku != before[row.pk]]
    if moving:
        aside = Concat(Value("\x7f"), Cast("pk", CharField()), output_field=CharField())
        changes.model._default_manager.filter(pk__in=moving).update(sku=aside)


def _merge_sizes(merge: MenuMerge, paired: list[tuple[Product, FoundProduct]]) -> None:
    by_product: dict[int, list[Variant]] = defaultdict(list)
    before: dict[int, str] = {}
    for size in Variant.objects.filter(product__restaurant=merge.restaurant):
        by_product[size.product_id].append(size)
        before[size.pk] = size.sku
    changes = Changes(Variant)
    for product, entry in paired:
        rows = by_product[product.pk]
        new = _merge_sizes_of(merge, product, entry, rows, changes)
        _tell_skus_apart(merge, rows, new, before)
        changes.new += new
    _step_aside(changes, before)
    merge.write(changes)


def _merge_sizes_of(
    merge: MenuMerge, product: Product, entry: FoundProduct, rows: list[Variant], changes: Changes[Variant]
) -> list[Variant]:
    """Merge the sizes of one product; return the new ones."""
    matched = match(
        entry.sizes,
        rows,
        [
            (lambda size: size.source_key, lambda row: row.source_key),
            (lambda size: "" if size.sku_is_made else size.sku, lambda row: row.sku),
            (lambda size: size.name.lower(), lambda row: row.name.lower()),
        ],
    )
    new: list[Variant] = []
    for place, size in enumerate(entry.sizes):
        said = said_by(size, *_OF_SIZE, *(() if size.sku_is_made else ("sku",)))
        row = matched.get(place)
        if row is None:
            row = Variant(product=product, sku=size.sku)
            merge.fields.fill(row, said, size.source_key)
            new.append(row)
        else:
            changes.add(row, merge.fields.merge(row, said, size.source_key, label=f"{entry.name}, {size.name}"))
    if entry.price_cents is not None:
        # The product has one price now: the sizes that an import made are over.
        for row in rows:
            if row.source_key:
                changes.add(row, hide(row))
    return new
