"""Gift cards in the admin: found and looked at, issued by hand, money put on and taken off, out of use.

Codes are money: only those who may change cards read them, and no history or message ever names one.
"""

import uuid
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from loyalty import gift_cards
from loyalty.admin.amounts import AmountField, amount_words
from loyalty.admin.base import RecordAdmin
from loyalty.admin.stored_money import MoneyForm, may_move_money, move_money, show_ledger
from loyalty.errors import Conflict, GiftCardUnavailable
from loyalty.models import GiftCard, GiftCardProgramme, find_programme
from loyalty.models.vouchers import code_key

# So many of the last letters find a card; a search by more of them would tell a code letter by letter.
ENDING = 4


class IssueForm(forms.Form):
    """A card to issue by hand: of which kind, how much is on it, and why."""

    programme = forms.ModelChoiceField(GiftCardProgramme.objects.filter(is_active=True), label=_("Gift card programme"))
    amount = AmountField(label=_("Amount"))
    reason = forms.CharField(label=_("Reason"), max_length=200, help_text=_("Kept in the ledger with your name."))
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        amount: Any = self.fields["amount"]
        amount.use(self._currency())

    def _currency(self) -> str:
        chosen = str(self.data.get("programme", ""))
        wanted = GiftCardProgramme.objects.filter(is_active=True).order_by("pk")
        programme = wanted.filter(pk=int(chosen)).first() if chosen.isascii() and chosen[:18].isdigit() else None
        found = programme or wanted.first()
        return found.currency if found else find_programme().currency


