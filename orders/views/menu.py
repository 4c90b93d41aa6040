"""The menu: the scan that opens it, the table's own, the browse-only one."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from menu.food import Allergen
from menu.models import Restaurant, Table
from orders.basket import count_and_total
from orders.guest import VisitRequest, find_seat, scan, write_cookie
from orders.listing import found_products, product_list
from orders.models import Guest
from orders.showcase import applied_by, read_offers
from orders.views.tickets import block_context
from orders.whole_page import as_whole_page

_PRODUCTS = b"<!--products-->"
LONGEST_SEARCH = 80


@require_safe
def open_table(request: HttpRequest, code: str) -> HttpResponse:
    """Tie this browser to the table with this code and go on to its menu; nothing is written but the cookie."""
    table = Table.objects.filter(code=code, is_active=True).first() if code.isprintable() else None
    if table is None:
        text = _("The code may have been renewed. Please scan the one on your table again, or ask our staff.")
        problem = {"status": 404, "title": _("This code is not in use"), "text": text}
        return render(request, "config/error.html", problem, status=404)
    response = redirect("menu")
    write_cookie(response, scan(request, table))
    response["Cache-Control"] = "no-store"
    return response


@require_safe
def menu(request: VisitRequest) -> HttpResponse:
    """Show the menu of the table's restaurant; without a table, how to scan."""
    seat = find_seat(request.visitor)
    if seat is None:
        return how_to_scan(request, status=200)
    table, guest = seat
    return _menu_page(request, table.restaurant, table, guest)


@require_safe
def browse(request: VisitRequest, slug: str) -> HttpResponse:
    """Show a restaurant's menu for looking only."""
    return _menu_page(request, get_object_or_404(Restaurant, slug=slug), None, None)


def how_to_scan(
    request: HttpRequest, *, status: int, problem: str = "", restaurant: Restaurant | None = None
) -> HttpResponse:
    """Say how one gets to a table: with 403 where something was to be ordered without one."""
    demo_tables = Table.objects.filter(is_active=True).select_related("restaurant")[:12] if settings.DEMO else ()
    context = {"problem": problem, "restaurant": restaurant, "demo_tables": demo_tables}
    return as_whole_page(request, render(request, "orders/how_to_scan.html", context, status=status))


def _menu_page(request: VisitRequest, restaurant: Restaurant, table: Table | None, guest: Guest | None) -> HttpResponse:
    """Render what is the visitor's own and put the kept product list into it, as bytes."""
    now = timezone.now()
    refusal = restaurant.refusal(now=now) if table else ""
    can_order = table is not None and not refusal
    wanted = " ".join(request.GET.get("q", "")[:LONGEST_SEARCH].split())
    if wanted:
        products = found_products(restaurant, wanted, can_order=can_order, now=now).encode()
    else:
        products = product_list(restaurant, can_order=can_order, now=now)
    context: dict[str, object] = {
        "restaurant": restaurant,
        "table": table,
        "language": get_language(),
        "refusal": refusal,
        "can_order": can_order,
        "wanted": wanted,
        "is_empty": not products,
        "allergens": Allergen.choices,
        "bar": count_and_total(request.visitor, restaurant) if table else None,
    }
    if guest is not None:
        showcase = None
        if guest.is_member:
            showcase = read_offers(guest, restaurant, applied_by(guest, restaurant), now=now)
        context |= block_context(guest, showcase, restaurant, now=now)
    page = render_to_string("orders/menu.html", context, request).encode()
    response = HttpResponse(page.replace(_PRODUCTS, products, 1))
    is_personal = guest is not None and guest.is_member
    response["Cache-Control"] = "private, no-store" if is_personal else "private, no-cache"
    return response
