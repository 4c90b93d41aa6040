"""/api/docs: the descriptions generated from the code, and a page that people read. No script, nothing from elsewhere."""

import json
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from loyalty.api.documented_steps import STEPS
from loyalty.api.leat import routes as leat
from loyalty.api.rbi import routes as rbi
from loyalty.api.server import DialectAPI

DIALECTS: dict[str, DialectAPI] = {"leat": leat.api, "rbi": rbi.api}


@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    """Show what both APIs can be asked, and the guide's six steps ready to be copied."""
    context = {
        "dialects": [_contents(name) for name in DIALECTS],
        "steps": STEPS,
        "site": settings.SITE_URL,
    }
    return render(request, "loyalty/api_docs.html", context)


@require_safe
def openapi(request: HttpRequest, dialect: str) -> HttpResponse:
    """Return one API's OpenAPI description."""
    if dialect not in DIALECTS:
        raise Http404
    return HttpResponse(_written(dialect), content_type="application/json")


@lru_cache(maxsize=4)
def _described(dialect: str) -> dict[str, Any]:
    """Return the description; the code does not change while the process runs."""
    described: dict[str, Any] = dict(DIALECTS[dialect].get_openapi_schema())
    return described


@lru_cache(maxsize=4)
def _written(dialect: str) -> bytes:
    return json.dumps(_described(dialect), indent=1).encode()


@lru_cache(maxsize=4)
def _contents(dialect: str) -> dict[str, Any]:
    """Return an API's calls by heading, in the order in which they are served."""
    described = _described(dialect)
    headings: dict[str, list[dict[str, Any]]] = {}
    for path, methods in described["paths"].items():
        for method, call in methods.items():
            headings.setdefault(call.get("tags", [""])[0], []).append(
                {
                    "method": method.upper(),
                    "path": path,
                    "summary": call.get("description") or call["summary"],
                    "asked": [each["name"] for each in call.get("parameters", []) if each["in"] == "query"],
                    "sent": _field_names(call, described),
                }
            )
    return {"name": dialect, "title": described["info"]["title"], "headings": sorted(headings.items())}


def _field_names(call: dict[str, Any], described: dict[str, Any]) -> list[str]:
    """Return the names of the fields that a call is sent, required ones with a star."""
    content = call.get("requestBody", {}).get("content", {}).get("application/json", {})
    schema = content.get("schema", {})
    if "$ref" in schema:
        schema = described["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    required = schema.get("required", ())
    return [f"{name}*" if name in required else name for name in schema.get("properties", {})]
