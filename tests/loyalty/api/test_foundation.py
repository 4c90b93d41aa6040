"""What every call has in common: tokens, bodies, refusals, addresses with and without a slash."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from ninja.openapi.schema import OpenAPISchema
from pytest_django import Settings

from loyalty import tokens
from loyalty.api.bodies import nest
from loyalty.api.leat import routes
from loyalty.models import ApiToken, TokenKind
from tests.loyalty.api.calling import FORM, ROOT, Caller, body_of, flatten, refusal_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", [ROOT, f"{ROOT}/", "/api/v2/oauth/clients", "/api/v2/oauth/clients/"])
def test_the_connection_can_be_tested_at_each_of_its_addresses(token: str, address: str) -> None:
    response = Client().get(address, headers={"Authorization": f"Bearer {token}", "X-Partner-ID": "42"})

    assert response.status_code == 200
    assert response.json()["data"]["company"] == "Tableside"
    assert not response.cookies


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer nonsense", "Basic dXNlcjpwYXNz", "Bearer tbs_" + "A" * 43])
def test_a_wrong_token_is_a_refusal_of_401(header: str) -> None:
    response = Client().get(ROOT, headers={"Authorization": header} if header else {})

    assert refusal_of(response) == (401, 401)


def test_a_token_that_is_over_or_revoked_opens_nothing(leat: Caller) -> None:
    now = timezone.now()
    over = tokens.make_token("over", kind=TokenKind.BEARER, now=now, expires_at=now - timedelta(seconds=1))
    revoked = tokens.make_token("revoked", kind=TokenKind.BEARER, now=now)
    tokens.revoke(revoked.token, now=now)

    answers = [refusal_of(Caller(made.secret).get("")) for made in (over, revoked)]

    assert answers == [(401, 401), (401, 401)]


def test_a_token_may_do_what_its_scopes_say_and_nothing_else(db: None) -> None:
    made = tokens.make_token("narrow", kind=TokenKind.BEARER, now=timezone.now(), scopes=["contacts:write"])

    assert refusal_of(Caller(made.secret).get("")) == (403, 7011)


def test_only_a_hash_of_a_token_is_kept_and_its_last_use_written_once_a_minute(leat: Caller, token: str) -> None:
    row = ApiToken.objects.get()
    for _call in range(3):
        leat.get("")

    used = ApiToken.objects.get()
    assert token not in {str(getattr(row, field.name)) for field in ApiToken._meta.fields}
    assert (row.last_used_at, used.last_used_at is not None) == (None, True)
    assert row.digest == tokens.digest_of(token)


def test_a_client_id_and_secret_are_changed_for_a_bearer_token(db: None) -> None:
    client = tokens.make_token("till", kind=TokenKind.CLIENT, now=timezone.now())
    sent = {
        "grant_type": "client_credentials",
        "client_id": str(client.token.uuid),
        "client_secret": client.secret,
    }
    for address in ("/oauth/token", "/oauth/token/"):
        response = Client().post(address, sent)

        answer = body_of(response)
        assert set(answer) == {"token_type", "expires_in", "access_token"}
        assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 86400)
        assert Caller(answer["access_token"]).get("").status_code == 200

    wrong = Client().post("/oauth/token", {**sent, "client_secret": "tbc_" + "A" * 43})
    assert refusal_of(wrong) == (401, 1053)
    assert refusal_of(Client().get("/oauth/token")) == (405, 405)
    tokens.revoke(client.token, now=timezone.now())
    assert refusal_of(Caller(answer["access_token"]).get("")) == (401, 401)


def test_calling_too_often_is_a_refusal_that_says_how_long_to_wait(leat: Caller, settings: Settings) -> None:
    settings.API_CALLS_PER_MINUTE = 3
    for _call in range(3):
        assert leat.get("").status_code == 200

    refused = leat.get("")

    assert refusal_of(refused) == (429, 60000)
    assert 1 <= int(refused.headers["Retry-After"]) <= 60


@pytest.mark.parametrize("path", ["/nothing", "/nothing/", "/contacts/a/b/c/d", "/%00", "//"])
def test_an_unknown_address_is_a_refusal_of_404(leat: Caller, path: str) -> None:
    assert refusal_of(leat.get(path)) in {(404, 404), (400, 1003)}


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE"])
def test_a_wrong_method_is_a_refusal_of_405(leat: Caller, method: str) -> None:
    response = leat.send(method, "", b"", FORM)

    assert response.status_code == 405
    assert response.headers["Allow"] == "GET"
    if method != "HEAD":
        assert refusal_of(response) == (405, 405)


def test_a_failure_of_ours_is_a_refusal_of_500(leat: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str) -> None:
        raise RuntimeError("forced")

    monkeypatch.setattr("loyalty.api.leat.account.account_object", fail)

    assert refusal_of(leat.get("")) == (500, 1000)


def test_a_body_that_is_too_large_is_a_refusal_of_413(leat: Caller) -> None:
    assert refusal_of(Client().post("/oauth/token", b"x" * (2 * 1024 * 1024 + 1), content_type=FORM)) == (413, 413)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'"text"',
        b"\xff\xfe{",
        b'{"a": NaN}',
        b'{"a": 1e999}',
        b'{"grant_type": "a\\u0000b"}',
        b'{"grant_type": "\\ud800"}',
        b'{"\\u0000": 1}',
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        b'{"a":' * 20 + b"1" + b"}" * 20,
        b'{"a": ' + b"9" * 5000 + b"}",
        json.dumps({"a": list(range(30_000))}).encode(),
    ],
)
@pytest.mark.parametrize("content_type", ["application/json", FORM, "text/plain", "multipart/form-data"])
def test_a_body_that_cannot_be_read_is_a_refusal_of_1003(body: bytes, content_type: str) -> None:
    assert refusal_of(Client().generic("POST", "/oauth/token", body, content_type=content_type)) == (400, 1003)


@pytest.mark.once
def test_brackets_are_read_as_php_writes_them() -> None:
    fields = {"a": "1", "b": {"c": ["x", {"d": "y"}], "e": "z"}, "f": ["1", "2"]}

    read = nest(flatten(fields))

    assert read == fields
    assert nest([("a[]", "1"), ("a[]", "2"), ("b[", "3"), ("a]", "4")]) == {"a": ["1", "2"], "b[": "3", "a]": "4"}


@pytest.mark.once
def test_every_call_documents_every_way_of_refusing() -> None:
    schema = routes.api.get_openapi_schema()

    for methods in schema["paths"].values():
        for call in methods.values():
            assert {401, 404, 405, 413, 429, 500} <= set(call["responses"]), call["operationId"]


@pytest.mark.once
def test_no_two_schemas_of_the_description_have_one_name(monkeypatch: pytest.MonkeyPatch) -> None:
    named: dict[str, set[str]] = {}

    def note(schema: OpenAPISchema, definitions: dict[str, object]) -> None:
        for name, definition in definitions.items():
            named.setdefault(name, set()).add(json.dumps(definition, sort_keys=True))
        schema.schemas.update(definitions)

    monkeypatch.setattr(OpenAPISchema, "add_schema_definitions", note)
    routes.api.get_openapi_schema()

    assert [name for name, definitions in named.items() if len(definitions) > 1] == []


@pytest.mark.once
def test_a_fixed_address_comes_before_one_with_a_variable() -> None:
    patterns = [str(pattern.pattern) for pattern in routes.api.urls[0]]
    for position, route in enumerate(patterns):
        later = [other for other in patterns[position + 1 :] if other.count("/") == route.count("/")]
        if "<" in route:
            assert not [other for other in later if _covers(route, other)], route


def _covers(variable: str, fixed: str) -> bool:
    pairs = zip(variable.split("/"), fixed.split("/"), strict=True)
    return "<" not in fixed and all(step.startswith("<") or step == other for step, other in pairs)
