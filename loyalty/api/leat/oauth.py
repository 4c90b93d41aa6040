"""The older way in: a client id and its secret for a bearer token of a day (leat-api.md section 1, "auth, older")."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from loyalty import throttle, tokens
from loyalty.api.bodies import read_body
from loyalty.api.leat.answers import Refused, invalid, write
from loyalty.api.leat.routes import api
from loyalty.api.troubles import Kind, Trouble
from loyalty.dialects.leat.codes import Code, error_body
from loyalty.throttle import MINUTE, Limit
from loyalty.tokens import TokenRefused

TOKENS_PER_MINUTE = 60


@api.guard
def access_token(request: HttpRequest) -> HttpResponse:
    """Answer a bare object: this call has no `data` around it."""
    if request.method != "POST":
        raise Trouble(Kind.WRONG_METHOD, allow="POST")
    fields = read_body(request)
    if fields.get("grant_type") != "client_credentials":
        raise invalid("grant_type", "Must be client_credentials.")
    client_id, secret = _text(fields, "client_id"), _text(fields, "client_secret")
    now = timezone.now()
    try:
        client = tokens.find_client(client_id, secret, now=now)
    except TokenRefused:
        return write(error_body(Code.WRONG_SECRET, status=401), status=401)
    # Counted once it is known who asks: nobody can use up the limit of another.
    throttle.count([Limit(throttle.key_of("oauth-client", client.pk), TOKENS_PER_MINUTE, MINUTE)], now=now)
    made = tokens.issue_access_token(client, now=now)
    ends = made.token.expires_at
    assert ends is not None
    return write(
        {"token_type": "Bearer", "expires_in": int((ends - now).total_seconds()), "access_token": made.secret},
        headers={"Cache-Control": "no-store"},
    )


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise Refused(Code.INVALID, errors={name: ["Field required"]})
    return value
