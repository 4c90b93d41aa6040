"""The programme's records in the admin, all of them to be looked at only: ledger, purchases, uses, orders, consents."""

from typing import Any, ClassVar

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from loyalty.admin.base import RecordAdmin, link_to
from loyalty.models import ConsentRecord, OrderReturn, PointsEntry, ProcessedOrder, Redemption, RewardReception


class ContactRecordAdmin(RecordAdmin):
    """Records of one contact each; found by the contact's address."""

    list_select_related: ClassVar[tuple[str, ...]] = ("contact",)
    search_fields: ClassVar[tuple[str, ...]] = ("contact__email", "contact__first_name", "contact__last_name")

    @admin.display(description=_("Contact"))
    def who(self, record: Any) -> SafeString | str:
        """Show whose record it is, with the way to their page."""
        return link_to(record.contact)


@admin.register(PointsEntry)
class PointsEntryAdmin(ContactRecordAdmin):
    """The points ledger."""

    list_display = ("created_at", "who", "kind", "signed", "reason", "made_by")
    list_filter = ("kind",)
    fields = (
        "created_at", "who", "kind", "signed", "reason", "made_by", "source", "unit", "unit_value", "shop", "expires_at",
        "about",
    )  # fmt: skip
    date_hierarchy = "created_at"

    @admin.display(description=_("Points"), ordering="points")
    def signed(self, entry: PointsEntry) -> str:
        """Show the points with their sign."""
        return str(entry)


@admin.register(RewardReception)
class RewardReceptionAdmin(ContactRecordAdmin):
    """Points spent on rewards."""

    list_display = ("created_at", "title", "who", "points", "expires_at", "collected_at", "reversed_at")
    fields = (
        "created_at", "title", "who", "points", "reward", "shop", "attributes", "expires_at", "collected_at",
        "reversed_at", "uuid",
    )  # fmt: skip
    search_fields = (*ContactRecordAdmin.search_fields, "title")


@admin.register(Redemption)
class RedemptionAdmin(ContactRecordAdmin):
    """Uses of vouchers and collections of rewards."""

    list_display = ("redeemed_at", "what", "who", "order_identifier", "reversed_at")
    list_select_related = ("contact", "voucher__promotion", "reception")
    fields = ("redeemed_at", "what", "who", "order_identifier", "shop", "voucher", "reception", "reversed_at", "uuid")
    search_fields = (*ContactRecordAdmin.search_fields, "=order_identifier")

    @admin.display(description=_("Offer"))
    def what(self, redemption: Redemption) -> str:
        """Name what was used."""
        if redemption.voucher is not None:
            return redemption.voucher.promotion.name
        return redemption.reception.title if redemption.reception else ""


@admin.register(ProcessedOrder)
class ProcessedOrderAdmin(ContactRecordAdmin):
    """Orders as the programme received them."""

    list_display = (
        "created_at", "external_identifier", "who", "status", "payment_status", "points", "new_balance", "shop",
    )  # fmt: skip
    list_select_related = ("contact", "shop")
    list_filter = ("status", "payment_status")
    fields = (
        "created_at", "external_identifier", "who", "shop", "status", "payment_status", "paid_at", "completed_at",
        "points", "new_balance", "points_per_unit", "tier_multiplier", "earning_cents", "currency", "processed_at",
        "document",
    )  # fmt: skip
    search_fields = (*ContactRecordAdmin.search_fields, "=external_identifier")


@admin.register(OrderReturn)
class OrderReturnAdmin(RecordAdmin):
    """Returns as the programme received them."""

    list_display = ("returned_at", "order", "status", "points", "new_balance")
    list_select_related = ("order",)
    fields = (
        "returned_at", "external_identifier", "order", "status", "points", "new_balance", "returned_cents", "processed_at",
        "document",
    )  # fmt: skip
    search_fields = ("=external_identifier", "=order__external_identifier")


@admin.register(ConsentRecord)
class ConsentRecordAdmin(ContactRecordAdmin):
    """What was agreed to, with the words that were shown."""

    list_display = ("given_at", "who", "kind", "granted")
    list_filter = ("kind", "granted")
    fields = ("given_at", "who", "kind", "granted", "wording")
    ordering = ("-given_at", "-id")
