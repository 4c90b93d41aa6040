"""Promotions in the admin: the parents of vouchers, edited with a plain form that shows what they do."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.models import Promotion
from orders.admin.offer_form import PromotionForm
from orders.admin.offers import DISCOUNT_FIELDS, OfferAdmin
from orders.admin.till_fields import TILL_FIELDS


@admin.register(Promotion)
class PromotionAdmin(OfferAdmin):
    """The promotions."""

    form = PromotionForm
    list_display = ("name", "state", "given_out", "ends_at")
    list_filter = ("is_active",)
    search_fields = ("name", "description")
    actions = None
    fieldsets = (
        (None, {"fields": ("name", "description", "is_active")}),
        (_("Discount"), {"fields": DISCOUNT_FIELDS}),
        (_("At tills only"), {"fields": TILL_FIELDS, "classes": ("collapse",)}),
        (
            _("Vouchers"),
            {
                "fields": (
                    "starts_at", "ends_at", "valid_days", "redemptions_per_voucher", "voucher_limit",
                    "limit_per_contact", "reversal_grace_days",
                )
            },
        ),
        (_("Looks and money"), {"fields": ("picture", "currency")}),
    )  # fmt: skip
    looking: tuple[str, ...] = (
        "name", "description", "discount_in_words", "state", "given_out", "starts_at", "ends_at",
        "redemptions_per_voucher",
    )  # fmt: skip

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Offer the way to giving vouchers."""
        extra = {"may_issue": request.user.has_perm("loyalty.issue_vouchers")}
        return super().change_view(request, object_id, form_url, {**extra, **(extra_context or {})})

    def notes(self, offer: Promotion) -> list[str]:
        """Return why no vouchers of it can be issued now."""
        now = timezone.now()
        if not offer.is_active:
            return [gettext("Not active: no vouchers are issued, and those that were issued cannot be used.")]
        if offer.ends_at is not None and offer.ends_at <= now:
            return [gettext("It has ended: no vouchers are issued.")]
        if offer.voucher_limit is not None and offer.issued_vouchers >= offer.voucher_limit:
            return [gettext("All vouchers have been issued.")]
        return []

    @admin.display(description=_("State"))
    def state(self, promotion: Promotion) -> SafeString:
        """Say whether vouchers can be issued."""
        now = timezone.now()
        if not promotion.is_active:
            mark, word = "mark-out", gettext("Not active")
        elif promotion.starts_at is not None and promotion.starts_at > now:
            mark, word = "", gettext("Not started")
        elif promotion.ends_at is not None and promotion.ends_at <= now:
            mark, word = "mark-out", gettext("Ended")
        else:
            mark, word = "mark-on", gettext("Running")
        return format_html('<span class="mark {}">{}</span>', mark, word)

    @admin.display(description=_("Vouchers"), ordering="issued_vouchers")
    def given_out(self, promotion: Promotion) -> str:
        """Say how many there are, of how many."""
        if promotion.voucher_limit is None:
            return gettext("%(count)d issued") % {"count": promotion.issued_vouchers}
        return gettext("%(count)d of %(limit)d issued") % {
            "count": promotion.issued_vouchers,
            "limit": promotion.voucher_limit,
        }
