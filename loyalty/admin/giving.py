"""Giving vouchers in the admin: to all members, to some addresses, to contacts picked in their list; and how far it has come."""

import uuid
from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty import doorbell, tasks
from loyalty.admin.base import RecordAdmin
from loyalty.domain import normalise_email
from loyalty.errors import Conflict, OfferUnavailable, Unavailable
from loyalty.giving import ask_for_vouchers
from loyalty.issuing import check_running
from loyalty.models import Contact, IssueRequest, Promotion

MOST_ADDRESSES = 5000
WHY_NOT = {
    Unavailable.DEACTIVATED: _("This promotion is not active."),
    Unavailable.NOT_YET_ACTIVE: _("This promotion has not started yet."),
    Unavailable.EXPIRED: _("This promotion has ended."),
}


class GiveForm(forms.Form):
    """Which promotion, and a key that makes pressing the button twice one request."""

    promotion = forms.ModelChoiceField(Promotion.objects.none(), label=_("Promotion"))
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].initial = uuid.uuid4
        promotions: Any = self.fields["promotion"]
        promotions.queryset = Promotion.objects.filter(
            Q(ends_at=None) | Q(ends_at__gt=timezone.now()), is_active=True
        ).order_by("name", "pk")

    def clean_promotion(self) -> Promotion:
        """Refuse a promotion of which nobody can get a voucher now."""
        promotion: Promotion = self.cleaned_data["promotion"]
        try:
            check_running(promotion, now=timezone.now())
        except OfferUnavailable as refused:
            raise forms.ValidationError(str(WHY_NOT.get(refused.reason, refused.reason))) from refused
        if promotion.voucher_limit is not None and promotion.issued_vouchers >= promotion.voucher_limit:
            raise forms.ValidationError(gettext("All vouchers of this promotion have been issued."))
        return promotion


class GiveToForm(GiveForm):
    """For whom, too: everybody, or the members with these addresses."""

    whom = forms.ChoiceField(
        label=_("For whom"),
        choices=[("some", _("The members with these addresses")), ("all", _("All members"))],
        widget=forms.RadioSelect,
        initial="some",
    )
    addresses = forms.CharField(
        label=_("E-mail addresses"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off", "spellcheck": "false"}),
        help_text=_("One on each line."),
    )

    def clean(self) -> dict[str, Any]:
        """Read the addresses as members; one that is nobody's stops everything."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        cleaned["contact_ids"] = None
        if cleaned.get("whom") == "some":
            cleaned["contact_ids"] = self._read_addresses(cleaned.get("addresses", ""))
        elif cleaned.get("addresses"):
            self.add_error("whom", gettext("There are addresses below: choose these members, or take them away."))
        return cleaned

    def _read_addresses(self, text: str) -> list[int]:
        addresses = list(dict.fromkeys(normalise_email(line) for line in text.splitlines() if line.strip()))
        if not addresses:
            self.add_error("addresses", gettext("Write at least one address."))
        if len(addresses) > MOST_ADDRESSES:
            self.add_error("addresses", gettext("At most %(most)d addresses at once.") % {"most": MOST_ADDRESSES})
            return []
        known = dict(Contact.objects.members().filter(email__in=addresses).values_list("email", "pk"))
        unknown = [address for address in addresses if address not in known]
        if unknown:
            shown = ", ".join(unknown[:5]) + (" …" if len(unknown) > 5 else "")
            self.add_error("addresses", gettext("No member has this address: %(addresses)s") % {"addresses": shown})
        return list(known.values())


def may_give(request: HttpRequest) -> bool:
    """Say whether this person may issue vouchers."""
    return request.user.has_perm("loyalty.issue_vouchers")


@admin.register(IssueRequest)
class IssueRequestAdmin(RecordAdmin):
    """What was asked for, by whom, and how far it has come; "add" is giving vouchers."""

    list_display = ("asked_at", "promotion", "for_whom", "progress", "asked_by")
    list_select_related = ("promotion",)
    fields = ("record",)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let those add who may issue vouchers."""
        return may_give(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let those look who may give, too."""
        return may_give(request) or super().has_view_permission(request, obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[IssueRequest]:
        """Leave the long list of contacts in the database."""
        return IssueRequest.objects.select_related("promotion").defer("contact_ids")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None) -> Any:
        """Ask for which promotion and for whom; then write the request down and ring a worker."""
        if not may_give(request):
            raise PermissionDenied
        if request.method != "POST":
            form: forms.Form = GiveToForm(initial={"promotion": request.GET.get("promotion")})
            return show_give_page(request, form)
        form = GiveToForm(request.POST)
        if not form.is_valid():
            return show_give_page(request, form, status=422)
        return give(request, form, form.cleaned_data["contact_ids"])

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Show how far it has come."""
        extra = {"title": gettext("Vouchers given out"), "subtitle": None}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **extra})

    @admin.display(description=_("For whom"))
    def for_whom(self, asked: IssueRequest) -> str:
        """Say how many members it is for."""
        if asked.is_for_everybody:
            return gettext("All members (%(count)d)") % {"count": asked.total}
        return gettext("%(count)d chosen") % {"count": asked.total}

    @admin.display(description=_("Given"))
    def progress(self, asked: IssueRequest) -> SafeString:
        """Show how far it has come, in a word and a number."""
        mark, word = state_of(asked)
        return format_html(
            '<span class="mark {}">{}</span> {} / {}', mark, word, asked.made, max(asked.total, asked.looked_at)
        )

    @admin.display(description=_("Vouchers given out"))
    def record(self, asked: IssueRequest) -> SafeString:
        """Show the counts, which renew themselves until it is finished."""
        mark, word = state_of(asked)
        context = {
            "asked": asked,
            "mark": mark,
            "word": word,
            "for_whom": self.for_whom(asked),
            "problem": WHY_NOT.get(Unavailable(asked.problem)) if asked.problem in Unavailable else asked.problem,
        }
        return render_to_string("loyalty/admin_giving.html", context)


