"""The catalogue as tills and plugins keep it: products and categories under their external identifiers, in batches too.

What our own menu sells is kept in step by loyalty.catalogue; both write the same rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction

from loyalty.errors import Conflict
from loyalty.models import CatalogueCategory, CatalogueProduct

BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class TillProduct:
    """A product as it is sent. None leaves a field of one that is there as it is; a new one needs only its identifier."""

    external_identifier: str
    name: str | None = None
    description: str | None = None
    category_ids: tuple[int, ...] | None = None
    earns_points: bool | None = None


def create_product(sent: TillProduct) -> CatalogueProduct:
    """Add a product. Raises Conflict where there is one of that identifier."""
    try:
        with transaction.atomic():
            product = CatalogueProduct.objects.create(**_new(sent))
            product.categories.set(sent.category_ids or ())
            return product
    except IntegrityError as error:
        raise Conflict from error


def find_or_create_product(sent: TillProduct) -> CatalogueProduct:
    """Return the product of this identifier as it is, added where there is none."""
    rows = CatalogueProduct.objects.filter(sku=sent.external_identifier)
    try:
        return rows.first() or create_product(sent)
    except Conflict:  # somebody else's a moment before
        return rows.get()


def change_product(product: CatalogueProduct, sent: TillProduct) -> None:
    """Write what was sent into a product. Raises Conflict where its new identifier is another's."""
    changes = _changes(sent)
    try:
        with transaction.atomic():
            CatalogueProduct.objects.filter(pk=product.pk).update(**changes)
            if sent.category_ids is not None:
                product.categories.set(sent.category_ids)
    except IntegrityError as error:
        raise Conflict from error


def write_products(sent: Sequence[TillProduct]) -> list[CatalogueProduct]:
    """Add products and change those that are there, in the order sent; of one identifier twice the last counts."""
    by_sku = {product.external_identifier: product for product in sent}
    there = {row.sku: row for row in CatalogueProduct.objects.filter(sku__in=by_sku)}
    wanted = [_merged(there.get(sku), by_sku[sku]) for sku in sorted(by_sku)]
    with transaction.atomic():
        # In one order, so that two batches wait for each other and never in a circle.
        CatalogueProduct.objects.bulk_create(
            wanted,
            batch_size=BATCH,
            update_conflicts=True,
            unique_fields=["sku"],
            update_fields=["name", "description", "earns_points"],
        )
        rows = {row.sku: row for row in CatalogueProduct.objects.filter(sku__in=by_sku)}
        _write_links(rows, by_sku)
    return [rows[sku] for sku in by_sku]


def write_categories(sent: Mapping[str, str]) -> list[CatalogueCategory]:
    """Add categories (identifier -> name) and rename those that are there, in the order sent."""
    CatalogueCategory.objects.bulk_create(
        [CatalogueCategory(slug=slug, name=name) for slug, name in sorted(sent.items())],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["slug"],
        update_fields=["name"],
    )
    rows = {row.slug: row for row in CatalogueCategory.objects.filter(slug__in=sent)}
    return [rows[slug] for slug in sent]


def create_category(external_identifier: str, name: str) -> CatalogueCategory:
    """Add a category. Raises Conflict where there is one of that identifier."""
    try:
        with transaction.atomic():
            return CatalogueCategory.objects.create(slug=external_identifier, name=name)
    except IntegrityError as error:
        raise Conflict from error


def find_or_create_category(external_identifier: str, name: str) -> CatalogueCategory:
    """Return the category of this identifier as it is, added where there is none."""
    rows = CatalogueCategory.objects.filter(slug=external_identifier)
    try:
        return rows.first() or create_category(external_identifier, name)
    except Conflict:  # somebody else's a moment before
        return rows.get()


def change_category(category: CatalogueCategory, *, external_identifier: str | None, name: str | None) -> None:
    """Write what was sent into a category. Raises Conflict where its new identifier is another's."""
    changes = {"slug": external_identifier, "name": name}
    wanted = {field: value for field, value in changes.items() if value is not None}
    if wanted:
        try:
            with transaction.atomic():
                CatalogueCategory.objects.filter(pk=category.pk).update(**wanted)
        except IntegrityError as error:
            raise Conflict from error


def _new(sent: TillProduct) -> dict[str, Any]:
    return {"name": sent.external_identifier, **_changes(sent)}


def _merged(before: CatalogueProduct | None, sent: TillProduct) -> CatalogueProduct:
    """Return a new row with what was sent, and where nothing was, what there was before."""
    fields = _new(sent)
    if before is not None:
        kept = {"name": before.name, "description": before.description, "earns_points": before.earns_points}
        fields = {**kept, **_changes(sent)}
    return CatalogueProduct(**fields)


def _changes(sent: TillProduct) -> dict[str, Any]:
    fields = {
        "sku": sent.external_identifier,
        "name": sent.name,
        "description": sent.description,
        "earns_points": sent.earns_points,
    }
    return {field: value for field, value in fields.items() if value is not None}


def _write_links(rows: Mapping[str, CatalogueProduct], sent: Mapping[str, TillProduct]) -> None:
    links = CatalogueProduct.categories.through
    told = {sku: set(sent[sku].category_ids or ()) for sku in rows if sent[sku].category_ids is not None}
    wanted = {(rows[sku].pk, category_id) for sku, category_ids in told.items() for category_id in category_ids}
    of_told = links.objects.filter(catalogueproduct_id__in=[rows[sku].pk for sku in told])
    there = {(link.catalogueproduct_id, link.cataloguecategory_id): link.pk for link in of_told}
    links.objects.filter(pk__in=[pk for pair, pk in there.items() if pair not in wanted]).delete()
    links.objects.bulk_create(
        [
            links(catalogueproduct_id=product_id, cataloguecategory_id=category_id)
            for product_id, category_id in sorted(wanted - there.keys())
        ],
        batch_size=BATCH,
        ignore_conflicts=True,
    )