class InUse(admin.SimpleListFilter):
    """Whether a card can be spent."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the states."""
        return [("usable", _("Can be used")), ("ended", _("Ended")), ("out", _("Out of use"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow the list."""
        now = timezone.now()
        if self.value() == "usable":
            return queryset.filter(pk__in=GiftCard.objects.usable(now=now).values("pk"))
        if self.value() == "ended":
            return queryset.filter(is_active=True, expires_at__lte=now)
        return queryset.filter(is_active=False) if self.value() == "out" else queryset


@admin.register(GiftCard)
class GiftCardAdmin(RecordAdmin):
    """The gift cards of all programmes; "add" is issuing one by hand."""

    list_display = ("ending", "programme", "balance", "state", "created_at", "expires_at")
    list_filter = (InUse, "programme")
    list_select_related = ("programme", "account")
    search_fields = ("code_key",)
    actions = ("take_out_of_use",)

    def get_urls(self) -> list[URLPattern]:
        """Add the addresses of the buttons."""
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/money/", view(self.money), name="loyalty_giftcard_money"),
            path("<int:pk>/out-of-use/", view(self.switch), {"is_active": False}, name="loyalty_giftcard_out"),
            path("<int:pk>/in-use/", view(self.switch), {"is_active": True}, name="loyalty_giftcard_in"),
            *super().get_urls(),
        ]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Show the code to those who may change cards."""
        return ["code", "record"] if self.has_switch_permission(request) else ["record"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find a card by its whole code, however it is typed, or by how it ends."""
        if not search_term.strip():
            return queryset, False
        key = code_key(search_term)
        found = {"code_key__endswith": key} if len(key) == ENDING else {"code_key": key}
        return queryset.filter(**found), False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let those issue cards who were given that right."""
        return request.user.has_perm("loyalty.add_giftcard")

    def has_switch_permission(self, request: HttpRequest) -> bool:
        """Say whether this person may take cards out of use, and read their codes."""
        return request.user.has_perm("loyalty.change_giftcard")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Show the record, called by how the code ends, with the buttons this person may press."""
        extra: dict[str, Any] = {"title": gettext("Gift card"), "subtitle": None}
        found = self.get_object(request, object_id)
        if found is not None:
            extra |= {
                "title": _name(found),
                "may_move": may_move_money(request),
                "may_switch": self.has_switch_permission(request),
            }
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **extra})

    # What is shown ------------------------------------------------------------------------------------------------

    @admin.display(description=_("Ending"))
    def ending(self, card: GiftCard) -> str:
        """Show how the code ends."""
        return f"…{card.ending}"

    @admin.display(description=_("Balance"), ordering="account__balance_cents")
    def balance(self, card: GiftCard) -> str:
        """Show what is left on it."""
        return amount_words(card.account.balance_cents, card.account.currency)

    @admin.display(description=_("State"))
    def state(self, card: GiftCard) -> SafeString:
        """Show whether it can be spent."""
        if not card.is_active:
            mark, word = "mark-out", gettext("Out of use")
        elif card.expires_at is not None and card.expires_at <= timezone.now():
            mark, word = "mark-out", gettext("Ended")
        else:
            mark, word = "mark-on", gettext("Can be used")
        return format_html('<span class="mark {}">{}</span>', mark, word)

    @admin.display(description=_("Record"))
    def record(self, card: GiftCard) -> SafeString:
        """Show the facts and the ledger, newest first."""
        return format_html(
            '<div class="record"><p class="said">{} {}</p>{}</div>',
            self.state(card),
            gettext("until %(day)s") % {"day": f"{timezone.localtime(card.expires_at):%d-%m-%Y}"}
            if card.expires_at
            else gettext("without an end"),
            show_ledger(card.account),
        )

    # What can be done ---------------------------------------------------------------------------------------------

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None) -> Any:
        """Ask for kind, amount and reason; then issue the card and show its code, here and nowhere else."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = IssueForm(request.POST) if request.method == "POST" else IssueForm(initial={"key": uuid.uuid4()})
        card = self._issued(request, form) if form.is_valid() else None
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Issue a gift card") if card is None else gettext("Gift card issued"),
            "opts": self.opts,
            "form": form,
            "card": card,
            "amount": self.balance(card) if card else "",
        }
        status = 422 if request.method == "POST" and card is None else 200
        return TemplateResponse(request, "loyalty/admin_issue_card.html", context, status=status)

    def _issued(self, request: HttpRequest, form: IssueForm) -> GiftCard | None:
        """Issue the card, once per key; None, with the sentence on the form, where it is refused."""
        now, wanted = timezone.now(), form.cleaned_data
        try:
            card = gift_cards.issue_card(
                wanted["programme"],
                cents=wanted["amount"],
                key=f"staff:{wanted['key']}",
                by=request.user.get_username(),
                reason=wanted["reason"],
                now=now,
            )
        except GiftCardUnavailable:
            most = amount_words(wanted["programme"].max_amount_cents, wanted["programme"].currency)
            form.add_error("amount", gettext("A card of this kind holds at most %(amount)s.") % {"amount": most})
            return None
        except Conflict:
            form.add_error(None, gettext("This form was used before. Please open it once more."))
            return None
        if card.created_at == now:
            amount = amount_words(wanted["amount"], card.programme.currency)
            issued = gettext("Issued with %(amount)s.") % {"amount": amount}
            self.log_addition(request, card, f"{issued} {wanted['reason']}")
        return card

    def money(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Put money on a card or take it off: a page of its own, since it asks for a reason."""
        if not (may_move_money(request) and request.user.has_perm("loyalty.view_giftcard")):
            raise PermissionDenied
        card = get_object_or_404(GiftCard.objects.select_related("account", "programme"), pk=pk)
        page = reverse("admin:loyalty_giftcard_change", args=[pk])
        is_post = request.method == "POST"
        form = MoneyForm(request.POST if is_post else None, currency=card.account.currency)
        if is_post and form.is_valid() and (said := move_money(request, card.account, form)) is not None:
            if said:
                self.log_change(request, card, f"{said} {form.cleaned_data['reason']}")
                self.message_user(request, said, messages.SUCCESS)
            return HttpResponseRedirect(page)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Put money on or take it off"),
            "opts": self.opts,
            "above": [(gettext("Gift cards"), reverse("admin:loyalty_giftcard_changelist")), (_name(card), page)],
            "page": page,
            "name": _name(card),
            "balance": self.balance(card),
            "form": form,
        }
        return TemplateResponse(request, "loyalty/admin_move_money.html", context, status=422 if is_post else 200)

    @method_decorator(require_POST)
    def switch(self, request: HttpRequest, pk: int, *, is_active: bool) -> HttpResponse:
        """Take a card out of use, or put it back; its money stays on it."""
        if not self.has_switch_permission(request):
            raise PermissionDenied
        card = get_object_or_404(GiftCard, pk=pk)
        if self._switched(request, card, is_active=is_active):
            word = gettext("The card can be used again.") if is_active else gettext("The card is out of use.")
            self.message_user(request, word, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:loyalty_giftcard_change", args=[pk]))

    @admin.action(description=_("Take out of use"), permissions=["switch"])
    def take_out_of_use(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Take the cards out of use; those that are already stay as they are."""
        done = sum(self._switched(request, card, is_active=False) for card in queryset.iterator(chunk_size=500))
        said = ngettext("%(count)d card is out of use.", "%(count)d cards are out of use.", done) % {"count": done}
        self.message_user(request, said, messages.SUCCESS if done else messages.WARNING)

    def _switched(self, request: HttpRequest, card: GiftCard, *, is_active: bool) -> bool:
        if GiftCard.objects.filter(pk=card.pk, is_active=not is_active).update(is_active=is_active) != 1:
            return False
        self.log_change(request, card, gettext("Put back into use.") if is_active else gettext("Taken out of use."))
        return True


def _name(card: GiftCard) -> str:
    return gettext("Gift card %(name)s") % {"name": f"…{card.ending}"}
