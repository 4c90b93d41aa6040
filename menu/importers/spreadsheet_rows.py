"""Rows of our CSV format made into neutral values: products with their sizes, groups with their options, categories."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from django.utils.text import slugify
from django.utils.translation import gettext as _

from menu.importers.bounds import MOST_OF_ONE, sane_bounds
from menu.importers.catalogue import (
    UNSAID,
    Asked,
    Catalogue,
    Findings,
    FoundCategory,
    FoundGroup,
    FoundOption,
    FoundProduct,
    FoundSize,
)
from menu.importers.spreadsheet_cells import Cells
from menu.importers.values import (
    LONGEST_HANDLE,
    LONGEST_PRODUCT_NAME,
    Unreadable,
    handle_of,
    label_of,
    name_of,
    source_key_of,
    text_of,
)
from menu.models.product import ProductKind

TYPES = ("category", "product", "gift_card", "size", "group", "option")
_USED_BY = {
    "category": {"sku", "in", "name", "description", "hidden", "available_from", "available_until", "weekdays"},
    "group": {"sku", "name", "min", "max", "free"},
    "option": {"sku", "in", "name", "price", "max", "default", "allergens", "diets", "hidden", "sold_out"},
    "size": {"sku", "in", "name", "price", "hidden", "sold_out"},
}


@dataclass
class RowReader:
    """Reads the rows of one file. A column that is not there says nothing; an empty cell says "as if never filled in"."""

    columns: frozenset[str]
    findings: Findings
    currency: str
    zone: ZoneInfo
    _categories: dict[str, FoundCategory] = field(default_factory=dict)
    _groups: dict[str, FoundGroup] = field(default_factory=dict)
    _options: dict[str, list[FoundOption]] = field(default_factory=dict)
    _products: dict[str, FoundProduct] = field(default_factory=dict)
    _sizes: dict[str, list[FoundSize]] = field(default_factory=dict)
    _left_out: set[str] = field(default_factory=set)

    def read(self, rows: list[tuple[int, Mapping[str, str]]]) -> Catalogue:
        """Read the rows: categories and groups first, wherever in the file they stand."""
        by_type: dict[str, list[Cells]] = {name: [] for name in TYPES}
        for line, cells in rows:
            kind = "_".join(text_of(cells.get("type", "")).lower().replace("-", " ").split()) or "product"
            if kind in by_type:
                by_type[kind].append(Cells(line=line, cells=cells, kind=kind, findings=self.findings, zone=self.zone))
            else:
                reason = _("line %(line)d: there is no type “%(type)s”") % {"line": line, "type": kind[:40]}
                self.findings.skip(label_of(cells.get("name"), cells.get("sku")), reason)
        self._note_unused_cells(by_type)
        read = {"category": self._category, "group": self._group, "option": self._option, "size": self._size}
        for kind in ("category", "group", "option", "size"):
            for row in by_type[kind]:
                self._try(row, read[kind])
        for row in sorted(by_type["product"] + by_type["gift_card"], key=lambda row: row.line):
            self._try(row, self._product)
        self._name_the_lost()
        return Catalogue(
            categories=tuple(self._with_parents()),
            groups=tuple(self._finished_groups()),
            products=tuple(self._products.values()),
            skipped=tuple(self.findings.skipped),
            notes=tuple(self.findings.notes),
        )

    def _try(self, row: Cells, read: Callable[[Cells], None]) -> None:
        try:
            read(row)
        except Unreadable as error:
            self.findings.skip(row.label, _("line %(line)d: %(reason)s") % {"line": row.line, "reason": error})
            self._left_out.add(row.handle)

    def _note_unused_cells(self, by_type: dict[str, list[Cells]]) -> None:
        for kind, used in _USED_BY.items():
            for column in sorted(self.columns - used - {"type"}):
                lines = [row.line for row in by_type[kind] if row.has(column)]
                if lines:
                    self.findings.note(
                        _("column %(column)s") % {"column": column},
                        _("it means nothing in a row of type %(type)s (line %(line)d)")
                        % {"type": kind, "line": lines[0]},
                    )

    def _handle(self, row: Cells, taken: Mapping[str, object]) -> str:
        """Return the row's short name, made of its name where the column is empty."""
        name = name_of(row.text("name"))
        handle = row.text("sku") or handle_of(name, set())
        if len(handle) > LONGEST_HANDLE:
            raise Unreadable(_("its sku is longer than %(count)d characters") % {"count": LONGEST_HANDLE})
        if handle in taken:
            raise Unreadable(_("“%(sku)s” is there twice") % {"sku": handle})
        return handle

    def _category(self, row: Cells) -> None:
        slug = self._handle(row, self._categories)
        if slugify(slug) != slug:
            slug = handle_of(slug, set(self._categories))
        starts, ends = row.daypart()
        self._categories[slug] = FoundCategory(
            source_key=source_key_of("csv", f"category {slug}"),
            slug=slug,
            name=name_of(row.text("name")),
            parent=row.text("in") or None if "in" in self.columns else UNSAID,
            description=row.description(),
            position=len(self._categories),
            available_from=starts,
            available_until=ends,
            weekdays=row.weekdays(),
            is_hidden=row.boolean("hidden", otherwise=False),
        )

    def _group(self, row: Cells) -> None:
        key = self._handle(row, self._groups)
        self._groups[key] = FoundGroup(
            source_key=source_key_of("csv", f"group {key}"),
            key=key,
            name=name_of(row.text("name")),
            min_choices=row.count("min") or 0,
            max_choices=row.count("max"),
            free_choices=row.count("free") or 0,
            position=len(self._groups),
        )

    def _option(self, row: Cells) -> None:
        group = row.text("in")
        if group not in self._groups:
            raise Unreadable(_("its group “%(group)s” is not in the file") % {"group": group[:40]})
        options = self._options.setdefault(group, [])
        sku, name = row.text("sku"), name_of(row.text("name"))
        if len(sku) > LONGEST_HANDLE:
            raise Unreadable(_("its sku is longer than %(count)d characters") % {"count": LONGEST_HANDLE})
        key = source_key_of("csv", f"option {group} {sku or handle_of(name, set())}")
        if any(option.source_key == key for option in options):
            raise Unreadable(_("it is in its group twice"))
        quantity = row.count("max")
        if isinstance(quantity, int) and not 1 <= quantity <= MOST_OF_ONE:
            self.findings.note(row.label, _("at most %(count)d of one option can be chosen") % {"count": MOST_OF_ONE})
            quantity = min(max(quantity, 1), MOST_OF_ONE)
        options.append(
            FoundOption(
                source_key=key,
                sku=sku,
                name=name,
                price_cents=row.price(self.currency) if row.has("price") else 0,
                position=len(options),
                is_default=row.boolean("default", otherwise=False),
                max_quantity=1 if quantity is None else quantity,
                allergens=row.allergens(),
                diets=row.diets(),
                is_hidden=row.boolean("hidden", otherwise=False),
                sold_out=row.sold_out(),
            )
        )

    def _size(self, row: Cells) -> None:
        product = row.text("in")
        if not product:
            raise Unreadable(_("the column “in” does not name its product"))
        sizes = self._sizes.setdefault(product, [])
        name = name_of(row.text("name"))
        sku = row.text("sku") or handle_of(f"{product} {name}", set())
        if len(sku) > LONGEST_HANDLE:
            raise Unreadable(_("its sku is longer than %(count)d characters") % {"count": LONGEST_HANDLE})
        if any(size.sku == sku for size in sizes):
            raise Unreadable(_("“%(sku)s” is there twice") % {"sku": sku})
        sizes.append(
            FoundSize(
                source_key=source_key_of("csv", f"size {product} {sku}"),
                sku=sku,
                name=name,
                price_cents=row.price(self.currency),
                position=len(sizes),
                is_hidden=row.boolean("hidden", otherwise=False),
                sold_out=row.sold_out(),
            )
        )

    def _product(self, row: Cells) -> None:
        name = name_of(row.text("name"), longest=LONGEST_PRODUCT_NAME)
        sku = self._product_sku(row, name)
        sizes = tuple(self._sizes.get(sku, ()))
        if sizes and row.has("price"):
            self.findings.note(row.label, _("its sizes have the prices; its own is not used"))
        is_gift_card = row.kind == "gift_card"
        self._products[sku] = FoundProduct(
            source_key=source_key_of("csv", f"product {sku}"),
            sku=sku,
            name=name,
            description=row.description(),
            price_cents=None if sizes else row.price(self.currency),
            position=len(self._products),
            kind=ProductKind.GIFT_CARD if is_gift_card else ProductKind.FOOD,
            tax_rate=row.tax_rate(),
            allergens=row.allergens(),
            diets=row.diets(),
            is_alcohol=row.boolean("alcohol", otherwise=False),
            discountable=row.takes_part("discountable"),
            earns_points=row.takes_part("earns_points"),
            is_hidden=row.boolean("hidden", otherwise=False),
            sold_out=row.sold_out(),
            drawing=row.text("picture")[:LONGEST_HANDLE] if "picture" in self.columns else UNSAID,
            categories=tuple(map(self._category_named, row.words("in"))) if "in" in self.columns else UNSAID,
            asks=tuple(filter(None, (self._asked(row, word) for word in row.words("groups"))))
            if "groups" in self.columns
            else UNSAID,
            sizes=sizes,
        )

    def _product_sku(self, row: Cells, name: str) -> str:
        sku = row.text("sku") or handle_of(name, set())
        if len(sku) > LONGEST_HANDLE:
            raise Unreadable(_("its sku is longer than %(count)d characters") % {"count": LONGEST_HANDLE})
        if sku in self._products:
            raise Unreadable(_("“%(sku)s” is there twice") % {"sku": sku})
        return sku

    def _category_named(self, word: str) -> str:
        """Return the key of the category that an "in" cell names by its slug or its name; one nobody described is implied."""
        slug = self._slug_named(word)
        if slug not in self._categories:
            self._categories[slug] = FoundCategory(
                source_key=source_key_of("csv", f"category {slug}"), slug=slug, name=word[:120], is_implied=True
            )
        return self._categories[slug].source_key

    def _slug_named(self, word: str) -> str:
        if word in self._categories:
            return word
        for slug, category in self._categories.items():
            if category.name.lower() == word.lower() or slug == slugify(word):
                return slug
        return handle_of(word, set())

    def _with_parents(self) -> list[FoundCategory]:
        """Put the key of its parent in place of the word that each category names it by."""
        finished: dict[str, FoundCategory] = {}
        for category in list(self._categories.values()):
            parent = category.parent
            finished[category.slug] = (
                replace(category, parent=self._category_named(parent)) if isinstance(parent, str) else category
            )
        for slug, category in self._categories.items():
            finished.setdefault(slug, category)
        return list(finished.values())

    def _asked(self, row: Cells, word: str) -> Asked | None:
        """Read one group of a product, with bounds of its own where it is written "key:1-3"."""
        key, least, most = word, None, None
        if word not in self._groups and ":" in word:
            key, _colon, bounds = word.rpartition(":")
            low, dash, high = bounds.partition("-")
            if dash and all(not part or (part.isascii() and part.isdigit() and len(part) <= 3) for part in (low, high)):
                least, most = int(low) if low else None, int(high) if high else None
            else:
                key = word
        if key in self._groups:
            return Asked(self._groups[key].source_key, least, most or None)
        if key in self._left_out:
            self.findings.note(row.label, _("its group “%(group)s” was left out") % {"group": key[:40]})
            return None
        return Asked(key, least, most or None)

    def _finished_groups(self) -> list[FoundGroup]:
        finished = []
        for key, group in self._groups.items():
            whole = replace(group, options=tuple(self._options.get(key, ())))
            least = whole.min_choices if isinstance(whole.min_choices, int) else 0
            most = whole.max_choices if isinstance(whole.max_choices, int) and whole.max_choices > 0 else None
            sane_least, sane_most = sane_bounds(whole, least, most, self.findings, label=group.name)
            finished.append(
                replace(
                    whole,
                    min_choices=sane_least if "min" in self.columns or sane_least != least else UNSAID,
                    max_choices=sane_most if "max" in self.columns else UNSAID,
                )
            )
        return finished

    def _name_the_lost(self) -> None:
        """Name the sizes whose product is not in the file, or was left out with them."""
        for product, sizes in self._sizes.items():
            if product not in self._products:
                for size in sizes:
                    self.findings.skip(f"{product}, {size.name}", _("its product is not in the file, or was left out"))
