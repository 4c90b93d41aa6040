"""Products, which the lines of orders name (leat-api.md section 8.4)."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field

from loyalty import till_catalogue
from loyalty.api.auth import Bearer
from loyalty.api.fields import LongText, Payload, Sent, Uuid
from loyalty.api.leat.answers import Answer, Listing, Paging, Refused, answer
from loyalty.api.leat.finding import find_at_address, require
from loyalty.api.leat.order_payloads import Identifier
from loyalty.api.leat.product_categories import (
    MOST,
    MOST_IN_BATCH,
    NO_CATEGORY,
    USUAL_LIMIT,
    Name,
    Wanted,
    show_category,
)
from loyalty.api.pages import read_page
from loyalty.dialects.leat.catalogue import ProductObject, product_object
from loyalty.dialects.leat.codes import Code
from loyalty.dialects.leat.pages import ViewingMeta, viewing_meta
from loyalty.models import CatalogueCategory, CatalogueProduct
from loyalty.till_catalogue import TillProduct

router = Router(tags=["Products"], auth=Bearer("catalogue"))
NO_PRODUCT = "There is no such product."
PRODUCTS = CatalogueProduct.objects.prefetch_related("categories")


class CategoryReference(Payload):
    """A category, by either."""

    uuid: Uuid | None = None
    external_identifier: Identifier | None = None


class Changes(Payload):
    """What is new about a product. `earns_points` is ours: false for what earns nothing, such as gift cards."""

    external_identifier: Identifier | None = None
    name: Name | None = None
    description: LongText | None = None
    categories: list[CategoryReference] | None = None
    earns_points: bool | None = None


class FoundOrNew(Changes):
    """A product, made if there is none."""

    external_identifier: Identifier


class NewProduct(FoundOrNew):
    """A product."""

    name: Name


class Batch(Payload):
    """Many at once."""

    products: list[NewProduct] = Field(min_length=1, max_length=MOST_IN_BATCH)


@router.get("/products", response=Listing[ProductObject, ViewingMeta])
def list_products(request: HttpRequest, asked: Query[Paging]) -> HttpResponse:
    """Return the products, in the order in which they came."""
    page = read_page(PRODUCTS.order_by("pk"), page=asked.page, limit=asked.limit or USUAL_LIMIT, most=MOST)
    return answer([show_product(row) for row in page.rows], meta=viewing_meta(**page.numbers))


@router.post("/products", response=Answer[ProductObject])
def create_product(request: HttpRequest, product: Sent[NewProduct]) -> HttpResponse:
    """Add a product."""
    return answer(show_product(till_catalogue.create_product(_read([product])[0])))


@router.post("/products/batch", response=Answer[list[ProductObject]])
def create_products(request: HttpRequest, batch: Sent[Batch]) -> HttpResponse:
    """Add products, and change those that are there."""
    written = till_catalogue.write_products(_read(batch.products, path="products"))
    rows = {row.pk: row for row in PRODUCTS.filter(pk__in=[row.pk for row in written])}
    return answer([show_product(rows[row.pk]) for row in written])


@router.get("/products/find", response=Answer[ProductObject])
def find(request: HttpRequest, wanted: Query[Wanted]) -> HttpResponse:
    """Return the product of an external identifier."""
    return answer(show_product(_find_by_identifier(wanted.external_identifier)))


@router.delete("/products", response=Answer[None])
def delete_by_identifier(request: HttpRequest, wanted: Sent[Wanted]) -> HttpResponse:
    """Take the product of an external identifier out of the catalogue; orders that name it stay as they are."""
    _find_by_identifier(wanted.external_identifier).delete()
    return answer(None)


@router.post("/products/find-or-create", response=Answer[ProductObject])
def find_or_create(request: HttpRequest, product: Sent[FoundOrNew]) -> HttpResponse:
    """Return the product of an external identifier as it is, added where there is none."""
    return answer(show_product(till_catalogue.find_or_create_product(_read([product])[0])))


@router.get("/products/{uuid}", response=Answer[ProductObject])
def show(request: HttpRequest, uuid: str) -> HttpResponse:
    """Return a product."""
    return answer(show_product(_find(uuid)))


@router.put("/products/{uuid}", response=Answer[ProductObject])
def update(request: HttpRequest, uuid: str, changes: Sent[Changes]) -> HttpResponse:
    """Change a product; what is not sent stays. Categories are those sent."""
    row = _find(uuid)
    sent = changes.model_copy(update={"external_identifier": changes.external_identifier or row.sku})
    till_catalogue.change_product(row, _read([sent])[0])
    return answer(show_product(_find(uuid)))


@router.delete("/products/{uuid}", response=Answer[None])
def delete(request: HttpRequest, uuid: str) -> HttpResponse:
    """Take a product out of the catalogue; orders that name it stay as they are."""
    _find(uuid).delete()
    return answer(None)


def show_product(row: CatalogueProduct) -> ProductObject:
    """Return a product as it is answered."""
    return product_object(
        product_uuid=row.uuid,
        external_identifier=row.sku,
        name=row.name,
        description=row.description,
        categories=[show_category(category) for category in row.categories.all()],
    )


def _find(reference: str) -> CatalogueProduct:
    return find_at_address(PRODUCTS, reference, NO_PRODUCT)


def _find_by_identifier(external_identifier: str) -> CatalogueProduct:
    return require(PRODUCTS.filter(sku=external_identifier).first(), "external_identifier", NO_PRODUCT)


def _read(products: Sequence[Changes], *, path: str = "") -> list[TillProduct]:
    """Return products with the categories they name looked up: two queries, none where none is named."""
    named = [reference for product in products for reference in product.categories or ()]
    by_uuid: dict[Any, int] = {}
    by_slug: dict[str, int] = {}
    if uuids := [reference.uuid for reference in named if reference.uuid]:
        by_uuid = dict(CatalogueCategory.objects.filter(uuid__in=uuids).values_list("uuid", "pk"))
    if slugs := [reference.external_identifier for reference in named if reference.external_identifier]:
        by_slug = dict(CatalogueCategory.objects.filter(slug__in=slugs).values_list("slug", "pk"))
    errors: dict[str, list[str]] = {}
    read = []
    for number, product in enumerate(products):
        category_ids = []
        for position, reference in enumerate(product.categories or ()):
            found = by_uuid.get(reference.uuid) or by_slug.get(reference.external_identifier or "")
            if found is None:
                errors[f"{f'{path}.{number}.' if path else ''}categories.{position}"] = [NO_CATEGORY]
            else:
                category_ids.append(found)
        read.append(
            TillProduct(
                external_identifier=product.external_identifier or "",
                name=product.name,
                description=product.description,
                category_ids=None if product.categories is None else tuple(category_ids),
                earns_points=product.earns_points,
            )
        )
    if errors:
        raise Refused(Code.INVALID, errors=errors)
    return read
