"""What tills did, and what they call the restaurants: to be looked at; of a restaurant, its number at tills can be set."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.admin.base import ClockAdmin
from loyalty.admin.records import ContactRecordAdmin
from loyalty.models import Redemption, Shop, TillState, TillTransaction

MARKS = {TillState.CLAIMED: "mark-on", TillState.VOID: "mark-out"}


@admin.register(TillTransaction)
class TillTransactionAdmin(ContactRecordAdmin):
    """Loyalty transactions of tills."""

    list_display = (
        "opened_at",
        "who",
        "shown_state",
        "shop",
        "where",
        "points_earned",
        "points_redeemed",
        "has_faults",
    )
    list_filter = ("state", "shop")
    list_select_related = ("contact", "shop")
    fields = (
        "opened_at", "who", "shown_state", "shop", "where", "region", "offers", "points_earned", "points_redeemed",
        "lines", "payments", "shown_faults", "updated_at", "held_until", "claimed_at", "voided_at", "replaced_by", "uuid",
    )  # fmt: skip
    search_fields = (*ContactRecordAdmin.search_fields, "=uuid")
    date_hierarchy = "opened_at"

    @admin.display(description=_("State"), ordering="state")
    def shown_state(self, visit: TillTransaction) -> SafeString:
        """Show the state, and whether an open one holds anything yet."""
        state = TillState(visit.state)
        is_open = state in {TillState.OPENED, TillState.PENDING}
        has_lapsed = is_open and visit.held_until is not None and visit.held_until <= timezone.now()
        words = gettext("%(state)s, lapsed") % {"state": state.label} if has_lapsed else state.label
        return format_html('<span class="mark {}">{}</span>', MARKS.get(state, ""), words)

    @admin.display(description=_("Till"))
    def where(self, visit: TillTransaction) -> str:
        """Name make and number of the till."""
        return " ".join(filter(None, (visit.till.get("posType", ""), visit.till.get("terminal", ""))))

    @admin.display(description=_("Faults"), boolean=True)
    def has_faults(self, visit: TillTransaction) -> bool | None:
        """Show a cross where what the till sent contradicts itself."""
        return False if visit.faults else None

    @admin.display(description=_("Offers used"))
    def offers(self, visit: TillTransaction) -> SafeString | str:
        """Name what was used up, and what came back."""
        uses = Redemption.objects.filter(order_identifier=visit.holder, contact=visit.contact)
        named = [
            (
                use.voucher.promotion.name if use.voucher else use.reception.title if use.reception else "",
                gettext("(given back)") if use.reversed_at else "",
            )
            for use in uses.select_related("voucher__promotion", "reception").order_by("pk")
        ]
        return format_html_join(", ", "{} {}", named) or "—"

    @admin.display(description=_("Order"))
    def lines(self, visit: TillTransaction) -> SafeString | str:
        """Show what was rung up, prices in minor units as they came."""
        rows = (
            (
                line["quantity"],
                line["name"] or line["product_code"],
                line["unit_cents"],
                visit.basket.get("currency", ""),
            )
            for line in visit.basket.get("lines", ())
        )
        return format_html_join(SafeString("<br>"), "{} × {} · {} {}", rows) or "—"

    @admin.display(description=_("Payments"))
    def payments(self, visit: TillTransaction) -> SafeString | str:
        """Show how it was paid."""
        rows = ((payment["type"], payment["cents"]) for payment in visit.basket.get("payments", ()))
        return format_html_join(SafeString("<br>"), "{} {}", rows) or "—"

    @admin.display(description=_("Faults in what the till sent"))
    def shown_faults(self, visit: TillTransaction) -> SafeString | str:
        """Show what contradicts itself; it was answered all the same."""
        return format_html_join(SafeString("<br>"), "{}", ((fault,) for fault in visit.faults)) or "—"


@admin.register(Shop)
class ShopAdmin(ClockAdmin):
    """The restaurants as the programme knows them. They come with the menu."""

    list_display = ("name", "reference", "store_number", "has_loyalty")
    fields = ("name", "reference", "store_number", "has_loyalty", "uuid")
    readonly_fields = ("name", "reference", "uuid")
    search_fields = ("name", "reference", "=store_number")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """They come with the menu."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Records name them."""
        return False
