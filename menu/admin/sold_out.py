"""Sold out in one tap: the cell with its buttons, and the address they post to. Works in lists and on change pages."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from menu.admin.forms import restaurant_of
from menu.availability import SoldThing, mark_sold_out, put_back_on_sale, tomorrow_of
from menu.models import Modifier, Product, Variant

KINDS: dict[str, tuple[type[SoldThing], tuple[str, ...]]] = {
    "product": (Product, ("restaurant",)),
    "size": (Variant, ("product__restaurant",)),
    "option": (Modifier, ("group__restaurant",)),
}
ACTIONS = ("sold-out", "until-tomorrow", "on-sale")


def kind_of(thing: SoldThing) -> str:
    """Return the word of `KINDS` for a row."""
    return next(kind for kind, (model, _related) in KINDS.items() if isinstance(thing, model))


def cell(thing: SoldThing, *, now: datetime, may_change: bool) -> SafeString:
    """Return whether a thing is on sale, with the buttons that change it for whoever may."""
    sold_out = thing.is_sold_out(now=now)
    until = thing.sold_out_until
    local = restaurant_of(thing).local(until) if sold_out and until else None
    is_soon = until is not None and until - now < timedelta(days=6)
    kind = kind_of(thing)
    return render_to_string(
        "menu/admin_sold_out.html",
        {
            "thing": thing,
            "kind": kind,
            "is_sold_out": sold_out,
            "until": f"{date_format(local, 'D' if is_soon else 'D j M')} {local:%H:%M}" if local else "",
            "may_change": may_change,
            "urls": {
                action.replace("-", "_"): reverse("admin:menu_sold_out", args=[kind, thing.pk, action])
                for action in ACTIONS
            },
        },
    )


def may_mark(request: HttpRequest) -> bool:
    """Say whether this person may mark things sold out."""
    return request.user.has_perm("menu.mark_sold_out") or request.user.has_perm("menu.change_product")


def column(request: HttpRequest) -> Callable[[Any], SafeString]:
    """Return the list column for this request; `now` and the permission are read once."""
    now, may_change = timezone.now(), may_mark(request)

    @admin.display(description=_("On sale"))
    def on_sale(thing: SoldThing) -> SafeString:
        return cell(thing, now=now, may_change=may_change)

    return on_sale


def urls(site: admin.AdminSite) -> list[URLPattern]:
    """Return the address that the buttons post to."""
    return [path("sold-out/<str:kind>/<int:pk>/<str:action>/", site.admin_view(change), name="menu_sold_out")]


@require_POST
def change(request: HttpRequest, kind: str, pk: int, action: str) -> HttpResponse:
    """Mark a product, size or option sold out, or put it back; answers htmx with the cell, others with the way back."""
    if kind not in KINDS or action not in ACTIONS:
        raise Http404
    if not may_mark(request):
        return HttpResponse(_("You are not allowed to do this."), status=403, content_type="text/plain; charset=utf-8")
    model, related = KINDS[kind]
    thing: Any = get_object_or_404(model._default_manager.select_related(*related), pk=pk)
    now = timezone.now()
    if action == "on-sale":
        put_back_on_sale(thing)
        said = _("%(name)s is back on sale.")
    else:
        until = tomorrow_of(restaurant_of(thing), now=now) if action == "until-tomorrow" else None
        mark_sold_out(thing, until=until, now=now)
        said = _("%(name)s is sold out.")
    if request.headers.get("HX-Request"):
        return HttpResponse(cell(thing, now=now, may_change=True))
    messages.success(request, said % {"name": thing.name})
    return HttpResponseRedirect(f"{_way_back(request)}#sale-{kind}-{thing.pk}")


def _way_back(request: HttpRequest) -> str:
    """Return the page the button was on, if it was one of ours; else the list of products."""
    referer = request.headers.get("referer", "")
    allowed = url_has_allowed_host_and_scheme(
        referer, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return referer.partition("#")[0] if referer and allowed else reverse("admin:menu_product_changelist")
