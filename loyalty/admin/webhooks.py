"""Webhooks in the admin: who is told of what, and what did not arrive."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.admin.base import ClockAdmin, RecordAdmin
from loyalty.models import WebhookDelivery, WebhookSubscription
from loyalty.webhook_delivery import account_secret


@admin.register(WebhookSubscription)
class WebhookSubscriptionAdmin(ClockAdmin):
    """Subscriptions are made over the API; staff can rename them, switch them off, and delete them."""

    list_display = ("name", "event_type", "url", "is_active", "created_at")
    list_filter = ("event_type", "is_active")
    fields = ("name", "is_active", "event_type", "url", "properties", "signed_with", "created_at", "uuid")
    readonly_fields = ("event_type", "url", "properties", "signed_with", "created_at", "uuid")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The address and the secret are the receiver's, who makes it over the API."""
        return False

    @admin.display(description=_("Signed with"))
    def signed_with(self, subscription: WebhookSubscription) -> str:
        """Show the installation's own key where the subscription has none; never a subscriber's."""
        if subscription.secret:
            return gettext("the secret that it was made with")
        return account_secret()


class Outcome(admin.SimpleListFilter):
    """How it went."""

    title = _("outcome")
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Name the outcomes."""
        return [("failed", _("Given up")), ("waiting", _("Waiting")), ("arrived", _("Arrived"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return those of the outcome chosen."""
        match self.value():
            case "failed":
                return queryset.exclude(given_up_at=None)
            case "waiting":
                return queryset.exclude(due_at=None)
            case "arrived":
                return queryset.exclude(delivered_at=None)
            case _:
                return queryset


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(RecordAdmin):
    """What was to be told, and what became of it."""

    list_display = ("created_at", "subscription", "event_type", "attempts", "trouble", "due_at", "delivered_at")
    list_filter = (Outcome, "event_type")
    list_select_related: ClassVar[tuple[str, ...]] = ("subscription",)
    fields = (
        "created_at", "subscription", "event_type", "attempts", "trouble", "due_at", "delivered_at", "given_up_at",
        "subject", "uuid",
    )  # fmt: skip
    actions = ["send_again"]

    def has_resend_permission(self, request: HttpRequest) -> bool:
        """Whoever may change subscriptions may have one told again."""
        return request.user.has_perm("loyalty.change_webhooksubscription")

    @admin.action(description=_("Send again"), permissions=["resend"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[WebhookDelivery]) -> None:
        """Have what was given up tried again, from the start."""
        given_up = queryset.exclude(given_up_at=None)
        count = given_up.update(given_up_at=None, attempts=0, due_at=timezone.now())
        self.message_user(request, gettext("%(count)s will be sent again.") % {"count": count})
