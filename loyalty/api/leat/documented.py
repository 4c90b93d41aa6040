"""What the generated OpenAPI of Leat's API says of every call: the bodies it takes, the refusals it can answer."""

import copy
from typing import Any

from loyalty.dialects.leat.codes import SENTENCES, Code

REFUSALS = {
    400: "Refused: the input is invalid (1003, with `errors` by field), or the code says what is not possible.",
    401: "The token is missing, wrong or over.",
    403: "The token may not do this.",
    404: "There is nothing at this address.",
    405: "This address is there, but not for this method.",
    413: "The request is too large.",
    429: "Too many requests: Retry-After says for how many seconds to wait.",
    500: "Something went wrong on our side.",
}
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
ERROR_SCHEMA = {
    "title": "Error",
    "type": "object",
    "required": ["message", "code", "status_code"],
    "properties": {
        "message": {"type": "string"},
        "code": {"type": "integer", "description": "; ".join(f"{code.value}: {SENTENCES[code]}" for code in Code)},
        "status_code": {"type": "integer"},
        "errors": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
    },
}


TOKEN_CALL = {
    "operationId": "access_token",
    "tags": ["Account"],
    "summary": "Get a bearer token",
    "description": "Change a client id and its secret for a bearer token of a day. The answer has no `data` around it.",
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["grant_type", "client_id", "client_secret"],
                    "properties": {
                        "grant_type": {"type": "string", "enum": ["client_credentials"]},
                        "client_id": {"type": "string"},
                        "client_secret": {"type": "string"},
                    },
                }
            }
        },
    },
    "responses": {
        200: {
            "description": "OK",
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": ["token_type", "expires_in", "access_token"],
                        "properties": {
                            "token_type": {"type": "string"},
                            "expires_in": {"type": "integer"},
                            "access_token": {"type": "string"},
                        },
                    }
                }
            },
        }
    },
}


def document(schema: Any) -> Any:
    """Return the OpenAPI description with what all its calls share, and the one call beside the others' root."""
    schema["components"].setdefault("schemas", {})["Error"] = ERROR_SCHEMA
    schema["paths"]["/oauth/token"] = {"post": copy.deepcopy(TOKEN_CALL)}
    for methods in schema["paths"].values():
        for call in methods.values():
            _document_call(call)
    return schema


def _document_call(call: dict[str, Any]) -> None:
    for status, words in REFUSALS.items():
        answer: dict[str, Any] = {
            "description": words,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
        }
        if status == 429:
            answer["headers"] = {"Retry-After": {"schema": {"type": "integer"}}}
        call["responses"].setdefault(status, answer)
    body = call.get("requestBody", {}).get("content", {})
    if "application/json" in body:
        for form in FORMS:
            body.setdefault(form, body["application/json"])
