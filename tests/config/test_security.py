"""Whose forwarding headers count, and the headers and cookies that every answer carries."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from pytest_django import Settings

from config.security import TrustedProxies


def seen_through(settings: Settings, proxies: list[str], remote: str, **headers: str) -> HttpRequest:
    settings.TRUSTED_PROXIES = proxies
    seen: list[HttpRequest] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(request)
        return HttpResponse()

    TrustedProxies(view)(RequestFactory().get("/", REMOTE_ADDR=remote, **headers))  # type: ignore[arg-type]
    return seen[0]


def test_a_trusted_proxy_speaks_for_the_diner(settings: Settings) -> None:
    request = seen_through(
        settings, ["10.0.0.0/8"], "10.1.2.3", HTTP_X_FORWARDED_FOR="203.0.113.9", HTTP_X_FORWARDED_PROTO="https"
    )

    assert request.META["REMOTE_ADDR"] == "203.0.113.9"
    assert request.META["HTTP_X_FORWARDED_PROTO"] == "https"


def test_a_stranger_does_not_choose_the_address_that_counts(settings: Settings) -> None:
    request = seen_through(
        settings, ["10.0.0.0/8"], "198.51.100.7", HTTP_X_FORWARDED_FOR="203.0.113.9", HTTP_X_FORWARDED_PROTO="https"
    )

    assert request.META["REMOTE_ADDR"] == "198.51.100.7"
    assert "HTTP_X_FORWARDED_FOR" not in request.META
    assert "HTTP_X_FORWARDED_PROTO" not in request.META


def test_what_the_diner_wrote_in_front_of_the_proxys_word_does_not_count(settings: Settings) -> None:
    request = seen_through(settings, ["10.0.0.0/8"], "10.1.2.3", HTTP_X_FORWARDED_FOR="1.1.1.1, 203.0.113.9, 10.9.9.9")

    assert request.META["REMOTE_ADDR"] == "203.0.113.9"


def test_without_trusted_proxies_no_forwarding_header_reaches_a_view(settings: Settings) -> None:
    request = seen_through(settings, [], "198.51.100.7", HTTP_FORWARDED="for=1.1.1.1", HTTP_X_FORWARDED_HOST="evil")

    assert request.META["REMOTE_ADDR"] == "198.51.100.7"
    assert not [name for name in request.META if "FORWARDED" in name]


def test_a_header_that_is_no_address_is_left_alone(settings: Settings) -> None:
    request = seen_through(settings, ["10.1.2.3"], "10.1.2.3", HTTP_X_FORWARDED_FOR="unknown")

    assert request.META["REMOTE_ADDR"] == "10.1.2.3"


def test_a_proxy_that_is_no_network_is_refused_at_the_start(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = ["the-proxy"]

    with pytest.raises(ImproperlyConfigured, match="TRUSTED_PROXIES: 'the-proxy'"):
        TrustedProxies(lambda request: HttpResponse())


def test_every_answer_carries_the_headers_of_a_careful_site(client: Client) -> None:
    response = client.get("/healthz")

    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in response["Permissions-Policy"]
    assert len(response["X-Request-Id"]) == 32


@pytest.mark.once
@pytest.mark.parametrize(
    ("started", "prefix", "hsts_seconds"), [("much_set", "__Host-", 31_536_000), ("nothing_set", "", 0)]
)
def test_cookies_are_bound_to_the_host_exactly_where_the_site_is_https(
    started: str, prefix: str, hsts_seconds: int, request: pytest.FixtureRequest
) -> None:
    found = request.getfixturevalue(started)["settings"]

    is_secure = started == "much_set"
    bound = {
        "SESSION_COOKIE_NAME": f"{prefix}staff",
        "CSRF_COOKIE_NAME": f"{prefix}csrf",
        "LANGUAGE_COOKIE_NAME": f"{prefix}language",
        "GUEST_COOKIE_NAME": f"{prefix}guest",
        "SESSION_COOKIE_SECURE": is_secure,
        "CSRF_COOKIE_SECURE": is_secure,
        "SECURE_SSL_REDIRECT": is_secure,
        "SECURE_HSTS_SECONDS": hsts_seconds,
    }
    assert {name: found[name] for name in bound} == bound
