"""Categories of products, and what the calls for them and for products have in common."""

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field

from loyalty import till_catalogue
from loyalty.api.auth import Bearer
from loyalty.api.fields import Payload, Sent
from loyalty.api.leat.answers import Answer, Listing, Paging, answer
from loyalty.api.leat.finding import find_at_address, require
from loyalty.api.leat.order_payloads import Identifier
from loyalty.api.pages import read_page
from loyalty.dialects.leat.catalogue import CategoryObject, category_object
from loyalty.dialects.leat.pages import ViewingMeta, viewing_meta
from loyalty.models import CatalogueCategory

router = Router(tags=["Product categories"], auth=Bearer("catalogue"))
USUAL_LIMIT, MOST, MOST_IN_BATCH = 30, 250, 1000
NO_CATEGORY = "There is no such product category."
Name = Annotated[str, Field(max_length=200)]


class Wanted(Payload):
    """What is looked for."""

    external_identifier: Identifier


class ChangedCategory(Payload):
    """What is new about a category."""

    external_identifier: Identifier | None = None
    name: Name | None = None


class FoundOrNewCategory(ChangedCategory):
    """A category, made if there is none."""

    external_identifier: Identifier


class NewCategory(FoundOrNewCategory):
    """A category."""

    name: Name


class CategoryBatch(Payload):
    """Many at once."""

    categories: list[NewCategory] = Field(min_length=1, max_length=MOST_IN_BATCH)


@router.get("/product-categories", response=Listing[CategoryObject, ViewingMeta])
def list_categories(request: HttpRequest, asked: Query[Paging]) -> HttpResponse:
    """Return the categories, in the order in which they came."""
    rows = CatalogueCategory.objects.order_by("pk")
    page = read_page(rows, page=asked.page, limit=asked.limit or USUAL_LIMIT, most=MOST)
    return answer([show_category(row) for row in page.rows], meta=viewing_meta(**page.numbers))


@router.post("/product-categories", response=Answer[CategoryObject])
def create_category(request: HttpRequest, category: Sent[NewCategory]) -> HttpResponse:
    """Add a category."""
    return answer(show_category(till_catalogue.create_category(category.external_identifier, category.name)))


@router.post("/product-categories/batch", response=Answer[list[CategoryObject]])
def create_categories(request: HttpRequest, batch: Sent[CategoryBatch]) -> HttpResponse:
    """Add categories, and rename those that are there."""
    names = {category.external_identifier: category.name for category in batch.categories}
    return answer([show_category(row) for row in till_catalogue.write_categories(names)])


@router.get("/product-categories/find", response=Answer[CategoryObject])
def find(request: HttpRequest, wanted: Query[Wanted]) -> HttpResponse:
    """Return the category of an external identifier."""
    row = CatalogueCategory.objects.filter(slug=wanted.external_identifier).first()
    return answer(show_category(require(row, "external_identifier", NO_CATEGORY)))


@router.post("/product-categories/find-or-create", response=Answer[CategoryObject])
def find_or_create(request: HttpRequest, category: Sent[FoundOrNewCategory]) -> HttpResponse:
    """Return the category of an external identifier, added where there is none."""
    name = category.name or category.external_identifier
    return answer(show_category(till_catalogue.find_or_create_category(category.external_identifier, name)))


@router.get("/product-categories/{uuid}", response=Answer[CategoryObject])
def show(request: HttpRequest, uuid: str) -> HttpResponse:
    """Return a category."""
    return answer(show_category(_find(uuid)))


@router.put("/product-categories/{uuid}", response=Answer[CategoryObject])
def update(request: HttpRequest, uuid: str, changes: Sent[ChangedCategory]) -> HttpResponse:
    """Change a category."""
    row = _find(uuid)
    till_catalogue.change_category(row, external_identifier=changes.external_identifier, name=changes.name)
    row.refresh_from_db()
    return answer(show_category(row))


@router.delete("/product-categories/{uuid}", response=Answer[None])
def delete(request: HttpRequest, uuid: str) -> HttpResponse:
    """Take a category out of the catalogue; its products stay."""
    _find(uuid).delete()
    return answer(None)


def show_category(row: CatalogueCategory) -> CategoryObject:
    """Return a category as it is answered."""
    return category_object(category_uuid=row.uuid, external_identifier=row.slug, name=row.name)


def _find(reference: str) -> CatalogueCategory:
    return find_at_address(CatalogueCategory.objects.all(), reference, NO_CATEGORY)
