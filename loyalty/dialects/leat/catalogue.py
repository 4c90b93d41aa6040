"""Products and their categories (leat-api.md section 8.4)."""

import uuid
from collections.abc import Iterable
from typing import TypedDict


class CategoryObject(TypedDict):
    """A category."""

    uuid: str
    external_identifier: str
    name: str


class ProductObject(TypedDict):
    """A product with the categories it is in."""

    uuid: str
    external_identifier: str
    name: str
    description: str
    categories: list[CategoryObject]


def category_object(*, category_uuid: uuid.UUID, external_identifier: str, name: str) -> CategoryObject:
    """Return a category."""
    return {"uuid": str(category_uuid), "external_identifier": external_identifier, "name": name}


def product_object(
    *,
    product_uuid: uuid.UUID,
    external_identifier: str,
    name: str,
    description: str,
    categories: Iterable[CategoryObject],
) -> ProductObject:
    """Return a product."""
    return {
        "uuid": str(product_uuid),
        "external_identifier": external_identifier,
        "name": name,
        "description": description,
        "categories": list(categories),
    }
