"""What the visitor sees when there is no page: plain words, or JSON under /api/."""

from collections.abc import Callable
from http import HTTPStatus

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from orders.whole_page import as_whole_page


class PlainErrors:
    """Put words into what Django answers without any: a wrong method everywhere, every refusal (413 …) under /api/."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer `request`."""
        response = self.get_response(request)
        if not _lacks_words(request, response):
            return response
        status = HTTPStatus(response.status_code)
        if request.path.startswith("/api/"):
            worded = answer(request, status, "", status.phrase)
        else:
            title, text = _("That does not work here"), _("This address is there, but not for what was tried.")
            worded = answer(request, status, title, text)
        # The words go into the answer there is: it has its Allow, Retry-After and security headers already.
        response.content = worded.content
        for name, value in worded.items():
            response[name] = value
        response["Content-Length"] = str(len(response.content))
        return response


def _lacks_words(request: HttpRequest, response: HttpResponse) -> bool:
    """Say whether this is a refusal that nobody has written words for."""
    if response.status_code < HTTPStatus.BAD_REQUEST:
        return False
    if request.path.startswith("/api/"):
        return not response.headers.get("Content-Type", "").startswith("application/json")
    return response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and not response.content


def answer(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    """Answer `status` in the way of the address asked for."""
    if request.path.startswith("/api/"):
        return JsonResponse({"message": text, "code": status, "status_code": status}, status=status)
    response = render(request, "config/error.html", {"status": status, "title": title, "text": text}, status=status)
    return as_whole_page(request, response)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what cannot be understood, or is too much."""
    if isinstance(exception, RequestDataTooBig):
        return answer(request, 413, _("That is too much"), _("What was sent is too big for us."))
    return answer(request, 400, _("That did not work"), _("The request could not be understood."))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose token is missing or old."""
    return answer(
        request,
        403,
        _("Please try again"),
        _("This page was open for a long time or in another browser. Go back, reload the page and send it again."),
    )


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what this visitor may not do."""
    return answer(request, 403, _("Not allowed"), _("You are not allowed to do this."))


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an address that leads nowhere."""
    return answer(request, 404, _("Page not found"), _("There is nothing at this address."))


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer our own failure; the template needs no database."""
    return answer(request, 500, _("Something went wrong"), _("This is our fault. Please try again in a moment."))
