"""Putting money on a gift card or a prepaid balance by hand, and taking it off: with an amount, a reason and a trace."""

import uuid
from typing import Any

from django import forms
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty import money
from loyalty.admin.amounts import AmountField, amount_words
from loyalty.admin.keyed import KeyedForm
from loyalty.errors import GiftCardUnavailable, NotEnoughMoney
from loyalty.models import MoneyAccount, MoneyEntry, find_programme

SHOWN = 50
TOP_UP, GIVE, TAKE = "top_up", "give", "take"


class MoneyForm(KeyedForm):
    """An amount to put on or to take off, and why; the key makes pressing the button twice one entry."""

    what = forms.ChoiceField(
        label=_("What"),
        choices=[
            (TOP_UP, _("Top up: the guest paid for it")),
            (GIVE, _("Correct: put money on")),
            (TAKE, _("Correct: take money off")),
        ],
        widget=forms.RadioSelect,
    )
    amount = AmountField(label=_("Amount"))
    reason = forms.CharField(label=_("Reason"), max_length=200, help_text=_("Kept in the ledger with your name."))

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": {"what": TOP_UP, "key": uuid.uuid4()}, **kwargs})
        amount: Any = self.fields["amount"]
        amount.use(currency)


def may_move_money(request: HttpRequest) -> bool:
    """Say whether this person may put stored money on accounts and take it off."""
    return request.user.has_perm("loyalty.change_moneyaccount")


def move_money(request: HttpRequest, account: MoneyAccount, form: MoneyForm) -> str | None:
    """Do what a valid form says, once per key; return the sentence for the history, "" where it was done before.

    Returns None, with the sentence at its field, where it is refused.
    """
    now, wanted = timezone.now(), form.cleaned_data
    key, by = f"staff:{wanted['key']}", request.user.get_username()
    cents: int = -wanted["amount"] if wanted["what"] == TAKE else wanted["amount"]
    try:
        if wanted["what"] == TOP_UP:
            entry = money.top_up(account, cents, source=key, reason=wanted["reason"], by=by, now=now)
        else:
            entry = money.adjust(account, cents, reason=wanted["reason"], by=by, key=key, now=now)
    except GiftCardUnavailable:
        form.add_error(
            "amount",
            gettext(
                "This card cannot be topped up with that much: its kind, its limit or its being out of use forbid."
            ),
        )
        return None
    except NotEnoughMoney:
        left = amount_words(account.balance_cents, account.currency)
        form.add_error("amount", gettext("There is only %(amount)s to take.") % {"amount": left})
        return None
    if (entry.account_id, entry.cents) != (account.pk, cents):
        form.add_error(None, gettext("This form was used before. Please open it once more."))
        return None
    if entry.created_at != now:
        return ""
    amount = f"{'+' if cents > 0 else ''}{amount_words(cents, account.currency)}"
    return gettext("%(kind)s: %(amount)s.") % {"kind": entry.get_kind_display(), "amount": amount}


def show_ledger(account: MoneyAccount, *, label: str = "") -> SafeString:
    """Return the account's balance and its newest entries as a piece of a page, on the programme's own clock."""
    entries = account.entries.select_related("shop").order_by("-id")[:SHOWN]
    context = {
        "label": label or gettext("Balance"),
        "balance": amount_words(account.balance_cents, account.currency),
        "entries": [(entry, _signed(entry, account)) for entry in entries],
    }
    with timezone.override(find_programme().zone):
        return render_to_string("loyalty/admin_money.html", context)


def _signed(entry: MoneyEntry, account: MoneyAccount) -> str:
    words = amount_words(entry.cents, account.currency)
    return f"+{words}" if entry.cents > 0 else words
