"""Vouchers in the admin: found, looked at and taken out of use. Codes and dates are as they were issued."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from loyalty import voucher_use
from loyalty.admin.base import RecordAdmin, link_to
from loyalty.models import Voucher, VoucherState
from loyalty.models.vouchers import code_key

MARKS = {VoucherState.ACTIVE: "mark-on", VoucherState.DEACTIVATED: "mark-out", VoucherState.EXPIRED: "mark-out"}


class InState(admin.SimpleListFilter):
    """What the facts of a voucher add up to."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the states."""
        return list(VoucherState.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow the list."""
        value = self.value()
        if value not in VoucherState.values or value is None:
            return queryset
        chosen = Voucher.objects.in_state(value, now=timezone.now())
        return queryset.filter(pk__in=chosen.values("pk"))


@admin.register(Voucher)
class VoucherAdmin(RecordAdmin):
    """The vouchers of all promotions."""

    list_display = ("code", "promotion", "who", "state", "uses", "expires_at")
    list_filter = (InState, "promotion")
    list_select_related = ("promotion", "contact")
    search_fields = ("code_key", "contact__email")
    actions = ("deactivate",)
    fields = (
        "code", "promotion", "who", "state", "uses", "created_at", "activates_at", "expires_at", "redeemed_at",
        "deactivated_at", "locked_until", "attributes",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Voucher]:
        """Read the holds along."""
        return Voucher.objects.with_locks(now=timezone.now()).order_by("-id")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find a code however it is typed, else whose it is."""
        found = queryset.filter(code_key=code_key(search_term))
        if search_term and found.exists():
            return found, False
        return super().get_search_results(request, queryset, search_term)

    def has_deactivate_permission(self, request: HttpRequest) -> bool:
        """Say whether this person may take vouchers out of use."""
        return request.user.has_perm("loyalty.deactivate_voucher")

    @admin.display(description=_("Contact"))
    def who(self, voucher: Voucher) -> SafeString | str:
        """Show whose voucher it is."""
        return link_to(voucher.contact)

    @admin.display(description=_("State"))
    def state(self, voucher: Voucher) -> SafeString:
        """Show what its facts add up to."""
        return state_mark(voucher)

    @admin.display(description=_("Uses"))
    def uses(self, voucher: Voucher) -> str:
        """Show how often it was used, of how many times."""
        return f"{voucher.times_redeemed} / {voucher.total_redemptions_allowed}"

    @admin.action(description=_("Take out of use"), permissions=["deactivate"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Take the vouchers out of use; those that are used up or out of use already stay as they are."""
        now = timezone.now()
        done = 0
        for voucher in queryset.iterator(chunk_size=500):
            if voucher.state(now=now) in {VoucherState.REDEEMED, VoucherState.DEACTIVATED}:
                continue
            voucher_use.deactivate(voucher, now=now)
            self.log_change(request, voucher, gettext("Taken out of use."))
            done += 1
        said = ngettext(
            "%(count)d voucher is out of use. A basket that holds one keeps it.",
            "%(count)d vouchers are out of use. A basket that holds one keeps it.",
            done,
        )
        self.message_user(request, said % {"count": done}, messages.SUCCESS if done else messages.WARNING)


def state_mark(voucher: Voucher) -> SafeString:
    """Return the voucher's state as a mark."""
    state = voucher.state(now=timezone.now())
    return format_html('<span class="mark {}">{}</span>', MARKS.get(state, ""), state.label)
