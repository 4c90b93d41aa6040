"""Keys to the APIs in the admin: whose they are, when they were last used; to be revoked. They are made by a command."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from loyalty import tokens
from loyalty.admin.base import RecordAdmin
from loyalty.models import ApiToken


@admin.register(ApiToken)
class ApiTokenAdmin(RecordAdmin):
    """The keys. Nothing here could be used as one: of each only its beginning and a hash are kept."""

    list_display = ("name", "kind", "begins", "state", "created_at", "last_used_at", "expires_at")
    list_filter = ("kind",)
    search_fields = ("name", "hint")
    fields = ("name", "kind", "begins", "state", "may", "created_at", "last_used_at", "expires_at", "revoked_at")
    actions = ("revoke",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiToken]:
        """Leave out the keys of a day that are handed out for a client's id and secret: revoking the client ends them."""
        rows: QuerySet[ApiToken] = super().get_queryset(request)
        return rows.filter(issued_by=None)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Say whether this member of staff may end keys."""
        return request.user.has_perm("loyalty.revoke_apitoken")

    @admin.display(description=_("begins with"))
    def begins(self, token: ApiToken) -> str:
        """Show how the key begins, by which its owner knows it."""
        return f"{token.hint}…"

    @admin.display(description=_("state"))
    def state(self, token: ApiToken) -> str:
        """Show whether it opens anything."""
        if token.revoked_at is not None:
            return gettext("Revoked")
        return gettext("Over") if token.is_over(now=timezone.now()) else gettext("In use")

    @admin.display(description=_("may"))
    def may(self, token: ApiToken) -> str:
        """Show what it may do."""
        return ", ".join(token.scopes) or gettext("Everything")

    @admin.action(description=_("Revoke for good"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, rows: "QuerySet[ApiToken, Any]") -> None:
        """End the keys chosen, and write down who did."""
        ended = [token for token in rows if tokens.revoke(token, now=timezone.now())]
        for token in ended:
            self.log_change(request, token, "Revoked")
        count = len(ended)
        words = ngettext("%(count)d token was revoked.", "%(count)d tokens were revoked.", count)
        self.message_user(request, words % {"count": count}, messages.SUCCESS if count else messages.WARNING)
