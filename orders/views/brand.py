"""The stylesheet with a restaurant's accent colour, at an address that changes with its text."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from menu.colour import brand_name, brand_stylesheet


@require_safe
@cache_control(public=True, immutable=True, max_age=365 * 24 * 3600)
def brand(request: HttpRequest, name: str) -> HttpResponse:
    """Serve the stylesheet called `name`; what it says follows from the name alone, so no row is read."""
    accent = f"#{name[:6]}"
    if name != brand_name(accent):
        raise Http404
    return HttpResponse(brand_stylesheet(accent), content_type="text/css; charset=utf-8")
