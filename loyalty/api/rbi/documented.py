"""What the generated OpenAPI of RBI's API says of every call: the refusals it can answer."""

from typing import Any

from loyalty.dialects.rbi.errors import SENTENCES, STATUS, Code


def document(schema: Any) -> Any:
    """Return the OpenAPI description with what all its calls share."""
    schema["components"].setdefault("schemas", {})["Error"] = {
        "title": "Error",
        "type": "object",
        "required": ["code", "isEngineError", "message", "statusCode"],
        "properties": {
            "code": {"type": "string", "enum": [code.value for code in Code]},
            "isEngineError": {"type": "boolean"},
            "message": {"type": "string", "description": "English; not for guests."},
            "statusCode": {"type": "integer"},
            "details": {
                "type": "object",
                "properties": {
                    "errors": {
                        "type": "object",
                        "additionalProperties": {"type": "array", "items": {"type": "string"}},
                    },
                    "ruleEvaluation": {"type": "array", "items": _RULE},
                },
            },
        },
    }
    # What the code calls a Decimal is written as a number, exactly (loyalty.dialects.rbi.writing).
    schema["components"]["schemas"]["DiscountDetails"]["properties"]["discountValue"] = {"type": "number"}
    for methods in schema["paths"].values():
        for call in methods.values():
            for status in sorted(set(STATUS.values())):
                call["responses"].setdefault(status, _refusal(status))
    return schema


_RULE = {
    "type": "object",
    "required": ["code", "incentiveId", "message", "ruleId"],
    "properties": {
        "code": {"type": "string"},
        "ruleId": {"type": "string"},
        "incentiveId": {"type": "string"},
        "message": {"type": "string"},
        "currentValue": {"type": ["string", "number"]},
        "targetValue": {"type": "array", "items": {"type": ["string", "number"]}},
    },
}


def _refusal(status: int) -> dict[str, Any]:
    codes = [code for code in Code if STATUS[code] == status]
    answer: dict[str, Any] = {
        "description": " ".join(f"{code.value}: {SENTENCES[code]}" for code in codes),
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }
    if status == STATUS[Code.TOO_OFTEN]:
        answer["headers"] = {"Retry-After": {"schema": {"type": "integer"}}}
    return answer
