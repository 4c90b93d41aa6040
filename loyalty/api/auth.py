"""Who calls: the key in the header, what it may do, how often."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja.security import APIKeyHeader, HttpBearer

from loyalty import tokens
from loyalty.api import limits
from loyalty.api.troubles import Kind, Trouble
from loyalty.models import ApiToken, TokenKind
from loyalty.tokens import MissingScope, TokenOver, UnknownToken

READING = {"GET", "HEAD"}


class ApiRequest(HttpRequest):
    """A request as views see it: `auth` is the key it came with."""

    auth: ApiToken


class Bearer(HttpBearer):
    """A bearer token that may read or write `group`: what the method says, or `action` where a GET changes something."""

    def __init__(self, group: str, *, action: str = "") -> None:
        super().__init__()
        self.group = group
        self.action = action

    def __call__(self, request: HttpRequest) -> Any:
        """Return the key, so that no view runs without one."""
        scheme, _space, token = request.headers.get("Authorization", "").strip().partition(" ")
        return self.authenticate(request, token.strip() if scheme.lower() == "bearer" else "")

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken:
        """Return the key. Raises Trouble."""
        return admit(TokenKind.BEARER, token, scope=scope_of(request, self.group, self.action))


class ApiKey(APIKeyHeader):
    """RBI's `x-api-key`."""

    param_name = "x-api-key"

    def __init__(self, group: str) -> None:
        super().__init__()
        self.group = group

    def __call__(self, request: HttpRequest) -> Any:
        """Return the key, so that no view runs without one."""
        return self.authenticate(request, request.headers.get(self.param_name))

    def authenticate(self, request: HttpRequest, key: str | None) -> ApiToken:
        """Return the key. Raises Trouble."""
        return admit(TokenKind.RBI, (key or "").strip(), scope=scope_of(request, self.group, ""))


def scope_of(request: HttpRequest, group: str, action: str) -> str:
    """Return the scope that a call needs."""
    return f"{group}:{action or ('read' if request.method in READING else 'write')}"


def admit(kind: TokenKind, raw: str, *, scope: str) -> ApiToken:
    """Return the key, counted against its limit. Raises Trouble: UNAUTHENTICATED, NO_ACCESS, TOO_OFTEN."""
    now = timezone.now()
    try:
        token = tokens.authenticate(kind, raw, scope=scope, now=now)
    except (UnknownToken, TokenOver) as error:
        raise Trouble(Kind.UNAUTHENTICATED) from error
    except MissingScope as error:
        raise Trouble(Kind.NO_ACCESS, f"This token does not have the scope {scope}.") from error
    limits.count_call(token.pk, now=now)
    return token
