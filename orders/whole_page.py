"""A whole page as the answer to htmx, which asked for a part of one."""

from django.http import HttpRequest, HttpResponse


def as_whole_page(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Have htmx show `response` in place of everything on the page, not inside the part that it asked to renew."""
    if request.headers.get("HX-Request"):
        response["HX-Retarget"] = "body"
        response["HX-Reswap"] = "innerHTML show:window:top"
    return response
