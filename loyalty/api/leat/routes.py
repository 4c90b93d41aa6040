"""Leat's API as it is served: its routers in the order of the docs, its refusals, its OpenAPI."""

from typing import Any

from ninja import Router

from loyalty.api.leat import (
    account,
    attributes,
    batches,
    cards,
    contacts,
    gift_card_transactions,
    gift_cards,
    order_returns,
    orders,
    places,
    points,
    prepaid,
    product_categories,
    products,
    programme,
    promotions,
    reward_receptions,
    rewards,
    standing,
    verification,
    voucher_uses,
    vouchers,
    webhook_subscriptions,
)
from loyalty.api.leat.answers import refuse
from loyalty.api.leat.documented import document
from loyalty.api.server import DialectAPI

ROUTERS: tuple[Router, ...] = (
    account.router,
    contacts.router,
    batches.router,
    verification.router,
    standing.router,
    cards.router,
    attributes.router,
    programme.router,
    places.router,
    promotions.router,
    vouchers.router,
    voucher_uses.router,
    rewards.router,
    reward_receptions.router,
    points.router,
    gift_cards.router,
    gift_card_transactions.router,
    prepaid.router,
    orders.router,
    order_returns.router,
    products.router,
    product_categories.router,
    webhook_subscriptions.router,
)


class LeatAPI(DialectAPI):
    """Leat's REST API."""

    def get_openapi_schema(self, **options: Any) -> Any:
        """Return the generated description, with what every call has in common."""
        return document(super().get_openapi_schema(**options))


api = LeatAPI(
    refuse=refuse,
    title="Leat",
    version="3",
    urls_namespace="leat",
    description="Leat's REST API, served by this installation's own loyalty programme.",
)
for _router in ROUTERS:
    api.add_router("", _router)
urls = api.urls
health = api.view_at("")
