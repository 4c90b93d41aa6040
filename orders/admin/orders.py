"""Orders in the admin: records to look at, with the moves staff may make; nothing is added, edited or deleted."""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from menu.models.table import table_label
from menu.money import format_money
from orders.admin import moves
from orders.admin.record import read_refunds, show_record
from orders.doorbell import ring
from orders.models import Order, Receipt, SoldCard
from orders.receipts import receipt_file
from orders.returns import still_returnable
from orders.tasks import send_receipts


class Placed(admin.SimpleListFilter):
    """Orders that were placed, unless the baskets are asked for."""

    title = _("stage")
    parameter_name = "stage"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the choice besides the usual one."""
        return [("basket", _("Still in the basket"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow the list; a single order's page is not narrowed."""
        return queryset.filter(placed_at__isnull=self.value() == "basket")

    def choices(self, changelist: Any) -> Any:
        """Call the usual choice what it is."""
        for choice in super().choices(changelist):
            yield {**choice, "display": _("Placed")} if choice["display"] == _("All") else choice


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin[Order]):
    """The orders of all restaurants, newest first."""

    list_display = ("order_number", "table_name", "placed", "states", "total")
    list_display_links = ("order_number", "table_name")
    list_filter = (Placed, "kitchen_state", "payment_state", "restaurant")
    list_select_related = ("restaurant",)
    search_fields = ("=number", "table_name", "=uuid", "cancel_reason")
    date_hierarchy = "placed_at"
    ordering = ("-placed_at", "-id")
    list_per_page = 50
    show_full_result_count = False
    actions = None
    view_on_site = False
    actions_on_top = True

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Orders are made by guests."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Orders are records."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Everything, for everybody."""
        return ["record"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """One field: the whole record."""
        return ["record"]

    def get_urls(self) -> list[URLPattern]:
        """Add the addresses of the buttons and of the receipts."""
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/do/<str:action>/", view(self.do), name="orders_order_do"),
            path("<int:pk>/receipts/<int:number>.pdf", view(self.receipt), name="orders_order_receipt"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Show the record; there is nothing to save on it. A POST is no way to change it."""
        if request.method != "GET":
            return HttpResponse(status=405, headers={"Allow": "GET"})
        extra: dict[str, Any] = {
            "show_save": False,
            "show_save_and_continue": False,
            "show_save_and_add_another": False,
        }
        found = self.get_object(request, object_id)
        if found is not None:
            extra |= {"buttons": buttons(request, found, with_cancel=True), "title": self._title(found)}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **extra})

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Call the list what it lists."""
        return super().changelist_view(request, {"title": gettext("Orders"), **(extra_context or {})})

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Add the column with the buttons this person may press."""
        return [*self.list_display, buttons_column(request)]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find "#12" as well as "12"."""
        return super().get_search_results(request, queryset, search_term.strip().removeprefix("#"))

    def _title(self, order: Order) -> str:
        return gettext("Order %(order)s, %(table)s") % {"order": order, "table": table_label(order.table_name) or "—"}

    # What is shown ------------------------------------------------------------------------------------------------

    @admin.display(description=_("Number"), ordering="number")
    def order_number(self, order: Order) -> str:
        """Show the number; a basket has none yet."""
        return f"#{order.number}" if order.number else gettext("basket")

    @admin.display(description=_("Placed"), ordering="placed_at")
    def placed(self, order: Order) -> str:
        """Show when it was placed, on the restaurant's clock."""
        moment = order.restaurant.local(order.placed_at or order.created_at)
        return f"{moment:%d-%m %H:%M}"

    @admin.display(description=_("State"), ordering="kitchen_state")
    def states(self, order: Order) -> SafeString:
        """Show where the food and the money are."""
        return format_html(
            '<span class="mark kitchen-{}">{}</span> <span class="mark payment-{}">{}</span>',
            order.kitchen_state,
            order.get_kitchen_state_display(),
            order.payment_state,
            order.get_payment_state_display(),
        )

    @admin.display(description=_("Total"), ordering="total_cents")
    def total(self, order: Order) -> str:
        """Show the total in the order's currency."""
        return format_money(order.total_cents, order.currency, get_language() or "en")

    @admin.display(description=_("Record"))
    def record(self, order: Order) -> SafeString:
        """Show the whole order: lines, discounts and why, charges, taxes, payments with their tries, money back."""
        return show_record(order)

    # What can be done ---------------------------------------------------------------------------------------------

    def do(self, request: HttpRequest, pk: int, action: str) -> HttpResponse:
        """Press a button of the list or of the order's page."""
        return press(request, pk, action)

    @method_decorator(require_safe)
    def receipt(self, request: HttpRequest, pk: int, number: int) -> HttpResponse:
        """Show a receipt of the order as a PDF; codes of gift cards only to those who may read them."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        receipts = Receipt.objects.filter(order=pk).select_related("restaurant", "order", "order_return")
        found = get_object_or_404(receipts, number=number)
        content = receipt_file(found, with_codes=request.user.has_perm("loyalty.change_giftcard"))
        return HttpResponse(
            content,
            content_type="application/pdf",
            headers={"Content-Disposition": f'inline; filename="{found.number}.pdf"'},
        )


def buttons(request: HttpRequest, order: Order, *, with_cancel: bool = False) -> SafeString:
    """Return the buttons of an order; none for whoever may only look."""
    if not request.user.has_perm("orders.change_order"):
        return SafeString("")
    context = {
        "order": order,
        "onward": moves.onward(order),
        "backward": moves.backward(order) if with_cancel else None,
        "is_to_pay": moves.is_to_pay(order),
        "is_cancellable": with_cancel and moves.cancellable(order),
        "returnable": still_returnable(order, now=timezone.now()) if with_cancel else [],
        "refunds": read_refunds(order) if with_cancel else [],
        "has_missing_cards": with_cancel and SoldCard.objects.to_issue().filter(line__order=order).exists(),
        "return_key": uuid.uuid4().hex,
        "urls": {action: reverse("admin:orders_order_do", args=[order.pk, action]) for action in moves.ACTIONS},
    }
    return render_to_string("orders/admin_buttons.html", context, request=request)


def buttons_column(request: HttpRequest) -> Callable[[Order], SafeString]:
    """Return the list column for this request."""

    @admin.display(description=_("Next"))
    def next_step(order: Order) -> SafeString:
        return buttons(request, order)

    return next_step


@require_POST
def press(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Do what a button says, say what happened, leave a trace in the order's history, and go back to the page."""
    if action not in moves.ACTIONS:
        raise Http404
    if not request.user.has_perm("orders.change_order"):
        return HttpResponse(
            gettext("You are not allowed to do this."), status=403, content_type="text/plain; charset=utf-8"
        )
    order = get_object_or_404(Order.objects.exclude(placed_at=None), pk=pk)
    _status, refusal = moves.try_to(order, action, request, now=timezone.now())
    if refusal:
        messages.error(request, refusal)
    else:
        order.refresh_from_db()
        said = moves.done_in_words(order, action, request)
        leave_trace(request, order, said)
        ring(send_receipts)
        messages.success(request, gettext("Order %(order)s: %(state)s.") % {"order": order, "state": said})
    referer = request.headers.get("referer", "")
    allowed = url_has_allowed_host_and_scheme(
        referer, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    page = referer.partition("#")[0] if referer and allowed else reverse("admin:orders_order_change", args=[pk])
    return HttpResponseRedirect(f"{page}#order-{pk}")


def leave_trace(request: HttpRequest, order: Order, said: str) -> None:
    """Write into the order's history who did what."""
    LogEntry.objects.log_actions(
        user_id=int(request.user.pk or 0),
        queryset=[order],
        action_flag=CHANGE,
        change_message=said,
        single_object=True,
    )
