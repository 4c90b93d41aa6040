"""What error reports must not contain."""

import pytest

from config import sentry


@pytest.mark.once
def test_the_queries_of_addresses_we_called_are_not_reported() -> None:
    crumb = {
        "type": "http",
        "data": {
            "url": "https://leat.example/cards?code=ABCD-EFGH#eva@example.org",
            "method": "GET",
            "http.query": "code=ABCD-EFGH",
            "http.fragment": "eva@example.org",
            "status_code": 200,
        },
    }

    kept = sentry.drop_queries(crumb, {})

    assert kept == {
        "type": "http",
        "data": {"url": "https://leat.example/cards", "method": "GET", "status_code": 200},
    }
    assert sentry.drop_queries({"category": "query"}, {})["category"] == "query"


@pytest.mark.once
def test_the_client_is_started_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen: dict[str, object] = {}
    monkeypatch.setattr("sentry_sdk.init", lambda **options: chosen.update(options))

    sentry.start("https://key@127.0.0.1:9/1", site_url="https://example.org")

    assert chosen["before_breadcrumb"] is sentry.drop_queries
