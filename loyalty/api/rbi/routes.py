"""RBI's Loyalty API as it is served: its calls, its refusals, its OpenAPI."""

from typing import Any

from loyalty.api.rbi import transactions
from loyalty.api.rbi.answers import refuse
from loyalty.api.rbi.documented import document
from loyalty.api.server import DialectAPI


class RbiAPI(DialectAPI):
    """RBI's Loyalty API."""

    def get_openapi_schema(self, **options: Any) -> Any:
        """Return the generated description, with what every call has in common."""
        return document(super().get_openapi_schema(**options))


api = RbiAPI(
    refuse=refuse,
    title="RBI Loyalty",
    version="1",
    urls_namespace="rbi",
    description="RBI's Loyalty API, served by this installation's own loyalty programme.",
)
api.add_router("/loyalty", transactions.router)
urls = api.urls
