"""What the programme's pages share: times on the programme's own clock, records that nobody adds to, edits or deletes."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext

from loyalty.models import Contact, Promotion, Reward, WebhookEvent, find_programme
from loyalty.webhooks import announce


class ClockAdmin(admin.ModelAdmin[Any]):
    """A page whose times are shown and typed on the programme's own clock."""

    actions_on_top = True
    list_per_page = 50
    show_full_result_count = False
    view_on_site = False
    empty_value_display = ""

    class Media:
        css = {"all": ("css/programme.css",)}

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Call the list what it lists."""
        title = capfirst(str(self.opts.verbose_name_plural))
        context = {"title": title, **(extra_context or {})}
        return on_the_programmes_clock(lambda: super(ClockAdmin, self).changelist_view(request, context))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Show or save the form."""
        return on_the_programmes_clock(
            lambda: super(ClockAdmin, self).changeform_view(request, object_id, form_url, extra_context)
        )


class RecordAdmin(ClockAdmin):
    """Records: to be looked at."""

    actions: Sequence[Any] | None = None

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Records are written by what happens."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Records are not edited."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Records stay."""
        return False


def on_the_programmes_clock(answer: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """Return the answer, its page written while the programme's time zone is the current one."""
    with timezone.override(find_programme().zone):
        response = answer()
        if isinstance(response, SimpleTemplateResponse):
            response.render()
        return response


def announce_changed(offer: Promotion | Reward) -> None:
    """Tell subscribers that staff changed a promotion or a reward."""
    is_reward = isinstance(offer, Reward)
    event = WebhookEvent.REWARD_UPDATED if is_reward else WebhookEvent.PROMOTION_UPDATED
    announce(event, offer.uuid, now=timezone.now())


def name_of(contact: Contact | None) -> str:
    """Return what staff call a contact: the name, else the address, else that the person is gone."""
    if contact is None:
        return gettext("nobody in particular")
    return (
        f"{contact.first_name} {contact.last_name}".strip()
        or contact.email
        or (gettext("erased") if contact.erased_at else gettext("without a name"))
    )


def link_to(contact: Contact | None) -> SafeString | str:
    """Return the contact's name as a link to their page."""
    if contact is None:
        return name_of(None)
    return format_html(
        '<a href="{}">{}</a>', reverse("admin:loyalty_contact_change", args=[contact.pk]), name_of(contact)
    )
