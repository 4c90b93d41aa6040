"""Django Ninja as our APIs use it: any address with or without a slash, every answer in the dialect's own JSON.

A dialect makes one `DialectAPI` with the function that writes its refusals (see loyalty.api.leat.routes).
"""

import functools
from collections.abc import Callable
from typing import Any

import structlog
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, re_path
from django.urls import path as django_path
from django.utils import translation
from django.utils.datastructures import MultiValueDict
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.parser import Parser

from loyalty.api.bodies import check_length, is_unkeepable
from loyalty.api.troubles import Kind, Trouble
from loyalty.errors import TooOften

View = Callable[..., HttpResponseBase]
Refuse = Callable[[HttpRequest, Exception], HttpResponse | None]
log = structlog.get_logger("tableside.api")


class QueryParser(Parser):
    """Reads addresses, where an empty value is none; bodies are read by loyalty.api.fields.Sent."""

    def parse_querydict(
        self, data: "MultiValueDict[str, Any]", list_fields: list[str], request: HttpRequest
    ) -> dict[str, Any]:
        """Return the values by name."""
        found: dict[str, Any] = {}
        for name in data:
            values = [value for value in data.getlist(name) if value != ""]
            if values:
                found[name] = values if name in list_fields else values[-1]
        return found


class DialectAPI(NinjaAPI):
    """One API. `refuse` writes an exception as the dialect does; None for one that the dialect knows nothing about."""

    def __init__(self, *, refuse: Refuse, **options: Any) -> None:
        super().__init__(docs_url=None, openapi_url=None, parser=QueryParser(), **options)
        self.refuse = refuse

    def on_exception(self, request: HttpRequest, exc: Any) -> HttpResponse:
        """Answer what a call raised."""
        answer = self.refuse(request, as_trouble(exc))
        if answer is None:
            log.error("call failed", path=_route_of(request), exc_info=exc)
            answer = self.refuse(request, Trouble(Kind.FAILURE))
            assert answer is not None
        return answer

    def guard(self, view: View) -> View:
        """Return `view` with every way out of it in the dialect's words, also those before and after Django Ninja's."""

        @functools.wraps(view)
        def guarded(request: HttpRequest, **arguments: Any) -> HttpResponseBase:
            try:
                _check_address(request, arguments)
                check_length(request)
                # Programs read codes; people who mend them read English, whatever a proxy asks for.
                with translation.override("en"):
                    response = view(request, **arguments)
            except Exception as error:  # noqa: BLE001  # whatever it is, the caller gets JSON
                return self.on_exception(request, error)
            if response.status_code == 405:
                return self.on_exception(request, Trouble(Kind.WRONG_METHOD, allow=response.headers.get("Allow", "")))
            return response

        guarded.csrf_exempt = True  # type: ignore[attr-defined]
        return guarded

    def view_at(self, route: str) -> View:
        """Return the view of a route, to be served at another address too."""
        for pattern in self.urls[0]:
            if isinstance(pattern, URLPattern) and str(pattern.pattern) == route:
                return pattern.callback
        raise LookupError(route)

    def _get_urls(self) -> list[URLResolver | URLPattern]:
        """Return the routes, fixed ones before those with a variable, each with and without a slash, and one for the rest."""
        patterns: list[URLResolver | URLPattern] = []
        routes = [pattern for pattern in super()._get_urls() if isinstance(pattern, URLPattern)]
        for pattern in sorted(routes, key=lambda pattern: _fixed_first(str(pattern.pattern))):
            route = str(pattern.pattern)
            view = self.guard(pattern.callback)
            patterns.append(django_path(route, view, name=pattern.name))
            if route:
                patterns.append(django_path(f"{route}/", view))
        patterns.append(re_path("", self.guard(_no_route)))
        return patterns


def as_trouble(error: Exception) -> Exception:
    """Return what Django and Django Ninja raise as the trouble it means; anything else as it is."""
    match error:
        case ValidationError():
            return Trouble(Kind.INVALID, errors=_sentences(error.errors))
        case AuthenticationError():
            return Trouble(Kind.UNAUTHENTICATED)
        case Http404():
            return Trouble(Kind.NO_ROUTE)
        case RequestDataTooBig():
            return Trouble(Kind.TOO_LARGE)
        case HttpError() | SuspiciousOperation() | UnreadablePostError():
            return Trouble(Kind.UNREADABLE)
        case TooOften():
            return Trouble(Kind.TOO_OFTEN, retry_after=error.retry_after)
        case _:
            return error


def _sentences(errors: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Return what is wrong by field, named as it was sent: `line_items.0.name`."""
    sentences: dict[str, list[str]] = {}
    for error in errors:
        # The first is where it was read from, the second (of a body) the view's argument.
        place = error["loc"][2:] if error["loc"][0] == "body" else error["loc"][-1:]
        name = ".".join(str(step) for step in place) or "body"
        sentences.setdefault(name, []).append(str(error["msg"]).removeprefix("Value error, "))
    return sentences


def _check_address(request: HttpRequest, arguments: dict[str, Any]) -> None:
    texts = [str(value) for value in arguments.values()]
    for name, values in request.GET.lists():
        texts += [name, *values]
    if any(is_unkeepable(text) for text in texts):
        raise Trouble(Kind.INVALID, errors={"address": ["It has characters that cannot be kept."]})


def _fixed_first(route: str) -> tuple[bool, ...]:
    return tuple("<" in step for step in route.split("/"))


def _route_of(request: HttpRequest) -> str:
    """Return the route that was called, without what stood in for its variables."""
    return request.resolver_match.route if request.resolver_match else ""


def _no_route(request: HttpRequest) -> HttpResponse:
    raise Trouble(Kind.NO_ROUTE)
