"""Products and their categories."""

from collections.abc import Mapping
from datetime import datetime

from loyalty.models import CatalogueCategory, CatalogueProduct
from tests.loyalty.api.cases import UNKNOWN, Case, Refusal, not_there
from tests.loyalty.api.shapes import NULL, STR, UUID, VIEWING_META

CATEGORY = {"uuid": UUID, "external_identifier": STR, "name": STR}
PRODUCT = {"uuid": UUID, "external_identifier": STR, "name": STR, "description": STR, "categories": [CATEGORY]}


def prepare(now: datetime) -> Mapping[str, str]:
    """Two categories, and a product in one of them."""
    pizzas = CatalogueCategory.objects.create(slug="pizza", name="Pizzas")
    CatalogueCategory.objects.create(slug="drinks", name="Drinks")
    product = CatalogueProduct.objects.create(sku="PIZZA", name="Margherita", description="With basil.")
    product.categories.add(pizzas)
    return {"pizzas": str(pizzas.uuid), "pizza": str(product.uuid)}


NO_PRODUCT = not_there("/products")
NO_CATEGORY = not_there("/product-categories")

CASES = [
    Case(
        name="products",
        method="GET",
        path="/products",
        payload={"page": 1, "limit": 10},
        shape=[PRODUCT],
        meta=VIEWING_META,
        expect={"0.external_identifier": "PIZZA", "0.categories.0.external_identifier": "pizza"},
        refusals=(Refusal(1003, {"page": 0}, names="page"),),
    ),
    Case(
        name="a product is made",
        method="POST",
        path="/products",
        payload={
            "external_identifier": "COLA",
            "name": "Cola",
            "description": "Cold.",
            "categories": [{"external_identifier": "drinks"}, {"uuid": "{pizzas}"}],
        },
        shape=PRODUCT,
        expect={"name": "Cola", "description": "Cold.", "categories.1.name": "Drinks"},
        refusals=(
            Refusal(1003, {"name": ...}, names="name"),
            Refusal(1003, {"external_identifier": "PIZZA"}, names="external_identifier"),
            Refusal(1003, {"categories": [{"uuid": UNKNOWN}]}, names="categories.0"),
        ),
        repeat=1003,
    ),
    Case(
        name="many products are made or changed",
        method="POST",
        path="/products/batch",
        payload={
            "products": [
                {"external_identifier": "PIZZA", "name": "Pizza Margherita"},
                {"external_identifier": "COLA", "name": "Cola", "categories": [{"external_identifier": "drinks"}]},
            ]
        },
        shape=[PRODUCT],
        expect={
            "0.uuid": "{pizza}",
            "0.name": "Pizza Margherita",
            "0.description": "With basil.",
            "0.categories.0.external_identifier": "pizza",
            "1.categories.0.external_identifier": "drinks",
        },
        refusals=(
            Refusal(1003, {"products": ...}, names="products"),
            Refusal(1003, {"products": [{"name": "Cola"}]}, names="products.0.external_identifier"),
            Refusal(
                1003,
                {"products": [{"external_identifier": "A", "name": "A", "categories": [{"external_identifier": "x"}]}]},
                names="products.0.categories.0",
            ),
        ),
    ),
    Case(
        name="a product is found",
        method="GET",
        path="/products/find",
        payload={"external_identifier": "PIZZA"},
        shape=PRODUCT,
        expect={"uuid": "{pizza}"},
        refusals=(
            Refusal(1003, {"external_identifier": "NONE"}, names="external_identifier"),
            Refusal(1003, {"external_identifier": ...}, names="external_identifier"),
        ),
    ),
    Case(
        name="a product is found that is there",
        method="POST",
        path="/products/find-or-create",
        payload={"external_identifier": "PIZZA", "name": "Not its name"},
        shape=PRODUCT,
        expect={"uuid": "{pizza}", "name": "Margherita"},
        refusals=(Refusal(1003, {"external_identifier": ...}, names="external_identifier"),),
    ),
    Case(
        name="a product is made that was looked for",
        method="POST",
        path="/products/find-or-create",
        payload={"external_identifier": "COLA"},
        shape=PRODUCT,
        expect={"name": "COLA", "description": ""},
    ),
    Case(name="a product", method="GET", path="/products/{pizza}", shape=PRODUCT, refusals=NO_PRODUCT),
    Case(
        name="a product is changed",
        method="PUT",
        path="/products/{pizza}",
        payload={"name": "Pizza", "categories": [{"external_identifier": "drinks"}]},
        shape=PRODUCT,
        expect={"name": "Pizza", "description": "With basil.", "categories.0.external_identifier": "drinks"},
        refusals=(Refusal(1003, {"name": "x" * 201}, names="name"), *NO_PRODUCT),
    ),
    Case(
        name="a product is deleted",
        method="DELETE",
        path="/products/{pizza}",
        shape=NULL,
        refusals=NO_PRODUCT,
        repeat=1003,
    ),
    Case(
        name="a product is deleted by its identifier",
        method="DELETE",
        path="/products",
        payload={"external_identifier": "PIZZA"},
        shape=NULL,
        refusals=(Refusal(1003, {"external_identifier": "NONE"}, names="external_identifier"),),
        repeat=1003,
    ),
    Case(
        name="categories",
        method="GET",
        path="/product-categories",
        shape=[CATEGORY],
        meta=VIEWING_META,
        expect={"0.external_identifier": "pizza", "1.name": "Drinks"},
        refusals=(Refusal(1003, {"limit": "many"}, names="limit"),),
    ),
    Case(
        name="a category is made",
        method="POST",
        path="/product-categories",
        payload={"external_identifier": "desserts", "name": "Desserts"},
        shape=CATEGORY,
        expect={"name": "Desserts"},
        refusals=(
            Refusal(1003, {"name": ...}, names="name"),
            Refusal(1003, {"external_identifier": "pizza"}, names="external_identifier"),
        ),
        repeat=1003,
    ),
    Case(
        name="many categories are made or changed",
        method="POST",
        path="/product-categories/batch",
        payload={
            "categories": [
                {"external_identifier": "desserts", "name": "Desserts"},
                {"external_identifier": "pizza", "name": "Pizza"},
            ]
        },
        shape=[CATEGORY],
        expect={"0.name": "Desserts", "1.uuid": "{pizzas}", "1.name": "Pizza"},
        refusals=(Refusal(1003, {"categories": [{"name": "Pizza"}]}, names="categories.0.external_identifier"),),
    ),
    Case(
        name="a category is found",
        method="GET",
        path="/product-categories/find",
        payload={"external_identifier": "pizza"},
        shape=CATEGORY,
        expect={"uuid": "{pizzas}"},
        refusals=(Refusal(1003, {"external_identifier": "none"}, names="external_identifier"),),
    ),
    Case(
        name="a category is found or made",
        method="POST",
        path="/product-categories/find-or-create",
        payload={"external_identifier": "desserts"},
        shape=CATEGORY,
        expect={"name": "desserts"},
        refusals=(Refusal(1003, {"external_identifier": ...}, names="external_identifier"),),
    ),
    Case(name="a category", method="GET", path="/product-categories/{pizzas}", shape=CATEGORY, refusals=NO_CATEGORY),
    Case(
        name="a category is changed",
        method="PUT",
        path="/product-categories/{pizzas}",
        payload={"name": "Pizza"},
        shape=CATEGORY,
        expect={"name": "Pizza", "external_identifier": "pizza"},
        refusals=(Refusal(1003, {"external_identifier": "drinks"}, names="external_identifier"), *NO_CATEGORY),
    ),
    Case(
        name="a category is deleted",
        method="DELETE",
        path="/product-categories/{pizzas}",
        shape=NULL,
        refusals=NO_CATEGORY,
        repeat=1003,
    ),
]
