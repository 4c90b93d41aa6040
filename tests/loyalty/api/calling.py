"""Calls in every way that Leat's clients send them: JSON, PHP's bracketed forms, multipart; and the bodies of refusals."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.test import Client
from django.test.client import encode_multipart

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse

    Answer = _MonkeyPatchedWSGIResponse

ROOT = "/api/v3/oauth/clients"
FORM = "application/x-www-form-urlencoded"
BOUNDARY = "TableSideBoundary"


class Caller:
    """One client with one token. Each method returns the answer; `body_of` its JSON."""

    def __init__(self, token: str, *, root: str = ROOT, header: str = "Authorization", scheme: str = "Bearer ") -> None:
        self.client = Client(raise_request_exception=False)
        self.root = root
        self.headers = {header: scheme + token} if token else {}

    def get(self, path: str, query: Mapping[str, Any] | None = None) -> "Answer":
        """GET as the official client does: with a form's Content-Type and no body."""
        return self.send("GET", path, b"", FORM, query=query)

    def json(self, method: str, path: str, payload: Any) -> "Answer":
        """Send JSON."""
        return self.client.generic(
            method, self.root + path, _dumps(payload), content_type="application/json", headers=self._all()
        )

    def form(self, method: str, path: str, payload: Mapping[str, Any]) -> "Answer":
        """Send a form as PHP's http_build_query writes it: nulls and empty lists left out, 1 and 0 for true and false."""
        return self.send(method, path, urlencode(list(flatten(payload))).encode(), FORM)

    def multipart(self, method: str, path: str, payload: Mapping[str, Any]) -> "Answer":
        """Send a multipart body."""
        body = encode_multipart(BOUNDARY, dict(flatten(payload)))
        return self.send(method, path, body, f"multipart/form-data; boundary={BOUNDARY}")

    def send(
        self, method: str, path: str, body: bytes, content_type: str, *, query: Mapping[str, Any] | None = None
    ) -> "Answer":
        """Send bytes."""
        address = self.root + path + (f"?{urlencode(query)}" if query else "")
        return self.client.generic(method, address, body, content_type=content_type, headers=self._all())

    def _all(self) -> dict[str, str]:
        return {"Accept": "application/json", **self.headers}


def flatten(fields: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield what http_build_query makes of nested values."""
    for name, value in fields.items():
        key = f"{prefix}[{name}]" if prefix else str(name)
        if value is None:
            continue
        if isinstance(value, Mapping):
            yield from flatten(value, key)
        elif isinstance(value, list | tuple):
            yield from flatten({str(position): entry for position, entry in enumerate(value)}, key)
        elif isinstance(value, bool):
            yield key, "1" if value else "0"
        else:
            yield key, str(value)


def body_of(response: "Answer") -> dict[str, Any]:
    """Return the JSON object of an answer, which every answer is."""
    assert response.headers["Content-Type"].startswith("application/json"), response.content
    body = response.json()
    assert isinstance(body, dict)
    return body


def refusal_of(response: "Answer") -> tuple[int, int]:
    """Return status and code of a refusal, having looked at its body: what the official client cannot do without."""
    body = body_of(response)
    assert set(body) - {"errors"} == {"message", "code", "status_code"}, body
    assert isinstance(body["message"], str)
    assert body["message"]
    assert type(body["code"]) is int
    assert body["status_code"] == response.status_code
    for sentences in body.get("errors", {}).values():
        assert sentences
        assert all(isinstance(sentence, str) for sentence in sentences)
    return response.status_code, body["code"]


def _dumps(payload: Any) -> Any:
    return Client()._encode_json(payload, "application/json")  # type: ignore[attr-defined]
