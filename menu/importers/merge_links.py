"""What products are linked to, merged by the three-way rule: the categories they are in, the groups they ask for."""

from collections import defaultdict

from django.utils.translation import gettext as _

from menu.importers.catalogue import FoundProduct, Line, Unsaid
from menu.importers.merge import AT_ONCE, MenuMerge
from menu.importers.three_way import Outcome, Plain, judge, plain
from menu.models import Category, Product, ProductModifierGroup

# A group asked, as JSON keeps it: its id, at least, at most.
Ask = tuple[int, int | None, int | None]
Through = Product.categories.through


class LinkMerge:
    """Merges the links of products one by one, and writes them all at the end."""

    def __init__(self, merge: MenuMerge) -> None:
        self.merge = merge
        self._places: dict[int, list[int]] = defaultdict(list)
        self._asks: dict[int, list[Ask]] = defaultdict(list)
        self._category_names: dict[int, str] = {}
        self._new_places: list[tuple[Product, list[int]]] = []
        self._new_asks: list[tuple[Product, list[Ask]]] = []
        pairs = Through.objects.filter(product__restaurant=merge.restaurant).order_by("category_id")
        for product_id, category_id in pairs.values_list("product_id", "category_id"):
            self._places[product_id].append(category_id)
        for asked in ProductModifierGroup.objects.filter(product__restaurant=merge.restaurant).order_by(
            "position", "id"
        ):
            self._asks[asked.product_id].append((asked.group_id, asked.min_choices, asked.max_choices))
        self._group_names = {group.pk: group.name for group in merge.groups.values()}
        for category in Category.objects.filter(restaurant=merge.restaurant):
            self._category_names[category.pk] = category.name

    def merge_links(self, row: Product, entry: FoundProduct) -> bool:
        """Merge the links of one product; say whether the row's memory of the last import changed."""
        before = dict(row.imported)
        if not isinstance(entry.categories, Unsaid):
            places = sorted({self.merge.categories[key].pk for key in entry.categories if key in self.merge.categories})
            if self._judge(row, entry.name, "categories", self._places.get(row.pk, []), places, self._category_names):
                self._new_places.append((row, places))
        if not isinstance(entry.asks, Unsaid):
            asks = self._asks_of(entry)
            if self._judge(row, entry.name, "groups", self._asks.get(row.pk, []), asks, self._group_names):
                self._new_asks.append((row, asks))
        return bool(row.imported != before)

    def _asks_of(self, entry: FoundProduct) -> list[Ask]:
        asks: dict[int, Ask] = {}
        for asked in () if isinstance(entry.asks, Unsaid) else entry.asks:
            group = self.merge.groups.get(asked.group)
            if group is None:
                reason = _("it asks for the group “%(group)s”, which there is not") % {"group": asked.group[:40]}
                self.merge.notes.append(Line(entry.name, reason))
            else:
                asks.setdefault(group.pk, (group.pk, asked.min_choices, asked.max_choices))
        return list(asks.values())

    def _judge(
        self, row: Product, label: str, name: str, current: object, found: object, names: dict[int, str]
    ) -> bool:
        """Judge one list of links; remember the file's in the row; say whether it is to be written."""
        now, wanted = plain(current), plain(found)
        before: Plain = row.imported.get(name, [])
        outcome = judge(before=before, current=now, found=wanted)
        if outcome is Outcome.KEPT:
            self.merge.fields.keep(row, name, now, wanted, label=label, show=lambda value: _shown(value, names))
        if row.imported.get(name) != wanted:
            row.imported = {**row.imported, name: wanted}
        return outcome is Outcome.TAKEN

    def write(self) -> None:
        """Write the links of all products that changed; the products have been written before."""
        stale = [row.pk for row, _places in self._new_places]
        for start in range(0, len(stale), AT_ONCE):
            Through.objects.filter(product_id__in=stale[start : start + AT_ONCE]).delete()
        Through.objects.bulk_create(
            [Through(product_id=row.pk, category_id=place) for row, places in self._new_places for place in places],
            batch_size=AT_ONCE,
        )
        stale = [row.pk for row, _asks in self._new_asks]
        for start in range(0, len(stale), AT_ONCE):
            ProductModifierGroup.objects.filter(product_id__in=stale[start : start + AT_ONCE]).delete()
        ProductModifierGroup.objects.bulk_create(
            [
                ProductModifierGroup(product=row, group_id=group, position=place, min_choices=least, max_choices=most)
                for row, asks in self._new_asks
                for place, (group, least, most) in enumerate(asks)
            ],
            batch_size=AT_ONCE,
        )
        self.merge.has_written |= bool(self._new_places or self._new_asks)


def _shown(value: Plain, names: dict[int, str]) -> str:
    """Write a list of categories, or of groups with their bounds, by their names."""
    if not isinstance(value, list) or not value:
        return _("none")
    return ", ".join(names.get(element[0] if isinstance(element, list) else element, "?") for element in value)