def state_of(asked: IssueRequest) -> tuple[str, str]:
    """Return the mark and the word of how a request stands."""
    if asked.problem:
        return "mark-out", gettext("Stopped")
    if asked.finished_at:
        return "mark-on", gettext("Finished")
    return "mark-busy", gettext("Under way") if asked.worked_at else gettext("Waiting")


def give(request: HttpRequest, form: forms.Form, contact_ids: Iterable[int] | None) -> HttpResponse:
    """Write down what a valid form asks for, ring a worker, and lead to the page that shows how it goes."""
    promotion: Promotion = form.cleaned_data["promotion"]
    try:
        asked = ask_for_vouchers(
            promotion,
            contact_ids,
            key=form.cleaned_data["key"],
            by=request.user.get_username(),
            now=timezone.now(),
        )
    except Conflict:
        messages.error(
            request, gettext("This form was sent before, for others. Nothing was given; please open it anew.")
        )
        return HttpResponseRedirect(reverse("admin:loyalty_issuerequest_changelist"))
    doorbell.ring(tasks.give_vouchers, asked.pk)
    messages.success(request, gettext("Vouchers of “%(promotion)s” are being given out.") % {"promotion": promotion})
    return HttpResponseRedirect(reverse("admin:loyalty_issuerequest_change", args=[asked.pk]))


def give_to_selected(request: HttpRequest, queryset: QuerySet[Contact]) -> HttpResponse:
    """Ask which promotion the contacts selected in their list get a voucher of; then give it."""
    members = queryset.filter(erased_at=None).order_by("pk")
    if "confirmed" in request.POST:
        form: forms.Form = GiveForm(request.POST)
        if form.is_valid():
            return give(request, form, members.values_list("pk", flat=True))
        return show_give_page(request, form, status=422, members=members)
    return show_give_page(request, GiveForm(), members=members)


def show_give_page(
    request: HttpRequest, form: forms.Form, *, status: int = 200, members: QuerySet[Contact] | None = None
) -> HttpResponse:
    """Answer the page that asks for which promotion, and unless they were picked already, for whom."""
    picked: dict[str, Any] = {}
    if members is not None:
        picked = {
            "count": members.count(),
            "checkbox_name": ACTION_CHECKBOX_NAME,
            "selected": request.POST.getlist(ACTION_CHECKBOX_NAME),
            "select_across": request.POST.get("select_across", "0"),
            "action_path": request.get_full_path(),
        }
    context = {
        **admin.site.each_context(request),
        "title": gettext("Give vouchers"),
        "opts": IssueRequest._meta,
        "form": form,
        "picked": picked,
    }
    return TemplateResponse(request, "loyalty/admin_give.html", context, status=status)
