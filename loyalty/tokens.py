"""Keys to the APIs: made, shown once, checked, revoked. What is kept of a key is its SHA-256 (trust.md, "APIs")."""

import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from loyalty.models import ApiToken, TokenKind

GROUPS = (
    "contacts",
    "offers",
    "points",
    "orders",
    "catalogue",
    "money",
    "programme",
    "webhooks",
    "rbi",
)
"""What a scope may name; each is read or written: "contacts:read"."""

SCOPES = tuple(f"{group}:{action}" for group in GROUPS for action in ("read", "write"))
ACCESS_LIFE = timedelta(days=1)
LAST_USED_EVERY = timedelta(minutes=1)
PREFIXES = {TokenKind.BEARER: "tbs_", TokenKind.CLIENT: "tbc_", TokenKind.RBI: "tbr_"}
_SHAPE = re.compile(r"tb[scr]_[A-Za-z0-9_-]{43}")


class TokenRefused(Exception):
    """The key does not open this door."""


class UnknownToken(TokenRefused):
    """No key, or none of ours."""


class TokenOver(TokenRefused):
    """Its time is over, or it was revoked."""


class MissingScope(TokenRefused):
    """The key is right but may not do this."""


@dataclass(frozen=True, slots=True)
class MadeToken:
    """A key just made; `secret` is nowhere else and never shown again."""

    token: ApiToken
    secret: str


def make_token(
    name: str,
    *,
    kind: TokenKind,
    now: datetime,
    scopes: Iterable[str] = (),
    expires_at: datetime | None = None,
    issued_by: ApiToken | None = None,
) -> MadeToken:
    """Make a key of 32 random bytes. Raises ValueError for a scope that is none."""
    wanted = sorted(set(scopes))
    for scope in wanted:
        if scope not in SCOPES:
            raise ValueError(scope)
    secret = PREFIXES[kind] + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        name=name,
        kind=kind,
        hint=secret[:8],
        digest=digest_of(secret),
        scopes=wanted,
        created_at=now,
        expires_at=expires_at,
        issued_by=issued_by,
    )
    return MadeToken(token=token, secret=secret)


def authenticate(kind: TokenKind, raw: str, *, scope: str, now: datetime) -> ApiToken:
    """Return the key that `raw` is, if it may do what `scope` names. Raises UnknownToken, TokenOver, MissingScope.

    One query, and one more a minute that writes when it was last used.
    """
    if not _SHAPE.fullmatch(raw):
        raise UnknownToken
    token = (
        ApiToken.objects.filter(kind=kind, digest=digest_of(raw))
        .filter(Q(issued_by=None) | Q(issued_by__revoked_at=None))
        .first()
    )
    if token is None:
        raise UnknownToken
    if token.revoked_at is not None or token.is_over(now=now):
        raise TokenOver
    if scope and not token.allows(scope):
        raise MissingScope
    if token.last_used_at is None or now - token.last_used_at >= LAST_USED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token


def find_client(client_id: str, client_secret: str, *, now: datetime) -> ApiToken:
    """Return the client whose id and secret these are. Raises TokenRefused."""
    client = authenticate(TokenKind.CLIENT, client_secret, scope="", now=now)
    if str(client.uuid) != client_id:
        raise UnknownToken
    return client


def issue_access_token(client: ApiToken, *, now: datetime) -> MadeToken:
    """Hand out a bearer token to a client; the client's scopes are the token's, and its end is not after the client's.

    Tokens of this client whose time is over go with it, so that rows do not pile up.
    """
    ends = now + ACCESS_LIFE
    with transaction.atomic():
        client.issued.filter(expires_at__lte=now).delete()
        return make_token(
            client.name,
            kind=TokenKind.BEARER,
            scopes=client.scopes,
            expires_at=min(ends, client.expires_at) if client.expires_at else ends,
            issued_by=client,
            now=now,
        )


def revoke(token: ApiToken, *, now: datetime) -> bool:
    """End a key for good, with what was issued for it; return whether it had not been ended before."""
    return ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now) == 1


def digest_of(secret: str) -> str:
    """Return what is kept of a key."""
    return hashlib.sha256(secret.encode()).hexdigest()
