"""Contacts in the admin: who they are and what they have, to be looked at; points adjusted with a reason, vouchers given."""

import uuid
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from loyalty import ledger, money
from loyalty.admin.amounts import amount_words
from loyalty.admin.base import RecordAdmin, name_of
from loyalty.admin.giving import give_to_selected, may_give
from loyalty.admin.keyed import KeyedForm
from loyalty.admin.stored_money import MoneyForm, may_move_money, move_money, show_ledger
from loyalty.admin.vouchers import state_mark
from loyalty.errors import NotEnoughPoints
from loyalty.models import (
    ConsentRecord,
    Contact,
    MoneyAccount,
    RewardReception,
    Voucher,
    expired_points,
    find_programme,
    is_current,
)
from loyalty.values import ConsentKind

SHOWN = 30
MOST_POINTS = 1_000_000
CONSENTS = {ConsentKind.TERMS.value: _("Terms"), ConsentKind.MARKETING.value: _("Marketing")}


class AdjustForm(KeyedForm):
    """Points to give or take, and why."""

    direction = forms.ChoiceField(
        label=_("What"), choices=[("give", _("Give points")), ("take", _("Take points"))], widget=forms.RadioSelect
    )
    points = forms.IntegerField(label=_("Points"), min_value=1, max_value=MOST_POINTS)
    reason = forms.CharField(
        label=_("Reason"), max_length=200, help_text=_("The member can read it in their own record.")
    )


class Membership(admin.SimpleListFilter):
    """Members, unless those who left are asked for."""

    title = _("membership")
    parameter_name = "gone"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the choice besides the usual one."""
        return [("yes", _("Erased or merged"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow the list."""
        return queryset.filter(erased_at__isnull=self.value() != "yes")

    def choices(self, changelist: Any) -> Any:
        """Call the usual choice what it is."""
        for choice in super().choices(changelist):
            yield {**choice, "display": _("Members")} if choice["display"] == _("All") else choice


