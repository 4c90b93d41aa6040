"""Error reports to Sentry; imported only where SENTRY_DSN is set."""

import sentry_sdk
from sentry_sdk.types import Breadcrumb, BreadcrumbHint

QUERY, FRAGMENT = "http.query", "http.fragment"


def start(dsn: str, *, site_url: str) -> None:
    """Report unhandled errors to `dsn`, without who the diner is and without what they sent."""
    sentry_sdk.init(
        dsn=dsn,
        environment=site_url,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        before_breadcrumb=drop_queries,
    )


def drop_queries(crumb: Breadcrumb, _hint: BreadcrumbHint) -> Breadcrumb:
    """Take the query off every address we called: it has gift card codes and e-mail addresses in it."""
    data = {name: value for name, value in crumb.get("data", {}).items() if name not in {QUERY, FRAGMENT}}
    if isinstance(url := data.get("url"), str):
        data["url"] = url.partition("?")[0].partition("#")[0]
    return {**crumb, "data": data}
