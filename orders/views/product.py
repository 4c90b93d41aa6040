"""A product: its page, which is also the sheet, and adding it to the basket."""

from collections.abc import Mapping
from datetime import datetime

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.views.decorators.http import require_POST, require_safe

from menu.models import Product, Restaurant, Table
from menu.money import format_money
from orders.basket import add, count_and_total, table_of
from orders.choices import ProductForSale, product_for_sale, read_choice
from orders.errors import ChoiceRefused, Conflict, OrderingRefused
from orders.guest import VisitRequest
from orders.listing import diet_names
from orders.tending import tend_offers
from orders.views.basket import tell
from orders.views.menu import how_to_scan
from orders.views.product_form import shown_form

# A longer number is nobody's id, and no query.
_LONGEST_ID = 18


@require_safe
def product(request: VisitRequest, product_id: int) -> HttpResponse:
    """Show a product with its choices; without a table, how to get one instead of a form."""
    now = timezone.now()
    table = table_of(request.visitor)
    restaurant = table.restaurant if table else _restaurant_of(product_id)
    try:
        offered = product_for_sale(restaurant, product_id, now=now)
    except Product.DoesNotExist as error:
        raise Http404 from error
    refusal = restaurant.refusal(now=now) if table else ""
    return _show(request, offered, table, None, {}, refusal=refusal)


@require_POST
def add_product(request: VisitRequest) -> HttpResponse:
    """Put a product into the basket: with htmx the basket bar comes back, without one goes on to the menu."""
    now = timezone.now()
    table = table_of(request.visitor)
    if table is None or request.visitor is None:
        return how_to_scan(request, status=403)
    offered = _offered(request.POST, table.restaurant, now=now)
    try:
        choice = read_choice(offered, request.POST)
        line = add(visitor=request.visitor, table=table, offered=offered, choice=choice, now=now)
        told = tend_offers(line.order, now=now)
    except ChoiceRefused as refused:
        return _show(request, offered, table, request.POST, refused.errors, status=422)
    except OrderingRefused as refused:
        return _show(request, offered, table, request.POST, {}, refusal=refused.message, status=403)
    except Conflict as conflict:
        errors = {"product": conflict.message}
        return _show(request, offered, table, request.POST, errors, problem=conflict.message, status=409)
    bar = count_and_total(request.visitor, table.restaurant)
    if request.htmx:
        context = {
            "restaurant": table.restaurant,
            "bar": bar,
            "is_swapped": True,
            "is_first": bar.count == choice.quantity,
            "told": told,
        }
        response = render(request, "orders/menu.html#added", context)
        response["HX-Reswap"] = "none"
        response["HX-Trigger"] = "added"
        return response
    total = format_money(bar.total_cents, table.restaurant.currency, get_language() or "en")
    added = ngettext(
        "%(name)s added. Basket %(count)d item, %(total)s",
        "%(name)s added. Basket %(count)d items, %(total)s",
        bar.count,
    )
    tell(request, added % {"name": line.name, "count": bar.count, "total": total}, told)
    return redirect("menu")


def _restaurant_of(product_id: int) -> Restaurant:
    restaurant = Restaurant.objects.filter(products=product_id).first()
    if restaurant is None:
        raise Http404
    return restaurant


def _offered(form: QueryDict, restaurant: Restaurant, *, now: datetime) -> ProductForSale:
    text = form.get("product", "")
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_ID):
        raise Http404
    try:
        return product_for_sale(restaurant, int(text), now=now)
    except Product.DoesNotExist as error:
        raise Http404 from error


def _show(
    request: VisitRequest,
    offered: ProductForSale,
    table: Table | None,
    form: QueryDict | None,
    errors: Mapping[str, str],
    *,
    refusal: str = "",
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    """Show the product: the whole page, or to a form sent by htmx the fragment with what was wrong and what was typed."""
    context = {
        "restaurant": offered.restaurant,
        "language": get_language(),
        "table": table,
        "offered": offered,
        "product": offered.product,
        "diets": diet_names(offered.product.diets),
        "refusal": refusal,
        "problem": problem,
        **shown_form(offered, form, errors),
    }
    fragment = "#dish" if request.htmx and request.method == "POST" else ""
    if table is not None and not fragment:
        context["bar"] = count_and_total(request.visitor, offered.restaurant)
    return render(request, f"orders/product.html{fragment}", context, status=status)
