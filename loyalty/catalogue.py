"""Keeping the programme's copy of the catalogue in step with a restaurant's menu."""

from collections.abc import Iterable

from django.db import transaction

from loyalty.documents import CatalogueProduct as Product
from loyalty.documents import Shop
from loyalty.models import CatalogueCategory, CatalogueProduct
from loyalty.models import Shop as ShopRow

BATCH = 500


def sync_catalogue(shop: Shop, products: Iterable[Product]) -> None:
    """Make the copy say what `shop` sells now: names, descriptions, categories, codes at tills. Repeatable; about a dozen queries a batch.

    A product that the shop does not sell any more stays in the catalogue, since orders name it.
    """
    by_sku = {product.sku: product for product in products if product.sku}
    with transaction.atomic():
        row, _made = ShopRow.objects.update_or_create(reference=shop.reference, defaults={"name": shop.name})
        category_ids = _write_categories(by_sku.values())
        product_ids = _write_products(by_sku.values())
        _write_links(by_sku.values(), product_ids, category_ids)
        row.products.set(product_ids.values())


def _write_categories(products: Iterable[Product]) -> dict[str, int]:
    names = {slug: name for product in products for slug, name in product.categories.items()}
    CatalogueCategory.objects.bulk_create(
        [CatalogueCategory(slug=slug, name=name) for slug, name in sorted(names.items())],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["slug"],
        update_fields=["name"],
    )
    return dict(CatalogueCategory.objects.values_list("slug", "pk"))


def _write_products(products: Iterable[Product]) -> dict[str, int]:
    CatalogueProduct.objects.bulk_create(
        [
            CatalogueProduct(
                sku=product.sku,
                name=product.name,
                description=product.description,
                earns_points=product.earns_points,
                till_codes=dict(product.till_codes),
            )
            for product in sorted(products, key=lambda product: product.sku)
        ],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["sku"],
        update_fields=["name", "description", "earns_points", "till_codes"],
    )
    wanted = {product.sku for product in products}
    return {sku: pk for sku, pk in CatalogueProduct.objects.values_list("sku", "pk") if sku in wanted}


def _write_links(products: Iterable[Product], product_ids: dict[str, int], category_ids: dict[str, int]) -> None:
    links = CatalogueProduct.categories.through
    wanted = {(product_ids[product.sku], category_ids[slug]) for product in products for slug in product.categories}
    there = set(
        links.objects.filter(catalogueproduct__sku__in=[product.sku for product in products]).values_list(
            "catalogueproduct_id", "cataloguecategory_id"
        )
    )
    links.objects.bulk_create(
        [
            links(catalogueproduct_id=product_id, cataloguecategory_id=category_id)
            for product_id, category_id in sorted(wanted - there)
        ],
        batch_size=BATCH,
        ignore_conflicts=True,
    )
    for product_id, category_id in there - wanted:
        links.objects.filter(catalogueproduct_id=product_id, cataloguecategory_id=category_id).delete()
