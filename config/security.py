"""Middleware for trust.md "Everywhere": whose forwarding headers count, and what pages may ask of the phone."""

from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse

Handler = Callable[[HttpRequest], HttpResponse]

FORWARDING_HEADERS = (
    "HTTP_FORWARDED",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_REAL_IP",
)
PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "publickey-credentials-get",
        "usb",
        "xr-spatial-tracking",
    )
)


class TrustedProxies:
    """Put the diner's own address into REMOTE_ADDR when a proxy of TRUSTED_PROXIES speaks for them; else ignore headers.

    TRUSTED_PROXIES lists addresses or networks ("10.0.0.0/8"). From anybody else every forwarding header is dropped
    before anything reads it, so that nobody can choose the address that limits count, or claim https.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        try:
            self.networks = [ip_network(text, strict=False) for text in settings.TRUSTED_PROXIES]
        except ValueError as error:
            raise ImproperlyConfigured(f"TRUSTED_PROXIES: {error}") from error

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer `request`."""
        if self.networks:
            self._read(request)
        else:
            _drop_headers(request)
        return self.get_response(request)

    def _read(self, request: HttpRequest) -> None:
        if not is_within(request.META.get("REMOTE_ADDR", ""), self.networks):
            _drop_headers(request)
            return
        # Each proxy appends whom it heard from: from the right, the first address that is none of ours is the diner's.
        for hop in reversed(request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")):
            address = hop.strip()
            if not is_address(address):
                return
            request.META["REMOTE_ADDR"] = address
            if not is_within(address, self.networks):
                return


def is_address(text: str) -> bool:
    """Say whether `text` is an IP address."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def is_within(address: str, networks: list[IPv4Network | IPv6Network]) -> bool:
    """Say whether `address` is one of `networks`'."""
    return is_address(address) and any(ip_address(address) in network for network in networks)


def _drop_headers(request: HttpRequest) -> None:
    for header in FORWARDING_HEADERS:
        request.META.pop(header, None)


class PermissionsPolicy:
    """Have the browser refuse what no page of ours uses: camera, microphone, position and the like."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer `request`."""
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        return response