@admin.register(Contact)
class ContactAdmin(RecordAdmin):
    """The contacts of the programme."""

    list_display = ("person", "points", "tier", "usable_vouchers", "collectables", "consents")
    list_filter = (Membership, "tier")
    list_select_related = ("tier",)
    search_fields = ("email", "first_name", "last_name", "=uuid")
    actions = ("give_voucher",)
    fields = ("record",)

    def get_urls(self) -> list[URLPattern]:
        """Add the addresses of the adjustments."""
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/adjust/", view(self.adjust), name="loyalty_contact_adjust"),
            path("<int:pk>/money/", view(self.money), name="loyalty_contact_money"),
            *super().get_urls(),
        ]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Show the prepaid balance, where there is one, to those who may see money."""
        may_see = request.user.has_perm("loyalty.view_moneyaccount")
        has_one = may_see and obj is not None and MoneyAccount.objects.filter(contact=obj).exists()
        return ["record", "prepaid_ledger"] if has_one else ["record"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Contact]:
        """Read what the list shows along with the page's rows."""
        now = timezone.now()
        mine = {"contact": OuterRef("pk")}
        usable = is_current(now=now) & Q(promotion__is_active=True, times_redeemed__lt=F("total_redemptions_allowed"))
        vouchers = Voucher.objects.filter(usable, **mine)
        marketing = ConsentRecord.objects.filter(kind=ConsentKind.MARKETING.value, **mine).order_by("-given_at", "-id")
        rows: QuerySet[Contact] = super().get_queryset(request)
        return rows.annotate(
            points_expired=expired_points(now=now),
            vouchers_usable=_count(vouchers),
            rewards_collectable=_count(RewardReception.objects.to_show(now=now).filter(**mine)),
            marketing=Subquery(marketing.values("granted")[:1]),
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Show the record, called by the person's name."""
        extra: dict[str, Any] = {"subtitle": None, "title": gettext("Contact")}
        found = self.get_object(request, object_id)
        if found is not None:
            may_adjust = self._may_adjust(request) and found.erased_at is None
            extra |= {
                "title": name_of(found),
                "may_adjust": may_adjust,
                "may_move_money": may_move_money(request) and found.erased_at is None,
            }
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **extra})

    # What is shown ------------------------------------------------------------------------------------------------

    @admin.display(description=_("Contact"), ordering="email")
    def person(self, contact: Contact) -> SafeString:
        """Show the name and the address."""
        name = name_of(contact)
        address = contact.email if contact.email and contact.email != name else ""
        return format_html('{} <small class="quiet">{}</small>', name, address)

    @admin.display(description=_("Points"), ordering="balance")
    def points(self, contact: Contact) -> int:
        """Show the balance, less what is past its date."""
        past: int = vars(contact)["points_expired"]
        return contact.balance - past

    @admin.display(description=_("Vouchers"))
    def usable_vouchers(self, contact: Contact) -> str:
        """Say how many can be used."""
        count = vars(contact)["vouchers_usable"]
        return ngettext("%(count)d voucher", "%(count)d vouchers", count) % {"count": count}

    @admin.display(description=_("Rewards"))
    def collectables(self, contact: Contact) -> str:
        """Say how many wait to be collected."""
        return gettext("%(count)d to collect") % {"count": vars(contact)["rewards_collectable"]}

    @admin.display(description=_("Marketing"))
    def consents(self, contact: Contact) -> SafeString:
        """Say whether marketing may be sent."""
        if vars(contact)["marketing"]:
            return format_html('<span class="mark mark-on">{}</span>', gettext("May be mailed"))
        return format_html('<span class="mark">{}</span>', gettext("No mailings"))

    @admin.display(description=_("Record"))
    def record(self, contact: Contact) -> SafeString:
        """Show all that the programme knows and keeps of this contact, newest first."""
        now = timezone.now()
        vouchers = contact.vouchers.with_locks(now=now).select_related("promotion").order_by("-id")[:SHOWN]
        latest = contact.consents_now()
        context = {
            "contact": contact,
            "points": self.points(contact),
            "collectables": contact.receptions.to_show(now=now),
            "vouchers": [(voucher, state_mark(voucher)) for voucher in vouchers],
            "entries": contact.points_entries.select_related("shop").order_by("-id")[:SHOWN],
            "buckets": contact.buckets.filter(remaining__gt=0).exclude(expires_at=None).order_by("expires_at"),
            "consents": [(label, latest.get(kind)) for kind, label in CONSENTS.items()],
            "consent_log": contact.consents.order_by("-given_at", "-id")[:SHOWN],
            "tier_changes": contact.tier_changes.select_related("tier").order_by("-changed_at", "-id"),
            "orders": contact.orders.select_related("shop").order_by("-paid_at", "-id")[:SHOWN],
        }
        return render_to_string("loyalty/admin_contact.html", context)

    @admin.display(description=_("Prepaid balance"))
    def prepaid_ledger(self, contact: Contact) -> SafeString:
        """Show the money paid in before, and its ledger."""
        label = gettext("Prepaid balance")
        return format_html(
            '<div class="record">{}</div>', show_ledger(MoneyAccount.objects.get(contact=contact), label=label)
        )

    # What can be done ---------------------------------------------------------------------------------------------

    def has_give_permission(self, request: HttpRequest) -> bool:
        """Say whether this person may issue vouchers."""
        return may_give(request)

    @admin.action(description=_("Give a voucher …"), permissions=["give"])
    def give_voucher(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        """Ask for the promotion; then give the contacts selected a voucher of it."""
        return give_to_selected(request, queryset)

    def adjust(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Give or take points by hand: a page of its own, since it asks for a reason."""
        if not self._may_adjust(request):
            raise PermissionDenied
        contact = get_object_or_404(Contact.objects.members(), pk=pk)
        if request.method != "POST":
            return self._show_adjust(request, contact, AdjustForm(initial={"direction": "give", "key": uuid.uuid4()}))
        form = AdjustForm(request.POST)
        if not form.is_valid() or not self._adjusted(request, contact, form):
            return self._show_adjust(request, contact, form, status=422)
        return HttpResponseRedirect(reverse("admin:loyalty_contact_change", args=[contact.pk]))

    def _adjusted(self, request: HttpRequest, contact: Contact, form: AdjustForm) -> bool:
        """Write the adjustment and say so; False, with the reason on the form, where the balance does not cover it."""
        now = timezone.now()
        wanted = form.cleaned_data
        is_given = wanted["direction"] == "give"
        try:
            entry = ledger.adjust(
                contact,
                wanted["points"] if is_given else -wanted["points"],
                reason=wanted["reason"],
                by=request.user.get_username(),
                now=now,
                expires_at=find_programme().points_expire_at(earned_at=now) if is_given else None,
                key=str(wanted["key"]),
            )
        except NotEnoughPoints as refused:
            most = max(0, wanted["points"] - refused.missing)
            form.add_error("points", gettext("There are only %(points)d points to take.") % {"points": most})
            return False
        said = gettext("Points adjusted: %(points)s.") % {"points": entry}
        self.log_change(request, contact, f"{said} {entry.reason}")
        self.message_user(request, said, messages.SUCCESS)
        return True

    def money(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Put money on the contact's prepaid balance, or take it off."""
        if not (may_move_money(request) and request.user.has_perm("loyalty.view_contact")):
            raise PermissionDenied
        contact = get_object_or_404(Contact.objects.members(), pk=pk)
        account = MoneyAccount.objects.filter(contact=contact).first()
        currency = account.currency if account else find_programme().currency
        page = reverse("admin:loyalty_contact_change", args=[pk])
        is_post = request.method == "POST"
        form = MoneyForm(request.POST if is_post else None, currency=currency)
        if is_post and form.is_valid():
            said = move_money(request, money.prepaid_account(contact), form)
            if said is not None:
                if said:
                    self.log_change(request, contact, f"{said} {form.cleaned_data['reason']}")
                    self.message_user(request, said, messages.SUCCESS)
                return HttpResponseRedirect(page)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Prepaid balance"),
            "opts": self.opts,
            "above": [(gettext("Contacts"), reverse("admin:loyalty_contact_changelist")), (name_of(contact), page)],
            "page": page,
            "name": name_of(contact),
            "balance": amount_words(account.balance_cents if account else 0, currency),
            "form": form,
        }
        return TemplateResponse(request, "loyalty/admin_move_money.html", context, status=422 if is_post else 200)

    def _may_adjust(self, request: HttpRequest) -> bool:
        return request.user.has_perms(["loyalty.adjust_points", "loyalty.view_contact"])

    def _show_adjust(
        self, request: HttpRequest, contact: Contact, form: AdjustForm, *, status: int = 200
    ) -> HttpResponse:
        contact.refresh_from_db(fields=["balance"])
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Adjust points"),
            "opts": self.opts,
            "contact": contact,
            "name": name_of(contact),
            "form": form,
        }
        return TemplateResponse(request, "loyalty/admin_adjust.html", context, status=status)


def _count(rows: QuerySet[Any]) -> Coalesce:
    counted = rows.order_by().values("contact").annotate(rows=Count("pk")).values("rows")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)
