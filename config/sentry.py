"""Error reports to Sentry; imported only where SENTRY_DSN is set."""

import sentry_sdk


def start(dsn: str, *, site_url: str) -> None:
    """Report unhandled errors to `dsn`, without who the diner is and without what they sent."""
    sentry_sdk.init(
        dsn=dsn,
        environment=site_url,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
    )
